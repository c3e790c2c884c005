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
use crate::breaker::future::total::{OfBreaker, TotalDeadline};
pub(crate) use crate::breaker::future::with_deadline::GuardedWithDeadline;
use crate::breaker::future::with_deadline::UnsettledCall;
use crate::breaker::inner::Inner;
use crate::breaker::judge::{AnyErrIsFailure, Judge, finish, finish_future};
use crate::breaker::on_full::Admission;
use crate::breaker::permit::{FailOnPanic, FailOnUnwind, Permit};
use crate::support::drop_apart::DropApart;
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
        Waiting { wait: DropApart<Box<CallWait<'b, F, J>>> },
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
    call: (F, J),
    total: Option<Box<TotalDeadline>>,
}

impl<'b, F, Fut, J> CallAsync<'b, F, Fut, J> {
    pub(crate) fn new(breaker: &'b CircuitBreaker, call: F, judge: J) -> Self {
        Self { breaker, stage: CallStage::Asking { call, judge } }
    }
}

impl<'b, F: FnOnce() -> Fut, Fut, J> CallStage<'b, F, Fut, J> {
    /// Takes the call of a stage that is `Asking`, and ends the stage. A function of its own, so that
    /// the caller has no stage that it would have to drop.
    #[inline(always)]
    fn take_asking(self: Pin<&mut Self>) -> Option<(F, J)> {
        match self.project_replace(Self::Ended) {
            ReplacedCallStage::Asking { call, judge } => Some((call, judge)),
            _ => None,
        }
    }

    /// Makes the future of an admitted call, and begins to run it. The stage is `Ended`.
    #[inline(always)]
    fn start(
        mut self: Pin<&mut Self>,
        future: Fut,
        running: impl FnOnce(Fut) -> GuardedCall<'b, Fut, J>,
    ) -> Option<Pin<&mut GuardedCall<'b, Fut, J>>> {
        // One comparison, where `set` would be able to drop a stage of any kind.
        if !matches!(self.as_mut().project(), CallStageProjection::Ended) {
            return never_started(future);
        }
        // Made after the comparison, and so in its place: one that might have to be dropped before would
        // be made elsewhere and copied, and the copy waits for the small stores of its fields.
        let call = running(future);
        self.as_mut().project_replace(Self::Running { call });
        match self.project() {
            CallStageProjection::Running { call } => Some(call),
            _ => None,
        }
    }

    /// Starts a call, with its permit in its future.
    fn resume(self: Pin<&mut Self>, permit: Permit<'b>, (call, judge): (F, J), limit: OfBreaker) {
        let guard = FailOnUnwind::new(permit);
        let future = call();
        self.start(future, |future| GuardedWithDeadline::resume(guard, future, judge, limit));
    }

    /// Asks the breaker for a permit, and starts the call or begins to wait.
    fn ask(mut self: Pin<&mut Self>, inner: &'b Inner, call: (F, J)) -> Result<(), BreakerError> {
        match inner.acquire_or_queue() {
            Admission::Admitted(permit) => self.resume(permit, call, OfBreaker::ONLY),
            Admission::Queued(acquire) => {
                let total = TotalDeadline::begin(inner.limits().total_timeout);
                let acquire = acquire.within(total);
                let total = total.is_set().then(|| Box::new(total));
                let wait = Box::new(CallWait { acquire, call, total });
                self.set(Self::Waiting { wait: DropApart::of(wait) });
            }
            Admission::Rejected(rejection) => return Err(rejection),
        }
        Ok(())
    }

    /// Polls a call that is not admitted at once, or was polled before.
    ///
    /// Apart from the first poll of any other call, which so needs no register for what is here.
    #[inline(never)]
    fn poll_apart<T, E>(
        mut self: Pin<&mut Self>,
        breaker: &'b CircuitBreaker,
        context: &mut Context<'_>,
    ) -> Poll<Result<T, CallError<E>>>
    where
        Fut: Future<Output = Result<T, E>>,
        J: Judge<Result<T, E>>,
    {
        if matches!(self.as_mut().project(), CallStageProjection::Asking { .. }) {
            let Some(call) = self.as_mut().take_asking() else { return Poll::Pending };
            self.as_mut().ask(breaker.inner(), call)?;
        }
        if let CallStageProjection::Waiting { wait } = self.as_mut().project() {
            let Some(waiting) = wait.as_mut() else { return Poll::Pending };
            let admitted = ready!(Pin::new(&mut waiting.acquire).poll(context));
            let waited = wait.take();
            self.set(Self::Ended);
            let Some(waited) = waited else { return Poll::Pending };
            let CallWait { acquire, call, total } = *waited;
            drop(acquire);
            self.as_mut().resume(admitted?, call, OfBreaker::since(total));
        }
        let CallStageProjection::Running { call } = self.project() else { return Poll::Pending };
        Poll::Ready(match ready!(call.poll_unsettled(context)) {
            Ok((result, call)) => answer_ended(call, result),
            Err(error) => Err(CallError::Breaker(error)),
        })
    }
}

/// Drops a future by value: one that is dropped where it is has to be in memory for that.
#[cold]
#[inline(never)]
fn never_started<Fut, T>(future: Fut) -> Option<T> {
    drop(future);
    None
}

/// Settles a call that has ended, and returns its answer.
#[inline(always)]
fn answer_ended<T, E, J: Judge<Result<T, E>>>(
    (guard, judge): UnsettledCall<Permit<'_>, J>,
    result: Result<T, E>,
) -> Result<T, CallError<E>> {
    judge.settle(guard, result).map_err(CallError::Inner)
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
        let (breaker, mut stage) = (*this.breaker, this.stage);
        // Before the look at the stage: the compiler repeats one that an atomic load follows. A poll
        // makes no shadow of the breaker unless it begins the call.
        let may_begin = !cfg!(feature = "test-util")
            || matches!(stage.as_mut().project(), CallStageProjection::Asking { .. });
        let inner = if may_begin { breaker.inner() } else { breaker.own_inner() };
        let word = inner.cell.word();
        if !matches!(stage.as_mut().project(), CallStageProjection::Asking { .. }) {
            return stage.poll_apart(breaker, context);
        }
        let Some(token) = word.try_fast_admit() else {
            return stage.poll_apart(breaker, context);
        };
        let Some((call, judge)) = stage.as_mut().take_asking() else { return Poll::Pending };
        let guard = FailOnUnwind::new(Permit::new(inner, token));
        let future = call();
        let Some(call) = stage.start(future, GuardedWithDeadline::without_call) else {
            return Poll::Pending;
        };
        Poll::Ready(match ready!(call.poll_first((guard, judge), OfBreaker::ONLY, context)) {
            Ok((result, call)) => answer_ended(call, result),
            Err(error) => Err(CallError::Breaker(error)),
        })
    }
}
