//! Views for operators: the health of the process, how near a breaker is to a trip, metrics, how long
//! calls take, and a page with all breakers.
//!
//! Everything here is pulled: a reader asks for figures that the breakers keep anyway, and a call
//! executes nothing for it.

#[cfg(feature = "dashboard")]
pub mod dashboard;
pub(crate) mod distance;
#[cfg(any(feature = "metrics", feature = "metrics-facade", feature = "opentelemetry"))]
#[cfg_attr(
    not(all(feature = "metrics", feature = "metrics-facade", feature = "opentelemetry")),
    allow(dead_code, reason = "each of the features needs a part of it")
)]
mod families;
pub(crate) mod findings;
pub(crate) mod health;
#[cfg(feature = "latency")]
pub(crate) mod latency;
#[cfg(feature = "metrics")]
pub mod metrics;
#[cfg(feature = "metrics-facade")]
pub mod metrics_facade;
#[cfg(feature = "opentelemetry")]
pub mod opentelemetry;
