//! Calls in a row that their callers dropped while they were pending: [`DropRun`].
//!
//! A call that ends goes nowhere near the run, so that a success pays nothing for it. The run keeps the
//! number of calls that had ended at the last drop instead: if it is the same at the next drop, no call
//! has ended between the two.

use crate::sync::{AtomicU64, Ordering};

/// The word of a run is `generation 13 | ended 31 | dropped 20`.
const DROPPED_BITS: u32 = 20;
const DROPPED_MASK: u64 = (1 << DROPPED_BITS) - 1;
const ENDED_BITS: u32 = 31;
/// The number of ended calls wraps: two drops with exactly 2^31 calls between them look adjacent.
const ENDED_MASK: u64 = (1 << ENDED_BITS) - 1;
const GENERATION_SHIFT: u32 = DROPPED_BITS + ENDED_BITS;

/// The run of one breaker. It goes on while the breaker opens and probes, as no call has ended, and
/// starts again when the breaker closes, is reset or changes its mode.
#[derive(Debug)]
pub(crate) struct DropRun(AtomicU64);

impl DropRun {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Adds a dropped call; returns how many calls before it are in the run, or `None` if the call
    /// belongs to an earlier state. `ended` reads how many calls have ended.
    ///
    /// Both are read after the run. What another thread that extended it has read is then read here as
    /// well, so that the numbers of ended calls never step back from one drop to the next.
    pub(crate) fn add(&self, is_current: impl Fn() -> bool, ended: impl Fn() -> u64) -> Option<u64> {
        let mut run = self.0.load(Ordering::Acquire);
        loop {
            if !is_current() {
                return None;
            }
            let ended = ended() & ENDED_MASK;
            let is_adjacent = (run >> DROPPED_BITS) & ENDED_MASK == ended;
            let before = if is_adjacent { run & DROPPED_MASK } else { 0 };
            let of_generation = run >> GENERATION_SHIFT << GENERATION_SHIFT;
            let next = of_generation | ended << DROPPED_BITS | (before + 1).min(DROPPED_MASK);
            let swapped = self.0.compare_exchange(run, next, Ordering::AcqRel, Ordering::Acquire);
            match swapped {
                Ok(_) => return Some(before),
                Err(current) => run = current,
            }
        }
    }

    /// Starts again: the dependency has answered, or an operator's command has ended the state. The new
    /// word differs from any before it, so that a drop of the ended state cannot be added to it.
    pub(crate) fn restart(&self, generation: u64) {
        // Not a store: loom would order that before an exchange that has not read it.
        self.0.swap(generation << GENERATION_SHIFT, Ordering::AcqRel);
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    #[test]
    fn run_counts_drops_until_a_call_ends() {
        let run = DropRun::new();
        let add = |ended| run.add(|| true, || ended);
        assert_eq!([0, 0, 0, 1, 1, 5].map(add), [0, 1, 2, 0, 1, 0].map(Some));
        assert_eq!(run.add(|| false, || 5), None);
        assert_eq!(add(5), Some(1), "the drop of an earlier state left no trace");
        run.restart(8_191);
        assert_eq!([5, 5].map(add), [0, 1].map(Some));
    }

    #[test]
    fn full_run_saturates_and_large_numbers_stay_apart() {
        let run = DropRun(AtomicU64::new(DROPPED_MASK - 1));
        let add = |ended| run.add(|| true, || ended);
        assert_eq!(
            [add(0), add(0), add(0)],
            [Some(DROPPED_MASK - 1), Some(DROPPED_MASK), Some(DROPPED_MASK)]
        );
        assert_eq!(add(u64::MAX), Some(0));
        assert_eq!(add(u64::MAX), Some(1));
    }
}
