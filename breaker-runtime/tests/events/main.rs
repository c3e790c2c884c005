//! Events and their listeners.

mod listeners;
mod slow_listeners;
#[path = "../support/wait.rs"]
mod wait;
