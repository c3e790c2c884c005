//! The budget of retries of a breaker: a share of its recent calls, with a small floor.
//!
//! The rule is Finagle's (`RetryBudget`: `ttl`, `percentCanRetry`, `minRetriesPerSec`): of the last ten
//! seconds, there are at most `share * calls + 10` retries, and a retry is not one of the calls. The
//! window, the default share of 20 % and the sum of share and reserve are Finagle's. The reserve is one
//! retry a second, where Finagle's default is ten: a breaker is for one function, and most functions
//! would never reach the limit with such a reserve.
//!
//! Envoy's `retry_budget` is another rule. It limits the retries *in flight* to `budget_percent` of the
//! requests that are active or pending, or to `min_retry_concurrency` (3) if that is more. This follows
//! the load at once, but it does not limit the retries of calls that fail quickly: those are never in
//! flight together, and each is retried.

use std::sync::{PoisonError, atomic};

use crate::state::counters::striped::{HotCounter, Overflow, StripedCounters, ThreadSlot};
#[cfg(not(breaker_loom))]
use crate::state::counters::thread_slot;
use crate::state::window::{Entry, Shape, SlidingWindow};
use crate::sync::{AtomicU64, Mutex, Ordering};
use crate::time::Ticks;

const SECOND: Ticks = 1_000_000;
/// The length of the window, which slides in steps of a tenth.
const SPAN: Ticks = 10 * SECOND;
/// The retries in a window that are allowed without any call.
const FLOOR: u64 = 10;

/// The recent calls and retries of one breaker. The first call in a second takes a lock to count; the
/// others add to a number of their thread.
#[derive(Debug)]
pub(crate) struct RetryBudget {
    /// All calls since the start, as successes: their number is the success count of the window, to
    /// which a call is a success.
    calls: StripedCounters,
    /// The second to which the window has slid.
    second: AtomicU64,
    /// The window, to which a retry is a failure.
    window: Mutex<SlidingWindow>,
    /// The calls of threads that have no number of their own yet.
    overflow: Overflow,
    /// The retries that were refused. Loom need not explore it, as no decision reads it.
    refused: atomic::AtomicU64,
    /// Whether it is known that no pause can end within `total_timeout`.
    unfit: atomic::AtomicBool,
}

impl RetryBudget {
    pub(crate) fn new(now: Ticks) -> Self {
        Self {
            calls: StripedCounters::new(),
            second: AtomicU64::new(now / SECOND),
            window: Mutex::new(SlidingWindow::new(Shape::Span(SPAN), 0, now)),
            overflow: Overflow::new(),
            refused: atomic::AtomicU64::new(0),
            unfit: atomic::AtomicBool::new(false),
        }
    }

    /// Counts a call of a thread, however it ends.
    #[inline]
    pub(crate) fn count(&self, now: Ticks, slot: ThreadSlot) {
        // Any other second, not only a later one: a clock that was set back is noticed as well.
        if self.second.load(Ordering::Relaxed) != now / SECOND {
            self.slide(now);
        }
        if !self.calls.add(slot, HotCounter::Success) {
            self.count_slowly(slot);
        }
    }

    #[cold]
    #[inline(never)]
    fn count_slowly(&self, slot: ThreadSlot) {
        #[cfg(not(breaker_loom))]
        let slot = if slot == ThreadSlot::UNKNOWN { thread_slot::claim() } else { slot };
        self.calls.add_slowly(slot, HotCounter::Success, || &self.overflow);
    }

    /// Returns the number of calls. What it returns under the lock of the window never decreases: each
    /// number that it adds up only grows.
    fn counted(&self) -> u64 {
        self.calls.read(HotCounter::Success, Some(&self.overflow))
    }

    #[cold]
    #[inline(never)]
    fn slide(&self, now: Ticks) {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        window.advance(self.counted(), now);
        self.second.store(now / SECOND, Ordering::Relaxed);
    }

    /// Takes one retry from the budget, and returns whether there was one.
    pub(crate) fn take(&self, share: f64, now: Ticks) -> bool {
        let mut window = self.window.lock().unwrap_or_else(PoisonError::into_inner);
        let success_count = self.counted();
        let tally = window.tally(success_count, now);
        self.second.store(now / SECOND, Ordering::Relaxed);
        let retries = tally.failures;
        let allowed = allows(share, tally.calls.saturating_sub(retries), retries);
        if allowed {
            window.record(Entry { failed: true, slow: false }, success_count, now);
        }
        allowed
    }

    /// Counts a retry that the budget refused.
    pub(crate) fn count_refused(&self) {
        self.refused.fetch_add(1, atomic::Ordering::Relaxed);
    }

