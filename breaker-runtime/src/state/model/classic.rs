//! The breaker of the pattern's textbooks, for one caller at a time.

use std::time::Duration;

use proptest::prelude::*;

use crate::state::model::cases;
use crate::state::model::rules::{Micros, Rules, SharedRandom, breaker, plain_rules};
use crate::{CallError, ManualClock};

#[derive(Debug)]
struct Classic<'r> {
    rules: &'r Rules,
    failures: u64,
    successes: u64,
    opened: Option<Micros>,
}

impl Classic<'_> {
    /// Returns whether the call runs.
    fn call(&mut self, works: bool, now: Micros) -> bool {
        if self.opened.is_some_and(|at| now - at < self.rules.timeout) {
            return false;
        }
        let threshold = self.rules.streak_that_trips().expect("a plain breaker has one");
        match (self.opened, works) {
            (None, true) => self.failures = 0,
            (Some(_), true) => self.successes += 1,
            (_, false) => self.failures += 1,
        }
        let half_open = self.opened.is_some();
        let most = if half_open { self.rules.probe_failure_threshold } else { threshold };
        if self.failures == most {
            (self.failures, self.successes, self.opened) = (0, 0, Some(now));
        } else if self.successes == self.rules.success_threshold {
            (self.failures, self.successes, self.opened) = (0, 0, None);
        }
        true
    }
}

#[derive(Clone, Debug)]
enum Op {
    Call { works: bool },
    Wait(Micros),
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        4 => any::<bool>().prop_map(|works| Op::Call { works }),
        1 => (0..=16_u64).prop_map(|halves| Op::Wait(halves * 500)),
    ]
}

proptest! {
    #![proptest_config(cases(3_000))]

    #[test]
    fn one_call_at_a_time_is_the_classic_breaker(
        rules in plain_rules(),
        ops in prop::collection::vec(op(), 1..100),
    ) {
        let clock = ManualClock::new();
        let breaker = breaker("classic", &rules, clock.clone(), SharedRandom::new(0.5));
        let mut classic = Classic { rules: &rules, failures: 0, successes: 0, opened: None };
        let mut now = 0;
        for op in ops {
            match op {
                Op::Wait(time) => {
                    clock.advance(Duration::from_micros(time));
                    now += time;
                }
                Op::Call { works } => {
                    let result = breaker.call(|| if works { Ok(()) } else { Err(()) });
                    let ran = !matches!(result, Err(CallError::Breaker(_)));
                    prop_assert_eq!(ran, classic.call(works, now), "{:?} at {}", classic, now);
                }
            }
        }
    }
}
