//! A hash table that is read without a lock and written under one: [`HashTable`].
//!
//! An entry has a slot, and the slots of one bucket form a chain. A slot never moves and is never freed,
//! so a reader that walks a chain can at worst be led into another chain by a slot that holds another
//! entry meanwhile. Therefore a hit is certain, and a miss means to look again under the lock.
//!
//! A reader borrows an entry through `arc-swap`, which records the borrow in a slot of the thread: no
//! count is shared by all callers of a key. Taking an entry out settles outstanding borrows into the
//! count of the `Arc`, so `Arc::get_mut` succeeds only if no reader holds the entry, and none can begin
//! to.
//!
//! # Why not a library
//!
//! The time of a hit as a multiple of this table's, with the same hash and members: on one thread with
//! 1,000 and 100,000 keys, and on two threads in parallel with one key and with eight (`papaya` 0.2,
//! `scc` 3, two cores).
//!
//! | hit | 1,000 | 100,000 | 1 key | 8 keys |
//! |---|---|---|---|---|
//! | this table | 1.0 (20 ns) | 1.0 (300 ns) | 1.0 (15 ns) | 1.0 (20 ns) |
//! | `papaya`, borrow under a guard | 1.0 | 1.2 | 1.1 | 0.8 |
//! | `papaya`, clone of the `Arc` | 1.3 | 1.2 | 3.5 | 3.9 |
//! | `scc::HashIndex`, borrow under a guard | 0.9 | 1.0 | 1.0 | 0.8 |
//! | `scc::HashIndex`, clone of the `Arc` | 1.1 | 1.0 | 3.7 | 3.8 |
//! | `scc::HashMap`, clone under a bucket's lock | 1.1 | 1.1 | 23 | 8 |
//!
//! A borrow under a guard is as fast, but eviction cannot see it: a member with a call in flight would
//! be evicted while others are idle. A cloned `Arc` can be seen, but a reader may clone it between the
//! look at its count and the removal, unless both hold a lock. Only the last row is exact, and its hits
//! wait for each other. So the table stays.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use arc_swap::{ArcSwapOption, Guard};
use once_cell::sync::OnceCell;

use crate::config::keyed::MAX_ENTRIES;

/// The length of the first block of slots, and of the first array of buckets. Each next one is twice as
/// long.
const FIRST: usize = 64;
/// The number of blocks, and of arrays of buckets.
const SIZES: usize = 19;
const _: () = assert!(FIRST << (SIZES - 1) >= MAX_ENTRIES as usize);
/// The most steps along a chain without the lock. There are as many buckets as entries, so a longer
/// chain is either a walk that was led astray, or too unlikely to matter.
const MAX_STEPS: usize = 64;

/// The name of a slot: its index plus one. Valid while its entry is there.
pub(crate) type SlotId = u32;

/// The end of a chain.
const END: SlotId = 0;

/// A hash table from hashes to shared entries.
#[derive(Debug)]
pub(crate) struct HashTable<T> {
    slots: [OnceCell<Box<[HashSlot<T>]>>; SIZES],
    /// The first slots of all chains. Only the array at `size` is in use.
    buckets: [OnceCell<Box<[AtomicU32]>>; SIZES],
    size: AtomicUsize,
}

#[derive(Debug)]
struct HashSlot<T> {
    hash: AtomicU64,
    entry: ArcSwapOption<T>,
    /// The id of the next slot of the chain.
    next: AtomicU32,
    /// Whether a lookup has found the entry since [`HashTable::take_touched`].
    touched: AtomicBool,
}

impl<T> HashSlot<T> {
    fn empty() -> Self {
        Self {
            hash: AtomicU64::new(0),
            entry: ArcSwapOption::const_empty(),
            next: AtomicU32::new(END),
            touched: AtomicBool::new(false),
        }
    }
}

impl<T> HashTable<T> {
    /// Makes an empty table, which allocates nothing.
    pub(crate) fn new() -> Self {
        Self {
            slots: [const { OnceCell::new() }; SIZES],
            buckets: [const { OnceCell::new() }; SIZES],
            size: AtomicUsize::new(0),
        }
    }

    /// Borrows the entry of this hash that `matches` accepts, without the lock. `None` may miss an
    /// entry: see the module.
    #[inline(always)]
    pub(crate) fn find(&self, hash: u64, matches: impl Fn(&T) -> bool) -> Option<Guard<Option<Arc<T>>>> {
        let mut id = self.bucket(hash)?.load(Ordering::Acquire);
        for _ in 0..MAX_STEPS {
            let slot = self.slot(id)?;
            if slot.hash.load(Ordering::Relaxed) == hash {
                let found = slot.entry.load();
                if found.as_deref().is_some_and(&matches) {
                    if !slot.touched.load(Ordering::Relaxed) {
                        slot.touched.store(true, Ordering::Relaxed);
                    }
                    return Some(found);
                }
            }
            id = slot.next.load(Ordering::Acquire);
        }
        None
    }

