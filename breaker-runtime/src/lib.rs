//! Circuit breakers as an attribute.

#![cfg_attr(breaker_loom, allow(dead_code))]

// Under loom only the state machine is built: its models need nothing else, and loom's atomics cannot
// stand in a `static`.
mod clock;
mod error;
mod outcome;
mod snapshot;
mod state;
mod sync;

#[cfg(not(breaker_loom))]
#[doc(hidden)]
#[path = "attribute/mod.rs"]
pub mod __private;
#[cfg(not(breaker_loom))]
mod breaker;
#[cfg(not(breaker_loom))]
mod config;
#[cfg(not(breaker_loom))]
mod engine;
#[cfg(not(breaker_loom))]
mod event;
#[cfg(not(breaker_loom))]
mod future;
#[cfg(not(breaker_loom))]
mod interop;
#[cfg(not(breaker_loom))]
mod journal;
#[cfg(not(breaker_loom))]
mod names;
#[cfg(not(breaker_loom))]
mod permit;
#[cfg(not(breaker_loom))]
mod registry;
#[cfg(all(feature = "test-util", not(breaker_loom)))]
pub mod testing;
#[cfg(not(breaker_loom))]
mod totals;

pub use clock::{Clock, ManualClock, MonotonicClock};
pub use error::{BreakerError, CallError, ErrorKind};
pub use outcome::Outcome;
pub use snapshot::{Mode, Snapshot, State, Totals};
#[cfg(not(breaker_loom))]
pub use {
    breaker::CircuitBreaker,
    breaker_macros::circuit_breaker,
    config::{Builder, Config, ConfigError},
    event::{Event, Reason, Subscription},
    future::CallAsync,
    permit::Permit,
    registry::{NameClash, breaker, breaker_of, breakers, find_breaker_of, name_clashes},
};
