//! The option `retry` of the attribute: how often a call that failed is tried again, and after what
//! pause.
//!
//! Each attempt passes the breaker by itself. This room only decides whether another one
//! follows ([`RetryState::pause`]): how long to wait is the business of [`backoff`], and how many of
//! all calls may be retried that of [`retry_budget`](crate::state::retry_budget).

mod attempts;
mod backoff;
#[cfg(all(test, feature = "retry"))]
mod tests;

pub(crate) use crate::layers::retry::attempts::RetryState;
