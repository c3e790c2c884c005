//! Entries without contents, which a thread keeps for its next answers.
//!
//! An answer that replaces one goes into the memory of one that was replaced before, and allocates
//! nothing. The memory stays with the thread: passing it on to other threads takes two locks a call.

use std::cell::Cell;

use crate::layers::last_good::store::AnyEntry;

/// The number of spares of a thread. Of the stores that share a slot one has it, and the others keep
/// [their own](crate::layers::last_good::store::Store::keep_spare).
const SPARES: usize = 8;

/// A spare, and the address of the store that it is for.
type Spare = (usize, AnyEntry);

thread_local! {
    static OF_THREAD: [Cell<Option<Spare>>; SPARES] = const { [const { Cell::new(None) }; SPARES] };
}

/// Takes this thread's spare of the store at this address.
pub(super) fn take(store: usize) -> Option<AnyEntry> {
    with_slot(store, |slot| match slot.take() {
        Some((owner, entry)) if owner == store => Some(entry),
        other => {
            slot.set(other);
            None
        }
    })
    .flatten()
}

/// Keeps a spare of the store at this address for this thread. Returns it if another store has the
/// slot, or the thread is about to end.
pub(super) fn keep(store: usize, entry: AnyEntry) -> Option<AnyEntry> {
    let mut entry = Some(entry);
    with_slot(store, |slot| match slot.take() {
        Some(other) if other.0 != store => slot.set(Some(other)),
        // One of the same store is dropped; it has no contents.
        _ => slot.set(entry.take().map(|entry| (store, entry))),
    });
    entry
}

fn with_slot<R>(store: usize, with: impl FnOnce(&Cell<Option<Spare>>) -> R) -> Option<R> {
    // A store is larger than this: two in a row have different slots.
    OF_THREAD.try_with(|spares| with(&spares[store / 256 % SPARES])).ok()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    /// Runs a test on a thread that has no spares of other tests.
    fn on_new_thread(test: impl FnOnce() + Send + 'static) {
        std::thread::spawn(test).join().expect("no panic");
    }

    #[test]
    fn spare_is_given_back_to_its_store_alone() {
        on_new_thread(|| {
            let (store, same_slot) = (256, 256 * (1 + SPARES));
            let entry: AnyEntry = Arc::new(1);
            assert!(take(store).is_none());
            assert!(keep(store, Arc::clone(&entry)).is_none());
            assert!(take(same_slot).is_none());
            let refused = keep(same_slot, Arc::new(2)).expect("the slot is in use");
            assert!(take(store).is_some_and(|taken| Arc::ptr_eq(&taken, &entry)));
            assert!(take(store).is_none());
            assert!(keep(same_slot, refused).is_none());
        });
    }

    #[test]
    fn spare_of_a_thread_is_dropped_with_it() {
        let entry: AnyEntry = Arc::new(1);
        let kept = Arc::clone(&entry);
        on_new_thread(move || assert!(keep(0, kept).is_none()));
        assert_eq!(Arc::strong_count(&entry), 1);
    }
}
