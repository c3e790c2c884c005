//! The future that waits for a concurrency permit: [`Acquire`].

use std::fmt;

#[cfg(feature = "tokio")]
pub use with_timers::Acquire;
#[cfg(not(feature = "tokio"))]
pub use without_timers::Acquire;

impl fmt::Debug for Acquire<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Acquire").finish_non_exhaustive()
    }
}

#[cfg(feature = "tokio")]
mod with_timers {
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use pin_project_lite::pin_project;

    use crate::breaker::admission::Admission;
    use crate::breaker::inner::Inner;
    use crate::breaker::permit::Permit;
    use crate::breaker::queue::QueuedCall;
    use crate::time::timer::{Sleep, sleep};
    use crate::types::error::BreakerError;

    /// A future that waits for a concurrency permit.
    ///
    /// It joins the queue at its first poll, and leaves it when it is dropped. It ends with a rejection when `max_wait`
    /// has passed.
    #[must_use = "futures do nothing unless polled"]
    pub struct Acquire<'b>(AcquireState<'b>);

    /// Small, as it is part of the user's future.
    enum AcquireState<'b> {
        Created(&'b Inner),
        Waiting(Pin<Box<Waiting<'b>>>),
        Done,
    }

    pin_project! {
        /// A call in the queue, and the end of its `max_wait`.
        struct Waiting<'b> {
            queued: QueuedCall<'b>,
            #[pin]
            deadline: Sleep,
        }
    }

    impl<'b> Acquire<'b> {
        /// Returns the future; `None` without timers, which would end it.
        #[expect(clippy::unnecessary_wraps, reason = "there is a twin without timers")]
        pub(crate) fn new(inner: &'b Inner) -> Option<Self> {
            Some(Self(AcquireState::Created(inner)))
        }
    }

    impl<'b> Future for Acquire<'b> {
        type Output = Result<Permit<'b>, BreakerError>;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            let admitted = loop {
                match &mut self.0 {
                    AcquireState::Created(inner) => match enqueue(inner).decided() {
                        Ok(admitted) => break admitted,
                        Err(waiting) => self.0 = AcquireState::Waiting(waiting),
                    },
                    AcquireState::Waiting(waiting) => break ready!(waiting.as_mut().poll(context)),
                    // Polled again after its end.
                    AcquireState::Done => return Poll::Pending,
                }
            };
            self.0 = AcquireState::Done;
            Poll::Ready(admitted)
        }
    }

    fn enqueue(inner: &Inner) -> Admission<Permit<'_>, Pin<Box<Waiting<'_>>>> {
        let max_wait = inner.config().max_wait().unwrap_or_default();
        match inner.enqueue() {
            Admission::Queued(queued) => {
                Admission::Queued(Box::pin(Waiting { queued, deadline: sleep(max_wait) }))
            }
            Admission::Admitted(token) => Admission::Admitted(Permit::new(inner, token)),
            Admission::Rejected(rejection) => Admission::Rejected(rejection),
        }
    }

    impl<'b> Future for Waiting<'b> {
        type Output = Result<Permit<'b>, BreakerError>;

        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            let this = self.project();
            let inner = this.queued.inner();
            let admitted = if this.queued.has_permit(context.waker()) {
                this.queued.run()
            } else {
                ready!(this.deadline.poll(context));
                this.queued.time_out()
            };
            Poll::Ready(admitted.map(|token| Permit::new(inner, token)))
        }
    }
}

#[cfg(not(feature = "tokio"))]
mod without_timers {
    use std::convert::Infallible;
    use std::marker::PhantomData;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use crate::breaker::inner::Inner;
    use crate::breaker::permit::Permit;
    use crate::types::error::BreakerError;

    /// The future of a call that waits, of which there is none without the feature `tokio`.
    #[must_use = "futures do nothing unless polled"]
    pub struct Acquire<'b>(Infallible, PhantomData<&'b ()>);

    impl<'b> Acquire<'b> {
        /// Returns the future; `None` without timers, which would end it.
        pub(crate) fn new(_: &'b Inner) -> Option<Self> {
            None
        }
    }

    impl<'b> Future for Acquire<'b> {
        type Output = Result<Permit<'b>, BreakerError>;

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
            match self.0 {}
        }
    }
}
