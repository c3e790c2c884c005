//! `last_good`: the last success per key, to answer with where a fallback would run.
//!
//! [`LastGood`] stands in a `static` inside the function. A `static` cannot be generic, and key and
//! output may depend on the function's type parameters, so what it holds is type-erased. Each
//! instantiation of a generic function has answers of its own, and all share the capacity.
//!
//! No code of the user's, be it `Hash`, `Eq`, `Clone` or `Drop`, runs while a lock is held: the store
//! knows a slot by a hash and hands it out as an `Arc`; keys are compared and answers are cloned
//! outside, and what was replaced or pushed out is dropped outside. That is why it is `quick_cache` and
//! not `moka`, which drops entries under the lock of its upkeep; and `quick_cache` never holds more than
//! its capacity, not even for a moment.
//!
//! # Which answer is the last
//!
//! Of two calls for one key, of which one ended before the other began to end, the later one's answer
//! stays. Each key has one [slot](crate::state::answer_slot), of which the lock orders the answers, and
//! no slot takes an answer once it has left the store: see there. A thread remembers the slots in which
//! it stored last (`memos`), and asks the store again when some new keys have come, so that the
//! store hears of keys that are renewed.
//!
//! # Cost
//!
//! An answer in memory takes 90 to 150 bytes besides what key and answer take themselves: 56 in an
//! allocation of its own, the rest for its place in the store, which grows by doubling. An answer of a
//! key that has one goes into its slot and allocates nothing. One that is read moves into memory that
//! the thread keeps for this, in `spares`, and back. `tests/bench/README.md` has the time of
//! [`learn`](Memory::learn), which takes two locked instructions where the thread remembers the slot,
//! those of its lock. What a thread remembers takes 3 kB of its own memory, and the slots without their
//! answers. [`Memory`] takes 48 bytes and the key for as long as the call runs.

mod aged;
mod key;
#[cfg(feature = "last-good")]
mod memory;
#[cfg(not(feature = "last-good"))]
#[path = "without.rs"]
mod memory;
#[cfg(feature = "last-good")]
mod memos;
mod output;
#[cfg(feature = "last-good")]
mod spares;
#[cfg(feature = "last-good")]
mod store;
#[cfg(all(test, feature = "last-good"))]
mod tests;

use std::time::Duration;

pub use crate::layers::last_good::aged::Aged;
pub use crate::layers::last_good::key::LastGoodKey;
pub use crate::layers::last_good::memory::{LastGood, Memory};
pub use crate::layers::last_good::output::{InAged, Owner, Remembered, Remembers, TheOk, WholeOutput};
use crate::time::Ticks;
use crate::time::clock::ticks;

/// The numbers of a [`LastGood`], in range.
#[derive(Clone, Copy, Debug)]
pub struct LastGoodLimits {
    /// In ticks, as each call compares with it.
    max_age: Ticks,
    capacity: u32,
}

/// A value out of range is an error at compile time, as these run in a `const` context only.
#[doc(hidden)]
#[allow(missing_docs)]
impl LastGoodLimits {
    pub const DEFAULT: Self = Self { max_age: ticks(Duration::from_secs(10 * 60)), capacity: 10_000 };

    const MAX_CAPACITY: u32 = 10_000_000;

    #[must_use]
    pub const fn with_max_age(mut self, max_age: Duration) -> Self {
        assert!(!max_age.is_zero(), "max_age of last_good must be longer than zero");
        self.max_age = ticks(max_age);
        self
    }

    #[must_use]
    pub const fn with_capacity(mut self, answers: u32) -> Self {
        assert!(
            answers >= 1 && answers <= Self::MAX_CAPACITY,
            "capacity of last_good must be from 1 to 10000000"
        );
        self.capacity = answers;
        self
    }
}
