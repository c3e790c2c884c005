//! The `static` in every annotated function.

use std::any::type_name;
use std::mem::ManuallyDrop;
use std::panic::Location;

use once_cell::sync::OnceCell;

use crate::breaker::CircuitBreaker;
use crate::breaker::inner::Inner;
use crate::breaker::role::{Role, Template};
use crate::config::keyed::Limits;
use crate::config::{Config, ConstConfig};
use crate::registry;
use crate::registry::settings::KEY_SETTINGS;

/// The breaker of one annotated function.
#[derive(Debug)]
pub struct StaticBreaker {
    /// Without drop glue, as a `static` is never dropped: in each that has some, a compiler proves anew for all that it
    /// is made of that it may be dropped in a constant.
    engine: ManuallyDrop<Inner>,
    handle: ManuallyDrop<OnceCell<CircuitBreaker>>,
    here: Here,
}

/// Where an annotated function stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Here {
    /// The type name of an item two levels inside the function, or inside its accessor.
    pub(crate) type_name: fn() -> &'static str,
    pub(crate) at: &'static Location<'static>,
}

impl Here {
    /// The caller; `F` is the type of a closure in a static of its own.
    #[track_caller]
    pub(crate) const fn of<F: Copy>(_closure: F) -> Self {
        Self { type_name: type_name::<F>, at: Location::caller() }
    }
}

impl StaticBreaker {
    /// For a `static`, of a function without options. The closure says where.
    #[track_caller]
    pub const fn plain<F: Copy>(closure: F) -> Self {
        // A constant, so that a compiler evaluates it once and not for each function.
        let engine = const {
            ManuallyDrop::new(Inner::unnamed(Config::DEFAULT, registry::name_of, Role::Single))
        };
        Self { engine, handle: const { ManuallyDrop::new(OnceCell::new()) }, here: Here::of(closure) }
    }

    /// For a `static`. The closure says where.
    #[track_caller]
    pub const fn new<F: Copy>(closure: F, config: ConstConfig) -> Self {
        Self::with(Here::of(closure), config, Role::Single)
    }

    /// For a `static`, of a function with a `key`. The closure says where.
    #[track_caller]
    pub const fn keyed<F: Copy>(closure: F, config: ConstConfig, limits: Limits) -> Self {
        Self::with(Here::of(closure), config, Role::Template(Template::new(limits, &KEY_SETTINGS)))
    }

    const fn with(here: Here, config: ConstConfig, role: Role) -> Self {
        let engine = Inner::unnamed(config.get(), registry::name_of, role);
        Self {
            engine: ManuallyDrop::new(engine),
            handle: const { ManuallyDrop::new(OnceCell::new()) },
            here,
        }
    }

    pub(crate) fn here(&self) -> Here {
        self.here
    }

    /// The breaker, as users see it.
    pub fn handle(&'static self) -> &'static CircuitBreaker {
        self.handle.get_or_init(|| CircuitBreaker::from_static(&self.engine))
    }

    /// The breaker, for a `static` of its own.
    pub const fn declared(&'static self) -> CircuitBreaker {
        CircuitBreaker::declared(&self.engine)
    }

    #[inline(always)]
    pub(crate) fn engine(&'static self) -> &'static Inner {
        #[cfg(feature = "test-util")]
        if let Some(shadow) = crate::breaker::shadow::shadow(&self.engine, || self.handle().clone()) {
            return shadow;
        }
        &self.engine
    }
}

/// Refuses an empty name at compile time.
pub const fn checked_name(name: &'static str) -> &'static str {
    assert!(!name.is_empty(), "name must not be empty");
    name
}
