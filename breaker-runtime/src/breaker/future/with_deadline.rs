//! A running body with a deadline.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;

use crate::breaker::future::deadline::Deadline;
use crate::breaker::judge::{Judge, finish};

use crate::breaker::permit::{FailOnUnwind, SettlePermit};
use crate::types::error::BreakerError;
use crate::types::outcome::Verdict;

pin_project! {
    /// As [`Guarded`](crate::breaker::future::Guarded), but the breaker's `call_timeout` ends the future as a failure. The clock is
    /// not looked at before the future has turned out not to be ready at its first poll.
    ///
    /// Whatever ends the future, it is dropped before the permit is settled: what the permit stands for goes
    /// on until the future is gone.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub(crate) struct GuardedWithDeadline<P, Fut, J>
    where
        P: SettlePermit,
    {
        #[pin]
        future: Body<Fut>,
        deadline: Deadline,
        call: Option<(P, J)>,
    }

    impl<P, Fut, J> PinnedDrop for GuardedWithDeadline<P, Fut, J>
    where
        P: SettlePermit,
    {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some((permit, _)) = this.call.take() else { return };
            if this.deadline.is_over() {
                // Its caller gave up in the moment in which it would have been ended.
                let guard = FailOnUnwind::new(permit);
                this.future.set(Body::Gone);
                guard.time_out();
            } else {
                this.future.set(Body::Gone);
                drop(permit);
            }
        }
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = BodyProjection]
    enum Body<Fut> {
        There { #[pin] future: Fut },
        Gone,
    }
}

impl<P: SettlePermit, Fut, J> GuardedWithDeadline<P, Fut, J> {
    /// `limit` in place of the breaker's `call_timeout`.
    #[inline(always)]
    pub(crate) fn new(permit: P, future: Fut, judge: J, limit: Option<Duration>) -> Self {
        let (future, deadline) = (Body::There { future }, Deadline::NotBegun(limit));
        Self { future, deadline, call: Some((permit, judge)) }
    }

    /// For a future that user code has just made under `guard`.
    #[inline(always)]
    pub(crate) fn resume(
        guard: FailOnUnwind<P>,
        future: Fut,
        judge: J,
        limit: Option<Duration>,
    ) -> Self {
        let call = guard.go_on().map(|permit| (permit, judge));
        Self { future: Body::There { future }, deadline: Deadline::NotBegun(limit), call }
    }
}

impl<P: SettlePermit, Fut: Future, J: Judge<Fut::Output>> GuardedWithDeadline<P, Fut, J> {
    /// Polls; tells the output and how it counted, or the time-out.
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

impl<P: SettlePermit, Fut: Future, J> GuardedWithDeadline<P, Fut, J> {
    /// Polls; returns the output with the permit, which is not settled, or the time-out.
    #[expect(clippy::type_complexity, reason = "the parts of one call")]
    #[inline]
    pub(crate) fn poll_unsettled(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<(Fut::Output, FailOnUnwind<P>, J), BreakerError>> {
        let mut this = self.project();
        let BodyProjection::There { future } = this.future.as_mut().project() else {
            // Polled again after its end: nothing more comes.
            return Poll::Pending;
        };
        let Some((permit, judge)) = this.call.take() else { return Poll::Pending };
        let guard = FailOnUnwind::new(permit);
        if let Poll::Ready(output) = future.poll(context) {
            return Poll::Ready(Ok((output, guard, judge)));
        }
        if this.deadline.poll(|| guard.call_timeout(), context).is_ready() {
            this.future.set(Body::Gone);
            return Poll::Ready(Err(guard.time_out()));
        }
        *this.call = guard.go_on().map(|permit| (permit, judge));
        Poll::Pending
    }
}
