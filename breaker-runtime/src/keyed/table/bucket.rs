//! A cache line of a hash table: [`Bucket`].

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwapOption, Guard};

use crate::keyed::table::SlotId;
use crate::keyed::table::hash::SlotHash;

/// The number of entries in a bucket: a cache line.
pub(super) const LANES: usize = 7;

/// The entries of a bucket, and in a byte for each its tag and whether a lookup has found it since
/// [`take_touched`](super::HashTable::take_touched). The last byte counts the entries that passed by.
#[derive(Debug)]
#[repr(align(64))]
pub(super) struct Bucket<T> {
    pub(super) lanes: AtomicU64,
    pub(super) entries: [ArcSwapOption<T>; LANES],
}

/// A lane that was touched.
pub(super) const TOUCHED: u64 = 0x80;
/// A 1 in each lane.
const EACH: u64 = 0x0001_0101_0101_0101;
/// One entry that passed by.
pub(super) const PASSED: u64 = 1 << (8 * LANES);
/// The largest number of them. It stays, as it stands for more as well.
pub(super) const PASSED_MAX: u64 = 0xff;

/// Returns the lanes with a tag, each as the highest bit of its byte.
#[inline(always)]
pub(super) const fn lanes_of(lanes: u64, tag: u64) -> u64 {
    let different = (lanes & (0x7f * EACH)) ^ (tag * EACH);
    // The highest bit of a byte becomes 1 unless the byte is zero, and none overflows into the next.
    !(different + 0x7f * EACH) & (0x80 * EACH)
}

/// Returns the first of the lanes of which the highest bit is set.
#[inline(always)]
pub(super) const fn lane_at(highest_bits: u64) -> usize {
    highest_bits.trailing_zeros() as usize / 8
}

/// Returns the bits of a lane.
#[inline(always)]
pub(super) const fn in_lane(lane: usize, bits: u64) -> u64 {
    bits << (8 * lane)
}

impl<T> Bucket<T> {
    /// Makes a bucket without entries.
    pub(super) fn empty() -> Self {
        Self { lanes: AtomicU64::new(0), entries: [const { ArcSwapOption::const_empty() }; LANES] }
    }

    /// Borrows the entry of a lane if there is one that `matches` accepts.
    #[inline(always)]
    pub(super) fn entry_in(
        &self,
        lane: usize,
        matches: impl Fn(&T) -> bool,
    ) -> Option<Guard<Option<Arc<T>>>> {
        let found = self.entries.get(lane)?.load();
        found.as_deref().is_some_and(&matches).then_some(found)
    }

    /// Marks the entry of a lane as found.
    #[inline(always)]
    pub(super) fn touch(&self, lane: usize) {
        // A write at each hit would take the line from other threads.
        if !self.is_touched(lane) {
            self.lanes.fetch_or(in_lane(lane, TOUCHED), Ordering::Relaxed);
        }
    }

    /// Returns whether a lookup has found the entry of a lane.
    #[inline(always)]
    pub(super) fn is_touched(&self, lane: usize) -> bool {
        self.lanes.load(Ordering::Relaxed) & in_lane(lane, TOUCHED) != 0
    }

    /// Returns the number of entries that passed by.
    pub(super) fn passed(&self) -> u64 {
        self.lanes.load(Ordering::Relaxed) / PASSED
    }
}

/// Puts an entry into the first free lane of its buckets.
pub(super) fn insert_into<T>(buckets: &[Bucket<T>], hash: SlotHash, entry: Arc<T>) -> Option<SlotId> {
    for index in hash.buckets(buckets.len()).take(buckets.len()) {
        let bucket = buckets.get(index)?;
        let free = lanes_of(bucket.lanes.load(Ordering::Relaxed), 0);
        if free != 0 {
            let lane = lane_at(free);
            bucket.entries[lane].store(Some(entry));
            // A reader that was late may have touched it. The caller knows the time of this use, and a
            // touch would move it to the next sweep.
            bucket.lanes.fetch_and(!in_lane(lane, 0xff), Ordering::Relaxed);
            bucket.lanes.fetch_or(in_lane(lane, hash.tag()), Ordering::Release);
            return Some((index * LANES + lane) as SlotId);
        }
        if bucket.passed() < PASSED_MAX {
            bucket.lanes.fetch_add(PASSED, Ordering::Release);
        }
    }
    None
}
