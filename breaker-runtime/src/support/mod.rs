//! Helpers for every room: the user's callbacks and the panics in them, values that are dropped apart,
//! escaping text, warning the operator.

#[cfg(not(breaker_loom))]
pub(crate) mod callback;
pub(crate) mod contain;
#[cfg(not(breaker_loom))]
pub(crate) mod drop_apart;
#[cfg(not(breaker_loom))]
pub(crate) mod intern;
#[cfg(not(breaker_loom))]
pub(crate) mod log;
#[cfg(all(test, feature = "lab", not(breaker_loom)))]
pub(crate) mod proof;
#[cfg(not(breaker_loom))]
pub(crate) mod similar;
#[cfg(all(not(breaker_loom), any(feature = "inject", feature = "redis")))]
pub(crate) mod subscribers;
pub(crate) mod text;
