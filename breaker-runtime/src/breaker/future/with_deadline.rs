//! The future of a running call with a deadline.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::breaker::future::deadline::Deadline;
use crate::breaker::future::total::CallLimit;
use crate::breaker::judge::{Judge, finish, finish_and_return};
use crate::breaker::permit::{FailOnPanic, FailOnUnwind, Permit, SettlePermit};
use crate::support::drop_apart::DropApart;
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
        call: DropApart<CallUntilEnd<P, J, L>>,
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

/// A call until it ends: its permit, the judge of its output, and its deadline.
type CallUntilEnd<P, J, L> = (P, (J, Deadline<L>));

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
    #[inline(never)]
    fn abandon(self: Pin<&mut Self>) {
        let mut this = self.project();
        let Some((permit, (_, deadline))) = this.call.take() else { return };
        if deadline.is_over() {
            // Its caller gave up after the deadline, and before the poll that would have ended it.
            let guard = FailOnUnwind::new(permit);
            this.future.set(Running::Dropped);
            guard.time_out(deadline.cut());
        } else {
            this.future.set(Running::Dropped);
            drop(permit);
        }
    }

    /// Guards a future that has these limits.
    #[inline(always)]
    pub(crate) fn new(permit: P, future: Fut, judge: J, limit: L) -> Self {
        let call = DropApart::of((permit, (judge, Deadline::NotBegun(limit))));
        Self { future: Running::Pending { future }, call }
    }

    /// Guards a future that code of the user's has made under `guard`.
    #[inline(always)]
    pub(crate) fn resume(guard: FailOnUnwind<P>, future: Fut, judge: J, limit: L) -> Self {
        let call = guard.into_permit().map(|permit| (permit, (judge, Deadline::NotBegun(limit))));
        Self { future: Running::Pending { future }, call: DropApart::new(call) }
    }

    /// Holds a future for a call that is given to its first poll.
    #[inline(always)]
    pub(crate) fn without_call(future: Fut) -> Self {
        Self { future: Running::Pending { future }, call: DropApart::empty() }
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
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Fut::Output, BreakerError>> {
        Poll::Ready(match ready!(self.poll_unsettled(context)) {
            Ok((output, (guard, judge))) => Ok(finish_and_return(guard, judge, output)),
            Err(error) => Err(error),
        })
    }
}

/// A call of which the future is ready: its permit, and the judge of its output.
pub(crate) type UnsettledCall<P, J> = (FailOnUnwind<P>, J);

impl<P: SettlePermit, Fut: Future, J, L: CallLimit> GuardedWithDeadline<P, Fut, J, L> {
    /// Polls; returns the output with the permit, which is not settled, or the time-out.
    #[expect(clippy::type_complexity, reason = "the parts of one call")]
    #[inline]
    pub(crate) fn poll_unsettled(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(Fut::Output, UnsettledCall<P, J>), BreakerError>> {
        match ready!(self.as_mut().poll_output(context)) {
            Ok(output) => match self.take_ended() {
                Some(call) => Poll::Ready(Ok((output, call))),
                // Never: there was one.
                None => Poll::Pending,
            },
            Err(error) => Poll::Ready(Err(error)),
        }
    }

    /// Polls; returns the output, or the time-out. With an output the call goes on until
    /// [`take_ended`](Self::take_ended).
    #[inline(always)]
    pub(crate) fn poll_output(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<Fut::Output, BreakerError>> {
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
        match polled {
            Poll::Ready(output) => Poll::Ready(Ok(output)),
            Poll::Pending => self.poll_deadline(context).map(Err),
        }
    }

    /// Takes the call after its future was ready; `None` if it has ended.
    #[inline(always)]
    pub(crate) fn take_ended(self: Pin<&mut Self>) -> Option<UnsettledCall<P, J>> {
        let (permit, (judge, deadline)) = self.project().call.take()?;
        let guard = FailOnUnwind::new(permit);
        deadline.end();
        Some((guard, judge))
    }

    /// Polls for the first time, with a call that goes into the future if that is pending. One that is
    /// ready at once was never there.
    #[expect(clippy::type_complexity, reason = "the parts of one call")]
    #[inline(always)]
    pub(crate) fn poll_first(
        mut self: Pin<&mut Self>,
        (guard, judge): UnsettledCall<P, J>,
        limit: L,
        context: &mut Context<'_>,
    ) -> Poll<Result<(Fut::Output, UnsettledCall<P, J>), BreakerError>> {
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
        let call = guard.into_permit().map(|permit| (permit, (judge, Deadline::NotBegun(limit))));
        **self.as_mut().project().call = call;
        Poll::Ready(Err(ready!(self.poll_deadline(context))))
    }

    /// Polls the deadline of a call that is pending. Apart from the poll of the future, which is often
    /// ready.
    #[inline(never)]
    fn poll_deadline(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<BreakerError> {
        let mut this = self.project();
        let mut guard = FailOnPanic::new(this.call);
        let is_late = guard.poll_deadline(context);
        mem::forget(guard);
        if !is_late {
            return Poll::Pending;
        }
        let Some((permit, (_, deadline))) = this.call.take() else { return Poll::Pending };
        let guard = FailOnUnwind::new(permit);
        this.future.set(Running::Dropped);
        Poll::Ready(guard.time_out(deadline.cut()))
    }
}

impl<P: SettlePermit, J, L: CallLimit> FailOnPanic<'_, P, (J, Deadline<L>)> {
    /// Returns whether the deadline of the call is over, after a poll of its timer.
    fn poll_deadline(&mut self, context: &mut Context<'_>) -> bool {
        let Some((permit, (_, deadline))) = self.call() else { return false };
        let Some(inner) = permit.inner() else { return false };
        deadline.poll(|| inner.limits(), context).is_ready()
    }
}
