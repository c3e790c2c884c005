//! A hash table that is read without a lock and written under one: [`HashTable`].
//!
//! A bucket is one cache line: seven pointers to entries, and a word with seven bits of the hash of
//! each. So a hit reads two lines that may not be cached, the bucket and the entry, and each entry takes
//! 9 to 21 bytes. An entry of which the bucket is full goes to another one, and each full bucket that it
//! passed counts it: a reader stops at a bucket that counts none.
//!
//! Buckets are never freed, so a reader can at worst see an entry come, go, or move to a longer array
//! meanwhile. Therefore a hit is certain, and a miss means to look again under the lock.
//!
//! A reader borrows an entry through `arc-swap`, which records the borrow in a slot of the thread: no
//! count is shared by all callers of a key. Taking an entry out settles outstanding borrows into the
//! count of the `Arc`, so `Arc::get_mut` succeeds only if no reader holds the entry, and none can begin
//! to.
//!
//! # Why not a library
//!
//! A borrow from `papaya` or `scc` under a guard is as fast or faster (`tests/bench/README.md` has the
//! figures), but eviction cannot see it: a member with a call in flight would be evicted while others
//! are idle. A cloned `Arc` can be seen, but is a count that all callers of a key share, and a reader
//! may clone it between the look at its count and the removal unless both hold a lock.

mod bucket;
mod hash;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use arc_swap::Guard;
use once_cell::sync::OnceCell;

use crate::config::keyed::MAX_ENTRIES;
use crate::keyed::table::bucket::{
    Bucket, LANES, PASSED, PASSED_MAX, TOUCHED, in_lane, insert_into, lane_at, lanes_of,
};
pub(crate) use crate::keyed::table::hash::SlotHash;

/// The number of buckets of the first array. Each next one is twice as long.
const FIRST: usize = 8;
/// The number of arrays.
const SIZES: usize = 19;
/// The number of entries for each bucket at which the table grows.
const FULL: usize = 6;
const _: () = assert!((FIRST << (SIZES - 1)) * FULL >= MAX_ENTRIES as usize);
const _: () = assert!(FIRST << (SIZES - 1) <= 1 << (SlotHash::BITS - 7));
/// The most buckets that are read without the lock. More are in a row only if an entry has moved
/// meanwhile, or so seldom that it does not matter.
const MAX_STEPS: usize = 16;

/// The position of a slot: its bucket and its lane. Valid while its entry is there and the table does
/// not grow.
pub(crate) type SlotId = u32;

/// A borrow of an entry.
type Borrowed<T> = Guard<Option<Arc<T>>>;

/// A hash table from hashes to shared entries.
#[derive(Debug)]
pub(crate) struct HashTable<T> {
    /// Only the array at `size` is in use.
    arrays: [OnceCell<Box<[Bucket<T>]>>; SIZES],
    size: AtomicUsize,
}

impl<T> HashTable<T> {
    /// Makes an empty table, which allocates nothing.
    pub(crate) fn new() -> Self {
        Self { arrays: [const { OnceCell::new() }; SIZES], size: AtomicUsize::new(0) }
    }

    /// Borrows the entry of this hash that `matches` accepts, if it is the first of its tag in the first
    /// bucket, as more than nine in ten are. `matches` may see entries of other hashes.
    ///
    /// Apart from [`find_anywhere`](Self::find_anywhere): a loop would keep its variables in memory
    /// across the borrow. The fewer instructions a call has, the more of the next one the processor
    /// begins while it waits for memory.
    #[inline(always)]
    pub(crate) fn find_first(
        &self,
        hash: SlotHash,
        matches: impl Fn(&T) -> bool,
    ) -> Option<Borrowed<T>> {
        let buckets = self.buckets()?;
        let bucket = buckets.get(hash.first_bucket(buckets.len()))?;
        let lanes = bucket.lanes.load(Ordering::Acquire);
        let with_tag = lanes_of(lanes, hash.tag());
        if with_tag == 0 {
            return None;
        }
        let lane = lane_at(with_tag);
        let found = bucket.entry_in(lane, matches)?;
        bucket.touch(lane);
        Some(found)
    }

