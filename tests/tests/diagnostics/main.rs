//! The attribute leaves no trace: the same functions are compiled with it and without, and what the compiler says of
//! them, and the order in which they drop their arguments, is compared.
//!
//! The functions are in `tests/diagnostics`. `@` in front of a function stands for the attribute, `// with:` lists the
//! options with which a case is compiled, each in a module of its own. Both programs have the same lines.

mod bodies;
mod borrows;
mod drops;
mod features;
mod lints;
mod panic_abort;
mod project;
mod source;
