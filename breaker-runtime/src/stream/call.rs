//! The stream of [`CircuitBreaker::call_stream`].

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::breaker::CircuitBreaker;
use crate::breaker::judge::AnyErrIsFailure;
use crate::config::stream::StreamLimits;
use crate::stream::entry::{Making, StreamEntry};
use crate::stream::guard::Step;
use crate::types::error::CallError;

pin_project! {
    /// The stream of [`CircuitBreaker::call_stream`].
    ///
    /// It ends after an item that is [`CallError::Breaker`], and goes on after one that is
    /// [`CallError::Inner`] if the inner stream does. Polled after its end it returns `None`.
    #[must_use = "streams do nothing unless polled"]
    pub struct CallStream<F, S> {
        #[pin]
        entry: StreamEntry<F, S, AnyErrIsFailure>,
    }
}

impl CircuitBreaker {
    /// Runs a call that returns a stream. The permit is held until the stream ends.
    ///
    /// The breaker is asked when the stream is first polled, and `call` makes the inner stream then. The
    /// end of the stream is a success; an `Err` item, a panic, and a wait longer than
    /// [`first_item`](crate::CircuitBreakerBuilder::first_item) or
    /// [`idle`](crate::CircuitBreakerBuilder::idle) are failures. A call that is rejected yields one
    /// item, the rejection. [`call_timeout`](crate::CircuitBreakerBuilder::call_timeout) does not apply:
    /// it would end a stream that is read slowly.
    ///
    /// ```
    /// use breaker_runtime::stream::CallStream;
    /// use breaker_runtime::{CallError, CircuitBreaker};
    /// use futures::{StreamExt, stream};
    ///
    /// # futures::executor::block_on(async {
    /// let breaker = CircuitBreaker::builder("model").failure_threshold(1).build()?;
    /// let words: CallStream<_, _> =
    ///     breaker.call_stream(|| stream::iter([Ok("Hello"), Err("connection reset")]));
    /// let words: Vec<_> = words.collect().await;
    /// assert_eq!(words, [Ok("Hello"), Err(CallError::Inner("connection reset"))]);
    ///
    /// let mut words = breaker.call_stream(|| stream::iter([Ok::<_, &str>("Hello")]));
    /// assert!(matches!(words.next().await, Some(Err(CallError::Breaker(_)))));
    /// assert_eq!(words.next().await, None);
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// # })?;
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    ///
    /// # Cancel safety
    ///
    /// A stream that is dropped before it ends counts as cancelled: neither success nor failure. One
    /// with a reader that had waited for an item for longer than `slow_call`, `first_item` or `idle` by
    /// then is a failure.
    pub fn call_stream<F, S, T, E: 'static>(&self, call: F) -> CallStream<F, S>
    where
        F: FnOnce() -> S,
        S: Stream<Item = Result<T, E>>,
    {
        let making = Making { make: call, judge: AnyErrIsFailure, limits: StreamLimits::NONE };
        CallStream { entry: StreamEntry::ask_later(self.clone(), making) }
    }
}

impl<F, S, T, E: 'static> Stream for CallStream<F, S>
where
    F: FnOnce() -> S,
    S: Stream<Item = Result<T, E>>,
{
    type Item = Result<T, CallError<E>>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(match ready!(self.project().entry.poll_step(context)) {
            Step::Item { item, .. } => Some(item.map_err(CallError::Inner)),
            Step::Rejected(error) | Step::TimedOut(error) => Some(Err(CallError::Breaker(error))),
            Step::End => None,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entry.size_hint()
    }
}

impl<F, S, T, E: 'static> FusedStream for CallStream<F, S>
where
    F: FnOnce() -> S,
    S: Stream<Item = Result<T, E>>,
{
    fn is_terminated(&self) -> bool {
        self.entry.is_over()
    }
}

impl<F, S> fmt::Debug for CallStream<F, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("CallStream").field(&self.entry.stage()).finish()
    }
}
