//! The registry of the process: the breakers that it lists, and snapshots of them.

#![allow(
    clippy::unused_self,
    reason = "functions as users write them, which lints see through the attribute"
)]

mod listing;
mod snapshots;
