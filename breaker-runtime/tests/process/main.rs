//! What depends on the state of a whole process. Each test runs in a process of its own.

#[path = "../support/child.rs"]
mod child;
mod clock;
mod timers;
mod warnings;
