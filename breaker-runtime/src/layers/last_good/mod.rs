//! `last_good`: the last success per key, to answer with where a fallback would run.
//!
//! [`LastGood`] stands in a `static` inside the function. A `static` cannot be generic, and key and
//! output may depend on the function's type parameters, so what it holds is type-erased. Each
//! instantiation of a generic function has answers of its own, and all share the capacity.
//!
//! No code of the user's, be it `Hash`, `Eq`, `Clone` or `Drop`, runs while a lock is held: the store
//! knows an entry by a hash and hands it out as an `Arc`; keys are compared and answers are cloned
//! outside, and what was replaced or pushed out is dropped outside. That is why it is `quick_cache` and
//! not `moka`, which drops entries under the lock of its upkeep; and `quick_cache` never holds more than
//! its capacity, not even for a moment.
//!
//! # Cost
//!
//! An answer in memory takes 100 to 160 bytes besides what key and answer take themselves: 64 in an
//! allocation of its own, the rest for its place in the store, which grows by doubling. An answer of a
//! key that has one allocates nothing: it goes into the memory of one that the thread has replaced
//! before, in `spares`. `tests/bench/README.md` has the time of [`learn`](Memory::learn), which takes
//! four locked instructions: two for the lock of the store's part, and one for each entry that comes or
//! goes, by which it is seen to be unused. [`Memory`] takes 48 bytes and the key for as long as the call
//! runs. Up to eight threads can learn at once.

mod aged;
mod key;
#[cfg(feature = "last-good")]
mod memory;
#[cfg(not(feature = "last-good"))]
#[path = "without.rs"]
mod memory;
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
