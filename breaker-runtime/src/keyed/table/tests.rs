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
        let is_it = |entry: &u64| *entry == value;
        let found = self.table.find_anywhere(hash, is_it).is_some();
        // It finds those alone that are the first of their tag.
        assert!(found || self.table.find_first(hash, is_it).is_none());
        let mut entries = self.table.slots_of(hash).filter_map(|(_, entry)| Guard::into_inner(entry));
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

/// Otherwise look-ups would take the longer path.
#[test]
fn most_entries_are_the_first_of_their_tag_in_their_first_bucket() {
    let mut table = Owned::new(spread);
    (0..10_000).for_each(|value| table.insert(value));
    let is_first = |value: &u64| {
        let hash = table.hash(*value);
        table.table.find_first(hash, |entry| entry == value).is_some()
    };
    let first = (0..10_000).filter(is_first).count();
    assert!(first > 9_000, "{first}");
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
    let found = table.table.find_first(hash, |_| true);
    assert!(!remove(&table, true), "borrowed");
    drop(found);
    let held = table.table.get(id);
    assert!(!remove(&table, true), "held");
    drop(held);
    assert!(!remove(&table, false) && table.finds(7), "not agreed");
    assert!(remove(&table, true));
    assert!(table.table.find_first(hash, |_| true).is_none());
}

#[test]
fn entry_in_use_can_be_removed_and_is_not_found() {
    let mut table = Owned::new(|_| 5);
    (0..20).for_each(|value| table.insert(value));
    let (id, hash) = table.slots.remove(&2).expect("inserted");
    let held = table.table.get(id);
    assert_eq!(table.table.remove(id, hash), held);
    assert!(!table.finds(2) && (3..20).all(|value| table.finds(value)));
    assert!(table.table.remove(id, hash).is_none() && table.table.remove(SlotId::MAX, hash).is_none());
}

/// A borrow across the growth still counts as a use.
#[test]
fn borrowed_entry_stays_in_use_when_the_table_grows() {
    let mut table = Owned::new(spread);
    table.insert(7);
    let found = table.table.find_first(table.hash(7), |_| true);
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
    assert!(table.table.peek(table.hash(7), |_| true).is_some() && !table.table.take_touched(id));
    assert!(table.finds(7) && table.table.take_touched(id) && !table.table.take_touched(id));
    table.table.touch(id);
    (100..200).for_each(|value| table.insert(value));
    let id = table.slots[&7].0;
    assert!(table.table.take_touched(id) && !table.table.take_touched(id), "also after it has moved");
}
