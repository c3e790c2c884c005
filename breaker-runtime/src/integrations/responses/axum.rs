//! HTTP responses: 503 for a rejection, with `Retry-After` while the breaker is open by itself, and 504
//! for a time-out.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::integrations::responses::ForClient;
use crate::types::error::BreakerError;

impl IntoResponse for BreakerError {
    fn into_response(self) -> Response {
        let status = if self.is_timeout() {
            StatusCode::GATEWAY_TIMEOUT
        } else {
            StatusCode::SERVICE_UNAVAILABLE
        };
        let mut response = (status, ForClient(&self).to_string()).into_response();
        if let Some(left) = self.retry_after() {
            // Whole seconds, rounded up: a client that comes back at that time finds a probe.
            let seconds = left.as_secs() + u64::from(left.subsec_nanos() > 0);
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        // A breaker around the handler classifies the response by it.
        response.extensions_mut().insert(self);
        response
    }
}

impl From<BreakerError> for Response {
    fn from(error: BreakerError) -> Self {
        error.into_response()
    }
}
