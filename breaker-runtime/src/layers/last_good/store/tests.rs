//! The store alone, with numbers as answers.

use super::*;

impl Store {
    fn number_of(&self, hash: u64) -> Option<u64> {
        let (slot, shared) = self.find(hash)?;
        let number = *shared;
        self.give_back(hash, &slot, shared);
        number
    }
}

#[test]
fn it_never_holds_more_than_its_capacity_and_always_the_newest() {
    for capacity in [1, 2, 3, 31, 100, 511, 1_025, 5_003] {
        let store = Store::new(capacity);
        for at in 0..u64::from(capacity) * 4 {
            let hash = store.hash(at);
            store.put(hash, at);
            assert!(store.len() <= capacity as usize, "{} of {capacity}", store.len());
            assert_eq!(store.number_of(hash), Some(at));
        }
        assert!(store.len() >= capacity as usize * 9 / 10, "{} of {capacity}", store.len());
    }
}

#[test]
fn a_small_store_keeps_all_that_fits() {
    let store = Store::new(512);
    let hashes: Vec<_> = (0..512_u64).map(|at| store.hash(at)).collect();
    for (&hash, at) in hashes.iter().zip(0..) {
        store.put::<u64>(hash, at);
    }
    assert!(hashes.iter().zip(0..).all(|(&hash, at)| store.number_of(hash) == Some(at)));
}

/// A thread renews it in its slot, of which the map hears seldom.
#[test]
fn key_that_is_renewed_stays_while_many_others_come() {
    for capacity in [10, 100, 2_000] {
        let store = Store::new(capacity);
        let renewed = store.hash(0_u64);
        for at in 1..u64::from(capacity) * 20 {
            store.put(renewed, at);
            store.put(store.hash(at), at);
            assert_eq!(store.number_of(renewed), Some(at), "of {capacity}");
        }
    }
}

#[test]
fn thread_finds_a_spare_of_each_of_many_stores() {
    let stores: Vec<_> = (0..40).map(|_| Box::new(Store::new(10))).collect();
    for kind in [Spare::Slot, Spare::Shared] {
        for (store, at) in stores.iter().zip(0_u64..) {
            store.keep_spare(kind, 7, Arc::new(at));
        }
        for (store, at) in stores.iter().zip(0_u64..) {
            assert_eq!(store.take_spare(kind, 7).as_deref(), Some(&at));
            assert!(store.take_spare::<u64>(kind, 7).is_none());
        }
    }
}

#[test]
fn slot_of_a_key_that_made_room_is_used_again() {
    let store = Store::new(1);
    let slot_of = |hash| Arc::as_ptr(&store.slot_of::<u64>(hash).expect("it is there"));
    store.put(1, 1_u64);
    let first = slot_of(1);
    store.put(2, 2_u64);
    let second = slot_of(2);
    store.put(3, 3_u64);
    assert!(ptr::addr_eq(slot_of(3), first));
    store.put(4, 4_u64);
    assert!(ptr::addr_eq(slot_of(4), second));
    assert_eq!(store.number_of(4), Some(4));
}

#[test]
fn only_what_is_over_is_removed() {
    let store = Store::new(10);
    store.put(7, 1_u64);
    let (slot, _) = store.find::<u64>(7).expect("it is there");
    store.put(7, 2_u64);
    store.remove(7, &slot, |number| *number == 1);
    assert_eq!(store.number_of(7), Some(2));
    store.remove(7, &slot, |number| *number == 2);
    assert_eq!(store.number_of(7), None);
    store.put(7, 3_u64);
    store.remove(7, &slot, |_| true);
    assert_eq!(store.number_of(7), Some(3), "in another slot, as this one is in use here");
}

#[test]
fn answers_of_other_types_replace_each_other() {
    let store = Store::new(10);
    store.put(7, 1_u64);
    store.put(7, "one");
    assert!(store.find::<u64>(7).is_none());
    assert_eq!(store.find(7).and_then(|(_, text)| *text), Some("one"));
    assert_eq!(store.len(), 1);
}

#[test]
fn answers_are_dropped_with_their_store_though_a_thread_remembers_the_slots() {
    let store = Store::new(10);
    let answer = Arc::new(());
    store.put(7, Arc::clone(&answer));
    store.put(8, Arc::clone(&answer));
    drop(store.find::<Arc<()>>(8));
    drop(store);
    assert_eq!(Arc::strong_count(&answer), 1);
}
