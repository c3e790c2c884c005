//! Counters that threads add to without waiting for each other.
//!
//! A number that every thread adds to by a locked instruction costs two nanoseconds with one thread and
//! ten with two. Here the first thread owns the counters in the breaker itself and adds by a plain load
//! and store. Once other threads add often, each thread gets a stripe, a cache line of its own. A reader
//! adds up all of them.
//!
//! No addition is lost: one thread at a time has a [`ThreadSlot`], and so one thread at a time writes a
//! stripe. A thread without a stripe adds by a locked instruction. No counter steps back, so that two
//! equal sums have nothing added between them ([`streak`](crate::state::streak)).

use crate::sync::{AtomicU64, OnceBox, Ordering};

/// A number that one thread has as long as it lives, and that no other thread has meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ThreadSlot(pub(crate) u64);

impl ThreadSlot {
    /// The slot of a thread that has not claimed one yet. Like [`ThreadSlot::NONE`] it must not have a
    /// stripe, as many threads have it at once.
    pub(crate) const UNKNOWN: Self = Self(u64::MAX - 3);
    /// The slot of a thread that has to share: it is about to end, or there are too many threads.
    pub(crate) const NONE: Self = Self(u64::MAX);
    /// The number of threads that can have a stripe each.
    pub(crate) const MAX: u64 = (CHUNKS * CHUNK) as u64;
}

/// A kind of call that is counted in stripes, as nearly every call is one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum HotCounter {
    Success,
    Failure,
    Rejected,
}

const HOT_COUNTERS: usize = 3;

/// A kind of answer or attempt of a layer around the breaker. Counted in the stripes alone: the counters
/// in the breaker itself fill its cache line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum LayerCounter {
    Fallback,
    Retried,
    LastGood,
}

impl LayerCounter {
    #[cfg(all(test, not(breaker_loom)))]
    pub(crate) const ALL: [Self; 3] = [Self::Fallback, Self::Retried, Self::LastGood];

    /// Returns the index after those of the [`HotCounter`]s.
    const fn index(self) -> usize {
        HOT_COUNTERS + self as usize
    }
}

const COUNTERS: usize = HOT_COUNTERS + 3;
const CHUNK: usize = if cfg!(breaker_loom) { 3 } else { 8 };
const CHUNKS: usize = if cfg!(breaker_loom) { 2 } else { 8 };

/// [`StripedCounters::owner`] before the first call.
const UNOWNED: u64 = u64::MAX - 1;
/// [`StripedCounters::owner`] once every thread has a stripe.
const STRIPED: u64 = u64::MAX - 2;

/// The number of additions by locked instructions after which a thread gets a stripe.
const CONTENDED: u64 = if cfg!(breaker_loom) { 1 } else { 256 };

#[derive(Debug)]
struct Counters<const N: usize>([AtomicU64; N]);

/// The counters of one thread, in a cache line that no other thread writes.
#[derive(Debug)]
#[repr(align(64))]
struct Stripe(Counters<COUNTERS>);

#[derive(Debug)]
struct StripeChunk([Stripe; CHUNK]);

#[derive(Debug, Default)]
struct Chunks([OnceBox<StripeChunk>; CHUNKS]);

/// The counters of one breaker.
#[derive(Debug)]
#[repr(C)]
pub(crate) struct StripedCounters {
    owner: AtomicU64,
    own: Counters<HOT_COUNTERS>,
    stripes: OnceBox<Chunks>,
}

/// The additions by locked instructions. Apart from [`StripedCounters`], which every call reads.
#[derive(Debug)]
pub(crate) struct Overflow(Counters<COUNTERS>);

impl<const N: usize> Counters<N> {
    #[cfg(not(breaker_loom))]
    const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; N])
    }

    #[cfg(breaker_loom)]
    fn new() -> Self {
        Self(std::array::from_fn(|_| AtomicU64::new(0)))
    }

    /// Adds one, for the only thread that writes these counters.
    #[inline(always)]
    fn add_alone(&self, index: usize) {
        let counter = &self.0[index];
        counter.store(counter.load(Ordering::Relaxed).wrapping_add(1), Ordering::Relaxed);
    }

    fn read(&self, index: usize) -> u64 {
        self.0[index].load(Ordering::Relaxed)
    }
}

impl Default for StripeChunk {
    fn default() -> Self {
        Self(std::array::from_fn(|_| Stripe(Counters::new())))
    }
}

impl Overflow {
    #[cfg(not(breaker_loom))]
    pub(crate) const fn new() -> Self {
        Self(Counters::new())
    }

