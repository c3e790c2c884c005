//! Rejections and time-outs as gRPC statuses.

use std::sync::Arc;

use tonic::{Code, Status};

use crate::integrations::responses::ForClient;
use crate::types::error::BreakerError;

impl From<BreakerError> for Status {
    /// Returns [`Code::Unavailable`] for a rejection: the call did not run, and clients may retry it.
    /// [`Code::DeadlineExceeded`] for a time-out: the call ran, and may have had effects. The
    /// [`BreakerError`] is its source.
    fn from(error: BreakerError) -> Self {
        let code = if error.is_timeout() { Code::DeadlineExceeded } else { Code::Unavailable };
        let mut status = Self::new(code, ForClient(&error).to_string());
        status.set_source(Arc::new(error));
        status
    }
}
