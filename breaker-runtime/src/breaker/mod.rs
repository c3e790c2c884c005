//! One breaker: the state machine with its clock, counters, settings, events and permits.
//!
//! [`CircuitBreaker`] is the handle that users hold; its methods stand beside what they start. A breaker
//! knows no other breaker but those of its keys, and not the registry that lists it.

pub(crate) mod acquire;
pub(crate) mod admission;
#[cfg(feature = "tokio")]
pub(crate) mod background;
pub(crate) mod borrowed;
#[cfg(feature = "record")]
pub(crate) mod call_log;
mod calls;
mod change_log;
pub(crate) mod cold;
pub(crate) mod cold_source;
mod concurrency;
mod control;
#[cfg(feature = "lab")]
mod detached;
pub(crate) mod event_stream;
pub(crate) mod events;
#[cfg(test)]
mod eviction_tests;
mod fail;
pub(crate) mod findings;
#[cfg(feature = "redis")]
pub(crate) mod fleet_link;
pub(crate) mod future;
pub(crate) mod given_name;
pub(crate) mod handle;
pub(crate) mod injection;
pub(crate) mod inner;
pub(crate) mod judge;
pub(crate) mod keyed_breakers;
#[cfg(test)]
mod keyed_tests;
#[cfg(feature = "latency")]
pub(crate) mod latency;
pub(crate) mod listener;
pub(crate) mod listeners;
pub(crate) mod member;
#[cfg(any(feature = "record", feature = "shadow"))]
mod observation;
pub(crate) mod on_full;
mod outliers;
mod overrides;
#[cfg(any(feature = "tower", feature = "stream"))]
pub(crate) mod owned_admission;
pub(crate) mod owned_permit;
pub(crate) mod permit;
mod queue;
pub(crate) mod reconfigure;
pub(crate) mod recorder;
pub(crate) mod rejected;
pub(crate) mod role;
pub(crate) mod scope;
mod settle;
#[cfg(feature = "test-util")]
pub(crate) mod shadow;
#[cfg(feature = "shadow")]
mod shadow_policy;
pub(crate) mod shared_options;
pub(crate) mod snapshot;
#[cfg(feature = "stream")]
pub(crate) mod stream_permit;
pub(crate) mod subscription;
#[cfg(feature = "tracing")]
mod traced;
mod unwind;

pub use crate::breaker::handle::CircuitBreaker;
