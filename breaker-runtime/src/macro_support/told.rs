//! Attempts of an `async` function with layers around its breaker: each tells how it ended.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::__private::ended::{Ended, Ran};
use crate::__private::rules::Judge;
use crate::breaker::future::{Guarded, GuardedWithDeadline};
use crate::breaker::permit::{FailOnUnwind, Permit};
use crate::types::error::BreakerError;

pin_project! {
    /// An attempt that was admitted, and is running, or rejected.
    #[must_use = "futures do nothing unless polled"]
    pub struct Told<Call> {
        #[pin]
        stage: Stage<Call>,
    }
}

pin_project! {
    #[project = StageProjection]
    enum Stage<Call> {
        Running { #[pin] call: Call },
        Rejected { rejection: BreakerError },
    }
}

impl<Output, Call: Future<Output = Ended<Output>>> Future for Told<Call> {
    type Output = Ended<Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Ended<Output>> {
        match self.project().stage.project() {
            StageProjection::Running { call } => call.poll(context),
            StageProjection::Rejected { rejection } => Poll::Ready(Ended::Rejected(*rejection)),
        }
    }
}

#[inline(always)]
pub(super) fn told<P, Call>(
    admitted: Result<P, BreakerError>,
    run: impl FnOnce(P) -> Call,
) -> Told<Call> {
    let stage = match admitted {
        Ok(permit) => Stage::Running { call: run(permit) },
        Err(rejection) => Stage::Rejected { rejection },
    };
    Told { stage }
}

/// The body of an `async` function, which has not begun to run.
#[inline(always)]
pub fn told_async<Fut: Future, J: Judge<Fut::Output>>(
    admitted: Result<Permit<'_>, BreakerError>,
    body: Fut,
    judge: J,
) -> Told<RanAsync<'_, Fut, J, Ends>> {
    told(admitted, |permit| RanAsync { call: Guarded::new(permit, body, judge), tells: Ends })
}

/// The same, with `call_timeout`: `limit`, or the breaker's.
#[inline(always)]
pub fn told_within<Fut: Future, J: Judge<Fut::Output>>(
    admitted: Result<Permit<'_>, BreakerError>,
    body: Fut,
    judge: J,
    limit: Option<Duration>,
) -> Told<InTime<'_, Fut, J>> {
    told(admitted, |permit| InTime { call: GuardedWithDeadline::new(permit, body, judge, limit) })
}

/// The body of a function that returns a future: makes it at once, if it was admitted.
#[inline(always)]
pub fn start<Fut: Future, J: Judge<Fut::Output>>(
    admitted: Result<Permit<'_>, BreakerError>,
    body: impl FnOnce() -> Fut,
    judge: J,
) -> Told<RanAsync<'_, Fut, J, Ends>> {
    told(admitted, |permit| {
        let guard = FailOnUnwind::new(permit);
        let future = body();
        RanAsync { call: Guarded::resume(guard, future, judge), tells: Ends }
    })
}

/// The same, with `call_timeout`.
#[inline(always)]
pub fn start_within<Fut: Future, J: Judge<Fut::Output>>(
    admitted: Result<Permit<'_>, BreakerError>,
    body: impl FnOnce() -> Fut,
    judge: J,
    limit: Option<Duration>,
) -> Told<InTime<'_, Fut, J>> {
    told(admitted, |permit| {
        let guard = FailOnUnwind::new(permit);
        let future = body();
        InTime { call: GuardedWithDeadline::resume(guard, future, judge, limit) }
    })
}

/// An admitted body.
#[inline(always)]
pub fn ran_async<Fut: Future, J: Judge<Fut::Output>>(
    permit: Permit<'_>,
    body: Fut,
    judge: J,
) -> RanAsync<'_, Fut, J, Runs> {
    RanAsync { call: Guarded::new(permit, body, judge), tells: Runs }
}

/// Tells an [`Ended`].
#[derive(Clone, Copy, Debug)]
pub struct Ends;

/// Tells a [`Ran`].
#[derive(Clone, Copy, Debug)]
pub struct Runs;

/// What a future tells of an output.
pub trait Tells<Output> {
    #[doc(hidden)]
    type Told;

    #[doc(hidden)]
    fn tell(ran: Ran<Output>) -> Self::Told;
}

impl<Output> Tells<Output> for Ends {
    type Told = Ended<Output>;

    #[inline(always)]
    fn tell(ran: Ran<Output>) -> Ended<Output> {
        Ended::Ran(ran)
    }
}

impl<Output> Tells<Output> for Runs {
    type Told = Ran<Output>;

    #[inline(always)]
    fn tell(ran: Ran<Output>) -> Ran<Output> {
        ran
    }
}

pin_project! {
    /// A running body, and how its output counted.
    #[must_use = "futures do nothing unless polled"]
    pub struct RanAsync<'b, Fut, J, T> {
        #[pin]
        call: Guarded<'b, Fut, J>,
        tells: T,
    }
}

impl<'b, Fut, J> RanAsync<'b, Fut, J, Ends> {
    #[inline(always)]
    pub(super) fn new(call: Guarded<'b, Fut, J>) -> Self {
        Self { call, tells: Ends }
    }
}

impl<Fut: Future, J: Judge<Fut::Output>, T: Tells<Fut::Output>> Future for RanAsync<'_, Fut, J, T> {
    type Output = T::Told;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let (output, verdict) = ready!(self.project().call.poll_with_verdict(context));
        Poll::Ready(T::tell(Ran { output, verdict }))
    }
}

pin_project! {
    /// A running body with a deadline.
    #[must_use = "futures do nothing unless polled"]
    pub struct InTime<'b, Fut, J> {
        #[pin]
        call: GuardedWithDeadline<Permit<'b>, Fut, J>,
    }
}

impl<'b, Fut, J> InTime<'b, Fut, J> {
    #[inline(always)]
    pub(super) fn new(call: GuardedWithDeadline<Permit<'b>, Fut, J>) -> Self {
        Self { call }
    }
}

impl<Fut: Future, J: Judge<Fut::Output>> Future for InTime<'_, Fut, J> {
    type Output = Ended<Fut::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match ready!(self.project().call.poll_with_verdict(context)) {
            Ok((output, verdict)) => Ended::Ran(Ran { output, verdict }),
            Err(error) => Ended::TimedOut(error),
        })
    }
}