    #[inline(always)]
    fn bucket(&self, hash: u64) -> Option<&AtomicU32> {
        let buckets = self.buckets.get(self.size.load(Ordering::Acquire))?.get()?;
        buckets.get(hash as usize & (buckets.len().wrapping_sub(1)))
    }

    /// Returns a slot; `None` at the end of a chain.
    #[inline(always)]
    fn slot(&self, id: SlotId) -> Option<&HashSlot<T>> {
        let (block, index) = position(id)?;
        self.slots.get(block)?.get()?.get(index)
    }
}

/// Returns the block of a slot and its index in this block; `None` at the end of a chain.
#[inline(always)]
fn position(id: SlotId) -> Option<(usize, usize)> {
    let index = id.checked_sub(1)? as usize + FIRST;
    let block = (index.ilog2() - FIRST.ilog2()) as usize;
    Some((block, index - (FIRST << block)))
}

/// Methods for callers that hold the lock of the table's owner.
impl<T> HashTable<T> {
    /// Returns all entries of this hash, for the caller to compare after it has released the lock.
    pub(crate) fn with_hash(&self, hash: u64) -> Vec<(SlotId, Arc<T>)> {
        let mut found = Vec::new();
        let Some(bucket) = self.bucket(hash) else { return found };
        let mut id = bucket.load(Ordering::Acquire);
        while let Some(slot) = self.slot(id) {
            if slot.hash.load(Ordering::Relaxed) == hash {
                found.extend(slot.entry.load_full().map(|entry| (id, entry)));
            }
            id = slot.next.load(Ordering::Acquire);
        }
        found
    }

    /// Returns the entry of a slot.
    pub(crate) fn get(&self, id: SlotId) -> Option<Arc<T>> {
        self.slot(id)?.entry.load_full()
    }

    /// Marks a slot as used, as [`find`](Self::find) does.
    pub(crate) fn touch(&self, id: SlotId) {
        if let Some(slot) = self.slot(id) {
            slot.touched.store(true, Ordering::Relaxed);
        }
    }

    /// Returns whether a lookup has found the entry since this was last called.
    pub(crate) fn take_touched(&self, id: SlotId) -> bool {
        self.slot(id).is_some_and(|slot| slot.touched.swap(false, Ordering::Relaxed))
    }

    /// Puts an entry into a free slot. `ids` are the `len` slots in use; they are read only if
    /// [`grows_at`](Self::grows_at) this length.
    pub(crate) fn insert(
        &self,
        id: SlotId,
        hash: u64,
        entry: Arc<T>,
        len: usize,
        ids: impl Iterator<Item = SlotId>,
    ) {
        let Some((block, _)) = position(id) else { return };
        self.slots[block].get_or_init(|| (0..FIRST << block).map(|_| HashSlot::empty()).collect());
        self.grow(len, ids);
        let (Some(slot), Some(bucket)) = (self.slot(id), self.bucket(hash)) else { return };
        slot.hash.store(hash, Ordering::Relaxed);
        // The caller knows the time of this use, and a touch would move it to the next sweep.
        slot.touched.store(false, Ordering::Relaxed);
        slot.entry.store(Some(entry));
        slot.next.store(bucket.load(Ordering::Relaxed), Ordering::Release);
        bucket.store(id, Ordering::Release);
    }

    /// Returns whether an insertion into a table of this length makes it grow, and so reads the ids of
    /// all slots in use.
    pub(crate) fn grows_at(&self, len: usize) -> bool {
        let size = self.size.load(Ordering::Relaxed);
        self.buckets[size].get().is_some_and(|buckets| len >= buckets.len()) && size + 1 < SIZES
    }

    /// Provides a bucket for each entry and one more.
    fn grow(&self, len: usize, ids: impl Iterator<Item = SlotId>) {
        let size = self.size.load(Ordering::Relaxed);
        let size = match self.buckets[size].get() {
            None => size,
            Some(_) if self.grows_at(len) => size + 1,
            Some(_) => return,
        };
        let buckets =
            self.buckets[size].get_or_init(|| (0..FIRST << size).map(|_| AtomicU32::new(END)).collect());
        for id in ids {
            let Some(slot) = self.slot(id) else { continue };
            let bucket = &buckets[slot.hash.load(Ordering::Relaxed) as usize & (buckets.len() - 1)];
            slot.next.store(bucket.load(Ordering::Relaxed), Ordering::Release);
            bucket.store(id, Ordering::Relaxed);
        }
        self.size.store(size, Ordering::Release);
    }

