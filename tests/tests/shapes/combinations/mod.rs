//! Other attributes on the same function, above and below.

mod builders;
mod caching;
mod declarative;
mod harnesses;
mod lints;
mod recursion;
mod runtimes;
mod spans;
mod web;
