//! Futures that settle a permit.
//!
//! They are written without `async fn`, which would store the wrapped future twice: nested calls would
//! grow in size with every layer.

mod deadline;
pub(crate) mod total;
mod with_deadline;

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::breaker::CircuitBreaker;
use crate::breaker::acquire::Acquire;
use crate::breaker::admission::Admission;
use crate::breaker::future::total::{OfBreaker, TotalDeadline};
pub(crate) use crate::breaker::future::with_deadline::GuardedWithDeadline;
use crate::breaker::judge::{AnyErrIsFailure, Judge, finish};
use crate::breaker::permit::{FailOnUnwind, Permit};
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
    /// Polls; returns the output and its verdict.
    #[inline(always)]
    pub(crate) fn poll_with_verdict(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<(Fut::Output, Verdict)> {
        let this = self.project();
        let Some((permit, judge)) = this.call.take() else {
            // Polled again after its end: the future itself decides what happens.
            return this.future.poll(context).map(|output| (output, Outcome::Ignored.into()));
        };
        // By value: a guard that borrowed the permit would keep it in memory, and drop it once more.
        let guard = FailOnUnwind::new(permit);
        let polled = match guard.poll_injected(context) {
            Poll::Ready(()) => this.future.poll(context),
            Poll::Pending => Poll::Pending,
        };
        match polled {
            Poll::Ready(mut output) => {
                let verdict = finish(guard, judge, &mut output);
                Poll::Ready((output, verdict))
            }
            Poll::Pending => {
                *this.call = guard.into_permit().map(|permit| (permit, judge));
                Poll::Pending
            }
        }
    }
}

impl<Fut: Future, J: Judge<Fut::Output>> Future for Guarded<'_, Fut, J> {
    type Output = Fut::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        self.poll_with_verdict(context).map(|(output, _)| output)
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
    enum CallStage<'b, F, Fut, J> {
        Asking { call: Option<(F, J)> },
        Waiting {
            acquire: Acquire<'b>,
            call: Option<(F, J)>,
            total: Option<Box<TotalDeadline>>,
        },
        Running { #[pin] call: GuardedWithDeadline<Permit<'b>, Fut, J, OfBreaker> },
    }
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
        loop {
            match this.stage.as_mut().project() {
                CallStageProjection::Asking { call } => {
                    // Polled again after a rejection.
                    let Some(call) = call.take() else { return Poll::Pending };
                    match this.breaker.inner().acquire_or_queue() {
                        Admission::Admitted(permit) => {
                            this.stage.set(CallStage::start(permit, call, OfBreaker::ONLY));
                        }
                        Admission::Queued(acquire) => {
                            let length = this.breaker.inner().limits().total_timeout;
                            let total = TotalDeadline::begin(length);
                            let acquire = acquire.within(total);
                            let (call, total) = (Some(call), total.is_set().then(|| Box::new(total)));
                            this.stage.set(CallStage::Waiting { acquire, call, total });
                        }
                        Admission::Rejected(rejection) => return Poll::Ready(Err(rejection.into())),
                    }
                }
                CallStageProjection::Waiting { acquire, call, total } => {
                    let admitted = ready!(Pin::new(acquire).poll(context));
                    let Some(call) = call.take() else { return Poll::Pending };
                    let limit = OfBreaker::since(total.take());
                    this.stage.set(CallStage::start(admitted?, call, limit));
                }
                CallStageProjection::Running { call } => {
                    return Poll::Ready(match ready!(call.poll_with_verdict(context)) {
                        Ok((result, _)) => result.map_err(CallError::Inner),
                        Err(error) => Err(CallError::Breaker(error)),
                    });
                }
            }
        }
    }
}
