//! Behaviour that depends on the state of a whole process: each test runs in its own. And the events of
//! `tracing`, which have a subscriber for each thread.

#[path = "../../../breaker-runtime/tests/support/child.rs"]
mod child;
mod findings;
mod initialisers;
mod log;
mod traced;
#[path = "../../../breaker-runtime/tests/support/wait.rs"]
mod wait;
