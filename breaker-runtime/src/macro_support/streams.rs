//! Functions that return a stream.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::{FusedStream, Stream};
use pin_project_lite::pin_project;

use crate::__private::call_policy::{CallPolicy, Judge, OnFailure, ReturnOutput};
use crate::__private::call_site::CallSite;
use crate::__private::carry::Handle;
use crate::__private::output::{FromRejection, StreamItem, item_of_error};
use crate::__private::run::answered;
use crate::breaker::owned_admission::{OwnedAcquire, OwnedAdmission};
use crate::breaker::owned_permit::OwnedPermit;
pub use crate::config::stream::StreamLimits;
use crate::stream::{Making, Step, StreamEntry};
use crate::types::error::BreakerError;

impl CallSite<'static> {
    /// Requests a permit for a stream, which can wait for one.
    #[inline]
    pub fn ask_stream(self) -> OwnedAdmission {
        crate::breaker::owned_admission::admit(self.handle(), true)
    }

    /// Converts an admission into one that a stream can hold.
    ///
    /// # Errors
    ///
    /// The rejection.
    #[inline]
    pub fn own(
        self,
        admitted: Result<crate::__private::Permit<'_>, BreakerError>,
    ) -> Result<OwnedPermit, BreakerError> {
        admitted.map(|permit| OwnedPermit::new(self.handle(), permit))
    }
}

/// Returns the guarded stream of a body without a fallback.
#[inline]
pub fn stream<S: Stream, J: Judge<S::Item> + Clone>(
    admitted: Result<OwnedPermit, BreakerError>,
    body: impl FnOnce() -> S,
    rules: CallPolicy<S::Item, J, ReturnOutput>,
    limits: StreamLimits,
) -> Streaming<fn() -> S, S, J, S::Item> {
    let CallPolicy { judge, reject, late, .. } = rules;
    Streaming { entry: StreamEntry::begun(admitted, Making { make: body, judge, limits }), reject, late }
}

/// Returns the guarded stream of a call that may wait for its permit: the body runs after that.
#[inline]
pub fn stream_later<F: FnOnce() -> S, S: Stream, J: Judge<S::Item> + Clone>(
    asked: OwnedAdmission,
    body: F,
    rules: CallPolicy<S::Item, J, ReturnOutput>,
    limits: StreamLimits,
) -> Streaming<F, S, J, S::Item> {
    let CallPolicy { judge, reject, late, .. } = rules;
    Streaming { entry: StreamEntry::asked(asked, Making { make: body, judge, limits }), reject, late }
}

pin_project! {
    /// The stream of [`stream()`] and [`stream_later`].
    #[must_use = "streams do nothing unless polled"]
    pub struct Streaming<F, S, J, Item> {
        #[pin]
        entry: StreamEntry<F, S, J>,
        reject: fn(BreakerError) -> Result<Item, Infallible>,
        late: fn(BreakerError) -> Result<Item, Infallible>,
    }
}

impl<F, S, J, Item> Stream for Streaming<F, S, J, Item>
where
    F: FnOnce() -> S,
    S: Stream<Item = Item>,
    J: Judge<Item> + Clone,
{
    type Item = Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>> {
        let this = self.project();
        Poll::Ready(match ready!(this.entry.poll_step(context)) {
            Step::Item { item, .. } => Some(item),
            Step::Rejected(rejection) => Some(answered((this.reject)(rejection))),
            Step::TimedOut(error) => Some(answered((this.late)(error))),
            Step::End => None,
        })
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.entry.size_hint()
    }
}

impl<F, S, J, Item> FusedStream for Streaming<F, S, J, Item>
where
    F: FnOnce() -> S,
    S: Stream<Item = Item>,
    J: Judge<Item> + Clone,
{
    fn is_terminated(&self) -> bool {
        self.entry.is_over()
    }
}

/// Returns a guarded stream with a fallback, which is another stream. It replaces a stream that has not
/// begun: after the first item a failure is passed on, and a time-out is an item.
#[expect(clippy::type_complexity, reason = "the parts of one call")]
#[expect(clippy::needless_pass_by_value, reason = "made for this call")]
#[inline]
pub fn stream_or_else<S, J, Failed, Then, Fallback>(
    admitted: Result<OwnedPermit, BreakerError>,
    body: impl FnOnce() -> S,
    rules: CallPolicy<S::Item, J, Failed>,
    limits: StreamLimits,
    errors: ErrorItems<S::Item, Failed::Cause>,
    then: Then,
) -> OrElse<fn() -> S, S, J, S::Item, Failed, Failed::Cause, Then, Fallback>
where
    S: Stream,
    J: Judge<S::Item> + Clone,
    Failed: OnFailure<S::Item>,
    Then: FnOnce(Failed::Cause) -> Fallback,
    Fallback: Stream<Item = S::Item>,
{
    let CallPolicy { judge, reject, late, fail, .. } = rules;
    let ErrorItems { make: error, passes_rejections } = errors;
    let reject = if passes_rejections { error } else { reject };
    let entry = StreamEntry::begun(admitted, Making { make: body, judge, limits });
    OrElse::Calling { entry, rest: Some(Rest { reject, late, fail, then }), error }
}

