//! Futures that settle a permit.
//!
//! They are written without `async fn`, which would store the wrapped future twice: nested calls would
//! grow in size with every layer.

mod deadline;
pub(crate) mod total;
mod with_deadline;

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::breaker::CircuitBreaker;
use crate::breaker::acquire::Acquire;
use crate::breaker::admission::Admission;
use crate::breaker::future::total::{OfBreaker, TotalDeadline};
pub(crate) use crate::breaker::future::with_deadline::GuardedWithDeadline;
use crate::breaker::future::with_deadline::PolledCall;
use crate::breaker::inner::Inner;
use crate::breaker::judge::{AnyErrIsFailure, Judge, finish, finish_and_return, finish_future};
use crate::breaker::permit::{FailOnPanic, FailOnUnwind, Permit};
use crate::types::error::{BreakerError, CallError};
use crate::types::outcome::{Outcome, Verdict};

pin_project! {
    /// A future that settles a permit when it ends: by `judge` of its output, as a failure if it panics,
    /// as cancelled if it is dropped.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Guarded<'b, Fut, J> {
        #[pin]
        future: Fut,
        call: Option<(Permit<'b>, J)>,
    }
}

impl<'b, Fut, J> Guarded<'b, Fut, J> {
    #[inline(always)]
    pub(crate) fn new(permit: Permit<'b>, future: Fut, judge: J) -> Self {
        Self { future, call: Some((permit, judge)) }
    }

    /// Guards a future that code of the user's has made under `guard`.
    #[inline(always)]
    pub(crate) fn resume(guard: FailOnUnwind<Permit<'b>>, future: Fut, judge: J) -> Self {
        Self { future, call: guard.into_permit().map(|permit| (permit, judge)) }
    }
}

impl<Fut: Future, J: Judge<Fut::Output>> Guarded<'_, Fut, J> {
    /// Polls, and makes an answer of the output and its verdict.
    #[inline(always)]
    pub(crate) fn poll_with_verdict<Answer>(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        answer: impl FnOnce(Fut::Output, Verdict) -> Answer,
    ) -> Poll<Answer> {
        let this = self.project();
        let guard = FailOnPanic::new(this.call);
        if guard.poll_injected(context).is_pending() {
            mem::forget(guard);
            return Poll::Pending;
        }
        let polled = this.future.poll(context);
        mem::forget(guard);
        answer_polled(this.call, polled, answer)
    }
}

/// Settles a call by the output of a poll, if it has one, and makes an answer of it.
#[cfg_attr(not(debug_assertions), inline(always))]
// A call of its own without optimization: what it needs of the stack is not there while the body runs.
#[cfg_attr(debug_assertions, inline)]
fn answer_polled<Output, J: Judge<Output>, Answer>(
    call: &mut Option<(Permit<'_>, J)>,
    polled: Poll<Output>,
    answer: impl FnOnce(Output, Verdict) -> Answer,
) -> Poll<Answer> {
    let mut output = ready!(polled);
    // Polled again after its end: the future itself decides what happens.
    let Some((permit, judge)) = call.take() else {
        return Poll::Ready(answer(output, Outcome::Ignored.into()));
    };
    let verdict = finish(FailOnUnwind::new(permit), judge, &mut output);
    Poll::Ready(answer(output, verdict))
}

impl<Fut: Future, J: Judge<Fut::Output>> Future for Guarded<'_, Fut, J> {
    type Output = Fut::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let guard = FailOnPanic::new(this.call);
        if guard.poll_injected(context).is_pending() {
            mem::forget(guard);
            return Poll::Pending;
        }
        let polled = this.future.poll(context);
        mem::forget(guard);
        finish_polled(this.call, polled)
    }
}

