//! Which breaker a request is for: [`SelectBreaker`], and the seal of the traits of the integrations.

use crate::breaker::CircuitBreaker;
use crate::breaker::keyed_breakers::KeyedBreakers;
#[cfg(feature = "tower")]
use crate::breaker::owned_permit::ServicePermit;
use crate::types::key::BreakerKey;

/// A rule that finds the breaker of a request: a [`CircuitBreaker`] is that of all, and [`KeySelector`]
/// has one per key.
///
/// Sealed: other crates cannot implement it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not select the circuit breaker of a `{Req}`",
    label = "give a function of a reference to the request, which returns a key"
)]
#[cfg_attr(not(feature = "tower"), expect(unreachable_pub, reason = "the module `tower` exports it"))]
pub trait SelectBreaker<Req> {
    #[doc(hidden)]
    fn choose(&self, request: &Req, seal: Seal) -> CircuitBreaker;

    /// Admits a call if the breaker does that at once; if not, returns the breaker.
    #[doc(hidden)]
    #[cfg(feature = "tower")]
    #[inline(always)]
    fn try_admit(&self, request: &Req, seal: Seal) -> Result<ServicePermit, CircuitBreaker> {
        self.choose(request, seal).into_scoped().try_fast_admit()
    }
}

impl<Req> SelectBreaker<Req> for CircuitBreaker {
    fn choose(&self, _request: &Req, _: Seal) -> CircuitBreaker {
        self.clone()
    }

    #[cfg(feature = "tower")]
    #[inline(always)]
    fn try_admit(&self, _request: &Req, _: Seal) -> Result<ServicePermit, CircuitBreaker> {
        self.try_fast_admit_scoped()
    }
}

/// A breaker for each key of a request; from `CircuitBreakerLayer::keyed`.
#[derive(Clone, Debug)]
#[cfg_attr(not(feature = "tower"), expect(unreachable_pub, reason = "the module `tower` exports it"))]
pub struct KeySelector<F> {
    pub(super) breakers: KeyedBreakers,
    pub(super) key: F,
}

impl<Req, F> SelectBreaker<Req> for KeySelector<F>
where
    F: for<'r> KeyOf<&'r Req>,
{
    fn choose(&self, request: &Req, _: Seal) -> CircuitBreaker {
        self.breakers.get(&self.key.key_of(request, SEAL))
    }
}

/// A function from a reference to a request to its [key](BreakerKey). One that is a `fn` may return a
/// key that borrows from the request.
///
/// Sealed: other crates cannot implement it.
pub trait KeyOf<Request> {
    /// The returned key.
    type Key: BreakerKey;

    #[doc(hidden)]
    fn key_of(&self, request: Request, seal: Seal) -> Self::Key;
}

impl<Request, K: BreakerKey, F: Fn(Request) -> K> KeyOf<Request> for F {
    type Key = K;

    fn key_of(&self, request: Request, _: Seal) -> K {
        self(request)
    }
}

/// An argument of a method of each sealed trait. Other crates cannot name it, and so cannot implement
/// the method. With another type in its position the method does not fit the trait:
///
/// ```compile_fail,E0053
/// use breaker_runtime::CircuitBreaker;
/// use breaker_runtime::tower::SelectBreaker;
///
/// struct Chosen(CircuitBreaker);
///
/// impl SelectBreaker<u32> for Chosen {
///     fn choose(&self, _: &u32, _: ()) -> CircuitBreaker {
///         self.0.clone()
///     }
/// }
/// ```
#[derive(Debug)]
pub struct Seal(());

pub(super) const SEAL: Seal = Seal(());
