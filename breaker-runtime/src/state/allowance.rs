//! How many breakers of one family may be open at once, so that a bad rule cannot shut everything out.
//!
//! An allowance is taken before the word changes and given back after it has changed again, so that there are never
//! more breakers open than there are allowances out.

use super::policy::share;
use crate::sync::{AtomicU64, Ordering};

#[derive(Debug)]
pub(crate) struct Allowances {
    /// The largest share of the breakers; `None` if all may be open.
    limit: Option<f64>,
    out: AtomicU64,
    breakers: AtomicU64,
}

impl Allowances {
    pub(crate) fn new(limit: Option<f64>) -> Self {
        Self { limit, out: AtomicU64::new(0), breakers: AtomicU64::new(0) }
    }

    /// How many breakers the limit is a share of.
    pub(crate) fn set_breakers(&self, breakers: u64) {
        self.breakers.store(breakers, Ordering::Relaxed);
    }

    /// Takes an allowance, if with it no more than the limit are out; there is always one. An order of
    /// somebody's takes one in any case.
    pub(crate) fn take(&self, by_order: bool) -> bool {
        let mut out = self.out.load(Ordering::Acquire);
        loop {
            if !by_order && !self.has_room(out) {
                return false;
            }
            match self.out.compare_exchange(out, out + 1, Ordering::AcqRel, Ordering::Acquire) {
                Ok(_) => return true,
                Err(there) => out = there,
            }
        }
    }

    /// Envoy's formula for `max_ejection_percent`: the one that is to be open counts already.
    fn has_room(&self, out: u64) -> bool {
        let breakers = self.breakers.load(Ordering::Relaxed).max(1);
        self.limit.is_none_or(|limit| out == 0 || share(out + 1, breakers) <= limit)
    }

    pub(crate) fn give_back(&self) {
        self.out.fetch_sub(1, Ordering::AcqRel);
    }

    #[cfg(test)]
    pub(crate) fn out(&self) -> u64 {
        self.out.load(Ordering::Acquire)
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    /// How many open, of so many breakers under so many percent.
    fn most(percent: f64, breakers: u64) -> u64 {
        let allowances = Allowances::new(Some(percent / 100.0));
        allowances.set_breakers(breakers);
        (0..breakers).filter(|_| allowances.take(false)).count() as u64
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
    fn an_order_needs_no_room_and_takes_it() {
        let allowances = Allowances::new(Some(0.5));
        allowances.set_breakers(4);
        assert!(allowances.take(true) && allowances.take(true) && allowances.take(true));
        assert!(!allowances.take(false));
        allowances.give_back();
        assert!(!allowances.take(false));
        allowances.give_back();
        assert!(allowances.take(false));
        assert_eq!(allowances.out(), 2);
    }
}
