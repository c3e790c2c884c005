//! What depends on the state of a whole process. Each test runs in a process of its own.

#[path = "../../../breaker-runtime/tests/support/child.rs"]
mod child;
mod initialisers;
mod log;
