//! A breaker without the feature `inject`.

use std::task::{Context, Poll};

#[cfg(feature = "tokio")]
use crate::breaker::background::{BackgroundLink, PingFuture};
use crate::breaker::inner::Inner;
use crate::state::cell::CallEnd;
use crate::state::token::CallToken;
use crate::types::error::BreakerError;

/// A game day, of which there is none.
#[derive(Debug, PartialEq)]
pub(crate) enum Plan {}

#[expect(clippy::unused_self, clippy::unnecessary_wraps, reason = "there is a twin with game days")]
impl Inner {
    #[inline(always)]
    pub(crate) fn inject(&self, token: CallToken, _: bool) -> Result<CallToken, BreakerError> {
        Ok(token)
    }

    #[inline(always)]
    pub(crate) fn poll_injected(&self, _: Option<CallToken>, _: &mut Context<'_>) -> Poll<()> {
        Poll::Ready(())
    }

    #[cfg(any(feature = "metrics", feature = "metrics-facade", feature = "opentelemetry"))]
    pub(crate) fn injected_by_kind(&self) -> Option<[u64; 3]> {
        None
    }

    #[cfg(any(feature = "metrics", feature = "metrics-facade", feature = "opentelemetry"))]
    pub(crate) fn is_on_game_day(&self) -> Option<bool> {
        None
    }

    #[cfg(feature = "tokio")]
    pub(crate) fn ping_with_faults(&self, link: &BackgroundLink) -> PingFuture {
        link.ping(self)
    }

    #[inline(always)]
    pub(crate) const fn has_injected_waits() -> bool {
        false
    }

    #[inline(always)]
    pub(crate) fn forget_injected(&self, _: CallToken, _: CallEnd) {}

    pub(crate) fn game_day_limits(&self) -> Option<String> {
        None
    }
}