/// Returns a guarded stream with a fallback, for a call that may wait for its permit.
#[expect(clippy::needless_pass_by_value, reason = "made for this call")]
#[inline]
pub fn stream_later_or_else<F, S, J, Failed, Then, Fallback>(
    asked: OwnedAdmission,
    body: F,
    rules: CallPolicy<S::Item, J, Failed>,
    limits: StreamLimits,
    errors: ErrorItems<S::Item, Failed::Cause>,
    then: Then,
) -> OrElse<F, S, J, S::Item, Failed, Failed::Cause, Then, Fallback>
where
    F: FnOnce() -> S,
    S: Stream,
    J: Judge<S::Item> + Clone,
    Failed: OnFailure<S::Item>,
    Then: FnOnce(Failed::Cause) -> Fallback,
    Fallback: Stream<Item = S::Item>,
{
    let CallPolicy { judge, reject, late, fail, .. } = rules;
    let ErrorItems { make: error, passes_rejections } = errors;
    let reject = if passes_rejections { error } else { reject };
    let entry = StreamEntry::asked(asked, Making { make: body, judge, limits });
    OrElse::Calling { entry, rest: Some(Rest { reject, late, fail, then }), error }
}

pin_project! {
    /// The stream of [`stream_or_else`] and [`stream_later_or_else`].
    #[project = OrElseProjection]
    #[must_use = "streams do nothing unless polled"]
    pub enum OrElse<F, S, J, Item, Failed, Cause, Then, Fallback> {
        /// The body's stream, or the future that waits for its permit.
        Calling {
            #[pin]
            entry: StreamEntry<F, S, J>,
            rest: Option<Rest<Item, Failed, Cause, Then>>,
            error: fn(BreakerError) -> Result<Item, Cause>,
        },
        /// The fallback's stream.
        FallingBack { #[pin] stream: Fallback },
    }
}

/// Items that carry a rejection or a time-out to the reader of a stream with a fallback.
#[derive(Debug)]
pub struct ErrorItems<Item, Cause> {
    make: fn(BreakerError) -> Result<Item, Cause>,
    /// Whether the reader gets rejections, and not the fallback.
    passes_rejections: bool,
}

/// Returns how errors become items. The only bound on the type of the items, so that one that does not
/// fit is one compile error.
#[inline(always)]
pub fn error_items<Item: StreamItem<Error: FromRejection>, Cause>(
    passes_rejections: bool,
) -> ErrorItems<Item, Cause> {
    ErrorItems { make: |error| Ok(item_of_error(error)), passes_rejections }
}

/// The result of a stream that has no first item.
#[derive(Debug)]
pub struct Rest<Item, Failed, Cause, Then> {
    reject: fn(BreakerError) -> Result<Item, Cause>,
    late: fn(BreakerError) -> Result<Item, Cause>,
    fail: Failed,
    then: Then,
}

impl<F, S, J, Item, Failed, Cause, Then, Fallback> Stream
    for OrElse<F, S, J, Item, Failed, Cause, Then, Fallback>
where
    F: FnOnce() -> S,
    S: Stream<Item = Item>,
    J: Judge<Item> + Clone,
    Failed: OnFailure<Item, Cause = Cause>,
    Then: FnOnce(Cause) -> Fallback,
    Fallback: Stream<Item = Item>,
{
    type Item = Item;

    #[inline]
    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>> {
        loop {
            let (entry, rest, error_item) = match self.as_mut().project() {
                OrElseProjection::FallingBack { stream } => return stream.poll_next(context),
                OrElseProjection::Calling { entry, rest, error } => (entry, rest, error),
            };
            let step = ready!(entry.poll_step(context));
            let Some(Rest { reject, late, fail, then }) = rest.take() else {
                // After the first item no fallback replaces the rest.
                return Poll::Ready(match step {
                    Step::Item { item, .. } => Some(item),
                    Step::Rejected(error) | Step::TimedOut(error) => error_item(error).ok(),
                    Step::End => None,
                });
            };
            let first = match step {
                Step::Item { item, failed: true } => fail.fail(item),
                Step::Item { item, failed: false } => Ok(item),
                Step::Rejected(rejection) => reject(rejection),
                Step::TimedOut(error) => late(error),
                Step::End => return Poll::Ready(None),
            };
            match first {
                Ok(item) => return Poll::Ready(Some(item)),
                Err(cause) => {
                    let stream = then(cause);
                    self.set(Self::FallingBack { stream });
                }
            }
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Calling { rest: Some(_), .. } => (0, None),
            Self::Calling { entry, rest: None, .. } => entry.size_hint(),
            Self::FallingBack { stream } => stream.size_hint(),
        }
    }
}

/// A fallback of a function that returns a stream.
#[diagnostic::on_unimplemented(
    message = "the fallback of a function that returns a stream has to be a stream of `{Item}`",
    label = "this fallback is a `{Self}`",
    note = "a fallback is called, not awaited: it returns another stream, such as `stream::once(..)` or `stream::iter(..)`"
)]
pub trait FallbackStream<Item> {
    #[doc(hidden)]
    fn poll_fallback(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>>;
}

#[diagnostic::do_not_recommend]
impl<S: Stream> FallbackStream<S::Item> for S {
    #[inline]
    fn poll_fallback(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<S::Item>> {
        self.poll_next(context)
    }
}

/// Runs a fallback.
pub fn replacement<Item, S: FallbackStream<Item>>(fallback: impl FnOnce() -> S) -> Replacement<S, Item> {
    Replacement { stream: fallback(), poll: S::poll_fallback }
}

pin_project! {
    /// The stream of a fallback.
    #[must_use = "streams do nothing unless polled"]
    pub struct Replacement<S, Item> {
        #[pin]
        stream: S,
        // A function: a trait would have to be proved again wherever this goes.
        poll: fn(Pin<&mut S>, &mut Context<'_>) -> Poll<Option<Item>>,
    }
}

impl<S, Item> Stream for Replacement<S, Item> {
    type Item = Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>> {
        let this = self.project();
        (this.poll)(this.stream, context)
    }
}

pin_project! {
    /// One of two streams with the same items.
    #[project = EitherProjection]
    #[must_use = "streams do nothing unless polled"]
    pub enum EitherStream<Left, Right> {
        /// The body's.
        Left { #[pin] stream: Left },
        /// The fallback's.
        Right { #[pin] stream: Right },
    }
}

impl<Left: Stream, Right: Stream<Item = Left::Item>> Stream for EitherStream<Left, Right> {
    type Item = Left::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Left::Item>> {
        match self.project() {
            EitherProjection::Left { stream } => stream.poll_next(context),
            EitherProjection::Right { stream } => stream.poll_next(context),
        }
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        match self {
            Self::Left { stream } => stream.size_hint(),
            Self::Right { stream } => stream.size_hint(),
        }
    }
}

/// Begins a stream or its replacement, which share what they capture, for a call that may wait for its
/// permit.
#[inline]
pub fn begin_stream<B, Begun>(asked: OwnedAdmission, begin: B) -> WaitingStream<B, Begun>
where
    B: FnOnce(Result<OwnedPermit, BreakerError>) -> Begun,
{
    match asked {
        OwnedAdmission::Admitted(permit) => WaitingStream::Begun { stream: begin(Ok(permit)) },
        OwnedAdmission::Rejected(rejection) => WaitingStream::Begun { stream: begin(Err(rejection)) },
        OwnedAdmission::Queued(turn) => WaitingStream::Waiting { turn, begin: Some(begin) },
    }
}

pin_project! {
    /// The stream of [`begin_stream`].
    #[project = WaitingStreamProjection]
    #[must_use = "streams do nothing unless polled"]
    pub enum WaitingStream<B, Begun> {
        /// In the queue for a permit.
        Waiting { turn: OwnedAcquire, begin: Option<B> },
        /// The body's stream, or the fallback's.
        Begun { #[pin] stream: Begun },
    }
}

impl<B, Begun> Stream for WaitingStream<B, Begun>
where
    B: FnOnce(Result<OwnedPermit, BreakerError>) -> Begun,
    Begun: Stream,
{
    type Item = Begun::Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Begun::Item>> {
        loop {
            let (turn, begin) = match self.as_mut().project() {
                WaitingStreamProjection::Begun { stream } => return stream.poll_next(context),
                WaitingStreamProjection::Waiting { turn, begin } => (turn, begin),
            };
            // `None` if it panicked at an earlier poll.
            if begin.is_none() {
                return Poll::Ready(None);
            }
            let admitted = ready!(turn.as_mut().poll(context));
            let Some(begin) = begin.take() else { return Poll::Ready(None) };
            let stream = begin(admitted);
            self.set(Self::Begun { stream });
        }
    }
}
