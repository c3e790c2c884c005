//! Streamed bodies of HTTP messages: [`GuardedBody`].

use std::error::Error;
use std::fmt;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use http_body::{Body, Frame, SizeHint};
use pin_project_lite::pin_project;

use crate::breaker::judge::AnyErrIsFailure;
use crate::breaker::owned_permit::OwnedPermit;
use crate::config::stream::StreamLimits;
use crate::state::cell::CallEnd;
use crate::stream::guard::{Guard, Step};

/// The error of a [`GuardedBody`]: the inner body's, or a [`BreakerError`](crate::BreakerError) for one
/// that was ended at `first_item` or `idle`.
pub type BodyError = Box<dyn Error + Send + Sync>;

pin_project! {
    /// The body of a response, with the permit of the call that it answers.
    ///
    /// The call is settled as that of a [stream](super): the end of the body is a success, an error in
    /// it a failure, and so is a body that ends before the length that it has promised, which ends with
    /// an [`UnexpectedEof`](io::ErrorKind::UnexpectedEof). Dropped before its end it is a cancelled
    /// call.
    pub struct GuardedBody<B>
    where
        B: Body,
    {
        #[pin]
        stage: BodyStage<B>,
    }
}

pin_project! {
    #[project = StageProjection]
    enum BodyStage<B>
    where
        B: Body,
    {
        Plain { #[pin] body: B },
        Guarded { #[pin] guard: Guard<Frames<B>, AnyErrIsFailure> },
    }
}

pin_project! {
    /// A body as a stream of its frames.
    struct Frames<B> {
        #[pin]
        body: B,
    }
}

impl<B: Body<Error: Into<BodyError>>> Stream for Frames<B> {
    type Item = Result<Frame<B::Data>, BodyError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let mut body = self.project().body;
        Poll::Ready(match ready!(body.as_mut().poll_frame(context)) {
            Some(frame) => Some(frame.map_err(Into::into)),
            None if body.size_hint().lower() > 0 => {
                let error =
                    io::Error::new(io::ErrorKind::UnexpectedEof, "the body is shorter than its length");
                Some(Err(error.into()))
            }
            None => None,
        })
    }
}

#[cfg_attr(
    not(any(feature = "tower", feature = "reqwest")),
    allow(dead_code, reason = "the layers of these features create the body")
)]
impl<B: Body> GuardedBody<B> {
    /// Creates the body of a settled call.
    pub(crate) fn plain(body: B) -> Self {
        Self { stage: BodyStage::Plain { body } }
    }

    /// Creates the body of a call that goes on.
    pub(crate) fn guarded(permit: OwnedPermit, body: B) -> Self {
        if body.is_end_stream() {
            drop(permit.settle_stream(CallEnd::Success, None, 0));
            return Self::plain(body);
        }
        let guard = Guard::start(permit, || Frames { body }, AnyErrIsFailure, StreamLimits::NONE);
        // The head of the response has come: a body that is not read is no sign of a hang.
        Self { stage: BodyStage::Guarded { guard: guard.answered() } }
    }
}

impl<B: Body<Error: Into<BodyError>>> Body for GuardedBody<B> {
    type Data = B::Data;
    type Error = BodyError;

    fn poll_frame(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, BodyError>>> {
        let mut guard = match self.project().stage.project() {
            StageProjection::Plain { body } => return body.poll_frame(context).map_err(Into::into),
            StageProjection::Guarded { guard } => guard,
        };
        Poll::Ready(match ready!(guard.as_mut().poll_step(context)) {
            Step::Item { item, .. } => {
                // A body that reports its end is not polled again.
                if guard.inner().is_some_and(|frames| frames.body.is_end_stream()) {
                    guard.finish();
                }
                Some(item)
            }
            Step::Rejected(error) | Step::TimedOut(error) => Some(Err(error.into())),
            Step::End => None,
        })
    }

    fn is_end_stream(&self) -> bool {
        match &self.stage {
            BodyStage::Plain { body } => body.is_end_stream(),
            BodyStage::Guarded { guard } => guard.is_over(),
        }
    }

    fn size_hint(&self) -> SizeHint {
        match &self.stage {
            BodyStage::Plain { body } => body.size_hint(),
            BodyStage::Guarded { guard } => {
                guard.inner().map_or_else(|| SizeHint::with_exact(0), |frames| frames.body.size_hint())
            }
        }
    }
}

impl<B: Body> fmt::Debug for GuardedBody<B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = if matches!(self.stage, BodyStage::Plain { .. }) { "plain" } else { "guarded" };
        f.debug_tuple("GuardedBody").field(&stage).finish()
    }
}
