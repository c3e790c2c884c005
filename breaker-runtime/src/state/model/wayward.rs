//! A clock that steps back does no lasting harm.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::state::model::ops::{Op, end, op};
use crate::state::model::reference::End;
use crate::state::model::rules::{Last, Micros, Rules, SharedRandom, breaker, rules};
use crate::state::model::{cases, micros, settle};
use crate::state::transition::Command;
use crate::{CircuitBreaker, Clock, Mode, Permit, State, Totals, WindowCounts};

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
enum Action {
    Usual(Op),
    StepBack(Micros),
}

fn action() -> impl Strategy<Value = Action> {
    prop_oneof![
        6 => op().prop_map(Action::Usual),
        1 => prop_oneof![0..=20_000_u64, 0..=2_000_000_u64].prop_map(Action::StepBack),
    ]
}

struct Run<'b> {
    breaker: &'b CircuitBreaker,
    rules: &'b Rules,
    clock: WaywardClock,
    random: SharedRandom,
    in_flight: Vec<Permit<'b>>,
    ended: u64,
}

impl Run<'_> {
    fn step(&mut self, action: &Action) -> Result<(), TestCaseError> {
        match action {
            Action::StepBack(by) => self.clock.step(0, *by),
            Action::Usual(Op::Wait(by)) => self.clock.step(*by, 0),
            Action::Usual(Op::WaitForDeadline(which, short)) => {
                self.clock.step(which.get(&self.lengths()) - short, 0);
            }
            Action::Usual(Op::Begin | Op::Panic) => self.in_flight.extend(self.breaker.try_acquire()),
            Action::Usual(Op::Calls(many, end)) => {
                for _ in 0..*many {
                    if let Ok(permit) = self.breaker.try_acquire() {
                        self.settle(permit, *end);
                    }
                }
            }
            Action::Usual(Op::Long(short, end)) => {
                if let Ok(permit) = self.breaker.try_acquire() {
                    self.clock.step(self.rules.slow_call.unwrap_or(0) + 1 - short, 0);
                    self.settle(permit, *end);
                }
            }
            Action::Usual(Op::End(which, end)) if !self.in_flight.is_empty() => {
                let permit = self.in_flight.swap_remove(which.index(self.in_flight.len()));
                self.settle(permit, *end);
            }
            // The usual steps change no rules. A task keeps no time with such a clock.
            Action::Usual(Op::End(..) | Op::Reconfigure(_) | Op::BeginPing | Op::EndPing(_)) => {}
            Action::Usual(Op::Rng(chance)) => self.random.set(*chance),
            Action::Usual(Op::Look) => self.look()?,
            Action::Usual(Op::Trip) => self.breaker.trip(),
            Action::Usual(Op::Reset) => self.breaker.reset(),
            Action::Usual(Op::Mode(Mode::Observe)) => self.breaker.observe(),
            Action::Usual(Op::FleetOpen(period)) => {
                // The invariants know the period of the rules alone.
                let period = (*period).min(self.rules.timeout);
                self.breaker.inner().control(Command::FleetOpen(period));
            }
            Action::Usual(Op::FleetClose) => {
                self.breaker.inner().control(Command::FleetClose);
            }
            Action::Usual(Op::Mode(_)) => self.breaker.automatic(),
        }
        Ok(())
    }

    fn settle(&mut self, permit: Permit<'_>, end: End) {
        settle(permit, end);
        self.ended += 1;
    }

    /// Returns the lengths of time after which the clock alone causes an event.
    fn lengths(&self) -> Vec<Micros> {
        let Rules { timeout, probe_timeout, ramp, .. } = *self.rules;
        let lengths = [timeout, probe_timeout, self.rate_span() / 10, self.rate_span()];
        let throttle = [self.throttle_span() / 10, self.throttle_span()];
        lengths.into_iter().chain(throttle).chain(ramp).filter(|length| *length > 0).collect()
    }

    fn rate_span(&self) -> Micros {
        if let Last::Span(span) = self.rules.rates.window { span } else { 0 }
    }

    fn throttle_span(&self) -> Micros {
        self.rules.throttle.as_ref().map_or(0, |throttle| throttle.span)
    }

    /// Checks the invariants that hold for any clock.
    fn look(&self) -> Result<(), TestCaseError> {
        let snapshot = self.breaker.snapshot();
        let left = micros(snapshot.retry_after.unwrap_or_default());
        // At most as many probes have failed as the breaker has opened.
        let longest = self.rules.period(i32::try_from(snapshot.trips).expect("few"), 1.0);
        prop_assert!(left <= longest, "{:?}", snapshot);
        prop_assert!(snapshot.in_flight as usize <= self.rules.max_probes, "{:?}", snapshot);
        if let Some(WindowCounts { calls, failures, slow, .. }) = snapshot.window {
            prop_assert!(failures <= calls && slow <= calls, "{:?}", snapshot);
        }
        let shares = [snapshot.failure_rate, snapshot.slow_call_rate, snapshot.throttle];
        for share in shares.into_iter().flatten() {
            prop_assert!((0.0..=1.0).contains(&share), "{:?}", snapshot);
        }
        let Totals { success, failure, ignored, cancelled, late, slow, .. } = snapshot.totals;
        prop_assert_eq!(success + failure + ignored + cancelled + late, self.ended);
        prop_assert!(slow <= self.ended - late, "{:?}", snapshot);
        Ok(())
    }

    /// Checks that the breaker recovers if the clock only goes forward.
    fn recovers(&self) -> Result<(), TestCaseError> {
        // A throttle rejects with less than this probability, and the breaker learns of the step from
        // the first call after it.
        self.random.set(0.999);
        let mut runs = self.runs();
        let left = self.breaker.snapshot().retry_after.map_or(0, micros);
        for wait in [left, 2 * self.rules.probe_timeout, self.rules.ramp.unwrap_or(0)] {
            self.clock.step(wait, 0);
            runs |= self.runs();
        }
        prop_assert!(runs, "{:?}", self.breaker.snapshot());

        self.clock.step(2 * self.rate_span().max(self.throttle_span()), 0);
        let snapshot = self.breaker.snapshot();
        if self.rate_span() > 0 {
            prop_assert_eq!(snapshot.window.map_or(0, |window| window.calls), 0, "{:?}", snapshot);
        }
        prop_assert!(snapshot.throttle.unwrap_or(0.0) <= 0.0, "{:?}", snapshot);
        // A ramp that began later than the clock says is still to come.
        if snapshot.state == State::Closed && self.rules.ramp.is_none() {
            self.random.set(0.0);
            prop_assert!(self.runs(), "{:?}", snapshot);
        }
        Ok(())
    }

    fn runs(&self) -> bool {
        self.breaker.try_acquire().is_ok()
    }
}

proptest! {
    #![proptest_config(cases(3_000))]

    /// Hoglet PR 25: a time step pinned the breaker open.
    #[test]
    fn clock_that_stepped_back_wedges_nothing(
        rules in rules(),
        actions in prop::collection::vec(action(), 1..80),
        last_step in 0..=2_000_000_u64,
        all_end in prop::option::of(end()),
    ) {
        let (clock, random) = (WaywardClock::default(), SharedRandom::new(0.5));
        clock.step(2_000_000, 0);
        let breaker = breaker("wayward", &rules, clock.clone(), random.clone());
        let mut run = Run { breaker: &breaker, rules: &rules, clock, random, in_flight: Vec::new(), ended: 0 };
        for action in &actions {
            run.step(action)?;
        }
        run.look()?;
        run.clock.step(0, last_step);
        if let Some(end) = all_end {
            run.in_flight.drain(..).for_each(|permit| settle(permit, end));
        }
        run.recovers()?;
    }
}