/// Settles a call by the output of a poll, if it has one.
#[cfg_attr(not(debug_assertions), inline(always))]
#[cfg_attr(debug_assertions, inline)]
fn finish_polled<Output, J: Judge<Output>>(
    call: &mut Option<(Permit<'_>, J)>,
    polled: Poll<Output>,
) -> Poll<Output> {
    match polled {
        Poll::Ready(output) => Poll::Ready(finish_future(call, output)),
        Poll::Pending => Poll::Pending,
    }
}

pin_project! {
    /// The future of [`CircuitBreaker::call_async`] and [`CircuitBreaker::call_async_classified`].
    ///
    /// ```
    /// use std::pin::pin;
    /// use breaker_runtime::{CallAsync, CircuitBreaker};
    ///
    /// # tokio::runtime::Builder::new_current_thread().build()?.block_on(async {
    /// let breaker = CircuitBreaker::builder("numbers").build()?;
    /// let call: CallAsync<'_, _, _> = breaker.call_async(async || "7".parse::<u32>());
    /// assert_eq!(pin!(call).await, Ok(7));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct CallAsync<'b, F, Fut, J = AnyErrIsFailure> {
        breaker: &'b CircuitBreaker,
        #[pin]
        stage: CallStage<'b, F, Fut, J>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = CallStageProjection]
    #[project_replace = ReplacedCallStage]
    enum CallStage<'b, F, Fut, J> {
        Asking { call: F, judge: J },
        Waiting { wait: Box<CallWait<'b, F, J>> },
        Running { #[pin] call: GuardedCall<'b, Fut, J> },
        Ended,
    }
}

/// A call that runs.
type GuardedCall<'b, Fut, J> = GuardedWithDeadline<Permit<'b>, Fut, J, OfBreaker>;

/// A call that waits for a permit.
#[derive(Debug)]
struct CallWait<'b, F, J> {
    acquire: Acquire<'b>,
    /// `None` once it has its permit.
    call: Option<(F, J)>,
    total: Option<Box<TotalDeadline>>,
}

impl<'b, F, Fut, J> CallAsync<'b, F, Fut, J> {
    pub(crate) fn new(breaker: &'b CircuitBreaker, call: F, judge: J) -> Self {
        Self { breaker, stage: CallStage::Asking { call, judge } }
    }
}

/// A call that can be polled: its future, with its permit and judge, which are not in the future.
type Started<'s, 'b, Fut, J> = (Pin<&'s mut GuardedCall<'b, Fut, J>>, PolledCall<Permit<'b>, J>);

impl<'b, F: FnOnce() -> Fut, Fut, J> CallStage<'b, F, Fut, J> {
    /// Makes the future of an admitted call. The stage is `Ended`.
    #[inline(always)]
    fn start(
        mut self: Pin<&mut Self>,
        permit: Permit<'b>,
        (call, judge): (F, J),
        limit: OfBreaker,
    ) -> Option<Started<'_, 'b, Fut, J>> {
        let guard = FailOnUnwind::new(permit);
        let future = call();
        // One comparison, where `set` would be able to drop a stage of any kind.
        if !matches!(self.as_mut().project(), CallStageProjection::Ended) {
            return never_started(future);
        }
        // Made after the comparison, and so in its place: one that might have to be dropped before would
        // be made elsewhere and copied, and the copy waits for the small stores of its fields.
        let call = GuardedWithDeadline::without_call(future, limit);
        self.as_mut().project_replace(Self::Running { call });
        match self.project() {
            CallStageProjection::Running { call } => Some((call, (guard, judge))),
            _ => None,
        }
    }

    /// Asks a breaker that does not admit at once, and begins to wait if it is full.
    #[inline(never)]
    fn ask(
        mut self: Pin<&mut Self>,
        inner: &'b Inner,
        call: (F, J),
        context: &mut Context<'_>,
    ) -> Poll<Result<Started<'_, 'b, Fut, J>, BreakerError>> {
        match inner.acquire_or_queue() {
            Admission::Admitted(permit) => started(self.start(permit, call, OfBreaker::ONLY)),
            Admission::Queued(acquire) => {
                let total = TotalDeadline::begin(inner.limits().total_timeout);
                let acquire = acquire.within(total);
                let total = total.is_set().then(|| Box::new(total));
                let wait = Box::new(CallWait { acquire, call: Some(call), total });
                self.set(Self::Waiting { wait });
                self.poll_later(context)
            }
            Admission::Rejected(rejection) => Poll::Ready(Err(rejection)),
        }
    }

    /// Polls a call that has begun to wait, or to run.
    #[inline(never)]
    fn poll_later(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Started<'_, 'b, Fut, J>, BreakerError>> {
        if let CallStageProjection::Waiting { wait } = self.as_mut().project() {
            let admitted = ready!(Pin::new(&mut wait.acquire).poll(context));
            let (call, limit) = (wait.call.take(), OfBreaker::since(wait.total.take()));
            self.set(Self::Ended);
            return match (admitted, call) {
                (Ok(permit), Some(call)) => started(self.start(permit, call, limit)),
                (Err(rejection), _) => Poll::Ready(Err(rejection)),
                (Ok(_), None) => Poll::Pending,
            };
        }
        let CallStageProjection::Running { mut call } = self.project() else { return Poll::Pending };
        started(call.as_mut().take_call().map(|polled| (call, polled)))
    }
}

/// Drops a future by value: one that is dropped where it is has to be in memory for that.
#[cold]
#[inline(never)]
fn never_started<Fut, T>(future: Fut) -> Option<T> {
    drop(future);
    None
}

/// Returns the parts with which a call is polled. One that has ended is pending.
fn started<T>(started: Option<T>) -> Poll<Result<T, BreakerError>> {
    started.map_or(Poll::Pending, |started| Poll::Ready(Ok(started)))
}

impl<F, Fut, T, E, J> Future for CallAsync<'_, F, Fut, J>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<T, E>>,
    J: Judge<Result<T, E>>,
{
    type Output = Result<T, CallError<E>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let mut stage = this.stage;
        let started = if matches!(stage.as_mut().project(), CallStageProjection::Asking { .. }) {
            let asking = stage.as_mut().project_replace(CallStage::Ended);
            let ReplacedCallStage::Asking { call, judge } = asking else { return Poll::Pending };
            let inner = this.breaker.inner();
            match inner.cell.try_fast_admit() {
                Some(token) => {
                    let permit = Permit::new(inner, token);
                    match stage.start(permit, (call, judge), OfBreaker::ONLY) {
                        Some(started) => Ok(started),
                        None => return Poll::Pending,
                    }
                }
                None => ready!(stage.ask(inner, (call, judge), context)),
            }
        } else {
            ready!(stage.poll_later(context))
        };
        let (call, polled) = match started {
            Ok(started) => started,
            Err(rejection) => return Poll::Ready(Err(rejection.into())),
        };
        Poll::Ready(match ready!(call.poll_call(polled, context)) {
            Ok((result, (guard, judge))) => {
                finish_and_return(guard, judge, result).map_err(CallError::Inner)
            }
            Err(error) => Err(CallError::Breaker(error)),
        })
    }
}
