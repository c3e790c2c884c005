//! Rejections as HTTP responses: 503, with `Retry-After` while the breaker is open by itself.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::__private::{Fallible, Judge, Protected, Rejectable, TellsOutput};
use crate::error::BreakerError;
use crate::outcome::Outcome;

impl IntoResponse for BreakerError {
    fn into_response(self) -> Response {
        let mut response = (StatusCode::SERVICE_UNAVAILABLE, self.to_string()).into_response();
        if let Some(left) = self.retry_after() {
            // Whole seconds, rounded up: a client that comes back at that time finds a probe.
            let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }
}

/// A server error is a failure.
#[derive(Clone, Copy, Debug)]
pub struct ServerErrorIsFailure;

impl Judge<Response> for ServerErrorIsFailure {
    fn judge(self, output: &Response) -> Outcome {
        if output.status().is_server_error() { Outcome::Failure } else { Outcome::Success }
    }
}

impl Protected for Response {
    type Error = Self;
    type Judge = ServerErrorIsFailure;
    type Fail = TellsOutput;

    const JUDGE: ServerErrorIsFailure = ServerErrorIsFailure;
    const FAIL: TellsOutput = TellsOutput;

    fn rejected(rejection: BreakerError) -> Self {
        rejection.into_response()
    }
}

impl Fallible for Response {
    type Error = Self;
    type Judge = ServerErrorIsFailure;
    type Fail = TellsOutput;

    const JUDGE: ServerErrorIsFailure = ServerErrorIsFailure;
    const FAIL: TellsOutput = TellsOutput;
}

impl Rejectable for Response {
    fn rejected(rejection: BreakerError) -> Self {
        rejection.into_response()
    }
}
