//! The `static` in every annotated function.

use std::time::Duration;

use once_cell::sync::OnceCell;

use super::attempts::Attempts;
use crate::breaker::CircuitBreaker;
use crate::config::Config;
use crate::engine::Engine;
use crate::error::BreakerError;
use crate::last_good::{Key, LastGood, Memory, OutputForm, Remembers};
use crate::permit::Permit;
use crate::registry;
use crate::retry::Retry;
use crate::totals::Count;
use crate::turn::Turn;

/// The breaker of one annotated function.
#[derive(Debug)]
pub struct Place {
    engine: Engine,
    handle: OnceCell<CircuitBreaker>,
}

impl Place {
    /// For a `static`.
    pub const fn new(config: Config) -> Self {
        Self { engine: Engine::unnamed(config, registry::declared_name), handle: OnceCell::new() }
    }

    /// The breaker, as users see it.
    pub fn handle(&'static self) -> &'static CircuitBreaker {
        self.handle.get_or_init(|| CircuitBreaker::from_static(&self.engine))
    }

    /// Asks for the right to run the body.
    ///
    /// # Errors
    ///
    /// If the breaker does not allow it.
    #[inline(always)]
    pub fn admit(&'static self) -> Result<Permit<'static>, BreakerError> {
        let engine = self.engine();
        engine.admit().map(|token| Permit::new(engine, token))
    }

    /// As [`admit`](Self::admit), for a call that may block its thread.
    ///
    /// # Errors
    ///
    /// If the breaker does not allow it.
    #[inline(always)]
    pub fn admit_or_wait(&'static self) -> Result<Permit<'static>, BreakerError> {
        let engine = self.engine();
        engine.admit_or_wait().map(|token| Permit::new(engine, token))
    }

    /// As [`admit`](Self::admit), for a call that can wait in a future.
    ///
    /// # Errors
    ///
    /// What [`turn`](Self::turn) has to be asked about.
    #[inline(always)]
    pub fn ask(&'static self) -> Result<Permit<'static>, BreakerError> {
        let engine = self.engine();
        #[cfg(feature = "tokio")]
        let admitted = engine.admit_or_line_up();
        #[cfg(not(feature = "tokio"))]
        let admitted = engine.admit();
        admitted.map(|token| Permit::new(engine, token))
    }

    /// What becomes of a call that [`ask`](Self::ask) has not admitted.
    #[cold]
    pub fn turn(&'static self, rejection: BreakerError) -> Turn<'static> {
        Turn::after(self.engine(), rejection)
    }

    /// A fallback is about to run.
    pub fn count_fallback(&'static self) {
        self.engine().count(Count::Fallback);
    }

    /// What a call will need of what the function remembers.
    #[inline]
    pub fn memory<Output: Remembers<Via>, K: Key, Via, Instance>(
        &'static self,
        last_good: &'static LastGood,
        key: K,
        form: OutputForm<Via>,
        instance: Instance,
    ) -> Memory<'static, K, Output> {
        last_good.memory(self.engine(), key, form, instance)
    }

    /// The attempts of one call.
    pub fn attempts(&'static self, retry: &'static Retry) -> Attempts<'static> {
        Attempts::new(self.engine(), retry)
    }

    /// Blocks the thread, by the breaker's clock.
    pub fn sleep(&'static self, length: Duration) {
        self.engine().sleep(length);
    }

    #[inline(always)]
    fn engine(&'static self) -> &'static Engine {
        #[cfg(feature = "test-util")]
        if let Some(twin) = crate::testing::twin(&self.engine, || self.handle().clone()) {
            return twin;
        }
        &self.engine
    }
}

/// A breaker of the user's, used by an annotated function in the way of a [`Place`].
#[inline(always)]
pub fn shared(breaker: &'static CircuitBreaker) -> Shared {
    Shared(breaker)
}

/// See [`shared`].
#[derive(Clone, Copy, Debug)]
pub struct Shared(&'static CircuitBreaker);

impl Shared {
    /// As [`Place::admit`].
    ///
    /// # Errors
    ///
    /// If the breaker does not allow it.
    #[inline(always)]
    pub fn admit(self) -> Result<Permit<'static>, BreakerError> {
        self.0.try_acquire()
    }

    /// As [`Place::admit_or_wait`].
    ///
    /// # Errors
    ///
    /// If the breaker does not allow it.
    #[inline(always)]
    pub fn admit_or_wait(self) -> Result<Permit<'static>, BreakerError> {
        self.0.acquire_or_wait()
    }

    /// As [`Place::ask`].
    ///
    /// # Errors
    ///
    /// What [`Shared::turn`] has to be asked about.
    #[inline(always)]
    pub fn ask(self) -> Result<Permit<'static>, BreakerError> {
        self.0.ask()
    }

    /// As [`Place::turn`].
    #[cold]
    pub fn turn(self, rejection: BreakerError) -> Turn<'static> {
        self.0.turn(rejection)
    }

    /// As [`Place::count_fallback`].
    pub fn count_fallback(self) {
        self.0.engine().count(Count::Fallback);
    }

    /// As [`Place::memory`].
    #[inline]
    pub fn memory<Output: Remembers<Via>, K: Key, Via, Instance>(
        self,
        last_good: &'static LastGood,
        key: K,
        form: OutputForm<Via>,
        instance: Instance,
    ) -> Memory<'static, K, Output> {
        last_good.memory(self.0.engine(), key, form, instance)
    }

    /// As [`Place::attempts`].
    pub fn attempts(self, retry: &'static Retry) -> Attempts<'static> {
        Attempts::new(self.0.engine(), retry)
    }

    /// As [`Place::sleep`].
    pub fn sleep(self, length: Duration) {
        self.0.engine().sleep(length);
    }
}

/// Refuses an empty name at compile time.
pub const fn checked_name(name: &'static str) -> &'static str {
    assert!(!name.is_empty(), "name must not be empty");
    name
}
