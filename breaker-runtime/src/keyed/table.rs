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
//! A borrow from `papaya` or `scc` under a guard is about as fast (`tests/bench/README.md` has the
//! figures), but eviction cannot see it: a member with a call in flight would be evicted while others
//! are idle. A cloned `Arc` can be seen, but is a count that all callers of a key share, and a reader
//! may clone it between the look at its count and the removal unless both hold a lock.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use arc_swap::{ArcSwapOption, Guard};
use once_cell::sync::OnceCell;

use crate::config::keyed::MAX_ENTRIES;

/// The number of buckets of the first array. Each next one is twice as long.
const FIRST: usize = 8;
/// The number of arrays.
const SIZES: usize = 19;
/// The number of entries in a bucket: a cache line.
const LANES: usize = 7;
/// The number of entries for each bucket at which the table grows.
const FULL: usize = 6;
const _: () = assert!((FIRST << (SIZES - 1)) * FULL >= MAX_ENTRIES as usize);
/// The most buckets that are read without the lock. More are in a row only if an entry has moved
/// meanwhile, or so seldom that it does not matter.
const MAX_STEPS: usize = 16;

/// The position of a slot: its bucket and its lane. Valid while its entry is there and the table does
/// not grow.
pub(crate) type SlotId = u32;

/// The hash of a key: as many bits as a table needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotHash(u32);

impl SlotHash {
    /// The number of bits, seven of which are no part of an index.
    pub(crate) const BITS: u32 = 30;

    /// Takes the bits that are needed from a hash.
    #[inline(always)]
    pub(crate) const fn new(hash: u64) -> Self {
        Self((hash ^ (hash >> 32)) as u32 & ((1 << Self::BITS) - 1))
    }

    /// Returns the bits.
    pub(crate) const fn bits(self) -> u32 {
        self.0
    }

    /// Returns the number that stands in the lane of an entry. Zero is that of an empty lane.
    #[inline(always)]
    const fn tag(self) -> u64 {
        let tag = self.0 >> (Self::BITS - 7);
        (if tag == 0 { 1 } else { tag }) as u64
    }

    /// Returns the indices of the buckets in which an entry may stand, the most likely first. The
    /// distance is odd, so all buckets are among as many of them.
    #[inline(always)]
    fn buckets(self, len: usize) -> impl Iterator<Item = usize> {
        let (mut at, step) = (self.0 as usize, 2 * self.tag() as usize + 1);
        std::iter::repeat_with(move || {
            let index = at & (len.wrapping_sub(1));
            at = at.wrapping_add(step);
            index
        })
    }
}

const _: () = assert!(FIRST << (SIZES - 1) <= 1 << (SlotHash::BITS - 7));

/// A hash table from hashes to shared entries.
#[derive(Debug)]
pub(crate) struct HashTable<T> {
    /// Only the array at `size` is in use.
    arrays: [OnceCell<Box<[Bucket<T>]>>; SIZES],
    size: AtomicUsize,
}

/// The entries of a bucket, and in a byte for each its tag and whether a lookup has found it since
/// [`HashTable::take_touched`]. The last byte counts the entries that passed by.
#[derive(Debug)]
#[repr(align(64))]
struct Bucket<T> {
    lanes: AtomicU64,
    entries: [ArcSwapOption<T>; LANES],
}

/// A lane that was touched.
const TOUCHED: u64 = 0x80;
/// A 1 in each lane.
const EACH: u64 = 0x0001_0101_0101_0101;
/// One entry that passed by.
const PASSED: u64 = 1 << (8 * LANES);
/// The largest number of them. It stays, as it stands for more as well.
const PASSED_MAX: u64 = 0xff;

/// Returns the lanes with a tag, each as the highest bit of its byte.
#[inline(always)]
const fn lanes_of(lanes: u64, tag: u64) -> u64 {
    let different = (lanes & (0x7f * EACH)) ^ (tag * EACH);
    // The highest bit of a byte becomes 1 unless the byte is zero, and none overflows into the next.
    !(different + 0x7f * EACH) & (0x80 * EACH)
}

#[inline(always)]
const fn lane_at(highest_bits: u64) -> usize {
    highest_bits.trailing_zeros() as usize / 8
}

