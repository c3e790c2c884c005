//! Functions that return a stream: the permit is held until the stream ends.

#![allow(
    clippy::unused_self,
    reason = "functions as users write them, which lints see through the attribute"
)]

#[path = "streams/aliases.rs"]
mod aliases;
#[path = "streams/carried.rs"]
mod carried;
#[path = "streams/common.rs"]
mod common;
#[path = "streams/fallbacks.rs"]
mod fallbacks;
#[path = "streams/layers.rs"]
mod layers;
#[path = "streams/served.rs"]
mod served;
#[path = "streams/settlement.rs"]
mod settlement;
#[path = "streams/shapes.rs"]
mod shapes;
#[path = "streams/slow_calls.rs"]
mod slow_calls;
#[path = "streams/time.rs"]
mod time;
