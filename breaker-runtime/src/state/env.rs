//! The outside world of a breaker's state, as a trait.
//!
//! The state machine takes time, random numbers, the thread slot, the group's open quota and the fleet's
//! gate from an [`Env`], so that tests and models replace all of them. Generics rather than `dyn`: the
//! calls are inlined.

use crate::state::counters::striped::ThreadSlot;
use crate::time::Ticks;

/// A clock, a random source, and the group's quota. The first two may be code of the user: they are
/// never called under a lock.
pub(crate) trait Env {
    fn now(&self) -> Ticks;

    /// Reads a cheaper clock than `now`, off by at most
    /// [`COARSE_ERROR`](crate::time::clock::COARSE_ERROR).
    fn coarse(&self) -> Ticks;

    /// Returns a [coarse](Self::coarse) time that may be above `TICKS_MAX`, for a comparison.
    fn coarse_unclamped(&self) -> Ticks {
        self.coarse()
    }

    /// Returns a [coarse](Self::coarse_unclamped) time that is never ahead of `now`, if reading it is
    /// cheaper than reading `now`, and the exact length of no call is recorded.
    #[inline(always)]
    fn coarse_end(&self) -> Option<Ticks> {
        None
    }

    /// Records how long a call took, if its policy has slow calls. No lock is held. Runs no code of the
    /// user's.
    #[inline]
    fn record_duration(&self, took: Ticks) {
        let _ = took;
    }

    /// Returns how many calls have ended that the counters of the cell do not have: slow successes,
    /// probes, calls in a dry run, and ignored outcomes. Read where a call is dropped.
    #[inline]
    fn other_ends(&self) -> u64 {
        0
    }

    /// Draws a number from 0 to 1.
    fn random(&self) -> f64;

    /// Returns the slot of the current thread.
    fn thread_slot(&self) -> ThreadSlot;

    /// Reserves one of the group's open slots before the breaker leaves the closed state. Returns
    /// `false` if it has to stay closed; a `forced` reservation always succeeds.
    fn reserve_open_slot(&self, forced: bool) -> bool;

    /// Releases a reserved slot: the breaker has closed, or has not opened.
    fn release_open_slot(&self);

    /// Returns whether a call that has read `now` may probe, now that the open period is over: not while
    /// another process of its fleet does.
    fn may_probe(&self, now: Ticks) -> bool {
        let _ = now;
        true
    }
}
