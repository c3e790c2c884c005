//! The slots in which a thread has stored its last answers: it finds them again without the store.
//!
//! A slot that has left the store takes no answer, so a memo may be out of date. It keeps no answer
//! alive: the caller that takes a slot out of the store takes the answer out of the slot.

use std::any::Any;
use std::cell::RefCell;
use std::sync::Arc;

/// The number of rows of memos of a thread, and of the keys that share one. With one key in each row of
/// 64, two of ten keys would push each other out in every other process.
const ROWS: usize = 16;
const KEYS: usize = 4;

/// A slot that is in the store, or was.
pub(super) type AnySlot = Arc<dyn Any + Send + Sync>;

/// Where a slot is known to be in a store.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub(super) store: u32,
    /// The new keys that the store had when it was asked, which wrap.
    pub(super) new_keys: u32,
    pub(super) hash: u64,
}

struct Memo {
    place: Place,
    slot: AnySlot,
}

impl Memo {
    #[inline(always)]
    fn is_of(&self, place: Place) -> bool {
        self.place.hash == place.hash && self.place.store == place.store
    }
}

type Row = [Option<Memo>; KEYS];

thread_local! {
    static OF_THREAD: [RefCell<Row>; ROWS] =
        const { [const { RefCell::new([const { None }; KEYS]) }; ROWS] };
}

#[inline(always)]
fn with_row<R>(hash: u64, with: impl FnOnce(&RefCell<Row>) -> Option<R>) -> Option<R> {
    OF_THREAD.try_with(|rows| with(&rows[hash as usize % ROWS])).ok().flatten()
}

/// Calls `with` with this thread's slot of a place, if it has one and the store had less than `patience`
/// new keys meanwhile. That must not call back.
#[inline(always)]
pub(super) fn with_slot<T: 'static, R>(
    place: Place,
    patience: u32,
    with: impl FnOnce(&T) -> Option<R>,
) -> Option<R> {
    with_row(place.hash, |row| {
        let row = row.try_borrow().ok()?;
        let memo = row.iter().flatten().find(|memo| memo.is_of(place))?;
        let is_recent = place.new_keys.wrapping_sub(memo.place.new_keys) < patience;
        if is_recent { with(memo.slot.downcast_ref()?) } else { None }
    })
}

/// Remembers a slot.
pub(super) fn remember(place: Place, slot: AnySlot) {
    let before = with_row(place.hash, |row| {
        let mut row = row.try_borrow_mut().ok()?;
        let same = row.iter().position(|memo| memo.as_ref().is_some_and(|memo| memo.is_of(place)));
        let free = || row.iter().position(Option::is_none);
        // Other bits than those of the row.
        let other = place.hash as usize / ROWS % KEYS;
        let at = same.or_else(free).unwrap_or(other);
        row.get_mut(at)?.replace(Memo { place, slot })
    });
    drop(before);
}

/// Forgets a slot that is taken out of its store, which may use its memory for another key then.
pub(super) fn forget(hash: u64, slot: &AnySlot) {
    let forgotten = with_row(hash, |row| {
        let mut row = row.try_borrow_mut().ok()?;
        let is_it = |memo: &mut Memo| Arc::ptr_eq(&memo.slot, slot);
        row.iter_mut().find_map(|memo| memo.take_if(is_it))
    });
    drop(forgotten);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_of_one_row_do_not_push_each_other_out_until_it_is_full() {
        let place = |hash| Place { store: u32::MAX, new_keys: 0, hash: hash * ROWS as u64 };
        let find = |hash| with_slot(place(hash), 1, |number: &u64| Some(*number));
        for hash in 0..KEYS as u64 {
            remember(place(hash), Arc::new(hash));
            remember(place(hash), Arc::new(hash + 100));
        }
        assert!((0..KEYS as u64).all(|hash| find(hash) == Some(hash + 100)));
        remember(place(10), Arc::new(10_u64));
        assert_eq!(find(10), Some(10));
        assert_eq!((0..KEYS as u64).filter(|hash| find(*hash).is_some()).count(), KEYS - 1);
    }

    #[test]
    fn slot_is_known_until_so_many_new_keys_came_and_until_it_is_forgotten() {
        let place = |new_keys| Place { store: u32::MAX, new_keys, hash: 7 };
        let slot: AnySlot = Arc::new(1_u64);
        remember(place(u32::MAX), Arc::clone(&slot));
        let is_known = |new_keys| with_slot(place(new_keys), 3, |_: &u64| Some(())).is_some();
        assert!(is_known(u32::MAX) && is_known(1) && !is_known(2));
        assert!(with_slot(place(0), 3, |_: &u32| Some(())).is_none(), "of another type");
        forget(7, &slot);
        assert!(!is_known(0));
        assert_eq!(Arc::strong_count(&slot), 1);
    }
}
