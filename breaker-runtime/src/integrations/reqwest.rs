//! Responses of the crate `reqwest` with streamed bodies: [`CircuitBreaker::call_response`].

use std::future::poll_fn;
use std::pin::pin;

use reqwest::{Body, Error, Response, ResponseBuilderExt};

use crate::breaker::CircuitBreaker;
use crate::breaker::future::GuardedWithDeadline;
use crate::breaker::future::total::OfBreaker;
use crate::breaker::on_full::Admission;
use crate::breaker::owned_admission::admit_call;
use crate::breaker::owned_permit::OwnedPermit;
use crate::integrations::classify::{self, Class, Classify, RetryAfter};
use crate::stream::GuardedBody;
use crate::types::cause::registered::cause_or_type_of_error;
use crate::types::error::CallError;
use crate::types::outcome::{Evidence, Outcome, RetryAdvice, Verdict};

impl CircuitBreaker {
    /// Sends a request, and holds the permit until the body of the response has ended. By the features
    /// `reqwest` and `http-body`.
    ///
    /// The response is one like any other: `bytes_stream`, `chunk`, `text` and `json` read it, and an
    /// error in its body is a failure. A response that is no success is judged at once, by its
    /// [class](crate::integrations::classify): a 5xx or a 429 is a failure, any other answer is none.
    /// [`call_timeout`](crate::CircuitBreakerBuilder::call_timeout) is the deadline for the response's
    /// head, and so is [`total_timeout`](crate::CircuitBreakerBuilder::total_timeout), which counts the
    /// wait for a permit as well; [`first_item`](crate::CircuitBreakerBuilder::first_item) and
    /// [`idle`](crate::CircuitBreakerBuilder::idle) are for its body, which ends with an error when they
    /// are over. The module [`stream`](crate::stream) has the rules.
    ///
    /// ```no_run
    /// use std::time::Duration;
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// # async fn example(client: reqwest::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let breaker = CircuitBreaker::builder("model").idle(Duration::from_secs(20)).build()?;
    /// let mut response = breaker.call_response(client.get("http://model/answer").send()).await?;
    /// while let Some(bytes) = response.chunk().await? {
    ///     println!("{bytes:?}");
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    ///
    /// [`CallError::Breaker`] if the call was rejected, or the response's head did not come within
    /// `call_timeout`; [`CallError::Inner`] with `reqwest`'s error.
    ///
    /// # Cancel safety
    ///
    /// As [`call_async`](Self::call_async), and a response that is dropped before its end is a cancelled
    /// call.
    pub async fn call_response(
        &self,
        send: impl Future<Output = Result<Response, Error>>,
    ) -> Result<Response, CallError<Error>> {
        let class_of = |result: &Result<Response, Error>| match result {
            Ok(response) => classify::class(response),
            Err(error) => error.class(),
        };
        respond(self.clone(), send, class_of, cause_or_type_of_error).await
    }
}

/// Sends a request with a permit of the breaker, which goes on in the body of a successful response.
pub(super) async fn respond<E>(
    breaker: CircuitBreaker,
    send: impl Future<Output = Result<Response, E>>,
    class_of: impl FnOnce(&Result<Response, E>) -> Class,
    cause_of: impl FnOnce(&E) -> &'static str,
) -> Result<Response, CallError<E>> {
    let (permit, limit) = match admit_call(breaker.into_scoped(), true) {
        Admission::Admitted((breaker, token)) => {
            (OwnedPermit::from_token(breaker, token), OfBreaker::ONLY)
        }
        Admission::Rejected(rejection) => return Err(rejection.into()),
        Admission::Queued((turn, limit)) => (turn.await?, limit),
    };
    let mut call = pin!(GuardedWithDeadline::new(permit, send, (), limit));
    let (result, (call, ())) = poll_fn(|context| call.as_mut().poll_unsettled(context)).await?;
    let class = class_of(&result);
    let outcome = class.outcome();
    match result {
        Ok(response) if outcome == Outcome::Success => Ok(match call.into_permit() {
            Some(permit) => guarded(response, permit),
            None => response,
        }),
        // An error that counts as a success too: without a body, its permit would be dropped and the
        // call cancelled.
        result => {
            let cause = result.as_ref().err().map(cause_of);
            let retry_after = result.as_ref().ok().and_then(RetryAfter::retry_after);
            call.settle(Verdict {
                outcome,
                asked: RetryAdvice { retry_after, ..RetryAdvice::default() },
                evidence: Evidence { class: Some(class), cause },
            });
            result.map_err(CallError::Inner)
        }
    }
}

fn guarded(response: Response, permit: OwnedPermit) -> Response {
    let url = response.url().clone();
    let (parts, body) = http::Response::<Body>::from(response).into_parts();
    let body = Body::wrap(GuardedBody::guarded(permit, body));
    let mut guarded = http::Response::from_parts(parts, body);
    if let Ok(carrier) = http::Response::builder().url(url).body(()) {
        guarded.extensions_mut().extend(carrier.extensions().clone());
    }
    Response::from(guarded)
}
