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
use crate::breaker::inner::Inner;
use crate::breaker::judge::{AnyErrIsFailure, Judge, finish, finish_future};
use crate::breaker::permit::{FailOnPanic, FailOnUnwind, Permit};
use crate::types::error::CallError;
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
        Asking { call: Option<(F, J)> },
        Waiting { wait: Box<CallWait<'b, F, J>> },
        Running { #[pin] call: GuardedWithDeadline<Permit<'b>, Fut, J, OfBreaker> },
    }
}

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
        Self { breaker, stage: CallStage::Asking { call: Some((call, judge)) } }
    }
}

impl<'b, F: FnOnce() -> Fut, Fut, J> CallStage<'b, F, Fut, J> {
    #[inline(always)]
    fn start(permit: Permit<'b>, (call, judge): (F, J), limit: OfBreaker) -> Self {
        let guard = FailOnUnwind::new(permit);
        let future = call();
        Self::Running { call: GuardedWithDeadline::resume(guard, future, judge, limit) }
    }

    #[cold]
    fn wait(inner: &Inner, acquire: Acquire<'b>, call: (F, J)) -> Self {
        let total = TotalDeadline::begin(inner.limits().total_timeout);
        let acquire = acquire.within(total);
        let total = total.is_set().then(|| Box::new(total));
        Self::Waiting { wait: Box::new(CallWait { acquire, call: Some(call), total }) }
    }
}

impl<F, Fut, T, E, J> Future for CallAsync<'_, F, Fut, J>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<T, E>>,
    J: Judge<Result<T, E>>,
{
    type Output = Result<T, CallError<E>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        // Each stage follows the one before it, so that a call that neither waits nor is pending passes
        // through no loop.
        if let CallStageProjection::Asking { call } = this.stage.as_mut().project() {
            // Polled again after a rejection.
            let Some(call) = call.take() else { return Poll::Pending };
            let inner = this.breaker.inner();
            let next = match inner.acquire_or_queue() {
                Admission::Admitted(permit) => CallStage::start(permit, call, OfBreaker::ONLY),
                Admission::Queued(acquire) => CallStage::wait(inner, acquire, call),
                Admission::Rejected(rejection) => return Poll::Ready(Err(rejection.into())),
            };
            // Not `set`, which drops a stage of any kind by a function of its own.
            drop(this.stage.as_mut().project_replace(next));
        }
        if let CallStageProjection::Waiting { wait } = this.stage.as_mut().project() {
            let admitted = ready!(Pin::new(&mut wait.acquire).poll(context));
            let Some(call) = wait.call.take() else { return Poll::Pending };
            let limit = OfBreaker::since(wait.total.take());
            this.stage.set(CallStage::start(admitted?, call, limit));
        }
        let CallStageProjection::Running { call } = this.stage.project() else { return Poll::Pending };
        Poll::Ready(match ready!(call.poll_settled(context)) {
            Ok(result) => result.map_err(CallError::Inner),
            Err(error) => Err(CallError::Breaker(error)),
        })
    }
}