    /// Borrows the entry of this hash that `matches` accepts, without the lock. `None` may miss an
    /// entry: see the module. `matches` may see entries of other hashes.
    pub(crate) fn find_anywhere(
        &self,
        hash: SlotHash,
        matches: impl Fn(&T) -> bool,
    ) -> Option<Borrowed<T>> {
        let (bucket, lane, found) = self.search(hash, matches)?;
        bucket.touch(lane);
        Some(found)
    }

    /// Borrows an entry as [`find_anywhere`](Self::find_anywhere) does, and does not mark it as found.
    pub(crate) fn peek(&self, hash: SlotHash, matches: impl Fn(&T) -> bool) -> Option<Borrowed<T>> {
        self.search(hash, matches).map(|(_, _, found)| found)
    }

    fn search(
        &self,
        hash: SlotHash,
        matches: impl Fn(&T) -> bool,
    ) -> Option<(&Bucket<T>, usize, Borrowed<T>)> {
        let buckets = self.buckets()?;
        for index in hash.buckets(buckets.len()).take(MAX_STEPS) {
            let bucket = buckets.get(index)?;
            let lanes = bucket.lanes.load(Ordering::Acquire);
            let mut left = lanes_of(lanes, hash.tag());
            while left != 0 {
                let lane = lane_at(left);
                if let Some(found) = bucket.entry_in(lane, &matches) {
                    return Some((bucket, lane, found));
                }
                left &= left - 1;
            }
            if lanes < PASSED {
                return None;
            }
        }
        None
    }

    #[inline(always)]
    fn buckets(&self) -> Option<&[Bucket<T>]> {
        Some(self.arrays.get(self.size.load(Ordering::Acquire))?.get()?)
    }

    fn slot(&self, id: SlotId) -> Option<(&Bucket<T>, usize)> {
        let (index, lane) = (id as usize / LANES, id as usize % LANES);
        Some((self.buckets()?.get(index)?, lane))
    }
}

/// Methods for callers that hold the lock of the table's owner.
impl<T> HashTable<T> {
    /// Returns the slots that may have this hash, and their entries.
    pub(crate) fn slots_of(&self, hash: SlotHash) -> impl Iterator<Item = (SlotId, Borrowed<T>)> {
        let buckets = self.buckets().unwrap_or_default();
        let mut is_last = buckets.is_empty();
        let may_have_it = move |index: &usize| {
            !std::mem::replace(
                &mut is_last,
                buckets.get(*index).is_none_or(|bucket| bucket.passed() == 0),
            )
        };
        let indices = hash.buckets(buckets.len()).take(buckets.len()).take_while(may_have_it);
        indices.flat_map(move |index| {
            let bucket = &buckets[index];
            let lanes = lanes_of(bucket.lanes.load(Ordering::Acquire), hash.tag());
            let with_tag = (0..LANES).filter(move |lane| lanes & in_lane(*lane, 0x80) != 0);
            with_tag.map(move |lane| ((index * LANES + lane) as SlotId, bucket.entries[lane].load()))
        })
    }

    /// Returns the slot of an entry of this hash; `None` if it is not there.
    pub(crate) fn slot_of(&self, hash: SlotHash, entry: &Arc<T>) -> Option<SlotId> {
        let is_it =
            |there: &Option<Arc<T>>| there.as_ref().is_some_and(|there| Arc::ptr_eq(there, entry));
        self.slots_of(hash).find(|(_, there)| is_it(there)).map(|(id, _)| id)
    }

    /// Returns the entry of a slot.
    pub(crate) fn get(&self, id: SlotId) -> Option<Arc<T>> {
        let (bucket, lane) = self.slot(id)?;
        bucket.entries[lane].load_full()
    }

    /// Marks a slot as used, as [`find`](Self::find) does.
    pub(crate) fn touch(&self, id: SlotId) {
        if let Some((bucket, lane)) = self.slot(id) {
            bucket.lanes.fetch_or(in_lane(lane, TOUCHED), Ordering::Relaxed);
        }
    }

