//! `max_concurrent`, `max_wait` and `max_pending`: at most so many calls run at once; others are rejected, or wait.

mod futures;
mod threads;
#[path = "../support/wait.rs"]
mod wait;
