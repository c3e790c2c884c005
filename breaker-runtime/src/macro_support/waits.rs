//! Attempts of an `async` function that may have to wait for a permit. They hold the body meanwhile: a
//! function that waited first would hold the arguments, and afterwards the body with the same arguments.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::__private::attempt::{AsEnd, Completing, CompletingInTime};
use crate::__private::attempt_end::AttemptEnd;
use crate::__private::call_policy::Judge;
use crate::__private::call_site::CallSite;
use crate::breaker::acquire::Acquire;
use crate::breaker::future::total::{CallLimit, TotalDeadline, TotalLimit};
use crate::breaker::future::{Guarded, GuardedWithDeadline};
use crate::breaker::permit::Permit;

/// The way to run a body that has its permit.
pub trait Starts<'b, Fut, J> {
    #[doc(hidden)]
    type Call;

    #[doc(hidden)]
    fn start(self, permit: Permit<'b>, body: Fut, judge: J) -> Self::Call;

    #[doc(hidden)]
    fn bound(&self, acquire: Acquire<'b>) -> Acquire<'b> {
        acquire
    }
}

/// Without a deadline.
#[derive(Clone, Copy, Debug)]
pub struct Untimed;

/// With a deadline.
#[derive(Clone, Copy, Debug)]
pub struct Timed<L>(L);

/// With a deadline of the whole call as well, which also ends the wait.
#[derive(Clone, Copy, Debug)]
pub struct TimedWhole(TotalLimit);

/// A limit that says how a body which waits is run.
pub trait WaitLimit {
    #[doc(hidden)]
    type Starts;

    #[doc(hidden)]
    fn starts(self) -> Self::Starts;
}

impl WaitLimit for Option<Duration> {
    type Starts = Timed<Self>;

    #[inline(always)]
    fn starts(self) -> Timed<Self> {
        Timed(self)
    }
}

impl WaitLimit for TotalLimit {
    type Starts = TimedWhole;

    #[inline(always)]
    fn starts(self) -> TimedWhole {
        TimedWhole(self)
    }
}

impl<'b, Fut: Future, J: Judge<Fut::Output>> Starts<'b, Fut, J> for Untimed {
    type Call = Completing<'b, Fut, J, AsEnd>;

    #[inline(always)]
    fn start(self, permit: Permit<'b>, body: Fut, judge: J) -> Self::Call {
        Completing::new(Guarded::new(permit, body, judge))
    }
}

impl<'b, Fut: Future, J: Judge<Fut::Output>, L: CallLimit> Starts<'b, Fut, J> for Timed<L> {
    type Call = CompletingInTime<'b, Fut, J, L>;

    #[inline(always)]
    fn start(self, permit: Permit<'b>, body: Fut, judge: J) -> Self::Call {
        CompletingInTime::new(GuardedWithDeadline::new(permit, body, judge, self.0))
    }
}

impl<'b, Fut: Future, J: Judge<Fut::Output>> Starts<'b, Fut, J> for TimedWhole {
    type Call = CompletingInTime<'b, Fut, J, TotalLimit>;

    #[inline(always)]
    fn start(self, permit: Permit<'b>, body: Fut, judge: J) -> Self::Call {
        CompletingInTime::new(GuardedWithDeadline::new(permit, body, judge, self.0))
    }

    fn bound(&self, acquire: Acquire<'b>) -> Acquire<'b> {
        acquire.within(self.0.total())
    }
}

pin_project! {
    /// The future of [`wait`] and [`wait_within`].
    #[must_use = "futures do nothing unless polled"]
    pub struct Waits<'b, Fut, J, S, Call> {
        #[pin]
        stage: WaitStage<'b, Fut, J, S, Call>,
    }
}

pin_project! {
    #[project = WaitStageProjection]
    enum WaitStage<'b, Fut, J, S, Call> {
        // The body has not begun, so that it can still be moved.
        Asking { call_site: CallSite<'b>, body: Option<(Fut, J, S)> },
        Waiting { acquire: Acquire<'b>, body: Option<(Fut, J, S)> },
        Running { #[pin] call: Call },
    }
}

impl<'b, Fut, J, S> Future for Waits<'b, Fut, J, S, S::Call>
where
    Fut: Future,
    J: Judge<Fut::Output>,
    S: Starts<'b, Fut, J>,
    S::Call: Future<Output = AttemptEnd<Fut::Output>>,
{
    type Output = AttemptEnd<Fut::Output>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut stage = self.project().stage;
        loop {
            let (admitted, body) = match stage.as_mut().project() {
                WaitStageProjection::Asking { call_site, body } => {
                    let body = body.take();
                    match call_site.admit_or_queue().decided() {
                        Ok(admitted) => (admitted, body),
                        Err(acquire) => {
                            let acquire = match &body {
                                Some((_, _, starts)) => starts.bound(acquire),
                                None => acquire,
                            };
                            stage.set(WaitStage::Waiting { acquire, body });
                            continue;
                        }
                    }
                }
                WaitStageProjection::Waiting { acquire, body } => {
                    (ready!(Pin::new(acquire).poll(context)), body.take())
                }
                WaitStageProjection::Running { call } => return call.poll(context),
            };
            match (admitted, body) {
                (Ok(permit), Some((body, judge, starts))) => {
                    stage.set(WaitStage::Running { call: starts.start(permit, body, judge) });
                }
                (Err(rejection), Some(_)) => return Poll::Ready(AttemptEnd::not_run(rejection)),
                // Polled again after its end.
                (_, None) => return Poll::Pending,
            }
        }
    }
}

/// Ends a wait with the whole call.
pub fn within(acquire: Acquire<'_>, total: TotalDeadline) -> Acquire<'_> {
    acquire.within(total)
}

/// Returns the attempt of an `async` body, which runs when it has its permit.
#[inline(always)]
pub fn wait<Fut: Future, J: Judge<Fut::Output>>(
    call_site: CallSite<'_>,
    body: Fut,
    judge: J,
) -> Waits<'_, Fut, J, Untimed, Completing<'_, Fut, J, AsEnd>> {
    Waits { stage: WaitStage::Asking { call_site, body: Some((body, judge, Untimed)) } }
}

/// Returns the attempt of an `async` body with a deadline.
#[inline(always)]
pub fn wait_within<'b, Fut, J, L>(
    call_site: CallSite<'b>,
    body: Fut,
    judge: J,
    limit: L,
) -> Waits<'b, Fut, J, L::Starts, <L::Starts as Starts<'b, Fut, J>>::Call>
where
    Fut: Future,
    J: Judge<Fut::Output>,
    L: WaitLimit<Starts: Starts<'b, Fut, J>>,
{
    Waits { stage: WaitStage::Asking { call_site, body: Some((body, judge, limit.starts())) } }
}
