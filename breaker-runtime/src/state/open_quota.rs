//! The limit on how many breakers of one group are open at once, so that a bad rule cannot reject all
//! calls.
//!
//! Only breakers in use count: one that is not called for long keeps its slots in a [`QuotaShare`], but
//! they do not count.
//!
//! A slot is reserved before the state word changes and released after it has changed again, so that
//! there are never more open breakers than reserved slots.

use std::sync::atomic;

use crate::state::policy::share;
use crate::sync::{AtomicU64, Ordering};

/// The open slots of one group.
#[derive(Debug)]
pub(crate) struct OpenQuota {
    /// The bits of the largest share of breakers that may be open, or [`UNLIMITED`]. Loom need not
    /// explore it, as it is an option, in no order with the counts.
    limit: atomic::AtomicU64,
    reserved: AtomicU64,
    breakers: AtomicU64,
}

/// Stands for no limit. It is not the bits of any share.
const UNLIMITED: u64 = u64::MAX;

impl OpenQuota {
    pub(crate) fn new(limit: Option<f64>) -> Self {
        let limit = atomic::AtomicU64::new(limit.map_or(UNLIMITED, f64::to_bits));
        Self { limit, reserved: AtomicU64::new(0), breakers: AtomicU64::new(0) }
    }

    /// Sets the limit for breakers that open after this.
    pub(crate) fn set_limit(&self, limit: Option<f64>) {
        self.limit.store(limit.map_or(UNLIMITED, f64::to_bits), atomic::Ordering::Relaxed);
    }

    fn limit(&self) -> Option<f64> {
        let bits = self.limit.load(atomic::Ordering::Relaxed);
        (bits != UNLIMITED).then(|| f64::from_bits(bits))
    }

    /// Returns whether there is a limit.
    pub(crate) fn is_limited(&self) -> bool {
        self.limit().is_some()
    }

    /// Sets the number of breakers that the limit is a share of.
    pub(crate) fn set_breakers(&self, breakers: u64) {
        self.breakers.store(breakers, Ordering::Relaxed);
    }

    /// Reserves a slot if the limit allows it. The first one is always allowed, and a `forced`
    /// reservation always succeeds.
    pub(crate) fn reserve(&self, forced: bool) -> bool {
        let mut reserved = self.reserved.load(Ordering::Acquire);
        loop {
            if !forced && !self.has_room(reserved) {
                return false;
            }
            let next = reserved + 1;
            match self.reserved.compare_exchange(reserved, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return true,
                Err(there) => reserved = there,
            }
        }
    }

    /// Returns whether one more breaker may open, by Envoy's formula for `max_ejection_percent`: the
    /// breaker that opens counts already.
    fn has_room(&self, reserved: u64) -> bool {
        let breakers = self.breakers.load(Ordering::Relaxed).max(1);
        self.limit().is_none_or(|limit| reserved == 0 || share(reserved + 1, breakers) <= limit)
    }

    fn add(&self, more: u64) {
        self.reserved.fetch_add(more, Ordering::AcqRel);
    }

    fn remove(&self, less: u64) {
        self.reserved.fetch_sub(less, Ordering::AcqRel);
    }

    #[cfg(test)]
    pub(crate) fn reserved(&self) -> u64 {
        self.reserved.load(Ordering::Acquire)
    }
}

/// The slots that one breaker holds, and whether they count: usually none or one, more while callers
/// race.
#[derive(Debug)]
pub(crate) struct QuotaShare(AtomicU64);

/// Marks a breaker that is not in use: its slots do not count.
const SUSPENDED: u64 = 1;
/// Marks a breaker that has left the group: its slots never count again.
const LEFT: u64 = 2;
/// The unit of the number of slots, above the two marks.
const ONE_SLOT: u64 = 4;

impl QuotaShare {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Reserves a slot, as [`OpenQuota::reserve`] does.
    pub(crate) fn reserve(&self, quota: &OpenQuota, forced: bool) -> bool {
        if self.0.load(Ordering::Acquire) & LEFT != 0 {
            self.change(quota, 0, |share| share + ONE_SLOT);
            return true;
        }
        let taken = quota.reserve(forced);
        if taken {
            // A breaker that opens was called.
            self.change(quota, 1, |share| (share + ONE_SLOT) & !SUSPENDED);
        }
        taken
    }

    pub(crate) fn release(&self, quota: &OpenQuota) {
        self.change(quota, 0, |share| share.saturating_sub(ONE_SLOT));
    }

    /// Stops counting the slots, as the breaker is not in use.
    pub(crate) fn suspend(&self, quota: &OpenQuota) {
        self.change(quota, 0, |share| share | SUSPENDED);
    }

