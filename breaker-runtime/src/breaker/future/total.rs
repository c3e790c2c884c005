//! `total_timeout`: the deadline of a whole call, over all its attempts, waits and pauses.
//!
//! An attempt has one timer: for its own `call_timeout`, or for what is left of the whole call if that
//! is less.

use std::time::Duration;

use crate::time::clock::Instant;
#[cfg(feature = "tokio")]
use crate::time::timer::now;

/// Without timers there is no `total_timeout`: the builder refuses it.
#[cfg(not(feature = "tokio"))]
fn now() -> Instant {
    Instant::now()
}

/// The deadline of a whole call, if it has one.
#[derive(Clone, Copy, Debug)]
pub struct TotalDeadline {
    length: Option<Duration>,
    /// `None` if it begins with the only attempt of the call, or lies beyond the range of the clock.
    until: Option<Instant>,
}

impl TotalDeadline {
    /// Begins a deadline. Reads the clock if there is a length.
    pub(crate) fn begin(length: Option<Duration>) -> Self {
        Self { length, until: length.and_then(|length| now().checked_add(length)) }
    }

    /// Returns a deadline that begins when the only attempt of the call is first pending.
    pub(crate) const fn later(length: Option<Duration>) -> Self {
        Self { length, until: None }
    }

    /// Returns whether the call has a deadline.
    pub(crate) const fn is_set(&self) -> bool {
        self.length.is_some()
    }

    /// Returns the time that is left; `None` without a deadline.
    pub(crate) fn left(&self) -> Option<Duration> {
        let length = self.length?;
        Some(self.until.map_or(length, |until| until.saturating_duration_since(now())))
    }

    /// Returns the limit of an attempt with this `call_timeout`, or the breaker's.
    #[must_use]
    pub const fn limit(self, call_timeout: Option<Duration>) -> TotalLimit {
        TotalLimit { call_timeout, total: self }
    }

    fn allowance(&self, call_timeout: Option<Duration>) -> Option<Allowance> {
        let Some((left, whole)) = self.left().zip(self.length) else {
            return call_timeout.map(Allowance::of_attempt);
        };
        match call_timeout {
            // Both at once: the attempt had all the time of its own.
            Some(length) if length <= left => Some(Allowance::of_attempt(length)),
            _ => {
                let fails = left.saturating_mul(2) >= whole;
                Some(Allowance { length: left, cut: Some(Cut { fails }) })
            }
        }
    }
}

/// The limits that the options of a breaker set to a call.
#[derive(Clone, Copy, Debug)]
pub struct BreakerLimits {
    pub(crate) call_timeout: Option<Duration>,
    pub(crate) total_timeout: Option<Duration>,
}

/// The time that an attempt has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    pub(crate) length: Duration,
    /// How the attempt counts if the whole call ends then; `None` if `call_timeout` ends it.
    pub(crate) cut: Option<Cut>,
}

impl Allowance {
    const fn of_attempt(length: Duration) -> Self {
        Self { length, cut: None }
    }
}

/// The end of an attempt by the deadline of the whole call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cut {
    /// Whether the attempt is a failure: it had at least half of the time of the call. With less it
    /// counts as a call that its caller has dropped.
    pub(crate) fails: bool,
}

/// The limits of one attempt.
pub trait CallLimit {
    /// Returns the time that the attempt has from now on; `None` if it has any.
    #[doc(hidden)]
    fn allowance(&self, of_breaker: BreakerLimits) -> Option<Allowance>;
}

/// This `call_timeout`, or the breaker's.
impl CallLimit for Option<Duration> {
    fn allowance(&self, of_breaker: BreakerLimits) -> Option<Allowance> {
        self.or(of_breaker.call_timeout).map(Allowance::of_attempt)
    }
}

/// The limits of an attempt of a function with `total_timeout`.
#[derive(Clone, Copy, Debug)]
pub struct TotalLimit {
    call_timeout: Option<Duration>,
    total: TotalDeadline,
}

impl TotalLimit {
    /// Returns the deadline of the whole call.
    pub(crate) const fn total(&self) -> TotalDeadline {
        self.total
    }
}

impl CallLimit for TotalLimit {
    fn allowance(&self, of_breaker: BreakerLimits) -> Option<Allowance> {
        self.total.allowance(self.call_timeout.or(of_breaker.call_timeout))
    }
}

/// The limits of the breaker, for a call that has no others. The deadline is that of a call that has
/// waited.
#[derive(Debug, Default)]
pub(crate) struct OfBreaker(Option<Box<TotalDeadline>>);

impl OfBreaker {
    /// The limits of a call that has not waited.
    pub(crate) const ONLY: Self = Self(None);

    /// Returns the limits of a call that has waited in the meantime.
    pub(crate) fn since(total: Option<Box<TotalDeadline>>) -> Self {
        Self(total)
    }
}

impl CallLimit for OfBreaker {
    fn allowance(&self, of_breaker: BreakerLimits) -> Option<Allowance> {
        let begun = self.0.as_deref().copied();
        let total = begun.unwrap_or_else(|| TotalDeadline::later(of_breaker.total_timeout));
        total.allowance(of_breaker.call_timeout)
    }
}
