//! Rejections in other people's error and response types.

#[cfg(feature = "axum")]
mod axum;
#[cfg(feature = "tonic")]
mod tonic;

use std::io;

use crate::error::BreakerError;

impl From<BreakerError> for io::Error {
    /// [`io::ErrorKind::Other`], with the [`BreakerError`] inside.
    fn from(error: BreakerError) -> Self {
        Self::other(error)
    }
}
