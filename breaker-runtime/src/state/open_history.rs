//! The data of an open state that does not fit into the word: the failed probes before it, and its
//! length.
//!
//! It is written before the word that it belongs to and tagged with the word's generation, so that no
//! reader takes the data of another state. A lock would be needed to write both together; the tag makes
//! that needless.
//!
//! Generations are counted modulo 8,192. No tag gets that old: each change to a closed state removes the
//! data of earlier states, and each open state overwrites it. A thread that slept before it wrote does
//! not overwrite the data of a later state, which lies in the next half of the circle.

use crate::state::word::GENERATION_MASK;
use crate::sync::{AtomicU64, Ordering};
use crate::time::{TICKS_MAX, Ticks};

const SHIFT: u32 = 47;

/// A number of at most 47 bits that belongs to one generation.
#[derive(Debug)]
pub(crate) struct Tagged(AtomicU64);

impl Tagged {
    #[cfg(not(breaker_loom))]
    pub(crate) const fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    #[cfg(breaker_loom)]
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Returns the number, or `None` if it is 0 or belongs to another generation.
    #[inline(always)]
    pub(crate) fn get(&self, generation: u64) -> Option<u64> {
        Some(self.get_wide(generation)).filter(|number| (1..=TICKS_MAX).contains(number))
    }

    /// Returns the number, which is 0 if there is none, and above [`TICKS_MAX`] if it belongs to another
    /// generation.
    #[inline(always)]
    fn get_wide(&self, generation: u64) -> u64 {
        self.0.load(Ordering::Acquire) ^ ((generation & GENERATION_MASK) << SHIFT)
    }

    /// Removes the number if it belongs to an earlier generation than this one.
    pub(crate) fn forget_before(&self, generation: u64) {
        let seen = self.0.load(Ordering::Acquire);
        if !is_from(seen >> SHIFT, generation) {
            // If this fails, another thread has set a number in between.
            let _ = self.0.compare_exchange(seen, 0, Ordering::AcqRel, Ordering::Acquire);
        }
    }

    /// Removes the number if it belongs to this generation.
    pub(crate) fn forget(&self, generation: u64) {
        let seen = self.0.load(Ordering::Acquire);
        if seen >> SHIFT == generation & GENERATION_MASK {
            let _ = self.0.compare_exchange(seen, 0, Ordering::AcqRel, Ordering::Acquire);
        }
    }

    /// Sets the number, unless a larger one of the same generation is set, or one of a later generation:
    /// the caller may have slept since.
    pub(crate) fn raise(&self, generation: u64, number: u64) {
        let tag = (generation & GENERATION_MASK) << SHIFT;
        let mine = tag | number.min(TICKS_MAX);
        let mut seen = self.0.load(Ordering::Acquire);
        loop {
            let is_set = seen & TICKS_MAX > 0;
            let stays =
                if seen & !TICKS_MAX == tag { seen >= mine } else { is_from(seen >> SHIFT, generation) };
            if is_set && stays {
                return;
            }
            match self.0.compare_exchange(seen, mine, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(current) => seen = current,
            }
        }
    }
}

/// Returns whether `one` is `other` or one of the 4,095 generations after it.
fn is_from(one: u64, other: u64) -> bool {
    one.wrapping_sub(other) & GENERATION_MASK <= GENERATION_MASK / 2
}

/// The length of an open state.
#[derive(Debug)]
pub(crate) struct OpenPeriod(Tagged);

/// The number of consecutive probes that had failed before an open state.
#[derive(Debug)]
pub(crate) struct FailedProbes(Tagged);

impl OpenPeriod {
    #[cfg(not(breaker_loom))]
    pub(crate) const fn new() -> Self {
        Self(Tagged::new())
    }

    #[cfg(breaker_loom)]
    pub(crate) fn new() -> Self {
        Self(Tagged::new())
    }

    /// Writes the length of an open state that is about to begin. Threads that race write the same; that
    /// of a state that does not begin is never read.
    pub(crate) fn announce(&self, generation: u64, period: Ticks) {
        self.0.raise(generation, period);
    }

    /// Returns the whole length of an open state.
    #[inline(always)]
    pub(crate) fn get(&self, generation: u64) -> Option<Ticks> {
        self.0.get(generation)
    }

    /// Returns the whole length of an open state. It is 0 or above [`TICKS_MAX`] if it is unknown, for a
    /// caller that compares it.
    #[inline(always)]
    pub(crate) fn get_wide(&self, generation: u64) -> Ticks {
        self.0.get_wide(generation)
    }

    /// Removes the length of the open states before a closed one.
    pub(crate) fn forget_before(&self, closed: u64) {
        self.0.forget_before(closed);
    }
}

impl FailedProbes {
    pub(crate) fn new() -> Self {
        Self(Tagged::new())
    }

    /// Writes the number for an open state that is about to begin, as [`OpenPeriod::announce`] does.
    pub(crate) fn announce(&self, generation: u64, failed_probes: u32) {
        self.0.raise(generation, u64::from(failed_probes));
    }

    /// Returns the number for the open period before this half-open state.
    pub(crate) fn get(&self, half_open: u64) -> u32 {
        let failed = self.0.get(half_open.wrapping_sub(1)).unwrap_or(0);
        u32::try_from(failed).unwrap_or(u32::MAX)
    }

    /// Removes the numbers for the open states before a closed one.
    pub(crate) fn forget_before(&self, closed: u64) {
        self.0.forget_before(closed);
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    #[test]
    fn later_generation_replaces_any_number() {
        let tagged = Tagged::new();
        for (generation, number) in
            [(1, 7), (2, 5), (4_000, 9), (8_000, 4), (GENERATION_MASK, 3), (0, 6), (1, 2)]
        {
            assert_eq!(tagged.get(generation), None);
            tagged.raise(generation, number);
            assert_eq!(tagged.get(generation), Some(number));
        }
        tagged.raise(1, 1);
        assert_eq!(tagged.get(1), Some(2), "the larger number of the same generation");
        tagged.raise(1, 3);
        assert_eq!(tagged.get(1), Some(3), "the larger number of the same generation");
        tagged.raise(GENERATION_MASK, 8);
        assert_eq!(
            (tagged.get(1), tagged.get(GENERATION_MASK)),
            (Some(3), None),
            "of an earlier generation"
        );
    }

    #[test]
    fn number_is_removed_with_its_generation() {
        let tagged = Tagged::new();
        tagged.raise(GENERATION_MASK, 7);
        tagged.forget_before(GENERATION_MASK);
        tagged.forget_before(GENERATION_MASK - 1);
        tagged.forget(GENERATION_MASK - 1);
        assert_eq!(tagged.get(GENERATION_MASK), Some(7));
        tagged.forget_before(0);
        assert_eq!(tagged.get(GENERATION_MASK), None);
        tagged.raise(0, 7);
        tagged.forget(0);
        assert_eq!(tagged.get(0), None);
    }

    #[test]
    fn failed_probes_are_those_of_the_open_state_before() {
        let (failed, period) = (FailedProbes::new(), OpenPeriod::new());
        failed.announce(GENERATION_MASK, 4);
        period.announce(GENERATION_MASK, 100);
        assert_eq!((failed.get(0), failed.get(GENERATION_MASK)), (4, 0));
        assert_eq!((period.get(GENERATION_MASK), period.get(0)), (Some(100), None));
        assert_eq!(period.get_wide(GENERATION_MASK), 100);
        assert!((0..GENERATION_MASK).all(|other| period.get_wide(other) > TICKS_MAX));
        assert_eq!(OpenPeriod::new().get_wide(0), 0);
    }
}
