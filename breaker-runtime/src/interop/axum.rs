//! Rejections as HTTP responses: 503, with `Retry-After` while the breaker is open by itself.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::__private::{Fallible, Protected, Rejectable};
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

impl Protected for Response {
    type Error = Self;

    fn outcome(&self) -> Outcome {
        if self.status().is_server_error() { Outcome::Failure } else { Outcome::Success }
    }

    fn into_error(self) -> Result<Self, Self> {
        if self.status().is_server_error() { Err(self) } else { Ok(self) }
    }

    fn rejected(rejection: BreakerError) -> Self {
        rejection.into_response()
    }
}

impl Fallible for Response {
    type Error = Self;

    fn outcome(&self) -> Outcome {
        Protected::outcome(self)
    }

    fn into_error(self) -> Result<Self, Self> {
        Protected::into_error(self)
    }
}

impl Rejectable for Response {
    fn rejected(rejection: BreakerError) -> Self {
        rejection.into_response()
    }
}
