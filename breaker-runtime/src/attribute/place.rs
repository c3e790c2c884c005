//! The `static` in every annotated function.

use once_cell::sync::OnceCell;

use super::seat::Seat;
use crate::breaker::CircuitBreaker;
use crate::config::Config;
use crate::engine::Engine;
use crate::keyed::{Limits, Role, Template};
use crate::registry;

/// The breaker of one annotated function.
#[derive(Debug)]
pub struct Place {
    engine: Engine,
    handle: OnceCell<CircuitBreaker>,
}

impl Place {
    /// For a `static`.
    pub const fn new(config: Config) -> Self {
        Self::with(config, Role::Single)
    }

    /// For a `static`, of a function with a `key`.
    pub const fn keyed(config: Config, limits: Limits) -> Self {
        Self::with(config, Role::Template(Template::new(limits)))
    }

    const fn with(config: Config, role: Role) -> Self {
        let engine = Engine::unnamed(config, registry::name_of, role);
        Self { engine, handle: OnceCell::new() }
    }

    /// The breaker, as users see it.
    pub fn handle(&'static self) -> &'static CircuitBreaker {
        self.handle.get_or_init(|| CircuitBreaker::from_static(&self.engine))
    }

    /// The breaker, for a `static` of its own.
    pub const fn declared(&'static self) -> CircuitBreaker {
        CircuitBreaker::from_static(&self.engine)
    }

    /// What a call asks.
    #[inline(always)]
    pub fn seat(&'static self) -> Seat<'static> {
        Seat::new(self.engine())
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

/// Refuses an empty name at compile time.
pub const fn checked_name(name: &'static str) -> &'static str {
    assert!(!name.is_empty(), "name must not be empty");
    name
}
