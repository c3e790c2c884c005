//! How many breakers of one family may be open at once, so that a bad rule cannot shut everything out.
//!
//! Only breakers that are in use count: one that is not called for long keeps its allowance in a
//! [`QuotaShare`], but takes no room with it.
//!
//! An allowance is taken before the word changes and given back after it has changed again, so that
//! there are never more breakers open than there are allowances out.

use std::sync::atomic;

use crate::state::policy::share;
use crate::sync::{AtomicU64, Ordering};

#[derive(Debug)]
pub(crate) struct OpenQuota {
    /// The bits of the largest share of the breakers, or [`UNLIMITED`]. It is an option, in no order
    /// with the counts; so loom need not explore it.
    limit: atomic::AtomicU64,
    reserved: AtomicU64,
    breakers: AtomicU64,
}

/// All may be open. Not the bits of any share.
const UNLIMITED: u64 = u64::MAX;

impl OpenQuota {
    pub(crate) fn new(limit: Option<f64>) -> Self {
        let limit = atomic::AtomicU64::new(limit.map_or(UNLIMITED, f64::to_bits));
        Self { limit, reserved: AtomicU64::new(0), breakers: AtomicU64::new(0) }
    }

    /// Changes the limit for the breakers that open from now on.
    pub(crate) fn set_limit(&self, limit: Option<f64>) {
        self.limit.store(limit.map_or(UNLIMITED, f64::to_bits), atomic::Ordering::Relaxed);
    }

    fn limit(&self) -> Option<f64> {
        let bits = self.limit.load(atomic::Ordering::Relaxed);
        (bits != UNLIMITED).then(|| f64::from_bits(bits))
    }

    /// Whether not all may be open.
    pub(crate) fn is_limited(&self) -> bool {
        self.limit().is_some()
    }

    /// How many breakers the limit is a share of.
    pub(crate) fn set_breakers(&self, breakers: u64) {
        self.breakers.store(breakers, Ordering::Relaxed);
    }

    /// Takes an allowance, if with it no more than the limit are out; there is always one. An order of
    /// somebody's takes one in any case.
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

    /// Envoy's formula for `max_ejection_percent`: the one that is to be open counts already.
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

/// The allowances that one breaker holds, and whether they take room: usually none or one, more while
/// callers race.
#[derive(Debug)]
pub(crate) struct QuotaShare(AtomicU64);

/// The breaker is not in use: its allowances take no room.
const SUSPENDED: u64 = 1;
/// The breaker is not one of the family any longer: its allowances never take room again.
const LEFT: u64 = 2;
const ONE_SLOT: u64 = 4;

impl QuotaShare {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Takes one, as [`OpenQuota::take`] does.
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

    /// Makes room while the breaker is not in use.
    pub(crate) fn suspend(&self, quota: &OpenQuota) {
        self.change(quota, 0, |share| share | SUSPENDED);
    }

    /// Takes the room again, whether or not there is any.
    pub(crate) fn resume(&self, quota: &OpenQuota) {
        self.change(quota, 0, |share| share & !SUSPENDED);
    }

    /// Makes room for good: the breaker has left the family.
    pub(crate) fn leave(&self, quota: &OpenQuota) {
        self.change(quota, 0, |share| share | LEFT);
    }

    /// Exchanges the share, and what the family has out with it, of which `taken` are out already.
    fn change(&self, quota: &OpenQuota, taken: u64, to: impl Fn(u64) -> u64) {
        let mut share = self.0.load(Ordering::Acquire);
        loop {
            let next = to(share);
            let (before, after) = (counted(share) + taken, counted(next));
            // Added first and removed last: fewer out than there are would let too many open.
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

    /// How many open, of so many breakers under so many percent.
    fn most(percent: f64, breakers: u64) -> u64 {
        let quota = OpenQuota::new(Some(percent / 100.0));
        quota.set_breakers(breakers);
        (0..breakers).filter(|_| quota.reserve(false)).count() as u64
    }

    #[test]
    fn as_many_as_the_percentage_has_room_for_and_one_at_least() {
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
            assert_eq!(most(percent, breakers), open, "{percent} % of {breakers}");
        }
    }

    #[test]
    fn share_of_an_unused_breaker_takes_no_room() {
        let (quota, share) = (OpenQuota::new(Some(0.5)), QuotaShare::new());
        quota.set_breakers(2);
        share.suspend(&quota);
        assert!(share.reserve(&quota, false));
        assert_eq!(quota.reserved(), 1);
        share.suspend(&quota);
        assert_eq!(quota.reserved(), 0);
        share.suspend(&quota);
        assert_eq!(quota.reserved(), 0, "it takes none however often that is said");
        share.resume(&quota);
        assert_eq!(quota.reserved(), 1);
        share.suspend(&quota);
        share.release(&quota);
        assert!(share.reserve(&quota, false), "closed and opened again");
        assert_eq!(quota.reserved(), 1);
        assert!(!share.reserve(&quota, false), "there is no room for another");
        share.suspend(&quota);
        assert!(share.reserve(&quota, false), "a caller takes the room again");
        assert_eq!(quota.reserved(), 2);
    }

    #[test]
    fn share_of_a_breaker_that_left_never_takes_room() {
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
    fn an_order_needs_no_room_and_takes_it() {
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
