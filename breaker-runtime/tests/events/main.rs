//! Events and their listeners.

mod listeners;
mod replays;
mod slow_listeners;
mod trips;
#[path = "../support/wait.rs"]
mod wait;
