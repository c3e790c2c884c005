//! What an annotated function asks of its breaker.

use std::time::Duration;

use super::attempts::Attempts;
use crate::breaker::CircuitBreaker;
use crate::engine::Engine;
use crate::error::BreakerError;
use crate::last_good::{Key, LastGood, Memory, OutputForm, Remembers};
use crate::permit::Permit;
use crate::retry::Retry;
use crate::totals::Count;
use crate::turn::Turn;

/// The breaker of one call, wherever it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Seat<'e>(&'e Engine);

/// A breaker of the user's.
#[inline(always)]
pub fn shared(breaker: &'static CircuitBreaker) -> Seat<'static> {
    Seat::new(breaker.engine())
}

impl<'e> Seat<'e> {
    #[inline(always)]
    pub(super) fn new(engine: &'e Engine) -> Self {
        Self(engine)
    }

    /// Asks for the right to run the body.
    ///
    /// # Errors
    ///
    /// If the breaker does not allow it.
    #[inline(always)]
    pub fn admit(self) -> Result<Permit<'e>, BreakerError> {
        self.0.admit().map(|token| Permit::new(self.0, token))
    }

    /// As [`admit`](Self::admit), for a call that may block its thread.
    ///
    /// # Errors
    ///
    /// If the breaker does not allow it.
    #[inline(always)]
    pub fn admit_or_wait(self) -> Result<Permit<'e>, BreakerError> {
        self.0.admit_or_wait().map(|token| Permit::new(self.0, token))
    }

    /// As [`admit`](Self::admit), for a call that can wait in a future.
    ///
    /// # Errors
    ///
    /// What [`turn`](Self::turn) has to be asked about.
    #[inline(always)]
    pub fn ask(self) -> Result<Permit<'e>, BreakerError> {
        #[cfg(feature = "tokio")]
        let admitted = self.0.admit_or_line_up();
        #[cfg(not(feature = "tokio"))]
        let admitted = self.0.admit();
        admitted.map(|token| Permit::new(self.0, token))
    }

    /// What becomes of a call that [`ask`](Self::ask) has not admitted.
    #[cold]
    pub fn turn(self, rejection: BreakerError) -> Turn<'e> {
        Turn::after(self.0, rejection)
    }

    /// A fallback is about to run.
    pub fn count_fallback(self) {
        self.0.count(Count::Fallback);
    }

    /// The attempts of one call.
    pub fn attempts(self, retry: &'static Retry) -> Attempts<'e> {
        Attempts::new(self.0, retry)
    }

    /// Blocks the thread, by the breaker's clock.
    pub fn sleep(self, length: Duration) {
        self.0.sleep(length);
    }
}

impl<Via> OutputForm<Via> {
    /// What a call will need of what the function remembers. Asked of the form, so that the compiler knows `Via` when it
    /// looks at the output, and says what is missing there.
    #[inline]
    pub fn memory<'e, Output: Remembers<Via>, K: Key, Instance>(
        self,
        seat: Seat<'e>,
        last_good: &'static LastGood,
        key: K,
        instance: Instance,
    ) -> Memory<'e, K, Output> {
        last_good.memory(seat.0, key, self, instance)
    }
}
