//! `max_concurrent`, `max_wait` and `max_pending`: a limited number of calls run at the same time;
//! others are rejected, or wait.

mod executors;
mod futures;
mod threads;
#[path = "../support/wait.rs"]
mod wait;
