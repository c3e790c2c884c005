//! The `static` in every annotated function.

use once_cell::sync::OnceCell;

use crate::breaker::CircuitBreaker;
use crate::config::Config;
use crate::engine::Engine;
use crate::error::BreakerError;
use crate::last_good::Owner;
use crate::permit::Permit;
use crate::registry;
use crate::totals::Count;

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

    /// A fallback is about to run.
    pub fn count_fallback(&'static self) {
        self.engine().count(Count::Fallback);
    }

    /// The breaker that an answer in memory belongs to.
    pub fn owner(&'static self) -> Owner<'static> {
        Owner(self.engine())
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

    /// As [`Place::count_fallback`].
    pub fn count_fallback(self) {
        self.0.engine().count(Count::Fallback);
    }

    /// As [`Place::owner`].
    pub fn owner(self) -> Owner<'static> {
        Owner(self.0.engine())
    }
}

/// Refuses an empty name at compile time.
pub const fn checked_name(name: &'static str) -> &'static str {
    assert!(!name.is_empty(), "name must not be empty");
    name
}
