//! What a breaker learns from outside.

use super::lanes::LaneId;
use super::word::Ticks;

/// Time and chance, which may be the user's code: never asked for under a lock.
pub(crate) trait World {
    fn now(&self) -> Ticks;

    /// Cheaper than `now`, and off by [`COARSE_ERROR`](crate::clock::COARSE_ERROR) at most.
    fn coarse(&self) -> Ticks;

    /// A number from 0 to 1.
    fn chance(&self) -> f64;

    /// Of the current thread.
    fn lane(&self) -> LaneId;
}
