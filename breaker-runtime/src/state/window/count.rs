//! The window of the last N results: two rings of N bits, one for failures and one for slow results.

use crate::state::window::{Entry, Tally};

/// A window of the last `size` results.
#[derive(Debug)]
pub(super) struct CountWindow {
    size: usize,
    /// The number of results, `size` at most.
    held: usize,
    /// The index of the next result. In a full window it is that of the oldest one.
    next: usize,
    failed: Marks,
    slow: Marks,
}

impl CountWindow {
    /// Makes an empty window. `size` is at least 1.
    pub(super) fn new(size: u32) -> Self {
        let size = size as usize;
        Self { size, held: 0, next: 0, failed: Marks::new(size), slow: Marks::new(size) }
    }

    pub(super) fn size(&self) -> u32 {
        self.size as u32
    }

    pub(super) fn clear(&mut self) {
        self.held = 0;
        self.next = 0;
        self.failed.clear(0, self.size);
        self.slow.clear(0, self.size);
    }

    /// Adds plain successes. More than `size` of them have the effect of `size`.
    pub(super) fn add_successes(&mut self, successes: u64) {
        let added = usize::try_from(successes).map_or(self.size, |many| many.min(self.size));
        let end = self.next + added;
        let (end, wrapped) = (end.min(self.size), end.saturating_sub(self.size));
        for marks in [&mut self.failed, &mut self.slow] {
            marks.clear(self.next, end);
            marks.clear(0, wrapped);
        }
        self.next = if end < self.size { end } else { wrapped };
        self.held = self.size.min(self.held + added);
    }

    #[inline(always)]
    pub(super) fn record(&mut self, entry: Entry) {
        self.failed.put(self.next, entry.failed);
        self.slow.put(self.next, entry.slow);
        self.next = if self.next + 1 < self.size { self.next + 1 } else { 0 };
        self.held = self.size.min(self.held + 1);
    }

    /// Returns the tally with one more failure, which is not slow.
    #[inline(always)]
    pub(super) fn tally_with_failure(&self) -> Tally {
        let calls = self.size.min(self.held + 1) as u64;
        let failures = self.failed.count - self.failed.at(self.next) + 1;
        Tally { calls, failures, slow: self.slow.count - self.slow.at(self.next) }
    }

    pub(super) fn tally(&self) -> Tally {
        Tally { calls: self.held as u64, failures: self.failed.count, slow: self.slow.count }
    }

    /// Returns a window of another size with the newest results of this one.
    pub(super) fn resized(&self, size: u32) -> Self {
        let mut other = Self::new(size);
        let kept = self.held.min(other.size);
        other.add_successes(kept as u64);
        for (from, to) in [(&self.failed, &mut other.failed), (&self.slow, &mut other.slow)] {
            for index in from.indexes() {
                let age = (self.next + self.size - 1 - index) % self.size;
                if age < kept {
                    to.put(kept - 1 - age, true);
                }
            }
        }
        other
    }
}

/// A set of indexes as bits, and their number.
#[derive(Debug)]
struct Marks {
    words: Box<[u64]>,
    count: u64,
}

const BITS: usize = u64::BITS as usize;

impl Marks {
    fn new(size: usize) -> Self {
        Self { words: vec![0; size.div_ceil(BITS)].into_boxed_slice(), count: 0 }
    }

    /// Returns 1 for an index in the set, and 0 for another.
    #[inline(always)]
    fn at(&self, index: usize) -> u64 {
        self.words[index / BITS] >> (index % BITS) & 1
    }

    #[inline(always)]
    fn put(&mut self, index: usize, marked: bool) {
        let (word, bit) = (&mut self.words[index / BITS], index % BITS);
        self.count = self.count - (*word >> bit & 1) + u64::from(marked);
        *word = *word & !(1 << bit) | u64::from(marked) << bit;
    }

    /// Removes the indexes from `start` to before `end`.
    #[inline]
    fn clear(&mut self, start: usize, end: usize) {
        if self.count != 0 && start < end {
            self.clear_some(start, end);
        }
    }

    fn clear_some(&mut self, start: usize, end: usize) {
        let (first, last) = (start / BITS, (end - 1) / BITS);
        let from_start = u64::MAX << (start % BITS);
        let to_end = u64::MAX >> (BITS - 1 - (end - 1) % BITS);
        if first == last {
            self.clear_in(first, from_start & to_end);
            return;
        }
        self.clear_in(first, from_start);
        for word in first + 1..last {
            self.clear_in(word, u64::MAX);
        }
        self.clear_in(last, to_end);
    }

    fn clear_in(&mut self, word: usize, mask: u64) {
        let word = &mut self.words[word];
        let marked = *word & mask;
        // Most words are empty, and not every processor counts bits by one instruction.
        if marked != 0 {
            self.count -= u64::from(marked.count_ones());
            *word &= !mask;
        }
    }

    fn indexes(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(at, &word)| {
            std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)))
                .take_while(|&rest| rest != 0)
                .map(move |rest| at * BITS + rest.trailing_zeros() as usize)
        })
    }
}
