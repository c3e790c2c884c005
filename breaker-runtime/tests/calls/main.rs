//! Calls through the API: how they end, what they count as, and that each counts once.

mod classified;
mod counts;
mod executors;
mod exits;
mod permits;
mod retry_after;
