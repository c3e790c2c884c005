//! Annotated functions, as the attribute registers them.

#[cfg(feature = "tokio")]
use std::ptr;

use crate::breaker::CircuitBreaker;
#[cfg(feature = "tokio")]
use crate::breaker::background::{BackgroundProbe, PingFuture};
#[cfg(feature = "tokio")]
use crate::breaker::handle::WeakBreaker;
#[cfg(feature = "tokio")]
use crate::breaker::inner::Inner;
use crate::registry::static_breaker::{Here, StaticBreaker};
#[cfg(feature = "tokio")]
use crate::types::key::Key;

/// An annotated function, as the attribute registers it.
#[doc(hidden)]
#[derive(Debug)]
pub struct Registration {
    /// The name in the attribute.
    pub(super) name: Option<&'static str>,
    /// The identifier of the function.
    pub(super) function: &'static str,
    /// Whether the function has the option `retry`.
    pub(super) retries: bool,
    /// Whether the function has a fallback that takes rejections only, and answers an injected failure
    /// as well, for want of another way to end without the body.
    #[cfg_attr(not(feature = "inject"), expect(dead_code, reason = "there is no game day"))]
    pub(super) answers_injected: bool,
    through: Through,
}

/// The breaker that an annotated function goes through.
#[derive(Clone, Copy, Debug)]
enum Through {
    Own(&'static StaticBreaker),
    /// The user's own `static`, with a name of its own.
    Shared(fn() -> &'static CircuitBreaker, Here),
}

impl Registration {
    /// Registers a function, by its identifier, with a breaker of its own.
    pub const fn own(function: &'static str, place: &'static StaticBreaker) -> Self {
        Self::through(function, Through::Own(place))
    }

    /// Registers a function that goes through a breaker of the user.
    pub const fn shared(
        function: &'static str,
        here: Here,
        breaker: fn() -> &'static CircuitBreaker,
    ) -> Self {
        Self::through(function, Through::Shared(breaker, here))
    }

    const fn through(function: &'static str, through: Through) -> Self {
        Self { name: None, function, retries: false, answers_injected: false, through }
    }

    /// Sets the name in the attribute.
    #[must_use]
    pub const fn named(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }

    /// Marks a function with the option `retry`.
    #[must_use]
    pub const fn retried(self) -> Self {
        Self { retries: true, ..self }
    }

    /// Marks a function with a fallback that takes rejections only, and with them injected failures.
    #[must_use]
    pub const fn answers_injected(self) -> Self {
        Self { answers_injected: true, ..self }
    }

    pub(super) fn here(&self) -> Here {
        match self.through {
            Through::Own(place) => place.here(),
            Through::Shared(_, here) => here,
        }
    }

    /// Returns the breaker, which the initialiser of the user's `static` may build.
    pub(super) fn breaker(&self) -> &'static CircuitBreaker {
        match self.through {
            Through::Own(place) => place.handle(),
            Through::Shared(breaker, _) => breaker(),
        }
    }

    /// Returns whether the breaker is the user's own `static`.
    pub(super) fn is_shared(&self) -> bool {
        matches!(self.through, Through::Shared(..))
    }
}

inventory::collect!(Registration);

/// The background probe of an annotated function or declared breaker, as the attribute registers it.
///
/// Apart from [`Registration`], so that a function without one does not grow.
#[cfg(feature = "tokio")]
#[doc(hidden)]
#[derive(Debug)]
pub struct ProbeRegistration {
    place: &'static StaticBreaker,
    probe: fn(Option<&Key>) -> PingFuture,
}

#[cfg(feature = "tokio")]
impl ProbeRegistration {
    /// Registers the probe of a function.
    pub const fn new(place: &'static StaticBreaker, probe: fn(Option<&Key>) -> PingFuture) -> Self {
        Self { place, probe }
    }
}

#[cfg(feature = "tokio")]
inventory::collect!(ProbeRegistration);

/// Returns the registered probe of a breaker, with a reference to the breaker.
#[cfg(feature = "tokio")]
pub(crate) fn probe_of(inner: &Inner) -> Option<(BackgroundProbe, WeakBreaker)> {
    let mut all = inventory::iter::<ProbeRegistration>();
    let found = all.find(|registration| ptr::eq(registration.place.handle().own_inner(), inner))?;
    Some((BackgroundProbe::registered(found.probe), found.place.handle().downgrade()))
}
