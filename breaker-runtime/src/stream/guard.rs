//! A stream with a permit: [`Guard`].

use std::mem;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::breaker::inner::Inner;
use crate::breaker::judge::Judge;
use crate::breaker::owned_permit::OwnedPermit;
use crate::breaker::permit::SettlePermit;
use crate::breaker::stream_permit::KeptPermit;
use crate::config::stream::StreamLimits;
use crate::state::cell::CallEnd;
use crate::state::counters::rare::Count;
use crate::stream::waits::{ReaderWaits, TimeIsOver};
use crate::types::error::{BreakerError, ErrorKind};
use crate::types::outcome::{Evidence, Outcome, Verdict};

/// The cause of a stream that exceeded `first_item` or `idle`.
const OVER_LIMIT: &str = "first_item or idle";

pin_project! {
    /// A stream that settles a permit when it ends, at its first failed item, when it panics, or when it
    /// is dropped.
    ///
    /// Whatever ends the stream, it is dropped before the permit is settled: what the permit stands for
    /// goes on until the stream is gone.
    #[derive(Debug)]
    pub(crate) struct Guard<S, J> {
        #[pin]
        stream: StreamBody<S>,
        call: Call,
        judge: J,
        ignored: bool,
        answered: bool,
        waits: ReaderWaits,
    }

    impl<S, J> PinnedDrop for Guard<S, J> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let call = mem::replace(this.call, Call::Ended);
            let Call::Running { permit } = call else {
                this.stream.set(StreamBody::Gone);
                return;
            };
            // Its reader gave up in the moment in which it would have been ended, or later.
            let is_over = this.waits.give_up(permit.inner());
            this.stream.set(StreamBody::Gone);
            if is_over {
                permit.inner().count(Count::TimedOut);
            }
            let end = match (is_over, *this.answered) {
                (true, _) => CallEnd::Failure,
                (false, true) => CallEnd::Left,
                (false, false) => CallEnd::Cancelled,
            };
            let evidence = Evidence { class: None, cause: is_over.then_some(OVER_LIMIT) };
            drop(permit.settle_stream_with(end, None, this.waits.longest(), evidence));
        }
    }
}

pin_project! {
    #[derive(Debug)]
    #[project = BodyProjection]
    enum StreamBody<S> {
        There { #[pin] stream: S },
        Gone,
    }
}

#[derive(Debug)]
enum Call {
    Running {
        permit: OwnedPermit,
    },
    /// It failed, and its stream goes on.
    Failed {
        kept: KeptPermit,
    },
    Ended,
}

impl Call {
    /// Returns the breaker of a call that has not ended. Asked only where an item needs it: to find it
    /// takes a branch by the kind of the handle.
    fn inner(&self) -> Option<&Inner> {
        match self {
            Self::Running { permit } => Some(permit.inner()),
            Self::Failed { kept } => Some(kept.inner()),
            Self::Ended => None,
        }
    }

    /// Polls the wait of a game day before the call runs, if there is one.
    #[inline(always)]
    fn poll_injected(&self, context: &mut Context<'_>) -> Poll<()> {
        match self {
            Self::Running { permit } if Inner::has_injected_waits() => {
                permit.inner().poll_injected(permit.token(), context)
            }
            _ => Poll::Ready(()),
        }
    }

    /// Ends the wait of the last poll.
    #[cold]
    fn resume(&self, waits: &mut ReaderWaits) {
        if let Some(inner) = self.inner() {
            waits.resume(inner);
        }
    }

    /// Settles a running call.
    #[inline(never)]
    fn fail(&mut self, verdict: Verdict, waits: &ReaderWaits) {
        *self = match mem::replace(self, Self::Ended) {
            Self::Running { permit } => {
                let kept = permit.settle_stream_with(
                    CallEnd::Failure,
                    verdict.asked.retry_after,
                    waits.longest(),
                    verdict.evidence,
                );
                Self::Failed { kept }
            }
            settled => settled,
        };
    }

    #[inline(never)]
    fn end(&mut self, end: CallEnd, waits: &ReaderWaits, evidence: Evidence) {
        if let Self::Running { permit } = mem::replace(self, Self::Ended) {
            drop(permit.settle_stream_with(end, None, waits.longest(), evidence));
        }
    }

    #[cold]
    fn time_out(&mut self, waits: &ReaderWaits) -> BreakerError {
        let error = match self.inner() {
            Some(inner) => inner.error(ErrorKind::TimedOut, None),
            None => BreakerError::new("", ErrorKind::TimedOut, None),
        };
        if let Self::Running { permit } = self {
            permit.inner().count(Count::TimedOut);
        }
        self.end(CallEnd::Failure, waits, Evidence::of_cause(OVER_LIMIT));
        error
    }
}

/// Around code of the user's: a panic in it is a failure, and ends the stream.
struct EndOnUnwind<'c>(&'c mut Call);

impl Drop for EndOnUnwind<'_> {
    fn drop(&mut self) {
        if let Call::Running { permit } = mem::replace(self.0, Call::Ended) {
            drop(permit.settle_stream_with(CallEnd::Failure, None, 0, Evidence::of_cause("panic")));
        }
    }
}

