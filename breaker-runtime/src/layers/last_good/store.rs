//! A bounded map from hashes to slots of answers, of types that it does not know. It drops none of them
//! under its locks.

#[cfg(test)]
mod tests;

use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::{mem, ptr};

use foldhash::quality::RandomState;
use quick_cache::sync::Cache;
use quick_cache::{Lifecycle, OptionsBuilder, UnitWeighter};

use crate::layers::last_good::memos::{self, AnySlot, Place};
use crate::layers::last_good::spares;
use crate::state::answer_slot::{AnswerSlot, Content, SharedAnswer, SlotRead};
use crate::support::contain::contained;

/// The capacity of each part is exact, so that a part of few entries would be full long before the
/// others.
const MIN_PART: usize = 512;
const MAX_PARTS: usize = 8;

/// A slot in the map, with answers of any type.
trait TypedSlot: Send + Sync {
    /// See [`AnswerSlot::end`].
    fn end(&self);
    /// Drops the answer of a slot that has ended.
    fn clear(&self);
    fn any(self: Arc<Self>) -> AnySlot;
}

impl<A: Send + Sync + 'static> TypedSlot for AnswerSlot<A> {
    fn end(&self) {
        self.end();
    }

    fn clear(&self) {
        drop(self.take());
    }

    fn any(self: Arc<Self>) -> AnySlot {
        self
    }
}

type AnyEntry = Arc<dyn TypedSlot>;

/// Memory without contents, which is kept for later. Contents would be dropped later than expected.
#[derive(Clone, Copy)]
enum Spare {
    Slot,
    Shared,
}

pub(crate) struct Store {
    hashes: RandomState,
    /// Its number, by which threads remember it.
    number: u32,
    /// The number of new keys after which the store has to hear of a key that is renewed. It removes
    /// those first of which it hears seldom.
    patience: u32,
    /// The number of new keys so far, which may wrap.
    new_keys: AtomicU32,
    entries: Cache<u64, AnyEntry, UnitWeighter, BuildHasherDefault<Unhashed>, Outgoing>,
    /// The spares of all threads, of each kind.
    spares: [[Mutex<Option<AnySlot>>; MAX_PARTS]; 2],
}

impl Store {
    pub(crate) fn new(capacity: u32) -> Self {
        static NUMBERS: AtomicU32 = AtomicU32::new(0);
        let patience = (capacity / 8).max(1);
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
        Self {
            hashes: RandomState::default(),
            number: NUMBERS.fetch_add(1, Ordering::Relaxed),
            patience,
            new_keys: AtomicU32::new(0),
            entries: Cache::with_options(options, UnitWeighter, hash, Outgoing),
            spares: [const { [const { Mutex::new(None) }; MAX_PARTS] }; 2],
        }
    }

    #[inline]
    pub(crate) fn hash(&self, key: impl Hash) -> u64 {
        self.hashes.hash_one(key)
    }

