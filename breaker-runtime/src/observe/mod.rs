//! Views for operators: how near a breaker is to a trip, metrics, how long calls take, and a page with
//! all breakers.
//!
//! Everything here is pulled: a reader asks for figures that the breakers keep anyway, and a call
//! executes nothing for it.

#[cfg(feature = "dashboard")]
pub mod dashboard;
pub(crate) mod distance;
