//! The gate before the probes of a breaker that processes share: [`ProbeGate`].
//!
//! A process that holds the lease of its fleet may probe until a deadline, the others not at all. The
//! gate is one atomic number, so that a call asks it without a lock, and asks it with its own reading of
//! the clock: a process that was paused beyond the deadline finds out before it calls.

use crate::sync::{AtomicU64, Ordering};
use crate::time::Ticks;

/// Whether an open breaker may probe once its period is over.
#[derive(Debug)]
pub(crate) struct ProbeGate(AtomicU64);

/// A deadline that never comes: the breaker decides by itself.
const FREE: Ticks = Ticks::MAX;

/// A deadline that has passed at any time.
const HELD: Ticks = 0;

impl ProbeGate {
    /// Makes a gate that is free.
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(FREE))
    }

    /// Returns whether a call that has read `now` from the breaker's clock may probe.
    pub(crate) fn admits(&self, now: Ticks) -> bool {
        now < self.0.load(Ordering::Acquire)
    }

    /// Lets the breaker decide by itself.
    pub(crate) fn free(&self) {
        self.0.store(FREE, Ordering::Release);
    }

    /// Lets no call probe.
    pub(crate) fn hold(&self) {
        self.0.store(HELD, Ordering::Release);
    }

    /// Lets calls probe that begin before the deadline.
    pub(crate) fn admit_until(&self, deadline: Ticks) {
        self.0.store(deadline.min(FREE - 1), Ordering::Release);
    }

    /// Returns whether the breaker decides by itself.
    #[cfg(test)]
    pub(crate) fn is_free(&self) -> bool {
        self.0.load(Ordering::Acquire) == FREE
    }
}
