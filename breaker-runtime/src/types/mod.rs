//! The plain values that users see: errors, outcomes, events, snapshots and keys.

#[cfg(all(feature = "record", not(breaker_loom)))]
pub(crate) mod call_outcome;
#[cfg(not(breaker_loom))]
pub(crate) mod cause;
pub(crate) mod class;
#[cfg(not(breaker_loom))]
pub(crate) mod counts;
pub(crate) mod error;
#[cfg(not(breaker_loom))]
pub(crate) mod event;
pub(crate) mod finding;
#[cfg(all(feature = "inject", not(breaker_loom)))]
pub(crate) mod injection;
#[cfg(not(breaker_loom))]
pub(crate) mod key;
pub(crate) mod operator;
pub(crate) mod outcome;
pub(crate) mod ping_status;
#[cfg(all(feature = "tokio", not(breaker_loom)))]
pub(crate) mod probe_result;
pub(crate) mod reason;
#[cfg(any(feature = "shadow", breaker_loom))]
pub(crate) mod shadow;
pub(crate) mod snapshot;
pub(crate) mod totals;
pub(crate) mod traffic;
#[cfg(not(breaker_loom))]
pub(crate) mod trip;
