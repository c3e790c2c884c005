//! The budget of retries: calls are counted beside its lock.

use crate::state::races::*;
use crate::state::retry_budget::RetryBudget;

const SECOND: Ticks = 1_000_000;

/// How many retries there are left, of so many calls and the floor.
fn left(budget: &RetryBudget, share: f64, now: Ticks) -> usize {
    (0..100).find(|_| !budget.take(share, now)).expect("an end")
}

/// Pitfall 7 (a check-then-decrement that let 1600 of 1600 in).
#[test]
fn the_last_retry_is_taken_once() {
    explore(3, 500, || {
        let budget = Arc::new(RetryBudget::new(SECOND));
        assert!((0..9).all(|_| budget.take(0.0, SECOND)), "all of the floor but one");
        let taken = Arc::new(AtomicUsize::new(0));
        let mut race = Race::default();
        for _ in 0..3 {
            let (budget, taken) = (Arc::clone(&budget), Arc::clone(&taken));
            race = race.with(move || {
                taken.fetch_add(usize::from(budget.take(0.0, SECOND)), Ordering::Relaxed);
            });
        }
        race.run();
        assert_eq!(taken.load(Ordering::Relaxed), 1);
    });
}

/// Calls in two seconds: whoever sees the new one first moves the window on, beside others that count.
#[test]
fn every_call_counts_for_the_budget() {
    explore(3, 1_000, || {
        let budget = Arc::new(RetryBudget::new(SECOND));
        let mut race = Race::default();
        for now in [SECOND, 2 * SECOND, 2 * SECOND] {
            let budget = Arc::clone(&budget);
            race = race.with(move || {
                budget.count(now);
                assert!(budget.take(0.0, now), "within the floor");
            });
        }
        race.run();
        assert_eq!(left(&budget, 1.0, 2 * SECOND), 3 + 10 - 3);
    });
}
