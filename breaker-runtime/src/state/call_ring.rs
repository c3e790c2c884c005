//! The last results of a breaker that were not plain successes, for the reports of its trips:
//! [`CallRing`].
//!
//! Threads add without a lock: one locked instruction reserves a slot, and three stores fill it. A
//! thread that sleeps between them may be overtaken by as many results as there are slots, and a reader
//! may come at any moment. So each of the three words has bits of the index of its result, and a reader
//! takes a slot only if all of them are of the index that it asks for.

use crate::sync::{AtomicU64, Ordering};

/// The bits of [`RecentCall::word`].
pub(crate) const WORD_BITS: u32 = 59;

/// The number of slots: of the 64 results of a report and the one before them, and a few that other
/// threads fill meanwhile. Odd, so that the bits of the index differ from lap to lap.
const SLOTS: usize = if cfg!(breaker_loom) { 1 } else { 71 };

/// The bits of the success count that a slot keeps. Only differences are of interest.
const COUNT_BITS: u32 = 48;

/// The result of a call, as far as a report needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecentCall {
    /// The contents that the caller has packed into [`WORD_BITS`].
    pub(crate) word: u64,
    /// The number of successes that were counted, modulo 2^48.
    pub(crate) success_count: u64,
    pub(crate) took: u32,
}

/// A slot: `word 59 | index 5`, `success count 48 | index 16`, `took 32 | index 32`, from the low bit.
/// The index counts from 1, so that an empty slot has none.
#[derive(Debug)]
struct Slot([AtomicU64; 3]);

/// The last results, in the order in which they were added.
#[derive(Debug)]
pub(crate) struct CallRing {
    /// The index of the next result. In a cache line of its own with the first slots.
    next: AtomicU64,
    slots: [Slot; SLOTS],
}

impl RecentCall {
    /// Returns the number of successes since an earlier count.
    pub(crate) const fn successes_since(self, earlier: u64) -> u64 {
        let since = self.success_count.wrapping_sub(earlier) & low_bits(COUNT_BITS);
        // Threads that read their counts in another order than they added.
        if since > low_bits(COUNT_BITS) / 2 { 0 } else { since }
    }
}

impl CallRing {
    pub(crate) fn new() -> Self {
        let empty = |_| Slot(std::array::from_fn(|_| AtomicU64::new(0)));
        Self { next: AtomicU64::new(0), slots: std::array::from_fn(empty) }
    }

    /// Adds a result, and returns its index.
    #[inline(always)]
    pub(crate) fn add(&self, call: RecentCall) -> u64 {
        let index = self.next.fetch_add(1, Ordering::Relaxed);
        let words = tagged(call, index);
        for (stored, word) in self.slot(index).0.iter().zip(words) {
            stored.store(word, Ordering::Release);
        }
        index
    }

    /// Returns the index of the next result.
    pub(crate) fn next(&self) -> u64 {
        self.next.load(Ordering::Acquire)
    }

    /// Returns the result with this index; `None` if it has been overwritten, or is not there yet.
    pub(crate) fn get(&self, index: u64) -> Option<RecentCall> {
        let words = self.slot(index).0.each_ref().map(|word| word.load(Ordering::Acquire));
        let call = RecentCall {
            word: words[0] & low_bits(WORD_BITS),
            success_count: words[1] & low_bits(COUNT_BITS),
            took: words[2] as u32,
        };
        (words == tagged(call, index)).then_some(call)
    }

    #[inline(always)]
    fn slot(&self, index: u64) -> &Slot {
        &self.slots[index as usize % SLOTS]
    }
}

/// Returns the words of a result in the slot of its index.
#[inline(always)]
fn tagged(call: RecentCall, index: u64) -> [u64; 3] {
    let tag = index + 1;
    [
        call.word & low_bits(WORD_BITS) | tag << WORD_BITS,
        call.success_count & low_bits(COUNT_BITS) | tag << COUNT_BITS,
        u64::from(call.took) | tag << u32::BITS,
    ]
}

const fn low_bits(bits: u32) -> u64 {
    (1 << bits) - 1
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    #[test]
    fn last_results_are_kept_and_earlier_ones_are_gone() {
        let ring = CallRing::new();
        let call = |number: u64| RecentCall {
            word: low_bits(WORD_BITS) - number,
            success_count: low_bits(COUNT_BITS) - number,
            took: u32::MAX - number as u32,
        };
        assert_eq!((ring.next(), ring.get(0), ring.get(31)), (0, None, None));
        for number in 0..10_000 {
            assert_eq!(ring.add(call(number)), number);
            let first = (number + 1).saturating_sub(SLOTS as u64);
            for kept in first..=number {
                assert_eq!(ring.get(kept), Some(call(kept)), "{kept} after {number}");
            }
            assert_eq!(first.checked_sub(1).and_then(|gone| ring.get(gone)), None);
            assert_eq!(ring.get(number + 1), None, "not there yet");
        }
    }

    #[test]
    fn successes_between_results_survive_a_count_that_wraps_and_one_that_is_behind() {
        let call = RecentCall { word: 0, success_count: 5, took: 0 };
        assert_eq!(call.successes_since(3), 2);
        assert_eq!(call.successes_since(low_bits(COUNT_BITS) - 1), 7);
        assert_eq!(call.successes_since(6), 0);
    }
}
