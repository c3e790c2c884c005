//! The calls that a window of time has had: [`WindowTraffic`].

use crate::time::Ticks;

/// The calls that a window of time has had, as a whole and at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WindowTraffic {
    /// When the window was made.
    pub(crate) since: Ticks,
    pub(crate) calls: u64,
    /// The most calls that were in the window at once.
    pub(crate) peak: u64,
}

impl WindowTraffic {
    /// Returns the traffic of two windows.
    #[cfg(not(breaker_loom))]
    pub(crate) fn with(self, other: Self) -> Self {
        Self {
            since: self.since.min(other.since),
            calls: self.calls.saturating_add(other.calls),
            peak: self.peak.max(other.peak),
        }
    }
}
