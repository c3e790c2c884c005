//! What an open state has to remember and has no room for in the word: how many probes failed before it, and
//! how long it was to last. Written before the word that it belongs to and tagged with its generation, so that nobody
//! takes what belongs to another.

use super::word::{GENERATION_MASK, TICKS_MAX, Ticks};
use crate::sync::{AtomicU64, Ordering};

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

    /// The larger one stays, where several set one for the same generation.
    pub(crate) fn raise(&self, generation: u64, number: u64) {
        let tag = (generation & GENERATION_MASK) << SHIFT;
        let mine = tag | number.min(TICKS_MAX);
        let mut seen = self.0.load(Ordering::Acquire);
        loop {
            let same = seen & !TICKS_MAX == tag;
            if same && seen >= mine {
                return;
            }
            match self.0.compare_exchange(seen, mine, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return,
                Err(there) => seen = there,
            }
        }
    }
}

#[derive(Debug)]
pub(crate) struct Past {
    failed_probes: Tagged,
    period: Tagged,
}

impl Past {
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

    /// The period of a state that has begun already: it stays, whatever the policy becomes.
    pub(crate) fn keep_period(&self, generation: u64, period: Ticks) {
        self.period.raise(generation, period);
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    #[test]
    fn a_number_gives_way_to_that_of_another_generation_whichever_is_larger() {
        let tagged = Tagged::new();
        for (generation, number) in [(1, 7), (2, 5), (GENERATION_MASK, 9), (0, 3), (1, 2)] {
            assert_eq!(tagged.get(generation), None);
            tagged.raise(generation, number);
            assert_eq!(tagged.get(generation), Some(number));
        }
        tagged.raise(1, 1);
        assert_eq!(tagged.get(1), Some(2), "the larger one of the same generation");
    }

    #[test]
    fn failed_probes_are_those_of_the_open_state_before() {
        let past = Past::new();
        past.announce(GENERATION_MASK, 4, 100);
        assert_eq!((past.failed_probes(0), past.failed_probes(GENERATION_MASK)), (4, 0));
        assert_eq!((past.period(GENERATION_MASK), past.period(0)), (Some(100), None));
    }
}
