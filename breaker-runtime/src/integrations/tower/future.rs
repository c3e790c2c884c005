//! The future of a call: [`ResponseFuture`].

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;
use tower_service::Service;

use crate::breaker::future::GuardedWithDeadline;
use crate::breaker::future::total::OfBreaker;
use crate::breaker::judge::Judge;
use crate::breaker::owned_admission::OwnedAcquire;
use crate::breaker::owned_permit::OwnedPermit;
use crate::breaker::permit::{FailOnUnwind, SettlePermit};
use crate::integrations::select::{SEAL, Seal};
use crate::integrations::tower::answer::RejectionHandler;
use crate::types::error::BreakerError;
use crate::types::outcome::Outcome;

/// The end of a call: its response, or the end of the body of its response.
///
/// Sealed: other crates cannot implement it.
pub trait ResponseForm<Response> {
    /// The response that the caller receives.
    type Output;

    /// Wraps the response of a settled call.
    #[doc(hidden)]
    fn plain(response: Response, seal: Seal) -> Self::Output;

    /// Wraps the successful response of a call that goes on.
    #[doc(hidden)]
    fn succeeded(response: Response, permit: OwnedPermit) -> Self::Output;
}

/// The plain response, with which the call ends; of a
/// [`CircuitBreakerService`](crate::integrations::tower::CircuitBreakerService).
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Whole {}

impl<Response> ResponseForm<Response> for Whole {
    type Output = Response;

    #[inline(always)]
    fn plain(response: Response, _: Seal) -> Response {
        response
    }

    #[inline(always)]
    fn succeeded(response: Response, permit: OwnedPermit) -> Response {
        permit.settle(Outcome::Success.into());
        response
    }
}

pin_project! {
    /// The future of a [`CircuitBreakerService`](crate::integrations::tower::CircuitBreakerService).
    ///
    /// Dropped at any point it leaves nothing behind. See [the module](super#cancellation).
    #[must_use = "futures do nothing unless polled"]
    pub struct ResponseFuture<S, Req, J, A, M>
    where
        S: Service<Req>,
    {
        #[pin]
        stage: ResponseStage<S, Req, S::Future, J>,
        answer: Option<A>,
        form: PhantomData<fn() -> M>,
    }
}

pin_project! {
    #[project = StageProjection]
    enum ResponseStage<S, Req, Fut, J> {
        /// In this order: who waits no longer leaves the line before the service goes.
        Waiting { turn: OwnedAcquire, call: Option<Box<(S, Req, J, OfBreaker)>> },
        Running { #[pin] call: GuardedWithDeadline<OwnedPermit, Fut, J, OfBreaker> },
        Rejected { rejection: Option<BreakerError> },
    }
}

impl<S: Service<Req>, Req, J> ResponseStage<S, Req, S::Future, J> {
    fn start(permit: OwnedPermit, inner: &mut S, request: Req, counts: J, limit: OfBreaker) -> Self {
        let guard = FailOnUnwind::new(permit);
        let future = inner.call(request);
        Self::Running { call: GuardedWithDeadline::resume(guard, future, counts, limit) }
    }
}

impl<S: Service<Req>, Req, J, A, M> ResponseFuture<S, Req, J, A, M> {
    pub(super) fn running(
        permit: OwnedPermit,
        inner: &mut S,
        request: Req,
        counts: J,
        answer: A,
    ) -> Self {
        Self {
            stage: ResponseStage::start(permit, inner, request, counts, OfBreaker::ONLY),
            answer: Some(answer),
            form: PhantomData,
        }
    }

    pub(super) fn rejected(rejection: BreakerError, answer: A) -> Self {
        let stage = ResponseStage::Rejected { rejection: Some(rejection) };
        Self { stage, answer: Some(answer), form: PhantomData }
    }

    /// Creates the future of a waiting call. `call` is `Some`: only a service that can be taken waits.
    pub(super) fn waiting(turn: OwnedAcquire, call: Option<(S, Req, J, OfBreaker)>, answer: A) -> Self {
        Self {
            stage: ResponseStage::Waiting { turn, call: call.map(Box::new) },
            answer: Some(answer),
            form: PhantomData,
        }
    }
}

impl<S, Req, J, A, M> Future for ResponseFuture<S, Req, J, A, M>
where
    S: Service<Req>,
    J: Judge<Result<S::Response, S::Error>>,
    A: RejectionHandler<S::Response, S::Error>,
    M: ResponseForm<S::Response>,
{
    type Output = Result<M::Output, A::Error>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        let rejection = loop {
            match this.stage.as_mut().project() {
                // Gone if it is polled again after its end: nothing more comes.
                StageProjection::Rejected { rejection } => match rejection.take() {
                    Some(rejection) => break rejection,
                    None => return Poll::Pending,
                },
                StageProjection::Waiting { turn, call } => {
                    // Gone if it is polled again after its end: nothing more comes.
                    if call.is_none() {
                        return Poll::Pending;
                    }
                    let admitted = ready!(turn.as_mut().poll(context));
                    let Some(call) = call.take() else { return Poll::Pending };
                    let (mut inner, request, counts, limit) = *call;
                    let next = match admitted {
                        Ok(permit) => ResponseStage::start(permit, &mut inner, request, counts, limit),
                        Err(rejection) => ResponseStage::Rejected { rejection: Some(rejection) },
                    };
                    this.stage.set(next);
                }
                StageProjection::Running { call } => match ready!(call.poll_unsettled(context)) {
                    Ok((result, (call, counts))) => {
                        let verdict = counts.judge(&result);
                        return Poll::Ready(match result {
                            Ok(response) if verdict.outcome == Outcome::Success => {
                                match call.into_permit() {
                                    Some(permit) => Ok(M::succeeded(response, permit)),
                                    None => Ok(M::plain(response, SEAL)),
                                }
                            }
                            result => {
                                call.settle(verdict);
                                result.map(|response| M::plain(response, SEAL)).map_err(A::pass)
                            }
                        });
                    }
                    Err(late) => break late,
                },
            }
        };
        this.answer.take().map_or(Poll::Pending, |answer| {
            Poll::Ready(answer.answer(rejection, SEAL).map(|response| M::plain(response, SEAL)))
        })
    }
}

impl<S: Service<Req>, Req, J, A, M> fmt::Debug for ResponseFuture<S, Req, J, A, M> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let stage = match &self.stage {
            ResponseStage::Waiting { .. } => "waiting",
            ResponseStage::Running { .. } => "running",
            ResponseStage::Rejected { .. } => "rejected",
        };
        f.debug_tuple("ResponseFuture").field(&stage).finish()
    }
}
