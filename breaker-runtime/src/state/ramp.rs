//! A linearly growing share of the calls after recovery, so that a dependency that has just recovered is
//! not flooded.
//!
//! Admitted calls are evenly spaced: each call adds the current share to an account, and the call that
//! completes a whole number runs. A random draw per call would admit bursts.

use crate::state::open_history::Tagged;
use crate::sync::{AtomicU64, Ordering};
use crate::time::Ticks;

/// One call, in the unit of the account.
const WHOLE: u64 = 1 << 32;

/// The ramp of one breaker.
#[derive(Debug)]
pub(crate) struct Ramp {
    /// The start of the ramp, with the generation of its closed state.
    began: Tagged,
    account: AtomicU64,
}

impl Ramp {
    #[cfg(not(breaker_loom))]
    pub(crate) const fn new() -> Self {
        Self { began: Tagged::new(), account: AtomicU64::new(0) }
    }

    #[cfg(breaker_loom)]
    pub(crate) fn new() -> Self {
        Self { began: Tagged::new(), account: AtomicU64::new(0) }
    }

    /// Starts the ramp of a closed state. The first call after this runs.
    pub(crate) fn start(&self, generation: u64, now: Ticks) {
        self.account.store(WHOLE - 1, Ordering::Relaxed);
        self.began.raise(generation, now.max(1));
    }

    /// Ends the ramp of a closed state if it is over under one of these lengths, so that a longer one
    /// does not revive it. A length of 0 is no ramp.
    pub(crate) fn end_if_over(&self, generation: u64, lengths: [Ticks; 2], now: Ticks) {
        let is_over = |began: Ticks| {
            lengths.iter().any(|&length| length == 0 || now >= began.saturating_add(length))
        };
        if self.began.get(generation).is_some_and(is_over) {
            self.began.forget(generation);
        }
    }

    /// Removes the ramps of the states before a closed one.
    pub(crate) fn forget_before(&self, closed: u64) {
        self.began.forget_before(closed);
    }

    /// Returns the share of calls that run now, or `None` if all do.
    pub(crate) fn share(
        &self,
        generation: u64,
        length: Ticks,
        now: impl FnOnce() -> Ticks,
    ) -> Option<RampShare> {
        let began = self.began.get(generation)?;
        let now = now();
        let elapsed = now.saturating_sub(began);
        // If the clock stepped back to before the start, all calls run: better than none.
        (elapsed < length && now >= began).then(|| RampShare::of(elapsed, length))
    }

    /// Returns whether this call is one of the share.
    pub(crate) fn admits(&self, RampShare(share): RampShare) -> bool {
        let before = self.account.fetch_add(share, Ordering::Relaxed);
        before % WHOLE + share >= WHOLE
    }
}

impl From<RampShare> for f64 {
    #[expect(clippy::cast_precision_loss, reason = "at most 2^32")]
    fn from(RampShare(share): RampShare) -> Self {
        share as Self / WHOLE as Self
    }
}

/// A share of the calls, in the unit of [`WHOLE`]. Never 0, so that the first call runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RampShare(u64);

impl RampShare {
    #[expect(clippy::cast_sign_loss, clippy::cast_precision_loss, reason = "a share from 0 to 1")]
    fn of(elapsed: Ticks, length: Ticks) -> Self {
        let share = elapsed as f64 / length as f64 * WHOLE as f64;
        Self((share as u64).clamp(1, WHOLE))
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    #[test]
    fn ramp_admits_calls_at_even_distances() {
        let ramp = Ramp::new();
        ramp.start(3, 1_000);
        let runs = |now| {
            let share = ramp.share(3, 100, || now).expect("it has not ended");
            (0..20).map(|_| ramp.admits(share)).collect::<Vec<_>>()
        };
        let first = runs(1_000);
        assert!(first[0] && !first[1..].contains(&true), "{first:?}");
        for (now, one_in) in [(1_010, 10), (1_020, 5), (1_025, 4), (1_050, 2)] {
            let runs = runs(now);
            let ran: Vec<_> = (0..20).filter(|call| runs[*call]).collect();
            assert!(ran.windows(2).all(|pair| pair[1] - pair[0] == one_in), "{now}: {ran:?}");
        }
        assert_eq!(ramp.share(3, 100, || 1_100), None);
        assert_eq!(ramp.share(3, 100, || 999), None);
        assert_eq!(ramp.share(4, 100, || 1_010), None, "the ramp of another state");
    }
    #[test]
    fn ramp_that_is_over_under_one_length_does_not_come_back_under_a_longer_one() {
        for (lengths, now, is_over) in [
            ([100, 50], 1_049, false),
            ([100, 50], 1_050, true),
            ([50, 100], 1_050, true),
            ([100, 0], 1_000, true),
        ] {
            let ramp = Ramp::new();
            ramp.start(3, 1_000);
            ramp.end_if_over(3, lengths, now);
            assert_eq!(ramp.share(3, 1_000, || now).is_none(), is_over, "{lengths:?} at {now}");
        }
    }
}
