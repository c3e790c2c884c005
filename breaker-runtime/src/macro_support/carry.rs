//! Outputs with a stream that the tokens of the return type do not show, such as an alias: found from
//! the type.

#[cfg(feature = "stream")]
use futures_core::Stream;

#[cfg(feature = "stream")]
use crate::__private::call_policy::Judge;
use crate::__private::call_policy::Of;
#[cfg(feature = "stream")]
use crate::__private::call_policy::{CallPolicy, OnFailure};
#[cfg(feature = "stream")]
use crate::__private::carried::{BoxedStream, Carried};
#[cfg(feature = "stream")]
use crate::__private::output::{FromRejection, StreamItem};
use crate::breaker::CircuitBreaker;
pub use crate::breaker::judge::PermitCarrier;
#[cfg(feature = "stream")]
use crate::breaker::owned_permit::OwnedPermit;
#[cfg(feature = "stream")]
use crate::config::stream::StreamLimits;
#[cfg(feature = "stream")]
use crate::state::cell::CallEnd;
#[cfg(feature = "stream")]
use crate::types::outcome::Verdict;

/// The breaker of a call. Taken by value where that is possible: a future stores what is borrowed in it.
pub trait Handle {
    #[doc(hidden)]
    fn handle(self) -> CircuitBreaker;
}

/// The form of an output without a stream, or with one that cannot hold a permit. Found by
/// `(&&&of::<Output>()).carrying()` with the traits below in scope: the first that fits the type, in the
/// order in which a method call removes references.
#[derive(Debug)]
pub struct CarriesNothing;

impl CarriesNothing {
    /// Returns the rules unchanged.
    #[inline(always)]
    pub fn add<R>(self, rules: R, _: impl Handle) -> R {
        rules
    }

    /// Returns the judge unchanged.
    #[inline(always)]
    pub fn judge<J>(self, judge: J, _: impl Handle) -> J {
        judge
    }
}

/// Last: no stream.
pub trait CarryNothing {
    #[doc(hidden)]
    #[inline(always)]
    fn carrying(&self) -> CarriesNothing {
        CarriesNothing
    }
}

impl<Output> CarryNothing for Of<Output> {}

/// The marker of an output with a stream that holds the permit.
#[cfg(feature = "stream")]
#[derive(Debug)]
pub struct Carries<Output> {
    put: fn(&mut Output, OwnedPermit, StreamLimits),
    limits: StreamLimits,
}

/// First: a `Result` of a boxed stream.
#[cfg(feature = "stream")]
pub trait CarryBoxed<Output> {
    #[doc(hidden)]
    fn carrying(&self) -> Carries<Output>;
}

#[cfg(feature = "stream")]
impl<S: BoxedStream, E> CarryBoxed<Result<S, E>> for &&Of<Result<S, E>> {
    fn carrying(&self) -> Carries<Result<S, E>> {
        carries_boxed(StreamLimits::NONE)
    }
}

/// Second: a `Result` of any other stream.
#[cfg(feature = "stream")]
pub trait UnguardedStream {
    #[doc(hidden)]
    #[deprecated(
        note = "this stream does not hold the permit of its call, which is over when the function returns: \
                         return `Result<impl Stream<Item = Result<T, E>>, E>` or `Result<BoxStream<'_, Result<T, E>>, \
                         E>` with `E: From<BreakerError>`; or `#[allow(deprecated)]`, to protect the connection alone"
    )]
    fn carrying(&self) -> CarriesNothing {
        CarriesNothing
    }
}

#[cfg(feature = "stream")]
impl<S: Stream, E> UnguardedStream for &Of<Result<S, E>> {}

/// Third: a stream that is not in a `Result`.
#[cfg(feature = "stream")]
pub trait HiddenStream {
    #[doc(hidden)]
    #[deprecated(
        note = "this stream does not hold the permit of its call, which is over when the function returns: write \
                         `impl Stream<Item = Result<T, E>>` or `BoxStream<'_, Result<T, E>>` in place of the alias"
    )]
    fn carrying(&self) -> CarriesNothing {
        CarriesNothing
    }
}

#[cfg(feature = "stream")]
impl<S: Stream> HiddenStream for &Of<S> {}

#[cfg(feature = "stream")]
fn put<S: BoxedStream, E>(output: &mut Result<S, E>, permit: OwnedPermit, limits: StreamLimits) {
    match output {
        Ok(stream) => stream.guard(permit, limits),
        // The function counts this as a success.
        Err(_) => drop(permit.settle_stream(CallEnd::Success, None, 0)),
    }
}

/// Returns the marker of a `Result` of a boxed stream.
#[cfg(feature = "stream")]
#[inline(always)]
pub fn carries_boxed<S: BoxedStream, E>(limits: StreamLimits) -> Carries<Result<S, E>> {
    Carries { put: put::<S, E>, limits }
}

/// Returns the marker of a `Result` of an `impl Stream`. The body is wrapped by [`carriable`].
#[cfg(feature = "stream")]
#[inline(always)]
pub fn carries_opaque<S: Stream<Item: StreamItem<Error: FromRejection>>, E>(
    limits: StreamLimits,
) -> Carries<Result<Carried<S>, E>> {
    Carries { put: put::<Carried<S>, E>, limits }
}

/// Wraps the body of a function that returns a `Result` of an `impl Stream`, in a type that the caller
/// cannot name.
#[cfg(feature = "stream")]
#[inline(always)]
pub fn carriable<S: Stream, E>(
    body: impl FnOnce() -> Result<S, E>,
) -> impl FnOnce() -> Result<Carried<S>, E> {
    move || body().map(|stream| Carried::Plain { stream })
}

#[cfg(feature = "stream")]
impl<Output> Carries<Output> {
    /// Adds the stream to the rules. `breaker` is the one that gave the permit.
    #[inline(always)]
    pub fn add<J, F: OnFailure<Output>>(
        self,
        rules: CallPolicy<Output, J, F>,
        breaker: impl Handle,
    ) -> CallPolicy<Output, Carrying<J, Output>, F> {
        let CallPolicy { judge, reject, late, refuse, fail } = rules;
        CallPolicy { judge: self.judge(judge, breaker), reject, late, refuse, fail }
    }

    /// Adds the stream to a judge.
    #[inline(always)]
    pub fn judge<J>(self, judge: J, breaker: impl Handle) -> Carrying<J, Output> {
        let Self { put, limits } = self;
        Carrying { judge, carry: PermitCarrier { breaker: breaker.handle(), limits, put } }
    }
}

/// A judge of outputs that carry a stream.
#[cfg(feature = "stream")]
#[derive(Debug)]
pub struct Carrying<J, Output> {
    judge: J,
    carry: PermitCarrier<Output>,
}

#[cfg(feature = "stream")]
impl<Output, J: Judge<Output>> Judge<Output> for Carrying<J, Output> {
    const CARRIES: bool = true;

    fn judge(self, output: &Output) -> Verdict {
        self.judge.judge(output)
    }

    fn end(self, output: &Output) -> (Verdict, Option<PermitCarrier<Output>>) {
        (self.judge.judge(output), Some(self.carry))
    }
}

/// The names of the other markers, without the feature `stream`.
#[cfg(not(feature = "stream"))]
pub use crate::__private::carry::CarryNothing as CarryBoxed;
#[cfg(not(feature = "stream"))]
pub use crate::__private::carry::CarryNothing as HiddenStream;
#[cfg(not(feature = "stream"))]
pub use crate::__private::carry::CarryNothing as UnguardedStream;
