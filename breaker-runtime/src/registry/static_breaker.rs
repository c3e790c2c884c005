//! The `static` in every annotated function.

use std::any::type_name;
use std::mem::ManuallyDrop;
use std::panic::Location;

use crate::breaker::CircuitBreaker;
use crate::breaker::cold::{Origin, RegistryCalls};
use crate::breaker::inner::Inner;
use crate::config::ConstConfig;
use crate::config::keyed::Limits;
use crate::registry;
use crate::registry::settings::KEY_SETTINGS;

/// The breaker of one annotated function.
///
/// Aligned to cache lines, so that a call of the function touches one, and none of another breaker. Its
/// options are a constant behind a pointer: what is written at run time is all that it has itself.
#[derive(Debug)]
#[repr(C, align(64))]
pub struct StaticBreaker {
    /// Without drop glue, as a `static` is never dropped: for each type with some, the compiler checks
    /// all its fields again for whether they may be dropped in a constant.
    inner: ManuallyDrop<Inner>,
    here: Here,
}

#[cfg(all(target_pointer_width = "64", not(breaker_loom)))]
const _: () = assert!(size_of::<StaticBreaker>() == 128);

/// The functions of the registry that the breakers of annotated functions call.
static REGISTRY: RegistryCalls = RegistryCalls {
    name_of: registry::name_of,
    key_settings: &KEY_SETTINGS,
    wanted_name: registry::wanted_name,
    #[cfg(feature = "tokio")]
    probe_of: registry::probe_of,
};

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

/// The options of all functions without one.
static PLAIN: Origin = Origin::new(ConstConfig::DEFAULT, &REGISTRY);

/// Creates the options of a function, for a constant.
pub const fn options(config: ConstConfig) -> Origin {
    Origin::new(config, &REGISTRY)
}

/// Creates the options of a function with a `key`, for a constant.
pub const fn keyed_options(config: ConstConfig, limits: Limits) -> Origin {
    Origin::keyed(config, limits, &REGISTRY)
}

impl StaticBreaker {
    /// Creates the `static` of a function without options.
    pub const fn plain(here: Here) -> Self {
        Self::new(here, &PLAIN)
    }

    /// Creates the `static` of a function with these options.
    pub const fn new(here: Here, options: &'static Origin) -> Self {
        Self { inner: ManuallyDrop::new(Inner::unnamed(options)), here }
    }

    pub(crate) fn here(&self) -> Here {
        self.here
    }

    /// Returns the breaker as a handle.
    pub fn handle(&'static self) -> &'static CircuitBreaker {
        self.inner.handle.get_or_init(|| Box::new(CircuitBreaker::from_static(&self.inner)))
    }

    /// Creates a handle to the breaker for a `static` of its own.
    pub const fn declared(&'static self) -> CircuitBreaker {
        CircuitBreaker::declared(&self.inner)
    }

    /// Returns the breaker, or the one that replaces it in the current test.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub(crate) fn inner(&'static self) -> &'static Inner {
        #[cfg(feature = "test-util")]
        if let Some(shadow) =
            crate::breaker::shadow::shadow(&self.inner, || CircuitBreaker::from_static(&self.inner))
        {
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