    #[cfg(breaker_loom)]
    pub(crate) fn new() -> Self {
        Self(Counters::new())
    }
}

impl StripedCounters {
    #[cfg(not(breaker_loom))]
    pub(crate) const fn new() -> Self {
        Self { owner: AtomicU64::new(UNOWNED), own: Counters::new(), stripes: OnceBox::new() }
    }

    #[cfg(breaker_loom)]
    pub(crate) fn new() -> Self {
        Self { owner: AtomicU64::new(UNOWNED), own: Counters::new(), stripes: OnceBox::new() }
    }

    /// Counts, and returns `true`, if the thread owns these counters or has a stripe.
    #[inline(always)]
    #[must_use = "what could not be counted here is counted by `add_slowly`"]
    pub(crate) fn add(&self, slot: ThreadSlot, what: HotCounter) -> bool {
        if self.owner.load(Ordering::Relaxed) == slot.0 {
            self.own.add_alone(what as usize);
            return true;
        }
        let Some(stripe) = self.stripe(slot) else { return false };
        stripe.add_alone(what as usize);
        true
    }

    /// Returns whether the thread owns these counters.
    #[inline(always)]
    pub(crate) fn is_owned_by(&self, slot: ThreadSlot) -> bool {
        self.owner.load(Ordering::Relaxed) == slot.0
    }

    /// Counts, for the thread that [owns](Self::is_owned_by) these counters.
    #[inline(always)]
    pub(crate) fn add_as_owner(&self, what: HotCounter) {
        self.own.add_alone(what as usize);
    }

    /// Returns the sum as [`read`](Self::read) does; `None` once a thread has a stripe.
    #[inline(always)]
    pub(crate) fn read_unstriped(&self, what: HotCounter, overflow: &Overflow) -> Option<u64> {
        // Before the numbers: the owner stays one for a moment after the first stripe was made.
        if self.stripes.get().is_some() {
            return None;
        }
        Some(self.own.read(what as usize).wrapping_add(overflow.0.read(what as usize)))
    }

    #[inline(always)]
    fn stripe(&self, slot: ThreadSlot) -> Option<&Counters<COUNTERS>> {
        let index = slot.0 as usize;
        let chunk = self.stripes.get()?.0.get(index / CHUNK)?.get()?;
        Some(&chunk.0[index % CHUNK].0)
    }

    /// Counts, and makes the thread the owner of these counters if they have none, or gives it a stripe
    /// if threads contend. `overflow`, which may allocate, runs in the second case alone.
    pub(crate) fn add_slowly<'o>(
        &self,
        slot: ThreadSlot,
        what: HotCounter,
        overflow: impl FnOnce() -> &'o Overflow,
    ) {
        let claimed = slot != ThreadSlot::NONE
            && self
                .owner
                .compare_exchange(UNOWNED, slot.0, Ordering::Relaxed, Ordering::Relaxed)
                .is_ok();
        if claimed {
            self.own.add_alone(what as usize);
            return;
        }
        let before = overflow().0.0[what as usize].fetch_add(1, Ordering::Relaxed);
        if before % CONTENDED == CONTENDED - 1 {
            self.make_stripe(slot);
        }
    }

    /// Counts what a layer has done. The thread that owns these counters shares the count until others
    /// contend, and so needs no stripe if it is alone.
    pub(crate) fn add_layer<'o>(
        &self,
        slot: ThreadSlot,
        what: LayerCounter,
        overflow: impl FnOnce() -> &'o Overflow,
    ) {
        if let Some(stripe) = self.stripe(slot) {
            return stripe.add_alone(what.index());
        }
        let shared = overflow().0.0[what.index()].fetch_add(1, Ordering::Relaxed);
        let is_owner = self.owner.load(Ordering::Relaxed) == slot.0;
        if shared % CONTENDED == CONTENDED - 1 && !is_owner {
            self.make_stripe(slot);
        }
    }

    /// Gives the thread a stripe, unless there are too many threads.
    fn make_stripe(&self, slot: ThreadSlot) {
        if slot.0 < ThreadSlot::MAX {
            let stripes = self.stripes.get_or_init(Box::default);
            stripes.0[slot.0 as usize / CHUNK].get_or_init(Box::default);
            // From now on the cache line with the word in it is only read: no thread waits for it.
            self.owner.store(STRIPED, Ordering::Relaxed);
        }
    }

    /// Returns the sum. What other threads add meanwhile may be in it or not.
    pub(crate) fn read(&self, what: HotCounter, overflow: Option<&Overflow>) -> u64 {
        self.own.read(what as usize).wrapping_add(self.read_stripes(what as usize, overflow))
    }

    /// Returns the sum of what a layer has done, as [`read`](Self::read) does.
    pub(crate) fn read_layer(&self, what: LayerCounter, overflow: Option<&Overflow>) -> u64 {
        self.read_stripes(what.index(), overflow)
    }

    #[inline]
    fn read_stripes(&self, index: usize, overflow: Option<&Overflow>) -> u64 {
        let shared = overflow.map_or(0, |overflow| overflow.0.read(index));
        self.stripes.get().map_or(shared, |stripes| stripes.sum(index, shared))
    }
}

