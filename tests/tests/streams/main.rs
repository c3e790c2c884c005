//! Functions that return a stream: the permit is held until the stream ends.

#![allow(
    clippy::unused_self,
    reason = "functions as users write them, which lints see through the attribute"
)]

mod aliases;
mod carried;
mod common;
mod fallbacks;
mod layers;
mod served;
mod settlement;
mod shapes;
mod slow_calls;
mod time;
