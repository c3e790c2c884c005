//! The future of a running call with a deadline.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use crate::breaker::future::deadline::Deadline;
use crate::breaker::future::total::CallLimit;
use crate::breaker::judge::{Judge, finish};
use crate::breaker::permit::{FailOnUnwind, SettlePermit};
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
            let mut this = this.project();
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

impl<P: SettlePermit, Fut: Future, J, L: CallLimit> GuardedWithDeadline<P, Fut, J, L> {
    /// Polls; returns the output with the permit, which is not settled, or the time-out.
    #[expect(clippy::type_complexity, reason = "the parts of one call")]
    #[inline]
    pub(crate) fn poll_unsettled(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(Fut::Output, FailOnUnwind<P>, J), BreakerError>> {
        let mut this = self.project();
        let RunningProjection::Pending { future } = this.future.as_mut().project() else {
            // Polled again after its end.
            return Poll::Pending;
        };
        let Some((permit, judge)) = this.call.take() else { return Poll::Pending };
        let guard = FailOnUnwind::new(permit);
        if guard.poll_injected(context).is_ready() {
            if let Poll::Ready(output) = future.poll(context) {
                return Poll::Ready(Ok((output, guard, judge)));
            }
        }
        if this.deadline.poll(|| guard.limits(), context).is_ready() {
            this.future.set(Running::Dropped);
            return Poll::Ready(Err(guard.time_out(this.deadline.cut())));
        }
        *this.call = guard.into_permit().map(|permit| (permit, judge));
        Poll::Pending
    }
}
