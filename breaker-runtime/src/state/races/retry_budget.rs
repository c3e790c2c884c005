//! The retry budget, which counts most calls without its lock.

use crate::state::races::*;
use crate::state::retry_budget::RetryBudget;

const SECOND: Ticks = 1_000_000;

/// Takes all retries that the budget has, and returns their number.
fn remaining(budget: &RetryBudget, share: f64, now: Ticks) -> usize {
    (0..100).find(|_| !budget.take(share, now)).expect("an end")
}

/// A check-then-decrement that let 1600 of 1600 in.
#[test]
fn last_retry_is_taken_once() {
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

/// Calls in two seconds: the first one in the new second slides the window while others count.
/// How each thread counts is explored in `counters`.
#[test]
fn concurrent_calls_all_count_for_the_budget() {
    explore(2, 1_000, || {
        let budget = Arc::new(RetryBudget::new(SECOND));
        let mut race = Race::default();
        for now in [SECOND, 2 * SECOND, 2 * SECOND] {
            let budget = Arc::clone(&budget);
            race = race.with(move || {
                budget.count(now, SLOT.with(Cell::get));
                assert!(budget.take(0.0, now), "within the floor");
            });
        }
        race.run();
        assert_eq!(remaining(&budget, 1.0, 2 * SECOND), 3 + 10 - 3);
    });
}
