//! Helpers for every room: containing a panic of the user's code, escaping text, warning the operator.

pub(crate) mod contain;
#[cfg(not(breaker_loom))]
pub(crate) mod intern;
#[cfg(not(breaker_loom))]
pub(crate) mod log;
#[cfg(not(breaker_loom))]
pub(crate) mod similar;
pub(crate) mod text;
