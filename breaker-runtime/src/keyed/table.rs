//! Where the breakers of keys are found: a hash table that is read without a lock and written under one.
//!
//! An entry has a slot, and slots hang together in chains, one for each bucket. A slot never moves and is never
//! freed, so that whoever walks along a chain can at worst be led into another one by a slot that has become another
//! entry's meanwhile. So to find an entry is certain, and not to find it means to look again under the lock.
//!
//! What is found is borrowed, by a note that the thread makes of it (`arc-swap`): no count is shared by all
//! callers of a key. Whoever takes an entry out is told of all such notes by the counts of the `Arc` that he gets: if it
//! is the only one, nobody uses the entry, and nobody can begin to.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, AtomicUsize, Ordering};

use arc_swap::{ArcSwapOption, Guard};
use once_cell::sync::OnceCell;

/// Of the first block of slots, and of the first buckets; each next one is twice as long.
const FIRST: usize = 64;
/// Enough for [`MAX_ENTRIES`](crate::config::keyed::MAX_ENTRIES).
const SIZES: usize = 19;
/// Steps along a chain without the lock. As there are as many buckets as entries, a chain this long is either a
/// walk that went astray, or ever so unlikely.
const MAX_STEPS: usize = 64;

const END: u32 = 0;

#[derive(Debug)]
pub(crate) struct Table<T> {
    slots: [OnceCell<Box<[Slot<T>]>>; SIZES],
    /// The links to the first slots of chains. Only those of the present size are in use.
    buckets: [OnceCell<Box<[AtomicU32]>>; SIZES],
    size: AtomicUsize,
}

#[derive(Debug)]
struct Slot<T> {
    hash: AtomicU64,
    entry: ArcSwapOption<T>,
    /// The link to the next slot of the chain: its index plus one.
    next: AtomicU32,
    /// Whether somebody was here since the last sweep.
    touched: AtomicBool,
}

impl<T> Slot<T> {
    fn empty() -> Self {
        Self {
            hash: AtomicU64::new(0),
            entry: ArcSwapOption::const_empty(),
            next: AtomicU32::new(END),
            touched: AtomicBool::new(false),
        }
    }
}

/// Reading.
impl<T> Table<T> {
    pub(crate) fn new() -> Self {
        Self {
            slots: [const { OnceCell::new() }; SIZES],
            buckets: [const { OnceCell::new() }; SIZES],
            size: AtomicUsize::new(0),
        }
    }

    /// Without the lock.
    #[inline(always)]
    pub(crate) fn find(&self, hash: u64, is: impl Fn(&T) -> bool) -> Option<Guard<Option<Arc<T>>>> {
        let mut link = self.bucket(hash)?.load(Ordering::Acquire);
        for _ in 0..MAX_STEPS {
            let slot = self.slot(link)?;
            if slot.hash.load(Ordering::Relaxed) == hash {
                let found = slot.entry.load();
                if found.as_deref().is_some_and(&is) {
                    if !slot.touched.load(Ordering::Relaxed) {
                        slot.touched.store(true, Ordering::Relaxed);
                    }
                    return Some(found);
                }
            }
            link = slot.next.load(Ordering::Acquire);
        }
        None
    }

    #[inline(always)]
    fn bucket(&self, hash: u64) -> Option<&AtomicU32> {
        let buckets = self.buckets.get(self.size.load(Ordering::Acquire))?.get()?;
        buckets.get(hash as usize & (buckets.len().wrapping_sub(1)))
    }

    /// `None` at the end of a chain.
    #[inline(always)]
    fn slot(&self, link: u32) -> Option<&Slot<T>> {
        let (block, index) = position(link)?;
        self.slots.get(block)?.get()?.get(index)
    }
}

/// Returns the block of the slot that a link leads to, and the index in this block; `None` at the end of a chain.
#[inline(always)]
fn position(link: u32) -> Option<(usize, usize)> {
    let index = link.checked_sub(1)? as usize + FIRST;
    let block = (index.ilog2() - FIRST.ilog2()) as usize;
    Some((block, index - (FIRST << block)))
}

