//! Functions that return a stream in a `Result`: `async fn f() -> Result<impl Stream, E>`. Connecting is
//! the first part of the call, and its permit moves into the stream.

use std::marker::PhantomData;
use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::__private::attempt::{Attempt, begin};
use crate::__private::attempt_end::{AttemptEnd, Completed};
use crate::__private::call_policy::Judge;
use crate::__private::output::{FromRejection, StreamItem, item_of_error};
use crate::breaker::future::GuardedWithDeadline;
use crate::breaker::future::total::CallLimit;
use crate::breaker::judge::AnyErrIsFailure;
use crate::breaker::owned_permit::OwnedPermit;
use crate::breaker::permit::FailOnUnwind;
use crate::config::stream::StreamLimits;
use crate::state::cell::CallEnd;
use crate::stream::{Guard, Step};
use crate::types::error::BreakerError;
use crate::types::outcome::{Outcome, Verdict};

/// Settles a call that did not connect. After a success the call ends with its stream.
fn unless_success(call: FailOnUnwind<OwnedPermit>, verdict: Verdict) -> Option<OwnedPermit> {
    if verdict.outcome == Outcome::Success {
        return call.into_permit();
    }
    call.settle(verdict);
    None
}

/// Moves the permit into an `impl Stream`, in a type that the caller cannot name.
fn carry_opaque<S, E, J>(
    raw: Result<S, E>,
    call: FailOnUnwind<OwnedPermit>,
    judge: J,
    limits: StreamLimits,
) -> (Result<Carried<S>, E>, Verdict)
where
    S: Stream<Item: StreamItem<Error: FromRejection>>,
    J: Judge<Result<Carried<S>, E>>,
{
    let plain = raw.map(|stream| Carried::Plain { stream });
    let verdict = judge.judge(&plain);
    let output = match (plain, unless_success(call, verdict)) {
        (Ok(Carried::Plain { stream }), Some(permit)) => Ok(Carried::new(permit, stream, limits)),
        (Err(error), Some(permit)) => {
            drop(permit.settle_stream(CallEnd::Success, None, 0));
            Err(error)
        }
        (plain, _) => plain,
    };
    (output, verdict)
}

/// Moves the permit into a boxed stream, in another box of the same type.
fn carry_boxed<S, E, J>(
    raw: Result<S, E>,
    call: FailOnUnwind<OwnedPermit>,
    judge: J,
    limits: StreamLimits,
) -> (Result<S, E>, Verdict)
where
    S: BoxedStream,
    J: Judge<Result<S, E>>,
{
    let verdict = judge.judge(&raw);
    let mut output = raw;
    match (&mut output, unless_success(call, verdict)) {
        (Ok(stream), Some(permit)) => stream.guard(permit, limits),
        (Err(_), Some(permit)) => drop(permit.settle_stream(CallEnd::Success, None, 0)),
        (_, None) => {}
    }
    (output, verdict)
}

/// A boxed stream of any kind.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot take a circuit breaker's permit along",
    label = "return `Pin<Box<dyn Stream<Item = Result<T, E>> + Send>>` in this `Result`",
    note = "its items are `Result<T, E>` where `E: From<BreakerError>`"
)]
pub trait BoxedStream: Sized {
    #[doc(hidden)]
    fn guard(&mut self, permit: OwnedPermit, limits: StreamLimits);
}

macro_rules! boxed_streams {
    ($($bound:tt)*) => {
        impl<'s, T: 's, E: FromRejection + 'static> BoxedStream
            for Pin<Box<dyn Stream<Item = Result<T, E>> $($bound)* + 's>>
        {
            fn guard(&mut self, permit: OwnedPermit, limits: StreamLimits) {
                // A box of an empty type allocates nothing.
                let stream = mem::replace(self, Box::pin(EmptyStream(PhantomData)));
                *self = Box::pin(Carried::new(permit, stream, limits));
            }
        }
    };
}

/// The stream that is left where another one was moved out.
struct EmptyStream<Item>(PhantomData<fn() -> Item>);