    /// Notes that no pause can end within `total_timeout`. Returns whether that is news.
    pub(crate) fn note_unfit(&self) -> bool {
        !self.unfit.swap(true, atomic::Ordering::Relaxed)
    }

    /// Returns the number of retries that were refused.
    pub(crate) fn refused(&self) -> u64 {
        self.refused.load(atomic::Ordering::Relaxed)
    }
}

/// Returns whether the rule allows one more retry.
#[allow(clippy::cast_precision_loss, reason = "exact to far beyond what ten seconds can hold")]
fn allows(share: f64, calls: u64, retries: u64) -> bool {
    (retries as f64) + 1.0 <= share * (calls as f64) + FLOOR as f64
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use std::sync::atomic::AtomicU32;
    use std::sync::mpsc;
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::time::TICKS_MAX;

    const START: Ticks = 864_000_000_000;

    /// Takes all retries that the budget has, and returns their number.
    fn left(budget: &RetryBudget, share: f64, now: Ticks) -> u32 {
        (0..1_000).find(|_| !budget.take(share, now)).expect("an end")
    }

    fn call(budget: &RetryBudget, calls: u32, now: Ticks) {
        (0..calls).for_each(|_| budget.count(now, thread_slot::current()));
    }

    #[test]
    fn budget_without_calls_allows_one_retry_a_second() {
        let budget = RetryBudget::new(START);
        assert_eq!(left(&budget, 0.0, START), 10);
        assert_eq!(left(&budget, 1.0, START + 9 * SECOND), 0);
        assert_eq!(left(&budget, 0.2, START + 10 * SECOND), 10);
        let mut taken = 0;
        for second in 20..120 {
            taken += u32::from(budget.take(0.0, START + second * SECOND));
        }
        assert_eq!(taken, 100);
    }

    #[test]
    fn budget_is_a_share_of_the_calls_of_ten_seconds() {
        let budget = RetryBudget::new(START);
        call(&budget, 50, START);
        call(&budget, 50, START + 5 * SECOND);
        assert_eq!(left(&budget, 0.2, START + 9 * SECOND), 30);
        call(&budget, 5, START + 9 * SECOND);
        assert_eq!(left(&budget, 0.2, START + 9 * SECOND), 1, "calls count, and retries do not");
    }

    #[test]
    fn calls_are_forgotten_after_ten_seconds() {
        let budget = RetryBudget::new(START);
        call(&budget, 1_000, START);
        assert_eq!(left(&budget, 0.5, START + 10 * SECOND), 10);
        let budget = RetryBudget::new(START);
        call(&budget, 1_000, START);
        call(&budget, 100, START + SECOND);
        assert_eq!(left(&budget, 0.5, START + 10 * SECOND), 60);
    }

    /// A retry slides the window, so an earlier call after it is one of another second.
    #[test]
    fn call_after_the_clock_was_set_back_behind_a_retry_counts_in_its_own_second() {
        let budget = RetryBudget::new(START);
        call(&budget, 1, START);
        assert!(budget.take(0.0, START + 100 * SECOND));
        call(&budget, 100, START);
        call(&budget, 1, START + SECOND);
        assert_eq!(
            left(&budget, 1.0, START + 10 * SECOND),
            1 + 10,
            "the hundred calls have expired, the last one has not"
        );
    }

    /// Many threads count calls, and must not wait for each other at each call.
    #[test]
    fn call_in_the_second_of_the_last_slide_is_counted_without_the_lock() {
        for retried in [false, true] {
            let budget = RetryBudget::new(START);
            call(&budget, 1, START + SECOND);
            let now = START + if retried { 3 * SECOND } else { SECOND };
            assert!(!retried || budget.take(1.0, now));
            let window = budget.window.lock().expect("no panic under it");
            std::thread::scope(|scope| {
                let (counted, counts) = mpsc::channel();
                let budget = &budget;
                scope.spawn(move || {
                    budget.count(now + SECOND - 1, thread_slot::current());
                    let _ = counted.send(());
                });
                let in_time = counts.recv_timeout(Duration::from_secs(10));
                drop(window);
                assert!(in_time.is_ok(), "it waits for the lock");
            });
            assert_eq!(budget.counted(), 2);
        }
    }

    #[test]
    fn callers_with_different_shares_take_from_one_budget() {
        let budget = RetryBudget::new(START);
        call(&budget, 100, START);
        assert_eq!(left(&budget, 0.1, START), 20);
        assert_eq!(left(&budget, 0.1, START), 0);
        assert_eq!(left(&budget, 0.3, START), 20, "the retries of the other caller count");
    }

    /// Two threads must not both take the last retry, and no call may be lost.
    #[test]
    fn concurrent_takes_stay_within_the_budget() {
        for _ in 0..20 {
            let (budget, taken) = (RetryBudget::new(START), AtomicU32::new(0));
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    scope.spawn(|| {
                        for number in 0..1_000 {
                            budget.count(START + number * SECOND / 200, thread_slot::current());
                        }
                        for _ in 0..200 {
                            let allowed = budget.take(0.1, START + 5 * SECOND);
                            taken.fetch_add(allowed.into(), Ordering::Relaxed);
                        }
                    });
                }
            });
            // The thread that counts the last call sees all of them, but it may have no take left by
            // then, so the rest is taken here.
            let taken = taken.into_inner() + left(&budget, 0.1, START + 5 * SECOND);
            assert_eq!(taken, 410);
        }
    }

    /// Calls and retries with their times, and the rule as a filter.
    #[derive(Debug)]
    struct Naive {
        calls: Vec<Ticks>,
        retries: Vec<Ticks>,
        latest: Ticks,
        /// The second of the last slide. A call in the same second takes no lock, so it leaves `latest`
        /// as it is.
        second: Ticks,
    }

    impl Naive {
        fn look(&mut self, now: Ticks) -> Ticks {
            if now + SPAN < self.latest {
                // The clock was set back: what was recent counts as having happened now.
                let latest = self.latest;
                for times in [&mut self.calls, &mut self.retries] {
                    times.retain(|at| is_recent(*at, latest));
                    times.fill(now);
                }
                self.latest = now;
            }
            self.latest = self.latest.max(now);
            self.second = now / SECOND;
            self.latest
        }

        fn count(&mut self, now: Ticks) {
            let is_same_second = self.second == now / SECOND;
            let at = if is_same_second { self.latest } else { self.look(now) };
            self.calls.push(at);
        }

        fn take(&mut self, share: f64, now: Ticks) -> bool {
            let at = self.look(now);
            let recent =
                |times: &[Ticks]| times.iter().filter(|time| is_recent(**time, at)).count() as u32;
            let (retries, calls) = (recent(&self.retries), recent(&self.calls));
            let allowed = f64::from(retries) + 1.0 <= share * f64::from(calls) + 10.0;
            if allowed {
                self.retries.push(at);
            }
            allowed
        }
    }

    /// Returns whether a time is in the second of `now`, or in one of the nine before it.
    fn is_recent(at: Ticks, now: Ticks) -> bool {
        now / SECOND - at / SECOND < 10
    }

    #[derive(Clone, Debug)]
    enum Op {
        Calls(u8),
        Takes(u8),
        Wait(Ticks),
        Back(Ticks),
    }

    fn ops() -> impl Strategy<Value = Vec<Op>> {
        let op = prop_oneof![
            6 => (1..40_u8).prop_map(Op::Calls),
            6 => (1..30_u8).prop_map(Op::Takes),
            4 => (0..3 * SECOND).prop_map(Op::Wait),
            2 => (0..12_u64).prop_map(|seconds| Op::Wait(seconds * SECOND)),
            1 => (0..200 * SECOND).prop_map(Op::Wait),
            1 => (0..3 * SECOND).prop_map(Op::Back),
            1 => (0..30 * SECOND).prop_map(Op::Back),
        ];
        prop::collection::vec(op, 1..60)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(1_000))]

        #[test]
        fn random_runs_match_a_list_of_calls_and_retries(
            start in prop_oneof![0..2_000 * SECOND, Just(START), Just(TICKS_MAX - 60 * SECOND)],
            share in prop_oneof![0.0..=1.0_f64, Just(0.0), Just(1.0)],
            ops in ops(),
        ) {
            let (budget, mut now) = (RetryBudget::new(start), start);
            let second = start / SECOND;
            let mut naive = Naive { calls: Vec::new(), retries: Vec::new(), latest: start, second };
            for op in ops {
                match op {
                    Op::Calls(calls) => (0..calls).for_each(|_| {
                        naive.count(now);
                        budget.count(now, thread_slot::current());
                    }),
                    Op::Takes(takes) => {
                        for _ in 0..takes {
                            prop_assert_eq!(budget.take(share, now), naive.take(share, now), "{:?}", naive);
                        }
                    }
                    Op::Wait(length) => now = (now + length).min(TICKS_MAX),
                    Op::Back(length) => now = now.saturating_sub(length),
                }
            }
        }
    }
}