impl EndOnUnwind<'_> {
    /// Disarms the guard: the user's code has returned.
    #[inline(always)]
    fn go_on(self) {
        mem::forget(self);
    }
}

/// The result of polling a stream.
pub(crate) enum Step<Item> {
    Item {
        item: Item,
        failed: bool,
    },
    /// The breaker did not run the call. Nothing comes after this.
    Rejected(BreakerError),
    /// The breaker ended the stream. Nothing comes after this.
    TimedOut(BreakerError),
    End,
}

impl<Item> Step<Item> {
    /// Returns the step of a call that the breaker did not run. An injected failure ends the stream as a
    /// time-out does.
    pub(crate) fn not_run(error: BreakerError) -> Self {
        if error.is_injected() { Self::TimedOut(error) } else { Self::Rejected(error) }
    }
}

impl<S, J> Guard<S, J> {
    /// Runs the code that makes the stream, by a permit.
    #[inline]
    pub(crate) fn start(
        permit: OwnedPermit,
        make: impl FnOnce() -> S,
        judge: J,
        limits: StreamLimits,
    ) -> Self {
        let waits = ReaderWaits::new(permit.inner(), limits);
        let mut call = Call::Running { permit };
        let unwinding = EndOnUnwind(&mut call);
        let stream = StreamBody::There { stream: make() };
        unwinding.go_on();
        Self { stream, call, judge, ignored: false, answered: false, waits }
    }

    /// Marks the dependency as one that has answered, before the first item.
    #[cfg(feature = "http-body")]
    pub(crate) fn answered(mut self) -> Self {
        self.answered = true;
        self
    }
}

impl<S: Stream, J: Judge<S::Item> + Clone> Guard<S, J> {
    #[inline]
    pub(crate) fn poll_step(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Step<S::Item>> {
        let mut this = self.project();
        let BodyProjection::There { mut stream } = this.stream.as_mut().project() else {
            return Poll::Ready(Step::End);
        };
        let unwinding = EndOnUnwind(this.call);
        // The stream panicked at an earlier poll.
        if matches!(unwinding.0, Call::Ended) {
            return Poll::Ready(Step::End);
        }
        if this.waits.is_waiting() {
            unwinding.0.resume(this.waits);
        }
        let call = &*unwinding.0;
        let mut poll_next = |context: &mut Context<'_>| {
            if call.poll_injected(context).is_pending() {
                return Poll::Pending;
            }
            stream.as_mut().poll_next(context)
        };
        let polled = match poll_next(context) {
            Poll::Ready(item) => Poll::Ready(Ok(item)),
            Poll::Pending => match call.inner() {
                Some(inner) if this.waits.matter() => this.waits.poll_again(inner, context, poll_next),
                _ => Poll::Pending,
            },
        };
        match polled {
            Poll::Pending => {
                unwinding.go_on();
                Poll::Pending
            }
            Poll::Ready(Ok(Some(item))) => {
                this.waits.end();
                let verdict = match unwinding.0 {
                    Call::Running { .. } => this.judge.clone().judge(&item),
                    Call::Failed { .. } | Call::Ended => Outcome::Success.into(),
                };
                if verdict.outcome == Outcome::Failure {
                    unwinding.0.fail(verdict, this.waits);
                }
                *this.ignored |= verdict.outcome == Outcome::Ignored;
                *this.answered = true;
                unwinding.go_on();
                Poll::Ready(Step::Item { item, failed: verdict.outcome == Outcome::Failure })
            }
            Poll::Ready(Ok(None)) => {
                this.waits.end();
                this.stream.set(StreamBody::Gone);
                unwinding.0.end(
                    if *this.ignored { CallEnd::Ignored } else { CallEnd::Success },
                    this.waits,
                    Evidence::NONE,
                );
                Poll::Ready(Step::End)
            }
            Poll::Ready(Err(TimeIsOver)) => {
                this.stream.set(StreamBody::Gone);
                Poll::Ready(Step::TimedOut(unwinding.0.time_out(this.waits)))
            }
        }
    }

    /// Returns the hint of the stream, without its lower bound if the breaker may end the stream before.
    pub(crate) fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.stream {
            StreamBody::Gone => (0, Some(0)),
            StreamBody::There { stream } if self.waits.matter() => {
                let (_, most) = stream.size_hint();
                (0, most.and_then(|most| most.checked_add(1)))
            }
            StreamBody::There { stream } => stream.size_hint(),
        }
    }
}

impl<S, J> Guard<S, J> {
    /// Returns the stream, until it has ended.
    #[cfg(feature = "http-body")]
    pub(crate) fn inner(&self) -> Option<&S> {
        match &self.stream {
            StreamBody::There { stream } => Some(stream),
            StreamBody::Gone => None,
        }
    }

    /// Ends the stream, which has reported that no item follows.
    #[cfg(feature = "http-body")]
    pub(crate) fn finish(self: Pin<&mut Self>) {
        let mut this = self.project();
        let unwinding = EndOnUnwind(this.call);
        this.stream.set(StreamBody::Gone);
        unwinding.0.end(CallEnd::Success, this.waits, Evidence::NONE);
    }

    pub(crate) fn is_over(&self) -> bool {
        matches!(self.stream, StreamBody::Gone)
    }
}
