//! The breaker as an annotated function uses it.

use std::time::Duration;

use crate::__private::attempts::Attempts;
use crate::__private::carry::Handle;
use crate::__private::keys::Keys;
use crate::breaker::CircuitBreaker;
use crate::breaker::acquire::Acquire;
use crate::breaker::future::total::TotalDeadline;
use crate::breaker::inner::Inner;
use crate::breaker::on_full::Admission;
use crate::breaker::permit::Permit;
use crate::breaker::rejected::Rejected;
use crate::config::retry::Retry;
use crate::layers::last_good::Owner;
use crate::registry::static_breaker::StaticBreaker;
use crate::state::counters::striped::LayerCounter;
use crate::types::error::BreakerError;

/// The breaker of one call: the function's own, the user's, or that of a key.
#[derive(Clone, Copy, Debug)]
pub struct CallSite<'e>(&'e Inner);

/// Returns the call site for a breaker of the user.
#[inline(always)]
pub fn shared(breaker: &'static CircuitBreaker) -> CallSite<'static> {
    CallSite::new(breaker.inner())
}

impl CallSite<'static> {
    /// Returns the breakers of its keys.
    #[inline(always)]
    pub fn keys(self) -> Keys {
        Keys(self.0)
    }
}

/// For a future or a stream that outlives the call.
impl Handle for CallSite<'static> {
    #[inline]
    fn handle(self) -> CircuitBreaker {
        CircuitBreaker::from_static(self.0)
    }
}

impl<'e> CallSite<'e> {
    #[inline(always)]
    pub(super) fn new(inner: &'e Inner) -> Self {
        Self(inner)
    }

    /// Requests a permit to run the body.
    ///
    /// # Errors
    ///
    /// If the breaker rejects the call.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub fn admit(self) -> Result<Permit<'e>, BreakerError> {
        self.0.try_acquire()
    }

    /// Requests a permit as [`admit`](Self::admit) does. The caller makes the error.
    ///
    /// # Errors
    ///
    /// If the breaker rejects the call.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub fn admit_plainly(self) -> Result<Permit<'e>, Rejected<'e>> {
        self.0.try_acquire_plainly()
    }

    /// Requests a permit as [`admit`](Self::admit) does, for a call that may block its thread.
    ///
    /// # Errors
    ///
    /// If the breaker rejects the call.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub fn admit_or_wait(self) -> Result<Permit<'e>, BreakerError> {
        self.0.acquire_blocking()
    }

    /// Requests a permit as [`admit_or_wait`](Self::admit_or_wait) does. The caller makes the error.
    ///
    /// # Errors
    ///
    /// If the breaker rejects the call.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub fn admit_or_wait_plainly(self) -> Result<Permit<'e>, Rejected<'e>> {
        self.0.acquire_plainly()
    }

    /// Requests a permit as [`admit`](Self::admit) does, for a call that can wait in a future.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub fn admit_or_queue(self) -> Admission<Permit<'e>, Acquire<'e>> {
        self.0.acquire_or_queue()
    }

    /// Counts a fallback, and drops the cause, which the fallback does not use.
    pub fn fall_back<Cause>(self, _: Cause) {
        self.0.count_layer(LayerCounter::Fallback);
    }

    /// Counts a fallback that uses the cause, and returns the cause. A plain variable here would be a
    /// lint in the user's code.
    pub fn cause<Cause>(self, cause: Cause) -> Cause {
        self.0.count_layer(LayerCounter::Fallback);
        cause
    }

    /// Returns the breaker to which an answer in memory belongs.
    pub fn owner(self) -> Owner<'e> {
        Owner(self.0)
    }

    /// Returns the attempts of one call.
    pub fn attempts(self, retry: &'static Retry) -> Attempts<'e> {
        Attempts::new(self.0, retry)
    }

    /// Begins the deadline of a call that may wait or pause: `total_timeout`, or the breaker's.
    pub fn total(self, total_timeout: Option<Duration>) -> TotalDeadline {
        TotalDeadline::begin(total_timeout.or_else(|| self.0.limits().total_timeout))
    }

    /// Returns the deadline of a call with one attempt, which begins when that is first pending.
    pub fn total_later(self, total_timeout: Option<Duration>) -> TotalDeadline {
        TotalDeadline::later(total_timeout.or_else(|| self.0.limits().total_timeout))
    }

    /// Blocks the thread, by the breaker's clock.
    pub fn sleep(self, length: Duration) {
        self.0.sleep(length);
    }
}

impl StaticBreaker {
    /// Returns the call site of one call.
    #[inline(always)]
    pub fn call_site(&'static self) -> CallSite<'static> {
        CallSite::new(self.inner())
    }
}