impl Chunks {
    /// Returns the sum over all stripes, added to another one.
    #[inline(never)]
    fn sum(&self, index: usize, mut sum: u64) -> u64 {
        for chunk in self.0.iter().filter_map(OnceBox::get) {
            for stripe in &chunk.0 {
                sum = sum.wrapping_add(stripe.0.read(index));
            }
        }
        sum
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn first_thread_owns_the_counter_and_others_get_stripes_under_contention() {
        let (counters, overflow) = (StripedCounters::new(), Overflow::new());
        let [first, second] = [ThreadSlot(16), ThreadSlot(17)];
        counters.add_slowly(first, HotCounter::Success, || &overflow);
        assert!(counters.add(first, HotCounter::Success));
        for _ in 1..CONTENDED {
            counters.add_slowly(second, HotCounter::Success, || &overflow);
        }
        assert!(!counters.add(second, HotCounter::Success), "locked instructions are rare enough");
        counters.add_slowly(second, HotCounter::Success, || &overflow);
        assert!(counters.add(first, HotCounter::Success) && counters.add(second, HotCounter::Success));
        assert_eq!(counters.read(HotCounter::Success, Some(&overflow)), 4 + CONTENDED);
    }

    /// The stripes are for threads that contend: a thread alone with its breaker must not pay for them.
    #[test]
    fn layer_counts_make_no_stripe_for_the_owner_and_one_for_a_thread_that_contends() {
        let (counters, overflow) = (StripedCounters::new(), Overflow::new());
        let [first, second] = [ThreadSlot(16), ThreadSlot(17)];
        counters.add_slowly(first, HotCounter::Success, || &overflow);
        for what in LayerCounter::ALL {
            (0..2 * CONTENDED).for_each(|_| counters.add_layer(first, what, || &overflow));
        }
        assert!(counters.stripe(first).is_none() && counters.stripe(second).is_none());
        (0..CONTENDED).for_each(|_| counters.add_layer(second, LayerCounter::Retried, || &overflow));
        assert!(counters.stripe(second).is_some());
        let counted = LayerCounter::ALL.map(|what| {
            counters.add_layer(second, what, || &overflow);
            counters.read_layer(what, Some(&overflow))
        });
        assert_eq!(counted, [2 * CONTENDED + 1, 3 * CONTENDED + 1, 2 * CONTENDED + 1]);
        assert_eq!(counters.read(HotCounter::Success, Some(&overflow)), 1);
    }

    /// If an unclaimed slot equals the first one, threads that only add successes overwrite each other's
    /// additions in its stripe.
    #[test]
    fn thread_without_a_slot_has_no_stripe() {
        let (counters, overflow) = (StripedCounters::new(), Overflow::new());
        for unowned in [ThreadSlot::UNKNOWN, ThreadSlot::NONE] {
            assert!(!counters.add(unowned, HotCounter::Success), "before any thread owns the counters");
        }
        for number in 0..ThreadSlot::MAX {
            (0..2 * CONTENDED).for_each(|_| {
                counters.add_slowly(ThreadSlot(number), HotCounter::Success, || &overflow);
            });
            assert!(counters.add(ThreadSlot(number), HotCounter::Success));
        }
        let stripe = |number| counters.stripe(ThreadSlot(number)).map(std::ptr::from_ref);
        assert_eq!(
            (0..ThreadSlot::MAX).map(stripe).collect::<HashSet<_>>().len() as u64,
            ThreadSlot::MAX
        );
        for unowned in [ThreadSlot(ThreadSlot::MAX), ThreadSlot::UNKNOWN, ThreadSlot::NONE] {
            (0..2 * CONTENDED)
                .for_each(|_| counters.add_slowly(unowned, HotCounter::Success, || &overflow));
            assert!(!counters.add(unowned, HotCounter::Success));
        }
        let counted = ThreadSlot::MAX * (2 * CONTENDED + 1) + 3 * 2 * CONTENDED;
        assert_eq!(counters.read(HotCounter::Success, Some(&overflow)), counted);
    }
}
