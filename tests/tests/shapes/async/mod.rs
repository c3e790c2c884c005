//! `async` functions and methods, and functions that return a future.

mod arguments;
mod async_trait;
mod bounds;
mod futures;
mod inference;
mod lifetimes;
mod outputs;
mod receivers;
mod sizes;
mod traits;
mod unwind;

/// `unsafe` is forbidden here, so these are built and run as a separate program.
#[test]
fn unsafe_functions_are_protected() {
    trybuild::TestCases::new().pass("runs/async_unsafe.rs");
}
