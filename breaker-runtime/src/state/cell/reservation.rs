//! The reservation of one of a group's open slots.

use crate::state::env::Env;
use crate::state::word::StateWord;

/// An open slot for a breaker that is about to leave the closed state. Dropped without
/// [`consume`](Self::consume), it releases the slot: the breaker has not opened.
pub(super) struct OpenReservation<'e, E: Env> {
    env: &'e E,
    reserved: bool,
}

impl<'e, E: Env> OpenReservation<'e, E> {
    pub(super) fn new(env: &'e E) -> Self {
        Self { env, reserved: false }
    }

    /// Returns whether a breaker with this word may enter a state that is not closed. Reserves a slot if
    /// the word is closed.
    pub(super) fn covers(&mut self, word: StateWord, forced: bool) -> bool {
        if !self.reserved && word.is_closed_or_forced_closed() {
            self.reserved = self.env.reserve_open_slot(forced);
            return self.reserved;
        }
        true
    }

    /// Keeps the slot: the breaker has left the state of `word`. A breaker that was not closed has kept
    /// its earlier slot, and this one is released.
    pub(super) fn consume(mut self, word: StateWord) {
        self.reserved &= !word.is_closed_or_forced_closed();
    }
}

impl<E: Env> Drop for OpenReservation<'_, E> {
    fn drop(&mut self) {
        if self.reserved {
            self.env.release_open_slot();
        }
    }
}
