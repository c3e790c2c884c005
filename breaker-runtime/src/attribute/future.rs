//! Running the body of an `async` function, or of one that returns a future.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::rules::{Answers, Fail, Judge, Rules};
use super::run::answered;
use crate::error::BreakerError;
use crate::future::Watch;
use crate::outcome::Outcome;
use crate::permit::{FailOnUnwind, Permit};

pin_project! {
    /// A future that was admitted or rejected. Ends with an answer for the caller, or the cause of a
    /// fallback.
    #[must_use = "futures do nothing unless polled"]
    pub struct Guarded<'b, Fut: Future, J, F: Fail<Fut::Output>> {
        #[pin]
        stage: Stage<'b, Fut, J, F>,
    }
}

pin_project! {
    #[project = StageProjection]
    enum Stage<'b, Fut: Future, J, F: Fail<Fut::Output>> {
        Running { #[pin] call: Watch<'b, Fut, J>, fail: Option<F> },
        Rejected { end: Option<Result<Fut::Output, F::Cause>> },
    }
}

impl<Fut: Future, J: Judge<Fut::Output>, F: Fail<Fut::Output>> Future for Guarded<'_, Fut, J, F> {
    type Output = Result<Fut::Output, F::Cause>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match self.project().stage.project() {
            StageProjection::Running { call, fail } => {
                let (output, outcome) = ready!(call.poll(context));
                Poll::Ready(match fail.take() {
                    Some(fail) if outcome == Outcome::Failure => fail.fail(output),
                    _ => Ok(output),
                })
            }
            // Polled again after its end: nothing more comes.
            StageProjection::Rejected { end } => end.take().map_or(Poll::Pending, Poll::Ready),
        }
    }
}

/// Guards the future of an `async` body, which has not begun to run.
#[inline(always)]
pub fn guard<Fut: Future, J: Judge<Fut::Output>, F: Fail<Fut::Output>>(
    admitted: Result<Permit<'_>, BreakerError>,
    body: Fut,
    rules: Rules<Fut::Output, J, F>,
) -> Guarded<'_, Fut, J, F> {
    let stage = match admitted {
        Ok(permit) => {
            Stage::Running { call: Watch::new(permit, body, rules.judge), fail: Some(rules.fail) }
        }
        Err(rejection) => Stage::Rejected { end: Some((rules.reject)(rejection)) },
    };
    Guarded { stage }
}

/// Runs the body of a function that returns a future, if it was admitted, and guards that future.
#[inline(always)]
pub fn attempt_future<Fut: Future, J: Judge<Fut::Output>, F: Fail<Fut::Output>>(
    admitted: Result<Permit<'_>, BreakerError>,
    body: impl FnOnce() -> Fut,
    rules: Rules<Fut::Output, J, F>,
) -> Guarded<'_, Fut, J, F> {
    let stage = match admitted {
        Ok(permit) => Stage::Running { call: start(permit, body, rules.judge), fail: Some(rules.fail) },
        Err(rejection) => Stage::Rejected { end: Some((rules.reject)(rejection)) },
    };
    Guarded { stage }
}

fn start<Fut, J>(permit: Permit<'_>, body: impl FnOnce() -> Fut, judge: J) -> Watch<'_, Fut, J> {
    let guard = FailOnUnwind::new(permit);
    let future = body();
    Watch::resume(guard, future, judge)
}

/// As [`attempt_future`], for a function without a fallback: a future of what the function's own has.
#[inline(always)]
pub fn guard_future<Fut: Future, J: Judge<Fut::Output>>(
    admitted: Result<Permit<'_>, BreakerError>,
    body: impl FnOnce() -> Fut,
    rules: Rules<Fut::Output, J, Answers>,
) -> Answering<'_, Fut, J> {
    Answering { call: attempt_future(admitted, body, rules) }
}

pin_project! {
    /// The future of [`guard_future`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Answering<'b, Fut: Future, J> {
        #[pin]
        call: Guarded<'b, Fut, J, Answers>,
    }
}

impl<Fut: Future, J: Judge<Fut::Output>> Future for Answering<'_, Fut, J> {
    type Output = Fut::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Fut::Output> {
        let ended: Poll<Result<_, Infallible>> = self.project().call.poll(context);
        ended.map(answered)
    }
}

/// Guards an admitted `async` body whose fallback takes rejections only.
#[inline(always)]
pub fn watch<Fut: Future, J: Judge<Fut::Output>>(
    permit: Permit<'_>,
    body: Fut,
    judge: J,
) -> Ran<'_, Fut, J> {
    Ran { call: Watch::new(permit, body, judge) }
}

/// As [`watch`], for a function that returns a future.
#[inline(always)]
pub fn run_future<Fut: Future, J: Judge<Fut::Output>>(
    permit: Permit<'_>,
    body: impl FnOnce() -> Fut,
    judge: J,
) -> Ran<'_, Fut, J> {
    Ran { call: start(permit, body, judge) }
}

pin_project! {
    /// The future of [`watch`] and [`run_future`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Ran<'b, Fut, J> {
        #[pin]
        call: Watch<'b, Fut, J>,
    }
}

impl<Fut: Future, J: Judge<Fut::Output>> Future for Ran<'_, Fut, J> {
    type Output = Fut::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Fut::Output> {
        self.project().call.poll(context).map(|(output, _)| output)
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
