//! Metrics of all breakers, and how long calls took.

#[cfg(feature = "metrics-facade")]
mod facade;
#[cfg(all(feature = "redis", feature = "metrics"))]
mod fleet;
#[cfg(all(feature = "metrics", feature = "tokio"))]
mod guide;
#[cfg(feature = "metrics")]
mod keys;
#[cfg(feature = "opentelemetry")]
mod telemetry;
#[cfg(feature = "metrics")]
mod text;
#[path = "../support/wait.rs"]
mod wait;
