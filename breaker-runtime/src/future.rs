//! Futures with a permit. Hand-written: wrapped in an `async fn`, a future would be stored more than
//! once, and nested calls would grow in size with every layer.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::__private::Judge;
use crate::breaker::CircuitBreaker;
use crate::error::CallError;
use crate::outcome::Outcome;
use crate::permit::{FailOnUnwind, Permit};

pin_project! {
    /// A future that settles a permit when it ends: by `judge` of its output, as a failure if it panics,
    /// as cancelled if it is dropped.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Watch<'b, Fut, J> {
        #[pin]
        future: Fut,
        permit: Option<Permit<'b>>,
        judge: Option<J>,
    }
}

impl<'b, Fut, J> Watch<'b, Fut, J> {
    #[inline(always)]
    pub(crate) fn new(permit: Permit<'b>, future: Fut, judge: J) -> Self {
        Self { future, permit: Some(permit), judge: Some(judge) }
    }

    /// For a future that user code has just made under `guard`.
    #[inline(always)]
    pub(crate) fn resume(guard: FailOnUnwind<'b>, future: Fut, judge: J) -> Self {
        Self { future, permit: guard.go_on(), judge: Some(judge) }
    }
}

impl<Fut, J> Future for Watch<'_, Fut, J>
where
    Fut: Future,
    J: Judge<Fut::Output>,
{
    /// With the outcome, so that a fallback need not judge again.
    type Output = (Fut::Output, Outcome);

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let guard = this.permit.take().map(FailOnUnwind::new);
        let Poll::Ready(output) = this.future.poll(context) else {
            *this.permit = guard.and_then(FailOnUnwind::go_on);
            return Poll::Pending;
        };
        // The judge is gone only if a future is polled again after its end.
        let outcome = this.judge.take().map_or(Outcome::Ignored, |judge| judge.judge(&output));
        if let Some(guard) = guard {
            guard.record(outcome);
        }
        Poll::Ready((output, outcome))
    }
}

pin_project! {
    /// The future of [`CircuitBreaker::call_async`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct CallAsync<'b, F, Fut> {
        breaker: &'b CircuitBreaker,
        #[pin]
        stage: Stage<'b, F, Fut>,
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = StageProjection]
    enum Stage<'b, F, Fut> {
        Asking { call: Option<F> },
        Running { #[pin] call: Watch<'b, Fut, ErrIsFailure> },
    }
}

/// The judge of [`CallAsync`].
#[derive(Clone, Copy, Debug)]
struct ErrIsFailure;

impl<T, E> Judge<Result<T, E>> for ErrIsFailure {
    #[inline(always)]
    fn judge(self, output: &Result<T, E>) -> Outcome {
        Outcome::of(output)
    }
}

impl<'b, F, Fut> CallAsync<'b, F, Fut> {
    pub(crate) fn new(breaker: &'b CircuitBreaker, call: F) -> Self {
        Self { breaker, stage: Stage::Asking { call: Some(call) } }
    }
}

impl<F, Fut, T, E> Future for CallAsync<'_, F, Fut>
where
    F: FnOnce() -> Fut,
    Fut: Future<Output = Result<T, E>>,
{
    type Output = Result<T, CallError<E>>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        loop {
            match this.stage.as_mut().project() {
                StageProjection::Asking { call } => {
                    // Gone if a rejected call is polled again: it has nothing more to say.
                    let Some(call) = call.take() else { return Poll::Pending };
                    let guard = FailOnUnwind::new(this.breaker.try_acquire()?);
                    let call = {
                        let future = call();
                        Watch::resume(guard, future, ErrIsFailure)
                    };
                    this.stage.set(Stage::Running { call });
                }
                StageProjection::Running { call } => {
                    let (result, _) = ready!(call.poll(context));
                    return Poll::Ready(result.map_err(CallError::Inner));
                }
            }
        }
    }
}
