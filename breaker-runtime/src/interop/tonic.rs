//! Rejections as gRPC statuses.

use std::sync::Arc;

use tonic::{Code, Status};

use crate::error::BreakerError;

impl From<BreakerError> for Status {
    /// [`Code::Unavailable`]: the call was not run and may be tried again. The [`BreakerError`] is its
    /// source.
    fn from(error: BreakerError) -> Self {
        let mut status = Self::new(Code::Unavailable, error.to_string());
        status.set_source(Arc::new(error));
        status
    }
}
