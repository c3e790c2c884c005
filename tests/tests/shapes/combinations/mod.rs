//! Other attributes on the same function, above and below.

mod builders;
mod caching;
mod harnesses;
mod lints;
mod recursion;
mod runtimes;
mod spans;
mod web;
