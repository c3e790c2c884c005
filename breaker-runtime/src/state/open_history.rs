//! What an open state has to remember and has no room for in the word: how many probes failed before it, and
//! how long it was to last. Written before the word that it belongs to and tagged with its generation, so that no
//! reader takes what belongs to another.
//!
//! Generations are counted modulo 8,192. No tag gets that old: each change to a closed state removes what belongs to
//! earlier states, and each open state overwrites it. A thread that slept before it wrote does not overwrite what
//! belongs to a later state, which is the one that lies in the next half of the circle.

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

    /// `None` if what is there belongs to another generation, or if nothing but 0 was ever set.
    pub(crate) fn get(&self, generation: u64) -> Option<u64> {
        let seen = self.0.load(Ordering::Acquire);
        let number = seen & TICKS_MAX;
        (number > 0 && seen >> SHIFT == generation & GENERATION_MASK).then_some(number)
    }

    /// Forgets the number if it belongs to an earlier generation than this one.
    pub(crate) fn forget_before(&self, generation: u64) {
        let seen = self.0.load(Ordering::Acquire);
        if !is_from(seen >> SHIFT, generation) {
            // Where this fails, another thread has set one meanwhile.
            let _ = self.0.compare_exchange(seen, 0, Ordering::AcqRel, Ordering::Acquire);
        }
    }

    /// Forgets the number if it belongs to this generation.
    pub(crate) fn forget(&self, generation: u64) {
        let seen = self.0.load(Ordering::Acquire);
        if seen >> SHIFT == generation & GENERATION_MASK {
            let _ = self.0.compare_exchange(seen, 0, Ordering::AcqRel, Ordering::Acquire);
        }
    }

    /// The larger one stays, where several set one for the same generation, and so does one that belongs to a later
    /// generation: the caller may have slept since.
    pub(crate) fn raise(&self, generation: u64, number: u64) {
        let tag = (generation & GENERATION_MASK) << SHIFT;
        let mine = tag | number.min(TICKS_MAX);
        let mut seen = self.0.load(Ordering::Acquire);
        loop {
            let there = seen & TICKS_MAX > 0;
            let stays =
                if seen & !TICKS_MAX == tag { seen >= mine } else { is_from(seen >> SHIFT, generation) };
            if there && stays {
                return;
            }
            match self.0.compare_exchange(seen, mine, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(there) => seen = there,
            }
        }
    }
}

/// Whether the one generation is the other or one of the next 4,095 after it.
fn is_from(one: u64, other: u64) -> bool {
    one.wrapping_sub(other) & GENERATION_MASK <= GENERATION_MASK / 2
}

#[derive(Debug)]
pub(crate) struct OpenHistory {
    failed_probes: Tagged,
    period: Tagged,
}

impl OpenHistory {
    #[cfg(not(breaker_loom))]
    pub(crate) const fn new() -> Self {
        Self { failed_probes: Tagged::new(), period: Tagged::new() }
    }

    #[cfg(breaker_loom)]
    pub(crate) fn new() -> Self {
        Self { failed_probes: Tagged::new(), period: Tagged::new() }
    }

    /// How many probes had failed in a row when the open period began that a half-open state followed.
    pub(crate) fn failed_probes(&self, half_open: u64) -> u32 {
        let failed = self.failed_probes.get(half_open.wrapping_sub(1)).unwrap_or(0);
        u32::try_from(failed).unwrap_or(u32::MAX)
    }

    /// An open state is about to begin. Whoever gets there first writes the same; a state that does not come to be
    /// leaves a note that nobody reads.
    pub(crate) fn announce(&self, generation: u64, failed_probes: u32, period: Ticks) {
        self.failed_probes.raise(generation, u64::from(failed_probes));
        self.period.raise(generation, period);
    }

    /// How long an open state was to last.
    pub(crate) fn period(&self, generation: u64) -> Option<Ticks> {
        self.period.get(generation)
    }

    /// Forgets the open states before a closed one.
    pub(crate) fn forget_before(&self, closed: u64) {
        self.failed_probes.forget_before(closed);
        self.period.forget_before(closed);
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_number_gives_way_to_that_of_a_later_generation_whichever_is_larger() {
        let tagged = Tagged::new();
        for (generation, number) in
            [(1, 7), (2, 5), (4_000, 9), (8_000, 4), (GENERATION_MASK, 3), (0, 6), (1, 2)]
        {
            assert_eq!(tagged.get(generation), None);
            tagged.raise(generation, number);
            assert_eq!(tagged.get(generation), Some(number));
        }
        tagged.raise(1, 1);
        assert_eq!(tagged.get(1), Some(2), "the larger one of the same generation");
        tagged.raise(1, 3);
        assert_eq!(tagged.get(1), Some(3), "the larger one of the same generation");
        tagged.raise(GENERATION_MASK, 8);
        assert_eq!((tagged.get(1), tagged.get(GENERATION_MASK)), (Some(3), None), "of an earlier one");
    }

    #[test]
    fn a_number_is_forgotten_with_its_generation() {
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
        let past = OpenHistory::new();
        past.announce(GENERATION_MASK, 4, 100);
        assert_eq!((past.failed_probes(0), past.failed_probes(GENERATION_MASK)), (4, 0));
        assert_eq!((past.period(GENERATION_MASK), past.period(0)), (Some(100), None));
    }
}
