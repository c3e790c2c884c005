//! Running the body of an `async` function, or of one that returns a future.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::__private::call_policy::{CallPolicy, Judge, OnFailure, ReturnOutput};
use crate::__private::run::answered;
use crate::breaker::future::total::CallLimit;
use crate::breaker::future::{Guarded, GuardedWithDeadline};
use crate::breaker::permit::{FailOnUnwind, Permit};
use crate::breaker::rejected::IntoError;
use crate::types::error::BreakerError;
use crate::types::outcome::Outcome;

pin_project! {
    /// A future that was admitted or rejected. It ends with an answer for the caller, or the cause of a
    /// fallback.
    ///
    /// It holds neither of them, which would take memory and require both to be `Send`. Its fields name
    /// the two types and not `Fut::Output`: inside a future the compiler erases lifetimes, and would
    /// have to prove a trait for all of them.
    #[must_use = "futures do nothing unless polled"]
    pub struct GuardedOrRejected<'b, Fut, Output, Cause, J, F> {
        #[pin]
        stage: GuardedStage<'b, Fut, Output, Cause, J, F>,
    }
}

pin_project! {
    #[project = GuardedStageProjection]
    enum GuardedStage<'b, Fut, Output, Cause, J, F> {
        Running { #[pin] call: Guarded<'b, Fut, J>, fail: Option<F> },
        Rejected { rejected: Option<(BreakerError, fn(BreakerError) -> Result<Output, Cause>)> },
    }
}

impl<Output, Cause, Fut, J, F> Future for GuardedOrRejected<'_, Fut, Output, Cause, J, F>
where
    Fut: Future<Output = Output>,
    J: Judge<Output>,
    F: OnFailure<Output, Cause = Cause>,
{
    type Output = Result<Output, Cause>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().stage.project() {
            GuardedStageProjection::Running { call, fail } => {
                call.poll_with_verdict(context, |output, verdict| match fail.take() {
                    Some(fail) if verdict.outcome == Outcome::Failure => fail.fail(output),
                    _ => Ok(output),
                })
            }
            // Polled again after its end.
            GuardedStageProjection::Rejected { rejected } => rejected
                .take()
                .map_or(Poll::Pending, |(rejection, reject)| Poll::Ready(reject(rejection))),
        }
    }
}

/// Guards the future of an `async` body, which has not begun to run.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
pub fn guard<Fut: Future, J: Judge<Fut::Output>, F: OnFailure<Fut::Output>>(
    admitted: Result<Permit<'_>, impl IntoError>,
    body: Fut,
    rules: CallPolicy<Fut::Output, J, F>,
) -> GuardedOrRejected<'_, Fut, Fut::Output, F::Cause, J, F> {
    let stage = match admitted {
        Ok(permit) => GuardedStage::Running {
            call: Guarded::new(permit, body, rules.judge),
            fail: Some(rules.fail),
        },
        Err(rejected) => {
            let rejection = rejected.into_error();
            let answer = rules.without_output(&rejection);
            GuardedStage::Rejected { rejected: Some((rejection, answer)) }
        }
    };
    GuardedOrRejected { stage }
}

/// Runs the body of a function that returns a future, if it was admitted, and guards that future.
#[inline(always)]
pub fn future_or_cause<Fut: Future, J: Judge<Fut::Output>, F: OnFailure<Fut::Output>>(
    admitted: Result<Permit<'_>, impl IntoError>,
    body: impl FnOnce() -> Fut,
    rules: CallPolicy<Fut::Output, J, F>,
) -> GuardedOrRejected<'_, Fut, Fut::Output, F::Cause, J, F> {
    let stage = match admitted {
        Ok(permit) => {
            GuardedStage::Running { call: start(permit, body, rules.judge), fail: Some(rules.fail) }
        }
        Err(rejected) => {
            let rejection = rejected.into_error();
            let answer = rules.without_output(&rejection);
            GuardedStage::Rejected { rejected: Some((rejection, answer)) }
        }
    };
    GuardedOrRejected { stage }
}

fn start<Fut, J>(permit: Permit<'_>, body: impl FnOnce() -> Fut, judge: J) -> Guarded<'_, Fut, J> {
    let guard = FailOnUnwind::new(permit);
    let future = body();
    Guarded::resume(guard, future, judge)
}

/// Runs a body as [`future_or_cause`] does, for a function without a fallback.
#[inline(always)]
pub fn guard_future<Fut: Future, J: Judge<Fut::Output>>(
    admitted: Result<Permit<'_>, impl IntoError>,
    body: impl FnOnce() -> Fut,
    rules: CallPolicy<Fut::Output, J, ReturnOutput>,
) -> Answering<'_, Fut, Fut::Output, J> {
    let stage = match admitted {
        Ok(permit) => AnsweringStage::Running { call: start(permit, body, rules.judge) },
        Err(rejected) => {
            AnsweringStage::Rejected { rejected: Some((rejected.into_error(), rules.reject)) }
        }
    };
    Answering { stage }
}

pin_project! {
    /// The future of [`guard_future`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Answering<'b, Fut, Output, J> {
        #[pin]
        stage: AnsweringStage<'b, Fut, Output, J>,
    }
}

