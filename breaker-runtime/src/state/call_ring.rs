//! The last results of a breaker that were not plain successes, for the reports of its trips:
//! [`CallRing`].
//!
//! Threads add without a lock: one locked instruction reserves a slot, and two or three stores fill it.
//! A thread that sleeps between them may be overtaken by as many results as there are slots, and a
//! reader may come at any moment. So each word has bits of the index of its result, and a reader takes a
//! slot only if all of them are of the index that it asks for.

use crate::sync::{AtomicU64, Ordering};

/// The bits of [`RecentCall::word`].
pub(crate) const WORD_BITS: u32 = 52;

/// The number of slots: of the 64 results of a report and the one before them, and a few that other
/// threads fill meanwhile. Odd, so that the bits of the index differ from lap to lap; of those the
/// remainder for 73 takes fewer instructions than that for 71.
const SLOTS: usize = if cfg!(breaker_loom) { 1 } else { 73 };

/// The bits of the success count that a slot keeps. Only differences are of interest.
const COUNT_BITS: u32 = 48;

/// The bit of a slot's first word that is set where it has details.
const DETAILED: u64 = 1 << WORD_BITS;

const TAG_SHIFT: u32 = WORD_BITS + 1;

/// The result of a call, as far as a report needs it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RecentCall {
    /// The contents, of which no bit is above [`WORD_BITS`].
    pub(crate) word: u64,
    /// The number of successes that were counted, modulo 2^48.
    pub(crate) success_count: u64,
    /// More contents, in 48 bits, which most results lack.
    pub(crate) details: Option<u64>,
}

/// A slot: `word 52 | detailed 1 | index 11`, `index 16 | success count 48`, `index 16 | details 48`,
/// from the low bit. The index counts from 1, so that an empty slot has none.
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
        let [word, count, details] = &self.slot(index).0;
        word.store(tagged_word(call, index), Ordering::Release);
        count.store(tagged(call.success_count, index), Ordering::Release);
        if let Some(contents) = call.details {
            details.store(tagged(contents, index), Ordering::Release);
        }
        index
    }

    /// Returns the index of the next result.
    pub(crate) fn next(&self) -> u64 {
        self.next.load(Ordering::Acquire)
    }

    /// Returns the result with this index; `None` if it has been overwritten, or is not there yet.
    pub(crate) fn get(&self, index: u64) -> Option<RecentCall> {
        let [word, count, details] =
            self.slot(index).0.each_ref().map(|word| word.load(Ordering::Acquire));
        let is_detailed = word & DETAILED != 0;
        let call = RecentCall {
            word: word & low_bits(WORD_BITS),
            success_count: count >> u16::BITS,
            details: is_detailed.then_some(details >> u16::BITS),
        };
        let is_whole = word == tagged_word(call, index)
            && count == tagged(call.success_count, index)
            && call.details.is_none_or(|contents| details == tagged(contents, index));
        is_whole.then_some(call)
    }

    #[inline(always)]
    fn slot(&self, index: u64) -> &Slot {
        &self.slots[index as usize % SLOTS]
    }
}

/// Returns the first word of a result in the slot of its index.
#[inline(always)]
const fn tagged_word(call: RecentCall, index: u64) -> u64 {
    let detailed = if call.details.is_some() { DETAILED } else { 0 };
    call.word | detailed | (index + 1) << TAG_SHIFT
}

/// Returns another word of a result in the slot of its index.
#[inline(always)]
const fn tagged(contents: u64, index: u64) -> u64 {
    contents << u16::BITS | (index + 1) & low_bits(u16::BITS)
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
            details: (number % 3 > 0).then_some(low_bits(48) - number),
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
        let call = RecentCall { word: 0, success_count: 5, details: None };
        assert_eq!(call.successes_since(3), 2);
        assert_eq!(call.successes_since(low_bits(COUNT_BITS) - 1), 7);
        assert_eq!(call.successes_since(6), 0);
    }
}
