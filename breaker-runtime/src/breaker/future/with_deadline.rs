//! The future of a running call with a deadline.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::breaker::future::deadline::Deadline;
use crate::breaker::future::total::CallLimit;
use crate::breaker::judge::{Judge, finish, finish_and_return};
use crate::breaker::permit::{FailOnPanic, FailOnUnwind, Permit, SettlePermit};
use crate::types::error::BreakerError;
use crate::types::outcome::Verdict;

pin_project! {
    /// A [`Guarded`](crate::breaker::future::Guarded) future that is ended at its `call_timeout`, or
    /// when the whole call has lasted for `total_timeout`. The clock is not read unless the future is
    /// pending after its first poll.
    ///
    /// However the call ends, the future is dropped before the permit is settled: it may use the
    /// dependency until then.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub(crate) struct GuardedWithDeadline<P, Fut, J, L>
    where
        P: SettlePermit,
    {
        #[pin]
        future: Running<Fut>,
        deadline: Deadline<L>,
        call: Option<(P, J)>,
    }

    impl<P, Fut, J, L> PinnedDrop for GuardedWithDeadline<P, Fut, J, L>
    where
        P: SettlePermit,
    {
        fn drop(this: Pin<&mut Self>) {
            if this.call.is_some() {
                this.abandon();
            }
        }
    }
}

