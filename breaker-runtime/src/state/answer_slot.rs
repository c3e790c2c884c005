//! The place of the last good answer of one key: [`AnswerSlot`].
//!
//! An answer is moved in and out under the lock of its slot. It is cloned, compared and dropped outside
//! of it, as that is the user's code. So an answer that is read moves into an `Arc`, which its readers
//! share, and the last reader moves it back. The next reader can use the same `Arc`.
//!
//! The lock orders the answers of one slot. A slot that leaves its map is [ended](AnswerSlot::end) under
//! the lock of the map, before another slot can take its place, and takes no answer from then on. So a
//! thread that has the slot stores there without a look into the map. Without the end its answer would
//! be lost, and that of a call that had ended before it would be the last one.

use std::mem;
use std::sync::{Arc, PoisonError};

use crate::sync::{Mutex, MutexGuard};

/// An answer that readers share. `None` while it is not in use.
pub(crate) type SharedAnswer<A> = Arc<Option<A>>;

/// The place of an answer.
#[derive(Debug)]
pub(crate) struct AnswerSlot<A>(Mutex<Content<A>>);

/// The state of a slot with its answer, in one level: each one more would take a word.
#[derive(Debug)]
pub(crate) enum Content<A> {
    Own(A),
    Shared(SharedAnswer<A>),
    /// The same two in a slot that has ended, until they are taken away.
    EndedOwn(A),
    EndedShared(SharedAnswer<A>),
    Ended,
}

/// The content of a slot, for a reader.
#[derive(Debug)]
pub(crate) enum SlotRead<A> {
    Answer(SharedAnswer<A>),
    /// The slot has left its map.
    Ended,
    /// The reader has to bring an `Arc` that is not in use.
    NeedsRoom,
}

impl<A> AnswerSlot<A> {
    pub(crate) fn new(answer: A) -> Self {
        Self(Mutex::new(Content::Own(answer)))
    }

    /// Takes the answer and stores it, unless the slot has ended. Returns the one before it.
    #[inline(always)]
    pub(crate) fn store(&self, answer: &mut Option<A>) -> Option<Content<A>> {
        let mut content = self.lock();
        match *content {
            Content::Own(_) | Content::Shared(_) => {
                Some(mem::replace(&mut content, Content::Own(answer.take()?)))
            }
            _ => None,
        }
    }

    /// Returns the answer. It moves into `room`, which is taken, unless it is shared already.
    pub(crate) fn read(&self, room: &mut Option<SharedAnswer<A>>) -> SlotRead<A> {
        let mut content = self.lock();
        match &*content {
            Content::Shared(shared) => return SlotRead::Answer(Arc::clone(shared)),
            Content::Own(_) => {}
            _ => return SlotRead::Ended,
        }
        let Some(mut shared) = room.take() else { return SlotRead::NeedsRoom };
        let Some(there) = Arc::get_mut(&mut shared) else { return SlotRead::NeedsRoom };
        if let Content::Own(answer) = mem::replace(&mut *content, Content::Ended) {
            *there = Some(answer);
        }
        *content = Content::Shared(Arc::clone(&shared));
        SlotRead::Answer(shared)
    }

    /// Moves an answer that was read back, unless others read it. Returns the `Arc`, which is empty
    /// then, or has the answer still if another one has replaced it.
    pub(crate) fn give_back(&self, shared: SharedAnswer<A>) -> Option<SharedAnswer<A>> {
        let mut content = self.lock();
        match mem::replace(&mut *content, Content::Ended) {
            Content::Shared(mut there) if Arc::ptr_eq(&there, &shared) => {
                // Not the last one, so it drops no answer.
                drop(shared);
                match Arc::get_mut(&mut there).and_then(Option::take) {
                    Some(answer) => {
                        *content = Content::Own(answer);
                        Some(there)
                    }
                    None => {
                        *content = Content::Shared(there);
                        None
                    }
                }
            }
            other => {
                *content = other;
                Some(shared)
            }
        }
    }

    /// Ends the slot, for a caller that holds the lock of the map that it leaves.
    pub(crate) fn end(&self) {
        self.end_if(|_| true);
    }

    /// Ends the slot if `is_over` says so of its answer. That runs under the lock. Returns whether the
    /// slot has ended.
    pub(crate) fn end_if(&self, is_over: impl FnOnce(&A) -> bool) -> bool {
        let mut content = self.lock();
        let stays = match &*content {
            Content::Own(answer) => !is_over(answer),
            Content::Shared(shared) => !shared.as_ref().as_ref().is_none_or(is_over),
            _ => false,
        };
        if stays {
            return false;
        }
        *content = match mem::replace(&mut *content, Content::Ended) {
            Content::Own(answer) => Content::EndedOwn(answer),
            Content::Shared(shared) => Content::EndedShared(shared),
            ended => ended,
        };
        true
    }

    /// Takes the answer out of a slot that has ended.
    pub(crate) fn take(&self) -> Option<Content<A>> {
        let mut content = self.lock();
        if let Content::Own(_) | Content::Shared(_) = *content {
            return None;
        }
        match mem::replace(&mut *content, Content::Ended) {
            Content::EndedOwn(answer) => Some(Content::Own(answer)),
            Content::EndedShared(shared) => Some(Content::Shared(shared)),
            _ => None,
        }
    }

    #[inline(always)]
    fn lock(&self) -> MutexGuard<'_, Content<A>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