pin_project! {
    #[project = AnsweringProjection]
    enum AnsweringStage<'b, Fut, Output, J> {
        Running { #[pin] call: Guarded<'b, Fut, J> },
        Rejected {
            rejected: Option<(BreakerError, fn(BreakerError) -> Result<Output, Infallible>)>,
        },
    }
}

impl<Output, Fut: Future<Output = Output>, J: Judge<Output>> Future for Answering<'_, Fut, Output, J> {
    type Output = Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Output> {
        match self.project().stage.project() {
            AnsweringProjection::Running { call } => call.poll(context),
            AnsweringProjection::Rejected { rejected } => rejected
                .take()
                .map_or(Poll::Pending, |(rejection, reject)| Poll::Ready(answered(reject(rejection)))),
        }
    }
}

/// Guards an admitted `async` body, where a fallback takes rejections only.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
pub fn watch<Fut: Future, J: Judge<Fut::Output>>(
    permit: Permit<'_>,
    body: Fut,
    judge: J,
) -> Guarded<'_, Fut, J> {
    Guarded::new(permit, body, judge)
}

/// Guards an admitted `async` body with a deadline, where a time-out goes to the caller.
#[inline(always)]
pub fn watch_within<Fut: Future, J: Judge<Fut::Output>, L: CallLimit>(
    permit: Permit<'_>,
    body: Fut,
    rules: CallPolicy<Fut::Output, J, ReturnOutput>,
    limit: L,
) -> RunInTime<'_, Fut, Fut::Output, J, L> {
    let call = GuardedWithDeadline::new(permit, body, rules.judge, limit);
    RunInTime { call, late: rules.late }
}

pin_project! {
    /// The future of [`watch_within`].
    #[must_use = "futures do nothing unless polled"]
    pub struct RunInTime<'b, Fut, Output, J, L> {
        #[pin]
        call: GuardedWithDeadline<Permit<'b>, Fut, J, L>,
        late: fn(BreakerError) -> Result<Output, Infallible>,
    }
}

impl<Output, Fut, J, L> Future for RunInTime<'_, Fut, Output, J, L>
where
    Fut: Future<Output = Output>,
    J: Judge<Output>,
    L: CallLimit,
{
    type Output = Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Output> {
        let this = self.project();
        Poll::Ready(match ready!(this.call.poll_settled(context)) {
            Ok(output) => output,
            Err(error) => answered((this.late)(error)),
        })
    }
}

/// Guards a body as [`watch`] does, for a function that returns a future.
#[inline(always)]
pub fn run_future<Fut: Future, J: Judge<Fut::Output>>(
    permit: Permit<'_>,
    body: impl FnOnce() -> Fut,
    judge: J,
) -> Guarded<'_, Fut, J> {
    start(permit, body, judge)
}

pin_project! {
    /// The future of [`otherwise`].
    #[project = OtherwiseProjection]
    #[must_use = "futures do nothing unless polled"]
    pub enum Otherwise<Call, Then, Fallback> {
        /// The body runs, or was rejected.
        Calling { #[pin] call: Call, then: Option<Then> },
        /// The fallback runs.
        FallingBack { #[pin] fallback: Fallback },
    }
}

/// Runs the fallback with the end of a call as its cause. Not an `async` block, which would hold the
/// call twice: before it is awaited, and while it is.
#[inline(always)]
pub fn otherwise<R, Cause, Call, Then, Fallback>(
    call: Call,
    then: Then,
) -> Otherwise<Call, Then, Fallback>
where
    Call: Future<Output = Result<R, Cause>>,
    Then: FnOnce(Cause) -> Fallback,
    Fallback: Future<Output = R>,
{
    Otherwise::Calling { call, then: Some(then) }
}

impl<R, Cause, Call, Then, Fallback> Future for Otherwise<Call, Then, Fallback>
where
    Call: Future<Output = Result<R, Cause>>,
    Then: FnOnce(Cause) -> Fallback,
    Fallback: Future<Output = R>,
{
    type Output = R;

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        loop {
            match self.as_mut().project() {
                OtherwiseProjection::Calling { call, then } => {
                    let cause = match ready!(call.poll(context)) {
                        Ok(answer) => return Poll::Ready(answer),
                        Err(cause) => cause,
                    };
                    // Polled again after its end.
                    let Some(then) = then.take() else { return Poll::Pending };
                    self.set(Self::FallingBack { fallback: then(cause) });
                }
                OtherwiseProjection::FallingBack { fallback } => return fallback.poll(context),
            }
        }
    }
}

pin_project! {
    /// One of two futures with the same output.
    #[project = EitherProjection]
    #[must_use = "futures do nothing unless polled"]
    pub enum Either<Left, Right> {
        /// The body.
        Left { #[pin] future: Left },
        /// The fallback.
        Right { #[pin] future: Right },
    }
}

impl<Left: Future, Right: Future<Output = Left::Output>> Future for Either<Left, Right> {
    type Output = Left::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Left::Output> {
        match self.project() {
            EitherProjection::Left { future } => future.poll(context),
            EitherProjection::Right { future } => future.poll(context),
        }
    }
}
