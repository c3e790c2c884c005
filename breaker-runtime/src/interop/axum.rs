//! Rejections as HTTP responses: 503, with `Retry-After` while the breaker is open by itself.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::error::BreakerError;

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

impl From<BreakerError> for Response {
    fn from(error: BreakerError) -> Self {
        error.into_response()
    }
}
