//! Behaviour that depends on the state of a whole process. Each test runs in its own process.

#[path = "../../../breaker-runtime/tests/support/child.rs"]
mod child;
mod initialisers;
mod log;