    /// Returns whether a lookup has found the entry since this was last called.
    pub(crate) fn take_touched(&self, id: SlotId) -> bool {
        let Some((bucket, lane)) = self.slot(id) else { return false };
        let is_touched = bucket.is_touched(lane);
        if is_touched {
            bucket.lanes.fetch_and(!in_lane(lane, TOUCHED), Ordering::Relaxed);
        }
        is_touched
    }

    /// Returns the number of slots.
    pub(crate) fn slots(&self) -> usize {
        self.buckets().map_or(0, <[_]>::len) * LANES
    }

    /// Returns whether a table of this length has to [grow](Self::grow) before the next insertion.
    pub(crate) fn grows_at(&self, len: usize) -> bool {
        let size = self.size.load(Ordering::Relaxed);
        self.buckets().is_none_or(|buckets| len >= buckets.len() * FULL && size + 1 < SIZES)
    }

    /// Moves all entries to an array that is twice as long. Takes their slots and hashes, and returns
    /// their new slots in the same order.
    pub(crate) fn grow(&self, slots: impl Iterator<Item = (SlotId, SlotHash)>) -> Vec<Option<SlotId>> {
        let size = self.size.load(Ordering::Relaxed);
        let before = self.buckets();
        let size = if before.is_some() { (size + 1).min(SIZES - 1) } else { size };
        let buckets =
            self.arrays[size].get_or_init(|| (0..FIRST << size).map(|_| Bucket::empty()).collect());
        let move_slot = |(id, hash)| {
            let (bucket, lane) = self.slot(id)?;
            let moved = insert_into(buckets, hash, bucket.entries[lane].load_full()?)?;
            if bucket.is_touched(lane) {
                let (index, lane) = (moved as usize / LANES, moved as usize % LANES);
                buckets[index].lanes.fetch_or(in_lane(lane, TOUCHED), Ordering::Relaxed);
            }
            Some(moved)
        };
        let moved = slots.map(move_slot).collect();
        self.size.store(size, Ordering::Release);
        // Only after that: until then readers look here.
        for bucket in before.unwrap_or_default() {
            bucket.lanes.store(0, Ordering::Relaxed);
            bucket.entries.iter().for_each(|entry| entry.store(None));
        }
        moved
    }

    /// Puts an entry into a free slot and returns it; `None` if the table is full, which one that
    /// [grows](Self::grows_at) never is.
    pub(crate) fn insert(&self, hash: SlotHash, entry: Arc<T>) -> Option<SlotId> {
        insert_into(self.buckets()?, hash, entry)
    }

    /// Takes an entry out if it has no other holder and `may_go` agrees. No reader can borrow it
    /// meanwhile.
    pub(crate) fn remove_unused(
        &self,
        id: SlotId,
        hash: SlotHash,
        may_go: impl FnOnce(&mut T) -> bool,
    ) -> Option<Arc<T>> {
        let (bucket, lane) = self.slot(id)?;
        let mut entry = bucket.entries[lane].swap(None)?;
        if !Arc::get_mut(&mut entry).is_some_and(may_go) {
            bucket.entries[lane].store(Some(entry));
            return None;
        }
        self.free(id, hash);
        Some(entry)
    }

    /// Takes an entry out, whether or not it has other holders.
    pub(crate) fn remove(&self, id: SlotId, hash: SlotHash) -> Option<Arc<T>> {
        let (bucket, lane) = self.slot(id)?;
        let entry = bucket.entries[lane].swap(None)?;
        self.free(id, hash);
        Some(entry)
    }

    fn free(&self, id: SlotId, hash: SlotHash) {
        let Some(buckets) = self.buckets() else { return };
        let (own, lane) = (id as usize / LANES, id as usize % LANES);
        let passed = hash.buckets(buckets.len()).take(buckets.len()).take_while(|index| *index != own);
        for bucket in passed.filter_map(|index| buckets.get(index)) {
            if (1..PASSED_MAX).contains(&bucket.passed()) {
                bucket.lanes.fetch_sub(PASSED, Ordering::Relaxed);
            }
        }
        buckets[own].lanes.fetch_and(!in_lane(lane, 0xff), Ordering::Relaxed);
    }
}
