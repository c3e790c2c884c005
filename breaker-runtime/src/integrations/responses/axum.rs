//! HTTP responses: 503 for a rejection, with `Retry-After` while the breaker is open by itself, 504 for
//! a time-out, and 502 for a call that failed and left no error.

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::integrations::responses::{ForClient, seconds_until_probe};
use crate::types::error::{BreakerError, ErrorKind};

impl IntoResponse for BreakerError {
    fn into_response(self) -> Response {
        let status = match self.kind() {
            ErrorKind::TimedOut => StatusCode::GATEWAY_TIMEOUT,
            ErrorKind::Failed => StatusCode::BAD_GATEWAY,
            _ => StatusCode::SERVICE_UNAVAILABLE,
        };
        let mut response = (status, ForClient(&self).to_string()).into_response();
        if let Some(seconds) = seconds_until_probe(&self) {
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
