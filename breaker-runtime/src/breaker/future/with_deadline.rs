//! The future of a running call with a deadline.

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::breaker::future::deadline::Deadline;
use crate::breaker::future::total::CallLimit;
use crate::breaker::judge::{Judge, finish, finish_future};
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
            Ok((mut output, guard, judge)) => {
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
        Poll::Ready(match ready!(self.poll_in_place(context)) {
            Ok((output, call)) => Ok(finish_future(call, output)),
            Err(error) => Err(error),
        })
    }
}

impl<P: SettlePermit, Fut: Future, J, L: CallLimit> GuardedWithDeadline<P, Fut, J, L> {
    /// Polls; returns the output with the permit, which is not settled, or the time-out.
    #[expect(clippy::type_complexity, reason = "the parts of one call")]
    #[inline]
    pub(crate) fn poll_unsettled(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(Fut::Output, FailOnUnwind<P>, J), BreakerError>> {
        let (output, call) = match ready!(self.poll_in_place(context)) {
            Ok(ended) => ended,
            Err(error) => return Poll::Ready(Err(error)),
        };
        match call.take() {
            Some((permit, judge)) => Poll::Ready(Ok((output, FailOnUnwind::new(permit), judge))),
            // Never: a call that has ended is not polled.
            None => Poll::Pending,
        }
    }

    /// Polls; returns the output, and where the permit is, which is not settled, or the time-out.
    #[expect(clippy::type_complexity, reason = "the parts of one call")]
    #[inline(always)]
    fn poll_in_place<'p>(
        self: Pin<&'p mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(Fut::Output, &'p mut Option<(P, J)>), BreakerError>> {
        let mut this = self.project();
        // Polled again after its end.
        if this.call.is_none() {
            return Poll::Pending;
        }
        let RunningProjection::Pending { future } = this.future.as_mut().project() else {
            return Poll::Pending;
        };
        let guard = FailOnPanic::new(this.call);
        let polled = match guard.poll_injected(context) {
            Poll::Ready(()) => future.poll(context),
            Poll::Pending => Poll::Pending,
        };
        if let Poll::Ready(output) = polled {
            mem::forget(guard);
            return Poll::Ready(Ok((output, this.call)));
        }
        let is_late = this.deadline.poll(|| guard.limits(), context).is_ready();
        mem::forget(guard);
        if !is_late {
            return Poll::Pending;
        }
        let Some((permit, _)) = this.call.take() else { return Poll::Pending };
        let guard = FailOnUnwind::new(permit);
        this.future.set(Running::Dropped);
        Poll::Ready(Err(guard.time_out(this.deadline.cut())))
    }
}
