//! Real processes that share a breaker through a real Redis server: they trip and recover as one, and
//! survive the death of any of them.
//!
//! The processes are this test program, which starts itself. Time is real, as it is theirs.

#![cfg(all(feature = "redis", unix))]
#![allow(unreachable_pub, reason = "the server of the tests is a file of several programs")]

mod agreement;
mod child;
#[cfg(feature = "dashboard")]
mod dashboard;
mod fleet;
#[path = "../support/redis_server.rs"]
mod redis_server;
mod soak;
mod story;
