//! The attribute leaves no trace: the same functions are compiled with it and without. The messages of
//! the compiler are compared, the order in which arguments are dropped, and the documentation.
//!
//! The functions are in `tests/diagnostics`. `@` in front of a function stands for the attribute. Each
//! `// with:` has options with which the case is compiled, in a module of its own. Both programs have
//! the same lines.

mod bodies;
mod borrows;
mod documentation;
mod drops;
mod features;
mod lints;
mod panic_abort;
mod project;
mod source;
