//! Behaviour that depends on the state of a whole process. Each test runs in its own process.

#[path = "../support/child.rs"]
mod child;
mod clock;
mod timers;
mod warnings;
