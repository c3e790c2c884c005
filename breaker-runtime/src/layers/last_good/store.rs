//! A bounded map from hashes to entries that it knows nothing of, and drops nowhere.

use std::any::Any;
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::sync::{Arc, Mutex};

use foldhash::quality::RandomState;
use quick_cache::sync::Cache;
use quick_cache::{Lifecycle, OptionsBuilder, UnitWeighter};

use crate::layers::last_good::spares;

pub(crate) type AnyEntry = Arc<dyn Any + Send + Sync>;

/// The capacity of each part is exact, so that a part of few entries would be full long before the
/// others.
const MIN_PART: usize = 512;
const MAX_PARTS: usize = 8;

pub(crate) struct Store {
    hashes: RandomState,
    entries: Cache<u64, AnyEntry, UnitWeighter, BuildHasherDefault<Unhashed>, Outgoing>,
    /// Entries that were replaced, without their contents, for threads that keep one of another store.
    spares: [Mutex<Option<AnyEntry>>; MAX_PARTS],
}

impl Store {
    pub(crate) fn new(capacity: u32) -> Self {
        let capacity = capacity as usize;
        let parts = (capacity / MIN_PART).clamp(1, MAX_PARTS);
        let parts = 1 << parts.ilog2();
        // Each part would be rounded up, and all together then hold more.
        let capacity = capacity - capacity % parts;
        let options = OptionsBuilder::new()
            .shards(parts)
            .estimated_items_capacity(capacity)
            .weight_capacity(capacity as u64)
            .build()
            .expect("both capacities are given");
        let hash = BuildHasherDefault::default();
        let entries = Cache::with_options(options, UnitWeighter, hash, Outgoing);
        let spares = [const { Mutex::new(None) }; MAX_PARTS];
        Self { hashes: RandomState::default(), entries, spares }
    }

    pub(crate) fn hash(&self, key: impl Hash) -> u64 {
        self.hashes.hash_one(key)
    }

    pub(crate) fn get(&self, hash: u64) -> Option<AnyEntry> {
        self.entries.get(&hash)
    }

    /// Inserts an entry, and calls `gone` with those that it replaces or pushes out, without a lock.
    pub(crate) fn insert(&self, hash: u64, entry: AnyEntry, gone: impl FnMut(AnyEntry)) {
        let mut outgoing = Gone::default();
        self.entries.insert_with_lifecycle(hash, entry, &mut outgoing);
        let Gone { first, more } = outgoing;
        first.into_iter().chain(more).for_each(gone);
    }

    /// Takes an entry that is not in use: of this thread, or of any if no other thread takes one.
    pub(crate) fn take_spare(&self, hash: u64) -> Option<AnyEntry> {
        spares::take(self.address()).or_else(|| self.spare(hash).try_lock().ok()?.take())
    }

    /// Keeps an entry that is not in use. It must have no contents of the user's, which would be
    /// dropped later than expected.
    pub(crate) fn keep_spare(&self, hash: u64, entry: AnyEntry) {
        let Some(entry) = spares::keep(self.address(), entry) else { return };
        let before = self.spare(hash).try_lock().ok().and_then(|mut spare| spare.replace(entry));
        drop(before);
    }

    fn address(&self) -> usize {
        std::ptr::from_ref(self).addr()
    }

    fn spare(&self, hash: u64) -> &Mutex<Option<AnyEntry>> {
        &self.spares[hash as usize % MAX_PARTS]
    }

    /// Removes an entry, unless another one has replaced it.
    pub(crate) fn remove(&self, hash: u64, entry: &AnyEntry) {
        self.entries.remove_if(&hash, |there| Arc::ptr_eq(there, entry));
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// Takes entries out of the cache's hands, to be dropped when its lock is released.
#[derive(Clone, Debug)]
struct Outgoing;

/// One entry goes for one that comes; the rest is for what the cache does not promise.
#[derive(Default)]
struct Gone {
    first: Option<AnyEntry>,
    more: Vec<AnyEntry>,
}

impl Lifecycle<u64, AnyEntry> for Outgoing {
    type RequestState = Gone;

    fn on_evict(&self, gone: &mut Gone, _hash: u64, entry: AnyEntry) {
        match &gone.first {
            None => gone.first = Some(entry),
            Some(_) => gone.more.push(entry),
        }
    }
}

/// A hasher for values that are hashes already.
#[derive(Default)]
struct Unhashed(u64);

impl Hasher for Unhashed {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(byte);
        }
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(number: u64) -> AnyEntry {
        Arc::new(number)
    }

    fn number(entry: &AnyEntry) -> u64 {
        *entry.downcast_ref().expect("a number")
    }

    #[test]
    fn it_never_holds_more_than_its_capacity_and_always_the_newest() {
        for capacity in [1, 2, 3, 31, 100, 511, 1_025, 5_003] {
            let store = Store::new(capacity);
            for at in 0..u64::from(capacity) * 4 {
                let hash = store.hash(at);
                store.insert(hash, entry(at), drop);
                assert!(store.len() <= capacity as usize, "{} of {capacity}", store.len());
                assert_eq!(store.get(hash).as_ref().map(number), Some(at));
            }
            assert!(store.len() >= capacity as usize * 9 / 10, "{} of {capacity}", store.len());
        }
    }

    #[test]
    fn a_small_store_keeps_all_that_fits() {
        let store = Store::new(512);
        let hashes: Vec<_> = (0..512_u64).map(|at| store.hash(at)).collect();
        for (&hash, at) in hashes.iter().zip(0..) {
            store.insert(hash, entry(at), drop);
        }
        assert!(
            hashes.iter().zip(0..).all(|(&hash, at)| store.get(hash).as_ref().map(number) == Some(at))
        );
    }

    #[test]
    fn thread_finds_a_spare_of_each_of_many_stores() {
        let stores: Vec<_> = (0..20).map(|_| Box::new(Store::new(10))).collect();
        for _ in 0..2 {
            for (store, at) in stores.iter().zip(0..) {
                store.keep_spare(7, entry(at));
            }
            for (store, at) in stores.iter().zip(0..) {
                assert_eq!(store.take_spare(7).as_ref().map(number), Some(at));
                assert!(store.take_spare(7).is_none());
            }
        }
    }

    #[test]
    fn only_the_entry_that_was_seen_is_removed() {
        let store = Store::new(10);
        let (old, new) = (entry(1), entry(2));
        store.insert(7, old.clone(), drop);
        store.insert(7, new.clone(), drop);
        store.remove(7, &old);
        assert_eq!(store.get(7).as_ref().map(number), Some(2));
        store.remove(7, &new);
        assert!(store.get(7).is_none());
    }
}
