//! Events and their listeners.

mod listeners;
mod operators;
mod replays;
mod slow_listeners;
mod subscriptions;
mod times;
mod trips;
#[path = "../support/wait.rs"]
mod wait;
