//! Counters of calls: [`striped`] for what nearly every call counts, with a slot for each thread
//! ([`thread_slot`]); [`rare`] for the rest. `left_out` is for a
//! recording, [`borrows`] for the breakers of keys.

pub(crate) mod borrows;
#[cfg(any(feature = "record", breaker_loom))]
pub(crate) mod left_out;
#[cfg(not(breaker_loom))]
pub(crate) mod rare;
pub(crate) mod striped;
#[cfg(not(breaker_loom))]
pub(crate) mod thread_slot;