impl<Item> Stream for EmptyStream<Item> {
    type Item = Item;

    fn poll_next(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Item>> {
        Poll::Ready(None)
    }
}

boxed_streams!();
boxed_streams!(+ Send);
boxed_streams!(+ Send + Sync);

pin_project! {
    /// A stream with the permit of the call that made it.
    #[project = CarriedProjection]
    #[must_use = "streams do nothing unless polled"]
    pub enum Carried<S>
    where
        S: Stream,
    {
        /// The call was settled before.
        Plain { #[pin] stream: S },
        /// The call lasts until the stream ends.
        Guarded {
            #[pin]
            stream: Guard<S, AnyErrIsFailure>,
            timed_out: fn(BreakerError) -> S::Item,
        },
        /// A placeholder during the change from one to the other.
        Nothing,
    }
}

impl<S: Stream<Item: StreamItem<Error: FromRejection>>> Carried<S> {
    fn new(permit: OwnedPermit, stream: S, limits: StreamLimits) -> Self {
        let timed_out = item_of_error;
        let stream = Guard::start(permit, || stream, AnyErrIsFailure, limits);
        Self::Guarded { stream, timed_out }
    }
}

impl<S: Stream<Item: StreamItem<Error: FromRejection>>> BoxedStream for Carried<S> {
    fn guard(&mut self, permit: OwnedPermit, limits: StreamLimits) {
        *self = match mem::replace(self, Self::Nothing) {
            Self::Plain { stream } => Self::new(permit, stream, limits),
            other => other,
        };
    }
}

impl<S: Stream<Item = Result<T, E>>, T, E: 'static> Stream for Carried<S> {
    type Item = Result<T, E>;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<T, E>>> {
        let (stream, timed_out) = match self.project() {
            CarriedProjection::Plain { stream } => return stream.poll_next(context),
            CarriedProjection::Guarded { stream, timed_out } => (stream, timed_out),
            CarriedProjection::Nothing => return Poll::Ready(None),
        };
        Poll::Ready(match ready!(stream.poll_step(context)) {
            Step::Item { item, .. } => Some(item),
            Step::Rejected(error) | Step::TimedOut(error) => Some(timed_out(error)),
            Step::End => None,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Plain { stream } => stream.size_hint(),
            Self::Guarded { stream, .. } => stream.size_hint(),
            Self::Nothing => (0, Some(0)),
        }
    }
}

impl<S: FusedStream<Item = Result<T, E>>, T, E: 'static> FusedStream for Carried<S> {
    fn is_terminated(&self) -> bool {
        match self {
            Self::Plain { stream } => stream.is_terminated(),
            Self::Guarded { stream, .. } => stream.is_over(),
            Self::Nothing => true,
        }
    }
}

type Carry<Raw, J, Output> = fn(Raw, FailOnUnwind<OwnedPermit>, J, StreamLimits) -> (Output, Verdict);

pin_project! {
    /// A call that connects.
    #[must_use = "futures do nothing unless polled"]
    pub struct Connecting<Fut, J, Output, L>
    where
        Fut: Future,
    {
        #[pin]
        call: GuardedWithDeadline<OwnedPermit, Fut, J, L>,
        limits: StreamLimits,
        // A function: a trait would have to be proved again wherever this goes.
        carry: Carry<Fut::Output, J, Output>,
    }
}

impl<Fut: Future, J, Output, L: CallLimit> Future for Connecting<Fut, J, Output, L> {
    type Output = AttemptEnd<Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        Poll::Ready(match ready!(this.call.poll_unsettled(context)) {
            Ok((raw, (call, judge))) => {
                let (output, verdict) = (this.carry)(raw, call, judge, *this.limits);
                AttemptEnd::Completed(Completed::new(output, verdict))
            }
            Err(error) => AttemptEnd::TimedOut(error),
        })
    }
}

