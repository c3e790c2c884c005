//! Answers that threads store in a slot, by way of its map or past it, while it leaves the map.

use crate::state::answer_slot::{AnswerSlot, SlotRead};
use crate::state::races::*;
use crate::sync::Mutex;

type Slot = Arc<AnswerSlot<u64>>;

/// A map with room for one key, which ends a slot under its lock.
struct Map(Mutex<Option<Slot>>);

impl Map {
    fn new(slot: &Slot) -> Self {
        Self(Mutex::new(Some(Arc::clone(slot))))
    }

    fn slot(&self) -> Option<Slot> {
        self.0.lock().expect("no panic").clone()
    }

    /// Puts a slot in place of the one that is there.
    fn insert(&self, answer: u64) {
        let mut there = self.0.lock().expect("no panic");
        if let Some(before) = there.replace(Arc::new(AnswerSlot::new(answer))) {
            before.end();
        }
    }

    fn put(&self, answer: u64) {
        let stored = self.slot().and_then(|slot| slot.store(&mut Some(answer)));
        if stored.is_none() {
            self.insert(answer);
        }
    }

    /// Stores an answer in a slot that the thread remembers.
    fn put_in(&self, slot: &Slot, answer: u64) {
        if slot.store(&mut Some(answer)).is_none() {
            self.put(answer);
        }
    }

    fn remove_if(&self, is_over: impl Fn(&u64) -> bool) {
        let mut there = self.0.lock().expect("no panic");
        if there.as_ref().is_some_and(|slot| slot.end_if(is_over)) {
            *there = None;
        }
    }

    fn answer(&self) -> Option<u64> {
        read(&*self.slot()?)
    }
}

/// Reads a slot as a thread does that has to bring room.
fn read(slot: &AnswerSlot<u64>) -> Option<u64> {
    let mut room = None;
    loop {
        match slot.read(&mut room) {
            SlotRead::Answer(answer) => {
                let number = *answer;
                drop(slot.give_back(answer));
                return number;
            }
            SlotRead::Ended => return None,
            SlotRead::NeedsRoom => room = Some(Arc::new(None)),
        }
    }
}

/// A slot that took an answer after it had left its map.
#[test]
fn answer_of_the_last_call_to_end_stays() {
    explore(3, 50, || {
        let slot = Arc::new(AnswerSlot::new(0));
        let map = Arc::new(Map::new(&slot));
        let now = Arc::new(AtomicU64::new(0));
        let inserted_at = Arc::new(AtomicU64::new(u64::MAX));
        let remembered_at = Arc::new(AtomicU64::new(0));
        let (inserter, clock, at) = (Arc::clone(&map), Arc::clone(&now), Arc::clone(&inserted_at));
        let race = Race::default().with(move || {
            inserter.insert(2);
            at.store(clock.fetch_add(1, Ordering::SeqCst), Ordering::Relaxed);
        });
        let (other, clock, at) = (Arc::clone(&map), Arc::clone(&now), Arc::clone(&remembered_at));
        race.with(move || {
            other.put(1);
            at.store(clock.fetch_add(1, Ordering::SeqCst), Ordering::Relaxed);
            other.put_in(&slot, 3);
        })
        .run();
        // The insertion may be the last one, unless it ended before the last answer came.
        let is_before = inserted_at.load(Ordering::Relaxed) < remembered_at.load(Ordering::Relaxed);
        let last = map.answer();
        assert!(last == Some(3) || last == Some(2) && !is_before, "{last:?}");
    });
}

/// An answer that was lost, as the one before it was found to be over.
#[test]
fn answer_that_is_renewed_while_it_is_removed_stays() {
    explore(3, 20, || {
        let slot = Arc::new(AnswerSlot::new(0));
        let map = Arc::new(Map::new(&slot));
        let (remover, other) = (Arc::clone(&map), Arc::clone(&map));
        Race::default()
            .with(move || remover.remove_if(|answer| *answer == 0))
            .with(move || other.put_in(&slot, 1))
            .run();
        assert_eq!(map.answer(), Some(1));
    });
}

/// A slot that was empty while its answer moved to its readers.
#[test]
fn answer_is_there_while_it_is_read_and_renewed() {
    explore(3, 50, || {
        let slot = Arc::new(AnswerSlot::new(0));
        let (first, second, other) = (Arc::clone(&slot), Arc::clone(&slot), Arc::clone(&slot));
        Race::default()
            .with(move || {
                let before = read(&first).expect("it has not ended");
                assert!(read(&first).is_some_and(|after| after >= before));
            })
            .with(move || assert!(read(&second).is_some()))
            .with(move || {
                assert!(other.store(&mut Some(1)).is_some());
                assert!(other.store(&mut Some(2)).is_some());
            })
            .run();
        assert_eq!(read(&slot), Some(2));
        slot.end();
        assert!(slot.take().is_some());
        assert!(slot.take().is_none() && slot.store(&mut Some(3)).is_none());
    });
}
