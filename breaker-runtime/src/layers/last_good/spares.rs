//! Memory without contents, which a thread keeps for its next answers.
//!
//! A new key goes into the slot of one that made room before, and an answer that is read into the `Arc`
//! of one that was read before: neither allocates. The memory stays with the thread: passing it on to
//! other threads takes two locks a call.

use std::cell::Cell;

use crate::layers::last_good::memos::AnySlot;

/// The number of spares of a thread. Of the owners that share a place one has it, and the others keep
/// [their own](crate::layers::last_good::store::Store::keep_spare).
const SPARES: usize = 16;

/// A store, and one of the two kinds of memory there.
pub(super) type SpareOwner = usize;

thread_local! {
    static OF_THREAD: [Cell<Option<(SpareOwner, AnySlot)>>; SPARES] =
        const { [const { Cell::new(None) }; SPARES] };
}

/// Takes this thread's spare of an owner.
pub(super) fn take(owner: SpareOwner) -> Option<AnySlot> {
    with_place(owner, |place| match place.take() {
        Some((of, spare)) if of == owner => Some(spare),
        other => {
            place.set(other);
            None
        }
    })
    .flatten()
}

/// Keeps a spare of an owner for this thread. Returns what finds no room: the one before it, or itself
/// if another owner has the place, or the thread is about to end.
pub(super) fn keep(owner: SpareOwner, spare: AnySlot) -> Option<AnySlot> {
    let mut spare = Some(spare);
    let before = with_place(owner, |place| match place.take() {
        Some(other) if other.0 != owner => {
            place.set(Some(other));
            None
        }
        before => {
            place.set(spare.take().map(|spare| (owner, spare)));
            before.map(|(_, before)| before)
        }
    });
    before.flatten().or(spare)
}

fn with_place<R>(
    owner: SpareOwner,
    with: impl FnOnce(&Cell<Option<(SpareOwner, AnySlot)>>) -> R,
) -> Option<R> {
    OF_THREAD.try_with(|spares| with(&spares[owner % SPARES])).ok()
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
    fn spare_is_given_back_to_its_owner_alone() {
        on_new_thread(|| {
            let (owner, same_place) = (1, 1 + SPARES);
            let spare: AnySlot = Arc::new(1);
            assert!(take(owner).is_none());
            assert!(keep(owner, Arc::clone(&spare)).is_none());
            assert!(take(same_place).is_none());
            let refused = keep(same_place, Arc::new(2)).expect("the place is in use");
            assert!(take(owner).is_some_and(|taken| Arc::ptr_eq(&taken, &spare)));
            assert!(take(owner).is_none());
            assert!(keep(same_place, refused).is_none());
        });
    }

    #[test]
    fn next_spare_of_an_owner_moves_the_one_before_it_out() {
        on_new_thread(|| {
            let [first, next]: [AnySlot; 2] = [Arc::new(1), Arc::new(2)];
            assert!(keep(1, Arc::clone(&first)).is_none());
            assert!(keep(1, Arc::clone(&next)).is_some_and(|out| Arc::ptr_eq(&out, &first)));
            assert!(take(1).is_some_and(|taken| Arc::ptr_eq(&taken, &next)));
        });
    }

    #[test]
    fn spare_of_a_thread_is_dropped_with_it() {
        let spare: AnySlot = Arc::new(1);
        let kept = Arc::clone(&spare);
        on_new_thread(move || assert!(keep(0, kept).is_none()));
        assert_eq!(Arc::strong_count(&spare), 1);
    }
}
