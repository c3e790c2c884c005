//! Calls through the API: their exits, their outcomes, and that each counts once.

mod classified;
mod counts;
mod executors;
mod exits;
mod permits;
mod retry_after;