/// Returns the attempt of a body that connects.
#[inline(always)]
fn connect<Fut: Future, J, Output, L>(
    admitted: Result<OwnedPermit, BreakerError>,
    body: Fut,
    judge: J,
    limit: L,
    limits: StreamLimits,
    carry: Carry<Fut::Output, J, Output>,
) -> Attempt<Connecting<Fut, J, Output, L>> {
    begin(admitted, |permit| {
        let call = GuardedWithDeadline::new(permit, body, judge, limit);
        Connecting { call, limits, carry }
    })
}

/// Returns the attempt of a body that returns a future which connects, and makes that future if it was
/// admitted.
#[inline(always)]
fn start_connecting<Fut: Future, J, Output, L>(
    admitted: Result<OwnedPermit, BreakerError>,
    body: impl FnOnce() -> Fut,
    judge: J,
    limit: L,
    limits: StreamLimits,
    carry: Carry<Fut::Output, J, Output>,
) -> Attempt<Connecting<Fut, J, Output, L>> {
    begin(admitted, |permit| {
        let guard = FailOnUnwind::new(permit);
        let future = body();
        Connecting { call: GuardedWithDeadline::resume(guard, future, judge, limit), limits, carry }
    })
}

/// The attempt of a body that returns a `Result<impl Stream, E>`.
pub type ConnectingAttempt<Fut, J, S, E, L> = Attempt<Connecting<Fut, J, Result<Carried<S>, E>, L>>;

/// Returns the attempt of an `async` body that returns a `Result<impl Stream, E>`.
#[inline(always)]
pub fn attempt_stream<Fut, S, E, J, L>(
    admitted: Result<OwnedPermit, BreakerError>,
    body: Fut,
    judge: J,
    limit: L,
    limits: StreamLimits,
) -> ConnectingAttempt<Fut, J, S, E, L>
where
    Fut: Future<Output = Result<S, E>>,
    S: Stream<Item: StreamItem<Error: FromRejection>>,
    J: Judge<Result<Carried<S>, E>>,
    L: CallLimit,
{
    connect(admitted, body, judge, limit, limits, carry_opaque)
}

/// Returns the attempt of an `async` body that returns a boxed stream in a `Result`.
#[inline(always)]
pub fn attempt_boxed_stream<Fut, S, E, J, L>(
    admitted: Result<OwnedPermit, BreakerError>,
    body: Fut,
    judge: J,
    limit: L,
    limits: StreamLimits,
) -> Attempt<Connecting<Fut, J, Result<S, E>, L>>
where
    Fut: Future<Output = Result<S, E>>,
    S: BoxedStream,
    J: Judge<Result<S, E>>,
    L: CallLimit,
{
    connect(admitted, body, judge, limit, limits, carry_boxed)
}

/// Returns the attempt of a body that returns a future of such a `Result`, and makes that future if it
/// was admitted.
#[inline(always)]
pub fn start_stream<Fut, S, E, J, L>(
    admitted: Result<OwnedPermit, BreakerError>,
    body: impl FnOnce() -> Fut,
    judge: J,
    limit: L,
    limits: StreamLimits,
) -> ConnectingAttempt<Fut, J, S, E, L>
where
    Fut: Future<Output = Result<S, E>>,
    S: Stream<Item: StreamItem<Error: FromRejection>>,
    J: Judge<Result<Carried<S>, E>>,
    L: CallLimit,
{
    start_connecting(admitted, body, judge, limit, limits, carry_opaque)
}

/// Returns the attempt of a body that returns a future of a boxed stream in a `Result`.
#[inline(always)]
pub fn start_boxed_stream<Fut, S, E, J, L>(
    admitted: Result<OwnedPermit, BreakerError>,
    body: impl FnOnce() -> Fut,
    judge: J,
    limit: L,
    limits: StreamLimits,
) -> Attempt<Connecting<Fut, J, Result<S, E>, L>>
where
    Fut: Future<Output = Result<S, E>>,
    S: BoxedStream,
    J: Judge<Result<S, E>>,
    L: CallLimit,
{
    start_connecting(admitted, body, judge, limit, limits, carry_boxed)
}