    /// Counts the slots again, even beyond the limit.
    pub(crate) fn resume(&self, quota: &OpenQuota) {
        self.change(quota, 0, |share| share & !SUSPENDED);
    }

    /// Stops counting the slots for good: the breaker has left the group.
    pub(crate) fn leave(&self, quota: &OpenQuota) {
        self.change(quota, 0, |share| share | LEFT);
    }

    /// Changes the share and, by the same number, the slots reserved in the quota, where `taken` of the
    /// new ones are reserved already.
    fn change(&self, quota: &OpenQuota, taken: u64, to: impl Fn(u64) -> u64) {
        let mut share = self.0.load(Ordering::Acquire);
        loop {
            let next = to(share);
            let (before, after) = (counted(share) + taken, counted(next));
            // Added first and removed last: if fewer were reserved than are held, too many would open.
            quota.add(after.saturating_sub(before));
            match self.0.compare_exchange(share, next, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return quota.remove(before.saturating_sub(after)),
                Err(there) => {
                    quota.remove(after.saturating_sub(before));
                    share = there;
                }
            }
        }
    }
}

const fn held(share: u64) -> u64 {
    share / ONE_SLOT
}

const fn counted(share: u64) -> u64 {
    if share & (SUSPENDED | LEFT) == 0 { held(share) } else { 0 }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    /// Returns how many of these breakers can be open under a limit in percent.
    fn max_open(percent: f64, breakers: u64) -> u64 {
        let quota = OpenQuota::new(Some(percent / 100.0));
        quota.set_breakers(breakers);
        (0..breakers).filter(|_| quota.reserve(false)).count() as u64
    }

    #[test]
    fn limit_rounds_down_to_whole_breakers_and_allows_at_least_one() {
        for (percent, breakers, open) in [
            (50.0, 1, 1),
            (50.0, 2, 1),
            (50.0, 3, 1),
            (50.0, 4, 2),
            (10.0, 9, 1),
            (10.0, 10, 1),
            (10.0, 19, 1),
            (10.0, 20, 2),
            (30.0, 10, 3),
            (7.0, 100, 7),
            (1.0, 5, 1),
            (100.0, 5, 5),
        ] {
            assert_eq!(max_open(percent, breakers), open, "{percent} % of {breakers}");
        }
    }

    #[test]
    fn slots_of_an_unused_breaker_do_not_count() {
        let (quota, share) = (OpenQuota::new(Some(0.5)), QuotaShare::new());
        quota.set_breakers(2);
        share.suspend(&quota);
        assert!(share.reserve(&quota, false));
        assert_eq!(quota.reserved(), 1);
        share.suspend(&quota);
        assert_eq!(quota.reserved(), 0);
        share.suspend(&quota);
        assert_eq!(quota.reserved(), 0, "a second suspension changes nothing");
        share.resume(&quota);
        assert_eq!(quota.reserved(), 1);
        share.suspend(&quota);
        share.release(&quota);
        assert!(share.reserve(&quota, false), "closed and opened again");
        assert_eq!(quota.reserved(), 1);
        assert!(!share.reserve(&quota, false), "the limit is reached");
        share.suspend(&quota);
        assert!(share.reserve(&quota, false), "one of the two is not in use");
        assert_eq!(quota.reserved(), 2);
    }

    #[test]
    fn slots_of_a_breaker_that_left_never_count() {
        let (quota, share) = (OpenQuota::new(Some(0.5)), QuotaShare::new());
        assert!(share.reserve(&quota, false));
        share.leave(&quota);
        assert_eq!(quota.reserved(), 0);
        share.resume(&quota);
        share.release(&quota);
        assert!(share.reserve(&quota, false) && share.reserve(&quota, false));
        share.leave(&quota);
        assert_eq!(quota.reserved(), 0);
    }

    #[test]
    fn changed_limit_holds_for_the_next_breaker_that_opens() {
        let quota = OpenQuota::new(Some(0.5));
        quota.set_breakers(2);
        assert!(quota.is_limited());
        assert_eq!([(); 2].map(|()| quota.reserve(false)), [true, false]);
        quota.set_limit(None);
        assert!(!quota.is_limited());
        assert!(quota.reserve(false));
        quota.set_limit(Some(1.0));
        assert!(!quota.reserve(false));
    }

    #[test]
    fn forced_reservation_ignores_the_limit_and_counts() {
        let quota = OpenQuota::new(Some(0.5));
        quota.set_breakers(4);
        assert!(quota.reserve(true) && quota.reserve(true) && quota.reserve(true));
        assert!(!quota.reserve(false));
        quota.remove(1);
        assert!(!quota.reserve(false));
        quota.remove(1);
        assert!(quota.reserve(false));
        assert_eq!(quota.reserved(), 2);
    }
}