/// Under the lock of whoever owns the table. A link is good as long as its entry is there.
impl<T> Table<T> {
    /// Returns all entries of this hash. What is borrowed of them is compared by the caller, without the lock.
    pub(crate) fn of_hash(&self, hash: u64) -> Vec<(u32, Arc<T>)> {
        let mut found = Vec::new();
        let Some(bucket) = self.bucket(hash) else { return found };
        let mut link = bucket.load(Ordering::Acquire);
        while let Some(slot) = self.slot(link) {
            if slot.hash.load(Ordering::Relaxed) == hash {
                found.extend(slot.entry.load_full().map(|entry| (link, entry)));
            }
            link = slot.next.load(Ordering::Acquire);
        }
        found
    }

    pub(crate) fn entry(&self, link: u32) -> Option<Arc<T>> {
        self.slot(link)?.entry.load_full()
    }

    pub(crate) fn touch(&self, link: u32) {
        if let Some(slot) = self.slot(link) {
            slot.touched.store(true, Ordering::Relaxed);
        }
    }

    /// Whether somebody has found the entry since this was last asked.
    pub(crate) fn was_touched(&self, link: u32) -> bool {
        self.slot(link).is_some_and(|slot| slot.touched.swap(false, Ordering::Relaxed))
    }

    /// `link` is one that holds nothing, and `links` are those that hold something, `there` of them.
    pub(crate) fn insert(
        &self,
        link: u32,
        hash: u64,
        entry: Arc<T>,
        there: usize,
        links: impl Iterator<Item = u32>,
    ) {
        let Some((block, _)) = position(link) else { return };
        self.slots[block].get_or_init(|| (0..FIRST << block).map(|_| Slot::empty()).collect());
        self.grow(there, links);
        let (Some(slot), Some(bucket)) = (self.slot(link), self.bucket(hash)) else { return };
        slot.hash.store(hash, Ordering::Relaxed);
        // Whoever inserts it knows the time, which is more than a touch says.
        slot.touched.store(false, Ordering::Relaxed);
        slot.entry.store(Some(entry));
        slot.next.store(bucket.load(Ordering::Relaxed), Ordering::Release);
        bucket.store(link, Ordering::Release);
    }

    /// Whether the next one makes it grow, so that all links are wanted.
    pub(crate) fn is_full(&self, there: usize) -> bool {
        let size = self.size.load(Ordering::Relaxed);
        self.buckets[size].get().is_some_and(|buckets| there >= buckets.len()) && size + 1 < SIZES
    }

    /// Sees to it that there is a bucket for each entry and one more.
    fn grow(&self, there: usize, links: impl Iterator<Item = u32>) {
        let size = self.size.load(Ordering::Relaxed);
        let size = match self.buckets[size].get() {
            None => size,
            Some(_) if self.is_full(there) => size + 1,
            Some(_) => return,
        };
        let buckets =
            self.buckets[size].get_or_init(|| (0..FIRST << size).map(|_| AtomicU32::new(END)).collect());
        for link in links {
            let Some(slot) = self.slot(link) else { continue };
            let bucket = &buckets[slot.hash.load(Ordering::Relaxed) as usize & (buckets.len() - 1)];
            slot.next.store(bucket.load(Ordering::Relaxed), Ordering::Release);
            bucket.store(link, Ordering::Relaxed);
        }
        self.size.store(size, Ordering::Release);
    }

    /// Takes an entry out, if nobody else holds it and `may_go` agrees. Nobody can get hold of it meanwhile.
    pub(crate) fn remove_unused(
        &self,
        link: u32,
        may_go: impl FnOnce(&mut T) -> bool,
    ) -> Option<Arc<T>> {
        let slot = self.slot(link)?;
        let mut entry = slot.entry.swap(None)?;
        if !Arc::get_mut(&mut entry).is_some_and(may_go) {
            slot.entry.store(Some(entry));
            return None;
        }
        self.unlink(link, slot);
        Some(entry)
    }