    /// Stores the answer of a hash, in place of the one that it has.
    #[inline]
    pub(crate) fn put<A: Send + Sync + 'static>(&self, hash: u64, answer: A) {
        let place = self.place(hash);
        let mut answer = Some(answer);
        let before =
            memos::with_slot(place, self.patience, |slot: &AnswerSlot<A>| slot.store(&mut answer));
        match before {
            Some(before) => self.discard(hash, before),
            None => self.put_slowly(hash, answer),
        }
    }

    #[cold]
    fn put_slowly<A: Send + Sync + 'static>(&self, hash: u64, mut answer: Option<A>) {
        // Before the look into the map: new keys that come meanwhile count.
        let mut place = self.place(hash);
        if let Some(slot) = self.slot_of::<A>(hash) {
            if let Some(before) = slot.store(&mut answer) {
                memos::remember(place, slot);
                return self.discard(hash, before);
            }
        }
        let Some(answer) = answer else { return };
        let slot = self.make_slot(hash, answer);
        self.insert(hash, Arc::<AnswerSlot<A>>::clone(&slot));
        place.new_keys = place.new_keys.wrapping_add(1);
        memos::remember(place, slot);
    }

    /// Returns the slot of a hash and its answer, which the caller [gives back](Self::give_back).
    pub(crate) fn find<A: Send + Sync + 'static>(
        &self,
        hash: u64,
    ) -> Option<(Arc<AnswerSlot<A>>, SharedAnswer<A>)> {
        let mut room = None;
        loop {
            // It is in the map, so it has not ended unless it left the map meanwhile.
            let slot = self.slot_of::<A>(hash)?;
            match slot.read(&mut room) {
                SlotRead::Answer(answer) => {
                    // Another thread has shared it meanwhile.
                    if let Some(room) = room {
                        self.keep_spare(Spare::Shared, hash, room);
                    }
                    return Some((slot, answer));
                }
                SlotRead::Ended => {}
                SlotRead::NeedsRoom => room = Some(self.make_room(hash)),
            }
        }
    }

    /// Gives an answer back that was [found](Self::find).
    pub(crate) fn give_back<A: Send + Sync + 'static>(
        &self,
        hash: u64,
        slot: &AnswerSlot<A>,
        answer: SharedAnswer<A>,
    ) {
        if let Some(room) = slot.give_back(answer) {
            self.discard_shared(hash, room);
        }
    }

    /// Removes the slot of a hash if `is_over` still says so of its answer, which runs under locks.
    pub(crate) fn remove<A: Send + Sync + 'static>(
        &self,
        hash: u64,
        slot: &Arc<AnswerSlot<A>>,
        is_over: impl Fn(&A) -> bool,
    ) {
        let is_it = |there: &AnyEntry| ptr::addr_eq(Arc::as_ptr(there), Arc::as_ptr(slot));
        let removed = self.entries.remove_if(&hash, |there| is_it(there) && slot.end_if(&is_over));
        if let Some((_, entry)) = removed {
            self.retire(hash, entry);
        }
    }

    #[inline]
    fn place(&self, hash: u64) -> Place {
        Place { store: self.number, new_keys: self.new_keys.load(Ordering::Relaxed), hash }
    }

    fn slot_of<A: Send + Sync + 'static>(&self, hash: u64) -> Option<Arc<AnswerSlot<A>>> {
        self.entries.get(&hash)?.any().downcast().ok()
    }

    fn insert(&self, hash: u64, entry: AnyEntry) {
        self.new_keys.fetch_add(1, Ordering::Relaxed);
        let mut gone = Gone::default();
        self.entries.insert_with_lifecycle(hash, entry, &mut gone);
        let Gone { first, more } = gone;
        first.into_iter().chain(more).for_each(|(hash, entry)| self.retire(hash, entry));
    }

    /// Drops the answer of a slot that has left the map, and keeps the slot as a spare.
    fn retire(&self, hash: u64, entry: AnyEntry) {
        // It is that of another call: a panic in its `Drop` must not become the end of this one.
        let _ = contained(|| entry.clear());
        let slot = entry.any();
        memos::forget(hash, &slot);
        self.keep_spare(Spare::Slot, hash, slot);
    }

    /// Drops an answer that was replaced.
    #[inline]
    fn discard<A: Send + Sync + 'static>(&self, hash: u64, before: Content<A>) {
        match before {
            Content::Shared(shared) => self.discard_shared(hash, shared),
            // See `retire`.
            before if mem::needs_drop::<A>() => drop(contained(|| drop(before))),
            _ => {}
        }
    }

    /// Drops an answer that was shared, if there is one, and keeps its `Arc` as a spare.
    #[cold]
    fn discard_shared<A: Send + Sync + 'static>(&self, hash: u64, mut shared: SharedAnswer<A>) {
        match Arc::get_mut(&mut shared) {
            Some(answer) => {
                let answer = answer.take();
                let _ = contained(|| drop(answer));
                self.keep_spare(Spare::Shared, hash, shared);
            }
            // A reader has it still, and may have dropped it by now.
            None => drop(contained(|| drop(shared))),
        }
    }

    fn make_slot<A: Send + Sync + 'static>(&self, hash: u64, answer: A) -> Arc<AnswerSlot<A>> {
        let slot = AnswerSlot::new(answer);
        let Some(mut spare) = self.take_spare::<AnswerSlot<A>>(Spare::Slot, hash) else {
            return Arc::new(slot);
        };
        match Arc::get_mut(&mut spare) {
            Some(there) => {
                *there = slot;
                spare
            }
            // Another thread remembers it.
            None => Arc::new(slot),
        }
    }

    fn make_room<A: Send + Sync + 'static>(&self, hash: u64) -> SharedAnswer<A> {
        let spare = self.take_spare::<Option<A>>(Spare::Shared, hash);
        spare.filter(|spare| Arc::strong_count(spare) == 1).unwrap_or_default()
    }

    /// Takes a spare: of this thread, or of any if no other thread takes one.
    fn take_spare<T: Send + Sync + 'static>(&self, kind: Spare, hash: u64) -> Option<Arc<T>> {
        let of_all = || self.spares_of_all(kind, hash).try_lock().ok()?.take();
        spares::take(self.owner(kind)).or_else(of_all)?.downcast().ok()
    }

    fn keep_spare(&self, kind: Spare, hash: u64, spare: AnySlot) {
        let Some(spare) = spares::keep(self.owner(kind), spare) else { return };
        let of_all = self.spares_of_all(kind, hash).try_lock().ok();
        let before = of_all.and_then(|mut of_all| of_all.replace(spare));
        drop(before);
    }

    fn owner(&self, kind: Spare) -> spares::SpareOwner {
        self.number as usize * 2 + kind as usize
    }

    fn spares_of_all(&self, kind: Spare, hash: u64) -> &Mutex<Option<AnySlot>> {
        &self.spares[kind as usize][hash as usize % MAX_PARTS]
    }

    #[cfg(test)]
    pub(crate) fn len(&self) -> usize {
        self.entries.len()
    }
}

/// Drops the answers, also of slots that threads remember.
impl Drop for Store {
    fn drop(&mut self) {
        for (_, entry) in self.entries.drain() {
            entry.end();
            let _ = contained(|| entry.clear());
        }
    }
}

/// Takes entries out of the cache's hands, to be dropped when its lock is released.
#[derive(Clone, Debug)]
struct Outgoing;

/// One entry goes for one that comes; the rest is for what the cache does not promise.
#[derive(Default)]
struct Gone {
    first: Option<(u64, AnyEntry)>,
    more: Vec<(u64, AnyEntry)>,
}

impl Lifecycle<u64, AnyEntry> for Outgoing {
    type RequestState = Gone;

    fn on_evict(&self, gone: &mut Gone, hash: u64, entry: AnyEntry) {
        // Before another slot can be in its place.
        entry.end();
        match &gone.first {
            None => gone.first = Some((hash, entry)),
            Some(_) => gone.more.push((hash, entry)),
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
