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
    /// Without drop glue, as a `static` is never dropped: for each type with some, the compiler checks
    /// all its fields again for whether they may be dropped in a constant.
    inner: ManuallyDrop<Inner>,
    handle: ManuallyDrop<OnceCell<CircuitBreaker>>,
    here: Here,
}

/// The position of an annotated function.
#[derive(Clone, Copy, Debug)]
pub struct Here {
    /// The type name of an item two levels inside the function, or inside its accessor.
    pub(crate) type_name: fn() -> &'static str,
    pub(crate) at: &'static Location<'static>,
}

impl Here {
    /// Returns the position of the caller; `Inside` is a type that is declared in an item of the
    /// function.
    ///
    /// The constructors below take the position and not the type: a compiler evaluates the constants of
    /// a generic function anew for each type.
    #[track_caller]
    pub const fn of<Inside>() -> Self {
        Self { type_name: type_name::<Inside>, at: Location::caller() }
    }
}

impl StaticBreaker {
    /// Creates the `static` of a function without options.
    pub const fn plain(here: Here) -> Self {
        // A constant, so that a compiler evaluates it once and not for each function.
        let inner = const {
            ManuallyDrop::new(Inner::unnamed(Config::DEFAULT, registry::name_of, Role::Single))
        };
        Self { inner, handle: const { ManuallyDrop::new(OnceCell::new()) }, here }
    }

    /// Creates the `static` of a function.
    pub const fn new(here: Here, config: ConstConfig) -> Self {
        Self::with(here, config, Role::Single)
    }

    /// Creates the `static` of a function with a `key`.
    pub const fn keyed(here: Here, config: ConstConfig, limits: Limits) -> Self {
        Self::with(here, config, Role::Template(Template::new(limits, &KEY_SETTINGS)))
    }

    const fn with(here: Here, config: ConstConfig, role: Role) -> Self {
        let inner = Inner::unnamed(config.get(), registry::name_of, role);
        Self {
            inner: ManuallyDrop::new(inner),
            handle: const { ManuallyDrop::new(OnceCell::new()) },
            here,
        }
    }

    pub(crate) fn here(&self) -> Here {
        self.here
    }

    /// Returns the breaker as a handle.
    pub fn handle(&'static self) -> &'static CircuitBreaker {
        self.handle.get_or_init(|| CircuitBreaker::from_static(&self.inner))
    }

    /// Creates a handle to the breaker for a `static` of its own.
    pub const fn declared(&'static self) -> CircuitBreaker {
        CircuitBreaker::declared(&self.inner)
    }

    /// Returns the breaker, or the one that replaces it in the current test.
    #[inline(always)]
    pub(crate) fn inner(&'static self) -> &'static Inner {
        #[cfg(feature = "test-util")]
        if let Some(shadow) = crate::breaker::shadow::shadow(&self.inner, || self.handle().clone()) {
            return shadow;
        }
        &self.inner
    }
}

/// Checks at compile time that a name is not empty, and returns it.
#[track_caller]
pub const fn checked_name(name: &'static str) -> &'static str {
    crate::config::require(!name.is_empty(), "name must not be empty");
    name
}
