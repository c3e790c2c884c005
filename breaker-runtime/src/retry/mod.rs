//! The option `retry` of the attribute: how often a call that failed is tried again, and after what pause.
//!
//! Each attempt passes the breaker by itself. What is decided here is only whether there is to be another one
//! ([`Tries::pause`]): how long to wait is the business of [`backoff`], and how many of all calls may be retried that
//! of [`budget`].

#[cfg(not(breaker_loom))]
mod backoff;
pub(crate) mod budget;
#[cfg(not(breaker_loom))]
mod options;
#[cfg(all(test, feature = "retry", not(breaker_loom)))]
mod tests;
#[cfg(not(breaker_loom))]
mod tries;

#[cfg(not(breaker_loom))]
pub use self::options::Retry;
#[cfg(not(breaker_loom))]
pub(crate) use self::options::RetryChange;
#[cfg(not(breaker_loom))]
pub(crate) use self::tries::Tries;
