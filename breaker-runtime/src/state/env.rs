//! What a breaker learns from outside.

use crate::state::counters::striped::ThreadSlot;
use crate::time::Ticks;

/// Time and chance, which may be the user's code: never asked for under a lock. And what other breakers have to say.
pub(crate) trait Env {
    fn now(&self) -> Ticks;

    /// Cheaper than `now`, and off by [`COARSE_ERROR`](crate::time::clock::COARSE_ERROR) at most.
    fn coarse(&self) -> Ticks;

    /// A number from 0 to 1.
    fn random(&self) -> f64;

    /// Of the current thread.
    fn thread_slot(&self) -> ThreadSlot;

    /// Before a closed breaker is so no more: whether it may, and if it may, that it is one that is not closed from
    /// now on. An order is always to be carried out.
    fn reserve_open_slot(&self, forced: bool) -> bool;

    /// It is closed again, or has not opened after all.
    fn release_open_slot(&self);
}
