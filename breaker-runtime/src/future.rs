//! Futures with a permit. Hand-written: wrapped in an `async fn`, a future would be stored more than
//! once, and nested calls would grow in size with every layer.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::__private::{ErrIsFailure, Judge};
use crate::breaker::CircuitBreaker;
use crate::error::CallError;
use crate::outcome::Outcome;
use crate::permit::{FailOnUnwind, Held, Permit};

pin_project! {
    /// A future that settles a permit when it ends: by `judge` of its output, as a failure if it panics,
    /// as cancelled if it is dropped.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Watch<'b, Fut, J> {
        #[pin]
        future: Fut,
        permit: Held<'b>,
        judge: Option<J>,
        failed: bool,
    }
}

impl<'b, Fut, J> Watch<'b, Fut, J> {
    #[inline(always)]
    pub(crate) fn new(permit: Permit<'b>, future: Fut, judge: J) -> Self {
        Self { future, permit: Held::new(permit), judge: Some(judge), failed: false }
    }

    /// For a future that user code has just made under `guard`.
    #[inline(always)]
    pub(crate) fn resume(guard: FailOnUnwind<'b>, future: Fut, judge: J) -> Self {
        Self { future, permit: guard.go_on(), judge: Some(judge), failed: false }
    }
}

impl<Fut, J> Watch<'_, Fut, J> {
    /// Whether the output that it ended with counted as a failure.
    pub(crate) fn has_failed(self: Pin<&mut Self>) -> bool {
        *self.project().failed
    }
}

impl<Fut, J> Future for Watch<'_, Fut, J>
where
    Fut: Future,
    J: Judge<Fut::Output>,
{
    type Output = Fut::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        let guard = this.permit.guard();
        let polled = this.future.poll(context);
        if let Poll::Ready(output) = &polled {
            // The judge is gone only if a future is polled again after its end.
            let outcome = this.judge.take().map_or(Outcome::Ignored, |judge| judge.judge(output));
            *this.failed = outcome == Outcome::Failure;
            guard.record(outcome);
        } else {
            guard.go_on();
        }
        // Passed on as it came: every copy of a large output would cost more than all the rest.
        polled
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
                    let result = ready!(call.poll(context));
                    return Poll::Ready(result.map_err(CallError::Inner));
                }
            }
        }
    }
}
