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
use crate::breaker::owned_permit::ServicePermit;
use crate::breaker::permit::{FailOnUnwind, SettlePermit};
use crate::integrations::select::{SEAL, Seal};
use crate::integrations::tower::answer::RejectionHandler;
use crate::support::drop_apart::DropApart;
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
    fn succeeded(response: Response, permit: ServicePermit) -> Self::Output;
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
    fn succeeded(response: Response, permit: ServicePermit) -> Response {
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
        Running { #[pin] call: GuardedWithDeadline<ServicePermit, Fut, J, OfBreaker> },
        Waiting { wait: DropApart<WaitingCall<S, Req, J>> },
        Rejected { rejection: DropApart<BreakerError> },
    }
}

/// A call that waits, in this order: who waits no longer leaves the line before the service goes.
type WaitingCall<S, Req, J> = (OwnedAcquire, Box<(S, Req, J, OfBreaker)>);

impl<S: Service<Req>, Req, J> ResponseStage<S, Req, S::Future, J> {
    #[inline(always)]
    fn start(permit: ServicePermit, inner: &mut S, request: Req, counts: J, limit: OfBreaker) -> Self {
        let guard = FailOnUnwind::new(permit);
        let future = inner.call(request);
        Self::Running { call: GuardedWithDeadline::resume(guard, future, counts, limit) }
    }
}

impl<S: Service<Req>, Req, J, A, M> ResponseFuture<S, Req, J, A, M> {
    #[inline(always)]
    pub(super) fn running(
        permit: ServicePermit,
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
        let stage = ResponseStage::Rejected { rejection: DropApart::of(rejection) };
        Self { stage, answer: Some(answer), form: PhantomData }
    }

    /// Creates the future of a waiting call. `call` is `Some`: only a service that can be taken waits.
    pub(super) fn waiting(turn: OwnedAcquire, call: Option<(S, Req, J, OfBreaker)>, answer: A) -> Self {
        Self {
            stage: ResponseStage::Waiting {
                wait: DropApart::new(call.map(|call| (turn, Box::new(call)))),
            },
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

    #[inline]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        if let StageProjection::Running { mut call } = self.as_mut().project().stage.project() {
            // Not by `poll_unsettled`, which would copy its answer with the permit.
            let result = match ready!(call.as_mut().poll_output(context)) {
                Ok(result) => result,
                Err(late) => return self.answer(late),
            };
            let Some((call, counts)) = call.take_ended() else { return Poll::Pending };
            let verdict = counts.judge(&result);
            return Poll::Ready(match result {
                Ok(response) if verdict.outcome == Outcome::Success => match call.into_permit() {
                    Some(permit) => Ok(M::succeeded(response, permit)),
                    None => Ok(M::plain(response, SEAL)),
                },
                result => {
                    call.settle(verdict);
                    result.map(|response| M::plain(response, SEAL)).map_err(A::pass)
                }
            });
        }
        self.poll_apart(context)
    }
}

impl<S, Req, J, A, M> ResponseFuture<S, Req, J, A, M>
where
    S: Service<Req>,
    J: Judge<Result<S::Response, S::Error>>,
    A: RejectionHandler<S::Response, S::Error>,
    M: ResponseForm<S::Response>,
{
    /// Polls a call that waits or was rejected.
    #[inline(never)]
    fn poll_apart(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Result<M::Output, A::Error>> {
        let mut stage = self.as_mut().project().stage;
        match stage.as_mut().project() {
            StageProjection::Waiting { wait } => {
                // Gone if it is polled again after its end: nothing more comes.
                let Some((turn, _)) = wait.as_mut() else { return Poll::Pending };
                let admitted = ready!(turn.as_mut().poll(context));
                let Some((turn, call)) = wait.take() else { return Poll::Pending };
                let (mut inner, request, counts, limit) = *call;
                drop(turn);
                match admitted {
                    Ok(permit) => {
                        let permit = permit.into();
                        stage.set(ResponseStage::start(permit, &mut inner, request, counts, limit));
                        self.poll(context)
                    }
                    Err(rejection) => self.answer(rejection),
                }
            }
            StageProjection::Rejected { rejection } => match rejection.take() {
                Some(rejection) => self.answer(rejection),
                // Gone if it is polled again after its end: nothing more comes.
                None => Poll::Pending,
            },
            StageProjection::Running { .. } => Poll::Pending,
        }
    }

    /// Answers a call that was rejected, or has timed out.
    #[cold]
    #[inline(never)]
    fn answer(self: Pin<&mut Self>, error: BreakerError) -> Poll<Result<M::Output, A::Error>> {
        self.project().answer.take().map_or(Poll::Pending, |answer| {
            Poll::Ready(answer.answer(error, SEAL).map(|response| M::plain(response, SEAL)))
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
