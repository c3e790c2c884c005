//! Events and their listeners.

mod causes;
mod listeners;
mod operators;
mod process;
mod replays;
mod slow_listeners;
mod streams;
mod subscriptions;
mod times;
mod trips;
#[path = "../support/wait.rs"]
mod wait;
