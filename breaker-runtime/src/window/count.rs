//! The last N results: two rings of N bits, one for failures and one for slow results.

use super::{Entry, Tally};

#[derive(Debug)]
pub(super) struct CountWindow {
    size: usize,
    /// How many results there are, `size` at most.
    held: usize,
    /// Where the next result goes; before that, the oldest is there if the window is full.
    next: usize,
    failed: Marks,
    slow: Marks,
}

impl CountWindow {
    /// `size` is at least 1.
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

    /// So many plain successes. A whole round or more of them leaves the same as one round.
    pub(super) fn pass(&mut self, successes: u64) {
        let places = usize::try_from(successes).map_or(self.size, |many| many.min(self.size));
        let end = self.next + places;
        let (end, wrapped) = if end < self.size { (end, 0) } else { (self.size, end - self.size) };
        for marks in [&mut self.failed, &mut self.slow] {
            marks.clear(self.next, end);
            marks.clear(0, wrapped);
        }
        self.next = if end < self.size { end } else { wrapped };
        self.held = self.size.min(self.held + places);
    }

    pub(super) fn record(&mut self, entry: Entry) {
        let place = self.next;
        self.pass(1);
        if entry.failed {
            self.failed.set(place);
        }
        if entry.slow {
            self.slow.set(place);
        }
    }

    pub(super) fn tally(&self) -> Tally {
        Tally { calls: self.held as u64, failures: self.failed.count, slow: self.slow.count }
    }

    /// A window of another size with the newest results of this one.
    pub(super) fn resized(&self, size: u32) -> Self {
        let mut other = Self::new(size);
        let kept = self.held.min(other.size);
        other.pass(kept as u64);
        for (from, to) in [(&self.failed, &mut other.failed), (&self.slow, &mut other.slow)] {
            for place in from.places() {
                let age = (self.next + self.size - 1 - place) % self.size;
                if age < kept {
                    to.set(kept - 1 - age);
                }
            }
        }
        other
    }
}

/// A set of places, with its size.
#[derive(Debug)]
struct Marks {
    words: Box<[u64]>,
    count: u64,
}

const BITS: usize = u64::BITS as usize;

impl Marks {
    fn new(places: usize) -> Self {
        Self { words: vec![0; places.div_ceil(BITS)].into_boxed_slice(), count: 0 }
    }

    /// `place` is not in the set yet.
    fn set(&mut self, place: usize) {
        self.words[place / BITS] |= 1 << (place % BITS);
        self.count += 1;
    }

    /// Takes out the places from `start` to before `end`.
    fn clear(&mut self, start: usize, end: usize) {
        if self.count == 0 || start == end {
            return;
        }
        let (first, last) = (start / BITS, (end - 1) / BITS);
        for (index, word) in self.words[first..=last].iter_mut().enumerate() {
            let mut mask = u64::MAX;
            if index == 0 {
                mask &= u64::MAX << (start % BITS);
            }
            if index == last - first {
                mask &= u64::MAX >> (BITS - 1 - (end - 1) % BITS);
            }
            self.count -= u64::from((*word & mask).count_ones());
            *word &= !mask;
        }
    }

    fn places(&self) -> impl Iterator<Item = usize> {
        self.words.iter().enumerate().flat_map(|(index, &word)| {
            std::iter::successors(Some(word), |rest| Some(rest & rest.wrapping_sub(1)))
                .take_while(|&rest| rest != 0)
                .map(move |rest| index * BITS + rest.trailing_zeros() as usize)
        })
    }
}
