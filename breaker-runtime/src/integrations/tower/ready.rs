//! How a ready service is held while its call waits for a permit: [`ReadyPolicy`].

use std::mem;

use crate::integrations::select::Seal;

/// Whether a call may wait for a concurrency permit, which takes a service that can be cloned.
///
/// Sealed: other crates cannot implement it.
#[diagnostic::on_unimplemented(
    message = "calls can wait for a concurrency permit only if the service is `Clone`",
    label = "`{S}` is not `Clone`",
    note = "write `CircuitBreakerLayer::new(..).without_waiting()`, or put a `tower::buffer::Buffer` inside of it"
)]
pub trait ReadyPolicy<S> {
    #[doc(hidden)]
    const MAY_WAIT: bool;

    /// Takes the service that is ready, and leaves one that is yet to become ready.
    #[doc(hidden)]
    fn take_ready(service: &mut S, seal: Seal) -> Option<S>;
}

/// [`max_wait`](crate::CircuitBreakerBuilder::max_wait) applies. The default.
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct MayWait;

impl<S: Clone> ReadyPolicy<S> for MayWait {
    const MAY_WAIT: bool = true;

    fn take_ready(service: &mut S, _: Seal) -> Option<S> {
        let fresh = service.clone();
        Some(mem::replace(service, fresh))
    }
}

/// A call over the limit is rejected; from
/// [`without_waiting`](crate::integrations::tower::CircuitBreakerLayer::without_waiting).
#[derive(Clone, Copy, Debug, Default)]
#[non_exhaustive]
pub struct NeverWaits;

impl<S> ReadyPolicy<S> for NeverWaits {
    const MAY_WAIT: bool = false;

    fn take_ready(_service: &mut S, _: Seal) -> Option<S> {
        None
    }
}
