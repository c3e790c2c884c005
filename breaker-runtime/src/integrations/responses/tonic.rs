//! Rejections and time-outs as gRPC statuses.

use std::sync::Arc;

use tonic::metadata::MetadataMap;
use tonic::{Code, Status};

use crate::integrations::responses::{ForClient, seconds_until_probe};
use crate::types::error::{BreakerError, ErrorKind};

impl From<BreakerError> for Status {
    /// Returns [`Code::Unavailable`] for a rejection and an injected failure: the call did not run, and
    /// clients may retry it.
    /// [`Code::DeadlineExceeded`] for a time-out, and [`Code::Unknown`] for a call that failed and left
    /// no error: the call ran, and may have had effects. While the breaker is open by itself, the
    /// metadata have `retry-after` in whole seconds. The [`BreakerError`] is the source.
    fn from(error: BreakerError) -> Self {
        let code = match error.kind() {
            ErrorKind::TimedOut => Code::DeadlineExceeded,
            ErrorKind::Failed => Code::Unknown,
            _ => Code::Unavailable,
        };
        let mut metadata = MetadataMap::new();
        if let Some(seconds) = seconds_until_probe(&error) {
            metadata.insert("retry-after", seconds.into());
        }
        let mut status = Self::with_metadata(code, ForClient(&error).to_string(), metadata);
        status.set_source(Arc::new(error));
        status
    }
}
