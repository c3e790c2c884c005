//! Attempts of an `async` function with layers around its breaker: each returns how it ended.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::__private::attempt_end::{AttemptEnd, Completed};
use crate::__private::call_policy::Judge;
use crate::breaker::future::total::CallLimit;
use crate::breaker::future::{Guarded, GuardedWithDeadline};
use crate::breaker::permit::{FailOnUnwind, Permit};
use crate::types::error::BreakerError;

pin_project! {
    /// An attempt that was admitted, and is running, or rejected.
    #[must_use = "futures do nothing unless polled"]
    pub struct Attempt<Call> {
        #[pin]
        stage: AttemptStage<Call>,
    }
}

pin_project! {
    #[project = AttemptStageProjection]
    enum AttemptStage<Call> {
        Running { #[pin] call: Call },
        Rejected { rejection: Option<BreakerError> },
    }
}

impl<Output, Call: Future<Output = AttemptEnd<Output>>> Future for Attempt<Call> {
    type Output = AttemptEnd<Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<AttemptEnd<Output>> {
        match self.project().stage.project() {
            AttemptStageProjection::Running { call } => call.poll(context),
            // Polled again after its end.
            AttemptStageProjection::Rejected { rejection } => rejection
                .take()
                .map_or(Poll::Pending, |rejection| Poll::Ready(AttemptEnd::not_run(rejection))),
        }
    }
}

#[inline(always)]
pub(super) fn begin<P, Call>(
    admitted: Result<P, BreakerError>,
    run: impl FnOnce(P) -> Call,
) -> Attempt<Call> {
    let stage = match admitted {
        Ok(permit) => AttemptStage::Running { call: run(permit) },
        Err(rejection) => AttemptStage::Rejected { rejection: Some(rejection) },
    };
    Attempt { stage }
}

/// Returns the attempt of an `async` body, which has not begun to run.
#[inline(always)]
pub fn attempt_async<Fut: Future, J: Judge<Fut::Output>>(
    admitted: Result<Permit<'_>, BreakerError>,
    body: Fut,
    judge: J,
) -> Attempt<Completing<'_, Fut, J, AsEnd>> {
    begin(admitted, |permit| Completing { call: Guarded::new(permit, body, judge), reports: AsEnd })
}

/// Returns the attempt of an `async` body with a deadline.
#[inline(always)]
pub fn attempt_within<Fut: Future, J: Judge<Fut::Output>, L: CallLimit>(
    admitted: Result<Permit<'_>, BreakerError>,
    body: Fut,
    judge: J,
    limit: L,
) -> Attempt<CompletingInTime<'_, Fut, J, L>> {
    begin(admitted, |permit| CompletingInTime {
        call: GuardedWithDeadline::new(permit, body, judge, limit),
    })
}

/// Returns the attempt of a body that returns a future, and makes that future if it was admitted.
#[inline(always)]
pub fn start<Fut: Future, J: Judge<Fut::Output>>(
    admitted: Result<Permit<'_>, BreakerError>,
    body: impl FnOnce() -> Fut,
    judge: J,
) -> Attempt<Completing<'_, Fut, J, AsEnd>> {
    begin(admitted, |permit| {
        let guard = FailOnUnwind::new(permit);
        let future = body();
        Completing { call: Guarded::resume(guard, future, judge), reports: AsEnd }
    })
}

/// Returns the attempt of a body that returns a future, with a deadline.
#[inline(always)]
pub fn start_within<Fut: Future, J: Judge<Fut::Output>, L: CallLimit>(
    admitted: Result<Permit<'_>, BreakerError>,
    body: impl FnOnce() -> Fut,
    judge: J,
    limit: L,
) -> Attempt<CompletingInTime<'_, Fut, J, L>> {
    begin(admitted, |permit| {
        let guard = FailOnUnwind::new(permit);
        let future = body();
        CompletingInTime { call: GuardedWithDeadline::resume(guard, future, judge, limit) }
    })
}

/// Returns the attempt of an admitted body, or of a rejection.
#[inline(always)]
pub fn complete_async<Fut: Future, J: Judge<Fut::Output>>(
    permit: Permit<'_>,
    body: Fut,
    judge: J,
) -> Completing<'_, Fut, J, AsCompleted> {
    Completing { call: Guarded::new(permit, body, judge), reports: AsCompleted }
}

/// The report of a future that was admitted or not: an [`AttemptEnd`].
#[derive(Clone, Copy, Debug)]
pub struct AsEnd;

/// The report of a future that was admitted: a [`Completed`].
#[derive(Clone, Copy, Debug)]
pub struct AsCompleted;

/// The form in which a future reports an output.
pub trait Reports<Output> {
    #[doc(hidden)]
    type Report;

    #[doc(hidden)]
    fn report(completed: Completed<Output>) -> Self::Report;
}

impl<Output> Reports<Output> for AsEnd {
    type Report = AttemptEnd<Output>;

    #[inline(always)]
    fn report(completed: Completed<Output>) -> AttemptEnd<Output> {
        AttemptEnd::Completed(completed)
    }
}

impl<Output> Reports<Output> for AsCompleted {
    type Report = Completed<Output>;

    #[inline(always)]
    fn report(completed: Completed<Output>) -> Completed<Output> {
        completed
    }
}

pin_project! {
    /// A running body, and how its output counted.
    #[must_use = "futures do nothing unless polled"]
    pub struct Completing<'b, Fut, J, T> {
        #[pin]
        call: Guarded<'b, Fut, J>,
        reports: T,
    }
}

impl<'b, Fut, J> Completing<'b, Fut, J, AsEnd> {
    #[inline(always)]
    pub(super) fn new(call: Guarded<'b, Fut, J>) -> Self {
        Self { call, reports: AsEnd }
    }
}

impl<Fut: Future, J: Judge<Fut::Output>, T: Reports<Fut::Output>> Future for Completing<'_, Fut, J, T> {
    type Output = T::Report;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let report = |output, verdict| T::report(Completed::new(output, verdict));
        self.project().call.poll_with_verdict(context, report)
    }
}

pin_project! {
    /// A running body with a deadline.
    #[must_use = "futures do nothing unless polled"]
    pub struct CompletingInTime<'b, Fut, J, L> {
        #[pin]
        call: GuardedWithDeadline<Permit<'b>, Fut, J, L>,
    }
}

impl<'b, Fut, J, L> CompletingInTime<'b, Fut, J, L> {
    #[inline(always)]
    pub(super) fn new(call: GuardedWithDeadline<Permit<'b>, Fut, J, L>) -> Self {
        Self { call }
    }
}

impl<Fut: Future, J: Judge<Fut::Output>, L: CallLimit> Future for CompletingInTime<'_, Fut, J, L> {
    type Output = AttemptEnd<Fut::Output>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        Poll::Ready(match ready!(self.project().call.poll_with_verdict(context)) {
            Ok((output, verdict)) => AttemptEnd::Completed(Completed::new(output, verdict)),
            Err(error) => AttemptEnd::TimedOut(error),
        })
    }
}