    /// Takes an entry out, whoever holds it.
    pub(crate) fn remove(&self, link: u32) -> Option<Arc<T>> {
        let slot = self.slot(link)?;
        let entry = slot.entry.swap(None)?;
        self.unlink(link, slot);
        Some(entry)
    }

    fn unlink(&self, link: u32, slot: &Slot<T>) {
        let Some(mut from) = self.bucket(slot.hash.load(Ordering::Relaxed)) else { return };
        loop {
            let next = from.load(Ordering::Relaxed);
            if next == link {
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

    /// The identity as a hash makes chains that are easy to foresee.
    fn insert(table: &Table<u64>, link: u32, value: u64) {
        table.insert(link, value, Arc::new(value), link as usize - 1, 1..link);
    }

    fn finds(table: &Table<u64>, value: u64) -> bool {
        let found = table.find(value, |entry| *entry == value).is_some();
        assert_eq!(found, table.of_hash(value).iter().any(|(_, entry)| **entry == value));
        found
    }

    #[test]
    fn what_is_put_in_is_found_whatever_the_size() {
        let table = Table::new();
        assert!(!finds(&table, 0));
        for value in 0..1000 {
            insert(&table, value as u32 + 1, value * 31);
        }
        assert!((0..1000).all(|value| finds(&table, value * 31)));
        assert!(!finds(&table, 31 * 1000));
        for link in (1..=1000).step_by(3) {
            assert!(table.remove_unused(link, |_| true).is_some());
        }
        for value in 0..1000 {
            assert_eq!(finds(&table, value * 31), value % 3 != 0, "{value}");
        }
    }

    /// Without the lock no chain is followed for more than 64 steps.
    #[test]
    fn chains_stay_short_however_many_entries_there_are() {
        let table = Table::new();
        for link in 1..=10_000 {
            let there = link as usize - 1;
            let links = 1..if table.is_full(there) { link } else { 1 };
            table.insert(link, u64::from(link), Arc::new(u64::from(link)), there, links);
        }
        assert!((1..=10_000).all(|value| finds(&table, value)));
    }

    #[test]
    fn a_place_in_a_chain_can_be_used_again() {
        let table = Table::new();
        (0..4).for_each(|value| insert(&table, value as u32 + 1, value * FIRST as u64));
        assert_eq!(table.remove_unused(2, |_| true).as_deref(), Some(&64));
        insert(&table, 2, 5);
        assert_eq!(
            [0, 64, 128, 192, 5].map(|value| finds(&table, value)),
            [true, false, true, true, true]
        );
    }

    #[test]
    fn an_entry_in_use_stays() {
        let table = Table::new();
        insert(&table, 1, 7);
        let found = table.find(7, |_| true);
        assert!(table.remove_unused(1, |_| true).is_none(), "lent");
        drop(found);
        let held = table.entry(1);
        assert!(table.remove_unused(1, |_| true).is_none(), "held");
        drop(held);
        assert!(table.remove_unused(1, |_| false).is_none() && finds(&table, 7), "not agreed");
        assert!(table.remove_unused(1, |_| true).is_some() && !finds(&table, 7));
    }

    #[test]
    fn an_entry_in_use_can_be_removed_and_is_found_no_longer() {
        let table = Table::new();
        (1..4).for_each(|link| insert(&table, link, u64::from(link) * FIRST as u64));
        let held = table.entry(2);
        assert_eq!(table.remove(2), held);
        assert!(!finds(&table, 128) && finds(&table, 64) && finds(&table, 192));
        assert!(table.remove(2).is_none() && table.remove(9).is_none());
    }

    #[test]
    fn whether_it_was_touched_is_told_once() {
        let table = Table::new();
        insert(&table, 1, 7);
        assert!(!table.was_touched(1), "not found since it was inserted");
        assert!(finds(&table, 7) && table.was_touched(1) && !table.was_touched(1));
        table.touch(1);
        assert!(table.was_touched(1) && !table.was_touched(1));
    }
}
