//! Running the body of an `async` function, or of one that returns a future.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::rules::Rules;
use super::run::answered;
use crate::error::BreakerError;
use crate::future::Watch;
use crate::outcome::Outcome;
use crate::permit::{FailOnUnwind, Permit};

pin_project! {
    /// A future that was admitted or rejected. Ends with an answer for the caller, or the cause of a
    /// fallback.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Guarded<'b, Fut, Judge, Reject, Fail> {
        #[pin]
        stage: Stage<'b, Fut, Judge>,
        rest: Option<(Reject, Fail)>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = StageProjection]
    enum Stage<'b, Fut, Judge> {
        Running { #[pin] call: Watch<'b, Fut, Judge> },
        Rejected { rejection: BreakerError },
    }
}

impl<Fut, R, Cause, Judge, Reject, Fail> Future for Guarded<'_, Fut, Judge, Reject, Fail>
where
    Fut: Future<Output = R>,
    Judge: FnOnce(&R) -> Outcome,
    Reject: FnOnce(BreakerError) -> Result<R, Cause>,
    Fail: FnOnce(R) -> Result<R, Cause>,
{
    type Output = Result<R, Cause>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        match this.stage.project() {
            StageProjection::Running { call } => {
                let (output, outcome) = ready!(call.poll(context));
                Poll::Ready(match this.rest.take() {
                    Some((_, fail)) if outcome == Outcome::Failure => fail(output),
                    _ => Ok(output),
                })
            }
            StageProjection::Rejected { rejection } => match this.rest.take() {
                Some((reject, _)) => Poll::Ready(reject(*rejection)),
                // Polled again after its end: nothing more comes.
                None => Poll::Pending,
            },
        }
    }
}

/// Guards the future of an `async` body, which has not begun to run.
#[inline(always)]
pub fn guard<'b, Fut, Judge, Reject, Fail>(
    admitted: Result<Permit<'b>, BreakerError>,
    body: Fut,
    rules: Rules<Judge, Reject, Fail>,
) -> Guarded<'b, Fut, Judge, Reject, Fail> {
    let Rules { judge, reject, fail } = rules;
    let stage = match admitted {
        Ok(permit) => Stage::Running { call: Watch::new(permit, body, judge) },
        Err(rejection) => Stage::Rejected { rejection },
    };
    Guarded { stage, rest: Some((reject, fail)) }
}

/// Runs the body of a function that returns a future, if it was admitted, and guards that future.
#[inline(always)]
pub fn attempt_future<'b, R, Fut, Judge, Reject, Fail>(
    admitted: Result<Permit<'b>, BreakerError>,
    body: impl FnOnce() -> Fut,
    rules: Rules<Judge, Reject, Fail>,
) -> Guarded<'b, Fut, Judge, Reject, Fail>
where
    Fut: Future<Output = R>,
    Judge: FnOnce(&R) -> Outcome,
{
    let Rules { judge, reject, fail } = rules;
    let stage = match admitted {
        Ok(permit) => {
            let guard = FailOnUnwind::new(permit);
            let future = body();
            Stage::Running { call: Watch::resume(guard, future, judge) }
        }
        Err(rejection) => Stage::Rejected { rejection },
    };
    Guarded { stage, rest: Some((reject, fail)) }
}

/// As [`attempt_future`], for a function without a fallback: a future of what the function's own has.
#[inline(always)]
pub fn guard_future<'b, R, Fut, Judge, Reject, Fail>(
    admitted: Result<Permit<'b>, BreakerError>,
    body: impl FnOnce() -> Fut,
    rules: Rules<Judge, Reject, Fail>,
) -> Answering<'b, Fut, Judge, Reject, Fail>
where
    Fut: Future<Output = R>,
    Judge: FnOnce(&R) -> Outcome,
    Reject: FnOnce(BreakerError) -> Result<R, Infallible>,
    Fail: FnOnce(R) -> Result<R, Infallible>,
{
    Answering { call: attempt_future(admitted, body, rules) }
}

pin_project! {
    /// The future of [`guard_future`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Answering<'b, Fut, Judge, Reject, Fail> {
        #[pin]
        call: Guarded<'b, Fut, Judge, Reject, Fail>,
    }
}

impl<Fut, R, Judge, Reject, Fail> Future for Answering<'_, Fut, Judge, Reject, Fail>
where
    Fut: Future<Output = R>,
    Judge: FnOnce(&R) -> Outcome,
    Reject: FnOnce(BreakerError) -> Result<R, Infallible>,
    Fail: FnOnce(R) -> Result<R, Infallible>,
{
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        self.project().call.poll(context).map(answered)
    }
}

/// Guards an admitted `async` body whose fallback takes rejections only. Ends with the output and how it
/// counted.
#[inline(always)]
pub fn watch<Fut, R, Judge>(permit: Permit<'_>, body: Fut, judge: Judge) -> Watch<'_, Fut, Judge>
where
    Fut: Future<Output = R>,
    Judge: FnOnce(&R) -> Outcome,
{
    Watch::new(permit, body, judge)
}

/// As [`watch`], for a function that returns a future: runs the body, and ends with the output alone.
#[inline(always)]
pub fn run_future<'b, Fut, R, Judge>(
    permit: Permit<'b>,
    body: impl FnOnce() -> Fut,
    judge: Judge,
) -> Ran<'b, Fut, Judge>
where
    Fut: Future<Output = R>,
    Judge: FnOnce(&R) -> Outcome,
{
    let guard = FailOnUnwind::new(permit);
    let future = body();
    Ran { call: Watch::resume(guard, future, judge) }
}

pin_project! {
    /// The future of [`run_future`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Ran<'b, Fut, Judge> {
        #[pin]
        call: Watch<'b, Fut, Judge>,
    }
}

impl<Fut, R, Judge> Future for Ran<'_, Fut, Judge>
where
    Fut: Future<Output = R>,
    Judge: FnOnce(&R) -> Outcome,
{
    type Output = R;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<R> {
        self.project().call.poll(context).map(|(output, _)| output)
    }
}

pin_project! {
    /// One of two futures with the same output.
    #[derive(Debug)]
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
