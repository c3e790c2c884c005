//! Permits for calls that run outside of [`CircuitBreaker::call`]: how to get one, and [`Acquire`], the
//! future that waits for a concurrency permit.

use std::fmt;

use crate::breaker::CircuitBreaker;
#[cfg(feature = "tokio")]
use crate::breaker::on_full::Admission;
use crate::breaker::owned_permit::OwnedPermit;
use crate::breaker::permit::Permit;
use crate::types::error::BreakerError;

#[cfg(feature = "tokio")]
pub use with_timers::Acquire;
#[cfg(not(feature = "tokio"))]
pub use without_timers::Acquire;

impl CircuitBreaker {
    /// Acquires a permit to run one call, for code that fits neither [`call`](Self::call) nor
    /// [`call_async`](Self::call_async).
    ///
    /// Never waits, whatever [`max_wait`](crate::CircuitBreakerBuilder::max_wait) is. The example is at
    /// [`Permit`].
    ///
    /// # Errors
    ///
    /// [`BreakerError`] if the call is rejected.
    #[inline]
    pub fn try_acquire(&self) -> Result<Permit<'_>, BreakerError> {
        self.inner().try_acquire()
    }

    /// Acquires a permit that keeps the breaker alive: for a call that ends on another thread or in
    /// another task.
    ///
    /// Never waits, whatever [`max_wait`](crate::CircuitBreakerBuilder::max_wait) is.
    ///
    /// ```
    /// use std::thread;
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("mail").build()?;
    /// let permit = breaker.try_acquire_owned()?;
    /// thread::spawn(move || {
    ///     // send the mail
    ///     permit.success();
    /// })
    /// # .join().unwrap();
    /// # assert_eq!(breaker.snapshot().totals.success, 1);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BreakerError`] if the call is rejected.
    pub fn try_acquire_owned(&self) -> Result<OwnedPermit, BreakerError> {
        let breaker = self.clone().into_scoped();
        let token = breaker.own_inner().try_acquire()?.into_token();
        Ok(OwnedPermit::from_token(breaker, token))
    }

    /// Acquires a permit to run one call, and waits for up to
    /// [`max_wait`](crate::CircuitBreakerBuilder::max_wait) while
    /// [`max_concurrent`](crate::CircuitBreakerBuilder::max_concurrent) calls run. With the feature
    /// `tokio`, on any executor.
    ///
    /// Calls wait in one queue, first come first served, with those of [`call`](Self::call) and
    /// [`call_async`](Self::call_async). Without `max_wait` it ends at its first poll. The deadline of
    /// the call itself, [`call_timeout`](crate::CircuitBreakerBuilder::call_timeout), is not that of a
    /// permit.
    ///
    /// ```
    /// use std::time::Duration;
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// # tokio::runtime::Builder::new_current_thread().enable_time().build()?.block_on(async {
    /// let breaker = CircuitBreaker::builder("thumbnails")
    ///     .max_concurrent(8)
    ///     .max_wait(Duration::from_millis(50))
    ///     .build()?;
    /// let permit = breaker.acquire().await?;
    /// // make the thumbnail
    /// permit.success();
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// # })?;
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`BreakerError`] if the call is rejected: of the kind [`Full`](crate::ErrorKind::Full) if no
    /// permit came free within `max_wait`, or if
    /// [`max_pending`](crate::CircuitBreakerBuilder::max_pending) calls wait already.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped while it waits leaves the queue, and nothing is counted. A concurrency
    /// permit that it has been handed by then goes to the next call in the queue.
    #[cfg(feature = "tokio")]
    pub async fn acquire(&self) -> Result<Permit<'_>, BreakerError> {
        match self.inner().acquire_or_queue() {
            Admission::Admitted(permit) => Ok(permit),
            Admission::Queued(acquire) => acquire.await,
            Admission::Rejected(rejection) => Err(rejection),
        }
    }
}

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

    use crate::breaker::future::total::TotalDeadline;
    use crate::breaker::inner::Inner;
    use crate::breaker::on_full::Admission;
    use crate::breaker::permit::Permit;
    use crate::breaker::queue::QueuedCall;
    use crate::time::timer::{Sleep, sleep};
    use crate::types::error::BreakerError;

    /// A future that waits for a concurrency permit.
    ///
    /// It joins the queue at its first poll, and leaves it when it is dropped. It ends with a rejection
    /// when `max_wait` has passed.
    #[must_use = "futures do nothing unless polled"]
    pub struct Acquire<'b>(AcquireState<'b>);

    /// Small, as it is part of the user's future.
    enum AcquireState<'b> {
        Created(&'b Inner, Option<Box<TotalDeadline>>),
        Waiting(Pin<Box<Waiting<'b>>>),
        Done,
    }

    pin_project! {
        /// A call in the queue, and the end of its `max_wait`.
        struct Waiting<'b> {
            queued: QueuedCall<'b>,
            #[pin]
            deadline: Sleep,
            // Whether the deadline is that of the whole call.
            of_whole_call: bool,
        }
    }

    impl<'b> Acquire<'b> {
        /// Returns the future; `None` without timers, which would end it.
        #[expect(clippy::unnecessary_wraps, reason = "there is a twin without timers")]
        pub(crate) fn new(inner: &'b Inner) -> Option<Self> {
            Some(Self(AcquireState::Created(inner, None)))
        }

        /// Ends the wait with the whole call, if that is before the end of `max_wait`.
        pub(crate) fn within(self, total: TotalDeadline) -> Self {
            match self.0 {
                AcquireState::Created(inner, _) if total.is_set() => {
                    Self(AcquireState::Created(inner, Some(Box::new(total))))
                }
                _ => self,
            }
        }
    }

    impl<'b> Future for Acquire<'b> {
        type Output = Result<Permit<'b>, BreakerError>;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            let admitted = loop {
                match &mut self.0 {
                    AcquireState::Created(inner, total) => {
                        match enqueue(inner, total.take()).decided() {
                            Ok(admitted) => break admitted,
                            Err(waiting) => self.0 = AcquireState::Waiting(waiting),
                        }
                    }
                    AcquireState::Waiting(waiting) => break ready!(waiting.as_mut().poll(context)),
                    // Polled again after its end.
                    AcquireState::Done => return Poll::Pending,
                }
            };
            self.0 = AcquireState::Done;
            Poll::Ready(admitted)
        }
    }

    fn enqueue(
        inner: &Inner,
        total: Option<Box<TotalDeadline>>,
    ) -> Admission<Permit<'_>, Pin<Box<Waiting<'_>>>> {
        let max_wait = inner.config().max_wait().unwrap_or_default();
        let left = total.and_then(|total| total.left()).filter(|left| *left < max_wait);
        let (wait, of_whole_call) = (left.unwrap_or(max_wait), left.is_some());
        match inner.enqueue() {
            Admission::Queued(queued) => {
                Admission::Queued(Box::pin(Waiting { queued, deadline: sleep(wait), of_whole_call }))
            }
            Admission::Admitted(token) => match inner.inject(token, false) {
                Ok(token) => Admission::Admitted(Permit::new(inner, token)),
                Err(error) => Admission::Rejected(error),
            },
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
                let ended = this.queued.time_out();
                if *this.of_whole_call { ended.map_err(BreakerError::of_whole_call) } else { ended }
            };
            let admitted = admitted.and_then(|token| inner.inject(token, false));
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

    use crate::breaker::future::total::TotalDeadline;
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

        /// Never called, as there is none.
        pub(crate) fn within(self, _: TotalDeadline) -> Self {
            self
        }
    }

    impl<'b> Future for Acquire<'b> {
        type Output = Result<Permit<'b>, BreakerError>;

        fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
            match self.0 {}
        }
    }
}
