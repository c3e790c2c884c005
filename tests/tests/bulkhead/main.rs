//! `max_concurrent`, `max_wait` and `max_pending`, through the attribute.

#![allow(
    clippy::unused_self,
    reason = "functions as users write them, which lints see through the attribute"
)]

mod functions;
mod options;