pin_project! {
    /// The future, until it is dropped in place.
    #[derive(Debug)]
    #[project = RunningProjection]
    enum Running<Fut> {
        Pending { #[pin] future: Fut },
        Dropped,
    }
}

impl<P: SettlePermit, Fut, J, L> GuardedWithDeadline<P, Fut, J, L> {
    /// Settles a call that its caller has dropped.
    #[cold]
    fn abandon(self: Pin<&mut Self>) {
        let mut this = self.project();
        let Some((permit, _)) = this.call.take() else { return };
        if this.deadline.is_over() {
            // Its caller gave up after the deadline, and before the poll that would have ended it.
            let guard = FailOnUnwind::new(permit);
            this.future.set(Running::Dropped);
            guard.time_out(this.deadline.cut());
        } else {
            this.future.set(Running::Dropped);
            drop(permit);
        }
    }

    /// Guards a future that has these limits.
    #[inline(always)]
    pub(crate) fn new(permit: P, future: Fut, judge: J, limit: L) -> Self {
        let (future, deadline) = (Running::Pending { future }, Deadline::NotBegun(limit));
        Self { future, deadline, call: Some((permit, judge)) }
    }

    /// Guards a future that code of the user's has made under `guard`.
    #[inline(always)]
    pub(crate) fn resume(guard: FailOnUnwind<P>, future: Fut, judge: J, limit: L) -> Self {
        let call = guard.into_permit().map(|permit| (permit, judge));
        Self { future: Running::Pending { future }, deadline: Deadline::NotBegun(limit), call }
    }

    /// Holds a future that has these limits, for a call that is given to each poll until one is pending.
    #[inline(always)]
    pub(crate) fn without_call(future: Fut, limit: L) -> Self {
        let (future, deadline) = (Running::Pending { future }, Deadline::NotBegun(limit));
        Self { future, deadline, call: None }
    }
}

impl<P, Fut, J, L> GuardedWithDeadline<P, Fut, J, L>
where
    P: SettlePermit,
    Fut: Future,
    J: Judge<Fut::Output>,
    L: CallLimit,
{
    /// Polls; returns the output and its verdict, or the time-out.
    #[inline]
    pub(crate) fn poll_with_verdict(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(Fut::Output, Verdict), BreakerError>> {
        Poll::Ready(match ready!(self.poll_unsettled(context)) {
            Ok((mut output, (guard, judge))) => {
                let verdict = finish(guard, judge, &mut output);
                Ok((output, verdict))
            }
            Err(error) => Err(error),
        })
    }
}

impl<Fut, J, L> GuardedWithDeadline<Permit<'_>, Fut, J, L>
where
    Fut: Future,
    J: Judge<Fut::Output>,
    L: CallLimit,
{
    /// Polls; returns the output of a call that is settled, or the time-out.
    #[inline]
    pub(crate) fn poll_settled(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Fut::Output, BreakerError>> {
        // Polled again after its end.
        let Some(call) = self.as_mut().take_call() else { return Poll::Pending };
        Poll::Ready(match ready!(self.poll_call(call, context)) {
            Ok((output, (guard, judge))) => Ok(finish_and_return(guard, judge, output)),
            Err(error) => Err(error),
        })
    }
}

/// A call while it is polled: its permit, and the judge of its output.
pub(crate) type PolledCall<P, J> = (FailOnUnwind<P>, J);

impl<P: SettlePermit, Fut, J, L> GuardedWithDeadline<P, Fut, J, L> {
    /// Takes the call for one poll; `None` if it has ended.
    #[inline(always)]
    pub(crate) fn take_call(self: Pin<&mut Self>) -> Option<PolledCall<P, J>> {
        self.project().call.take().map(|(permit, judge)| (FailOnUnwind::new(permit), judge))
    }
}

impl<P: SettlePermit, Fut: Future, J, L: CallLimit> GuardedWithDeadline<P, Fut, J, L> {
    /// Polls; returns the output with the permit, which is not settled, or the time-out.
    #[expect(clippy::type_complexity, reason = "the parts of one call")]
    #[inline]
    pub(crate) fn poll_unsettled(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(Fut::Output, PolledCall<P, J>), BreakerError>> {
        let this = self.as_mut().project();
        // Polled again after its end.
        if this.call.is_none() {
            return Poll::Pending;
        }
        let RunningProjection::Pending { future } = this.future.project() else {
            return Poll::Pending;
        };
        // The call stays in the future: one that has just been moved there is not moved again.
        let guard = FailOnPanic::new(this.call);
        let polled = match guard.poll_injected(context) {
            Poll::Ready(()) => future.poll(context),
            Poll::Pending => Poll::Pending,
        };
        mem::forget(guard);
        let Poll::Ready(output) = polled else {
            return Poll::Ready(Err(ready!(self.poll_deadline(context))));
        };
        match self.take_call() {
            Some(call) => Poll::Ready(Ok((output, call))),
            // Never: there was one.
            None => Poll::Pending,
        }
    }

    /// Polls a call that is not in the future, and goes there if it is pending. One that is ready at its
    /// first poll was never there.
    #[expect(clippy::type_complexity, reason = "the parts of one call")]
    #[inline(always)]
    pub(crate) fn poll_call(
        mut self: Pin<&mut Self>,
        (guard, judge): PolledCall<P, J>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(Fut::Output, PolledCall<P, J>), BreakerError>> {
        let RunningProjection::Pending { future } = self.as_mut().project().future.project() else {
            return Poll::Pending;
        };
        let polled = match guard.poll_injected(context) {
            Poll::Ready(()) => future.poll(context),
            Poll::Pending => Poll::Pending,
        };
        if let Poll::Ready(output) = polled {
            return Poll::Ready(Ok((output, (guard, judge))));
        }
        *self.as_mut().project().call = guard.into_permit().map(|permit| (permit, judge));
        Poll::Ready(Err(ready!(self.poll_deadline(context))))
    }

    /// Polls the deadline of a call that is pending. Apart from the poll of the future, which is often
    /// ready.
    #[inline(never)]
    fn poll_deadline(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<BreakerError> {
        let mut this = self.project();
        let guard = FailOnPanic::new(this.call);
        let is_late = this.deadline.poll(|| guard.limits(), context).is_ready();
        mem::forget(guard);
        if !is_late {
            return Poll::Pending;
        }
        let Some((permit, _)) = this.call.take() else { return Poll::Pending };
        let guard = FailOnUnwind::new(permit);
        this.future.set(Running::Dropped);
        Poll::Ready(guard.time_out(this.deadline.cut()))
    }
}