/// Returns the bits of a lane.
const fn in_lane(lane: usize, bits: u64) -> u64 {
    bits << (8 * lane)
}

impl<T> Bucket<T> {
    fn empty() -> Self {
        Self { lanes: AtomicU64::new(0), entries: [const { ArcSwapOption::const_empty() }; LANES] }
    }

    fn is_touched(&self, lane: usize) -> bool {
        self.lanes.load(Ordering::Relaxed) & in_lane(lane, TOUCHED) != 0
    }

    fn passed(&self) -> u64 {
        self.lanes.load(Ordering::Relaxed) / PASSED
    }
}

impl<T> HashTable<T> {
    /// Makes an empty table, which allocates nothing.
    pub(crate) fn new() -> Self {
        Self { arrays: [const { OnceCell::new() }; SIZES], size: AtomicUsize::new(0) }
    }

    /// Borrows the entry of this hash that `matches` accepts, without the lock. `None` may miss an
    /// entry: see the module. `matches` may see entries of other hashes.
    #[inline(always)]
    pub(crate) fn find(
        &self,
        hash: SlotHash,
        matches: impl Fn(&T) -> bool,
    ) -> Option<Guard<Option<Arc<T>>>> {
        let buckets = self.buckets()?;
        for index in hash.buckets(buckets.len()).take(MAX_STEPS) {
            let bucket = buckets.get(index)?;
            let lanes = bucket.lanes.load(Ordering::Acquire);
            let mut left = lanes_of(lanes, hash.tag());
            while left != 0 {
                let lane = lane_at(left);
                let found = bucket.entries.get(lane)?.load();
                if found.as_deref().is_some_and(&matches) {
                    if lanes & in_lane(lane, TOUCHED) == 0 {
                        bucket.lanes.fetch_or(in_lane(lane, TOUCHED), Ordering::Relaxed);
                    }
                    return Some(found);
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
    pub(crate) fn slots_of(
        &self,
        hash: SlotHash,
    ) -> impl Iterator<Item = (SlotId, Guard<Option<Arc<T>>>)> {
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

/// Puts an entry into the first free lane of its buckets.
fn insert_into<T>(buckets: &[Bucket<T>], hash: SlotHash, entry: Arc<T>) -> Option<SlotId> {
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

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use proptest::prelude::*;

    use super::*;

    /// A table with what its owner keeps: the slot and the hash of each value.
    struct Owned {
        table: HashTable<u64>,
        slots: HashMap<u64, (SlotId, SlotHash)>,
        hash: fn(u64) -> u64,
    }

    /// Spreads values as a hash of keys does.
    fn spread(value: u64) -> u64 {
        value.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
    }

    impl Owned {
        fn new(hash: fn(u64) -> u64) -> Self {
            Self { table: HashTable::new(), slots: HashMap::new(), hash }
        }

        fn hash(&self, value: u64) -> SlotHash {
            SlotHash::new((self.hash)(value))
        }

        fn insert(&mut self, value: u64) {
            if self.table.grows_at(self.slots.len()) {
                let before: Vec<_> = self.slots.keys().copied().collect();
                let moved = self.table.grow(before.iter().map(|value| self.slots[value]));
                for (value, moved) in before.into_iter().zip(moved) {
                    self.slots.get_mut(&value).expect("it is there").0 = moved.expect("it is there");
                }
            }
            let hash = self.hash(value);
            let id = self.table.insert(hash, Arc::new(value)).expect("there is room");
            assert_eq!(self.slots.insert(value, (id, hash)), None);
        }

        fn remove(&mut self, value: u64) -> bool {
            let Some((id, hash)) = self.slots.remove(&value) else { return false };
            assert_eq!(self.table.remove_unused(id, hash, |_| true).as_deref(), Some(&value));
            true
        }

        fn finds(&self, value: u64) -> bool {
            let hash = self.hash(value);
            let found = self.table.find(hash, |entry| *entry == value).is_some();
            let mut entries =
                self.table.slots_of(hash).filter_map(|(_, entry)| Guard::into_inner(entry));
            let entry = entries.find(|entry| **entry == value);
            assert_eq!(found, entry.is_some());
            let slot = entry.and_then(|entry| self.table.slot_of(hash, &entry));
            assert_eq!(slot, self.slots.get(&value).map(|(id, _)| *id));
            found
        }
    }

    #[test]
    fn inserted_entry_is_found_at_any_size() {
        let mut table = Owned::new(spread);
        assert!(!table.finds(0));
        for value in 0..10_000 {
            table.insert(value);
        }
        assert!((0..10_000).all(|value| table.finds(value)));
        assert!(!table.finds(10_000));
        (0..10_000).step_by(3).for_each(|value| assert!(table.remove(value)));
        for value in 0..10_000 {
            assert_eq!(table.finds(value), value % 3 != 0, "{value}");
        }
    }

    proptest! {
        /// Also with hashes of few values, so that buckets are full, and entries stand in others.
        #[test]
        fn table_has_the_entries_of_a_naive_set(
            ops in prop::collection::vec((any::<bool>(), 0..60_u64), 0..400),
            hash in prop::sample::select(vec![spread as fn(u64) -> u64, |value| value % 3, |_| 0]),
        ) {
            let mut table = Owned::new(hash);
            for (inserts, value) in ops {
                if !inserts {
                    table.remove(value);
                } else if !table.slots.contains_key(&value) && table.slots.len() < LANES * MAX_STEPS {
                    table.insert(value);
                }
            }
            for value in 0..60 {
                prop_assert_eq!(table.finds(value), table.slots.contains_key(&value));
            }
        }
    }

    /// Otherwise a table through which many keys come and go would search longer and longer.
    #[test]
    fn buckets_that_entries_passed_are_not_searched_once_these_are_gone() {
        let mut table = Owned::new(|value| value % 2);
        for round in 0..1_000 {
            (0..20).for_each(|value| table.insert(round * 20 + value));
            (0..20).for_each(|value| assert!(table.remove(round * 20 + value)));
        }
        let buckets = table.table.buckets().expect("it is in use");
        assert!(buckets.iter().all(|bucket| bucket.passed() == 0));
    }

    #[test]
    fn entry_in_use_is_not_removed_as_unused() {
        let mut table = Owned::new(spread);
        table.insert(7);
        let (id, hash) = table.slots[&7];
        let remove = |table: &Owned, may_go| table.table.remove_unused(id, hash, |_| may_go).is_some();
        let found = table.table.find(hash, |_| true);
        assert!(!remove(&table, true), "borrowed");
        drop(found);
        let held = table.table.get(id);
        assert!(!remove(&table, true), "held");
        drop(held);
        assert!(!remove(&table, false) && table.finds(7), "not agreed");
        assert!(remove(&table, true));
        assert!(table.table.find(hash, |_| true).is_none());
    }

    #[test]
    fn entry_in_use_can_be_removed_and_is_not_found() {
        let mut table = Owned::new(|_| 5);
        (0..20).for_each(|value| table.insert(value));
        let (id, hash) = table.slots.remove(&2).expect("inserted");
        let held = table.table.get(id);
        assert_eq!(table.table.remove(id, hash), held);
        assert!(!table.finds(2) && (3..20).all(|value| table.finds(value)));
        assert!(
            table.table.remove(id, hash).is_none() && table.table.remove(SlotId::MAX, hash).is_none()
        );
    }

    /// A borrow across the growth still counts as a use.
    #[test]
    fn borrowed_entry_stays_in_use_when_the_table_grows() {
        let mut table = Owned::new(spread);
        table.insert(7);
        let found = table.table.find(table.hash(7), |_| true);
        (100..200).for_each(|value| table.insert(value));
        let (id, hash) = table.slots[&7];
        assert!(table.table.remove_unused(id, hash, |_| true).is_none());
        drop(found);
        assert!(table.remove(7), "no array that is out of use keeps it");
    }

    #[test]
    fn touch_is_reported_once() {
        let mut table = Owned::new(spread);
        table.insert(7);
        let id = table.slots[&7].0;
        assert!(!table.table.take_touched(id), "not found since it was inserted");
        assert!(table.finds(7) && table.table.take_touched(id) && !table.table.take_touched(id));
        table.table.touch(id);
        (100..200).for_each(|value| table.insert(value));
        let id = table.slots[&7].0;
        assert!(
            table.table.take_touched(id) && !table.table.take_touched(id),
            "also after it has moved"
        );
    }
}
