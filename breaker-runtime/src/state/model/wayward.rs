//! A clock that steps back does no lasting harm.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proptest::prelude::*;

use super::reference::Micros;
use super::{Op, breaker, end, op, rules, settle};
use crate::{Clock, Mode};

#[derive(Clone, Default)]
struct WaywardClock(Arc<AtomicU64>);

impl WaywardClock {
    fn step(&self, forward: Micros, back: Micros) {
        let now = self.0.load(Ordering::Relaxed);
        self.0.store((now + forward).saturating_sub(back), Ordering::Relaxed);
    }
}

impl Clock for WaywardClock {
    fn now(&self) -> Duration {
        Duration::from_micros(self.0.load(Ordering::Relaxed))
    }
}

#[derive(Clone, Debug)]
enum Deed {
    Usual(Op),
    StepBack(Micros),
}

fn deed() -> impl Strategy<Value = Deed> {
    prop_oneof![
        6 => op().prop_map(Deed::Usual),
        1 => prop_oneof![0..=20_000_u64, 0..=2_000_000_u64].prop_map(Deed::StepBack),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    /// Pitfall 30 (hoglet PR 25): a time step pinned the breaker open.
    #[test]
    fn a_clock_that_stepped_back_wedges_nothing(
        rules in rules(),
        deeds in prop::collection::vec(deed(), 1..80),
        last_step in 0..=2_000_000_u64,
        all_end in prop::option::of(end()),
    ) {
        let clock = WaywardClock::default();
        clock.step(2_000_000, 0);
        let breaker = breaker("wayward", &rules, clock.clone());
        let mut in_flight = Vec::new();
        for deed in deeds {
            match deed {
                Deed::StepBack(by) => clock.step(0, by),
                Deed::Usual(Op::Wait(by)) => clock.step(by, 0),
                Deed::Usual(Op::WaitForDeadline(..)) => clock.step(rules.timeout, 0),
                Deed::Usual(Op::Begin | Op::Calls(..) | Op::Panic) => {
                    in_flight.extend(breaker.try_acquire());
                }
                Deed::Usual(Op::End(which, end)) if !in_flight.is_empty() => {
                    settle(in_flight.swap_remove(which.index(in_flight.len())), end);
                }
                Deed::Usual(Op::End(..)) => {}
                Deed::Usual(Op::Trip) => breaker.trip(),
                Deed::Usual(Op::Reset) => breaker.reset(),
                Deed::Usual(Op::Mode(Mode::Observe)) => breaker.observe(),
                Deed::Usual(Op::Mode(_)) => breaker.automatic(),
            }
            let snapshot = breaker.snapshot();
            let left = snapshot.retry_after.unwrap_or_default();
            prop_assert!(left <= Duration::from_micros(rules.timeout), "{:?}", snapshot);
            prop_assert!(snapshot.in_flight as usize <= rules.max_probes, "{:?}", snapshot);
        }
        clock.step(0, last_step);
        if let Some(end) = all_end {
            in_flight.drain(..).for_each(|permit| settle(permit, end));
        }

        // The breaker learns of the step from the first call after it.
        let now = breaker.try_acquire().is_ok();
        clock.step(rules.timeout, 0);
        let after_timeout = breaker.try_acquire().is_ok();
        clock.step(2 * rules.probe_timeout, 0);
        let after_leases = breaker.try_acquire().is_ok();
        prop_assert!(now || after_timeout || after_leases, "{:?}", breaker.snapshot());
    }
}