    /// Takes an entry out if it has no other holder and `may_go` agrees. No reader can borrow it
    /// meanwhile.
    pub(crate) fn remove_unused(
        &self,
        id: SlotId,
        may_go: impl FnOnce(&mut T) -> bool,
    ) -> Option<Arc<T>> {
        let slot = self.slot(id)?;
        let mut entry = slot.entry.swap(None)?;
        if !Arc::get_mut(&mut entry).is_some_and(may_go) {
            slot.entry.store(Some(entry));
            return None;
        }
        self.unlink(id, slot);
        Some(entry)
    }

    /// Takes an entry out, whether or not it has other holders.
    pub(crate) fn remove(&self, id: SlotId) -> Option<Arc<T>> {
        let slot = self.slot(id)?;
        let entry = slot.entry.swap(None)?;
        self.unlink(id, slot);
        Some(entry)
    }

    fn unlink(&self, id: SlotId, slot: &HashSlot<T>) {
        let Some(mut from) = self.bucket(slot.hash.load(Ordering::Relaxed)) else { return };
        loop {
            let next = from.load(Ordering::Relaxed);
            if next == id {
                from.store(slot.next.load(Ordering::Relaxed), Ordering::Release);
                return;
            }
            let Some(before) = self.slot(next) else { return };
            from = &before.next;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Inserts a value under itself as hash, so that a test can predict the chains.
    fn insert(table: &HashTable<u64>, id: SlotId, value: u64) {
        table.insert(id, value, Arc::new(value), id as usize - 1, 1..id);
    }

    fn finds(table: &HashTable<u64>, value: u64) -> bool {
        let found = table.find(value, |entry| *entry == value).is_some();
        assert_eq!(found, table.with_hash(value).iter().any(|(_, entry)| **entry == value));
        found
    }

    #[test]
    fn inserted_entry_is_found_at_any_size() {
        let table = HashTable::new();
        assert!(!finds(&table, 0));
        for value in 0..1000 {
            insert(&table, value as u32 + 1, value * 31);
        }
        assert!((0..1000).all(|value| finds(&table, value * 31)));
        assert!(!finds(&table, 31 * 1000));
        for id in (1..=1000).step_by(3) {
            assert!(table.remove_unused(id, |_| true).is_some());
        }
        for value in 0..1000 {
            assert_eq!(finds(&table, value * 31), value % 3 != 0, "{value}");
        }
    }

    /// Without the lock no chain is followed for more than [`MAX_STEPS`].
    #[test]
    fn chains_stay_short_at_any_size() {
        let table = HashTable::new();
        for id in 1..=10_000 {
            let len = id as usize - 1;
            let ids = 1..if table.grows_at(len) { id } else { 1 };
            table.insert(id, u64::from(id), Arc::new(u64::from(id)), len, ids);
        }
        assert!((1..=10_000).all(|value| finds(&table, value)));
    }

    #[test]
    fn freed_slot_joins_another_chain() {
        let table = HashTable::new();
        (0..4).for_each(|value| insert(&table, value as u32 + 1, value * FIRST as u64));
        assert_eq!(table.remove_unused(2, |_| true).as_deref(), Some(&64));
        insert(&table, 2, 5);
        assert_eq!(
            [0, 64, 128, 192, 5].map(|value| finds(&table, value)),
            [true, false, true, true, true]
        );
    }

    #[test]
    fn entry_in_use_is_not_removed_as_unused() {
        let table = HashTable::new();
        insert(&table, 1, 7);
        let found = table.find(7, |_| true);
        assert!(table.remove_unused(1, |_| true).is_none(), "borrowed");
        drop(found);
        let held = table.get(1);
        assert!(table.remove_unused(1, |_| true).is_none(), "held");
        drop(held);
        assert!(table.remove_unused(1, |_| false).is_none() && finds(&table, 7), "not agreed");
        assert!(table.remove_unused(1, |_| true).is_some() && !finds(&table, 7));
    }

    #[test]
    fn entry_in_use_can_be_removed_and_is_not_found() {
        let table = HashTable::new();
        (1..4).for_each(|id| insert(&table, id, u64::from(id) * FIRST as u64));
        let held = table.get(2);
        assert_eq!(table.remove(2), held);
        assert!(!finds(&table, 128) && finds(&table, 64) && finds(&table, 192));
        assert!(table.remove(2).is_none() && table.remove(9).is_none());
    }

    #[test]
    fn touch_is_reported_once() {
        let table = HashTable::new();
        insert(&table, 1, 7);
        assert!(!table.take_touched(1), "not found since it was inserted");
        assert!(finds(&table, 7) && table.take_touched(1) && !table.take_touched(1));
        table.touch(1);
        assert!(table.take_touched(1) && !table.take_touched(1));
    }
}
