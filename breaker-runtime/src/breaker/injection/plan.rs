//! The faults of a game day and its end: [`Plan`], [`End`].

use std::collections::HashMap;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use once_cell::sync::Lazy;

use crate::breaker::scope::ScopeId;
use crate::time::Ticks;
use crate::time::clock::{TimeSource, duration, system_time, ticks};
use crate::types::injection::Injection;

/// The longest game day.
pub(crate) const LONGEST: Duration = Duration::from_secs(24 * 60 * 60);

/// The faults of a game day. There is one for each distinct value of the option, for the life of the
/// process, so that settings refer to it by address.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) injection: Injection,
    pub(crate) end: &'static End,
    pub(super) registry: PlanRegistry,
    /// A number that no other plan has, from 1.
    pub(super) number: u64,
}

/// The functions of the registry that a plan calls.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PlanRegistry {
    /// Called when a breaker first meets the plan, and when it first sees that it is over.
    pub(crate) on_change: fn(),
    /// Returns whether a fallback that takes rejections only answers the injected failures of the
    /// breaker with this name.
    pub(crate) answers_injected: fn(&str) -> bool,
}

impl PartialEq for Plan {
    fn eq(&self, other: &Self) -> bool {
        ptr::eq(self, other)
    }
}

/// A fault that a call meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum InjectedFault {
    Fail,
    Hang,
    Wait(Duration),
}

impl Plan {
    /// Returns the plan of these faults.
    pub(crate) fn of(injection: Injection, registry: PlanRegistry) -> &'static Self {
        static PLANS: Mutex<Vec<&'static Plan>> = Mutex::new(Vec::new());
        let end = End::of(injection.until);
        let mut plans = PLANS.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(plan) =
            plans.iter().find(|plan| plan.injection == injection && ptr::eq(plan.end, end))
        {
            return plan;
        }
        let number = plans.len() as u64 + 1;
        let plan: &'static Self = Box::leak(Box::new(Self { injection, end, registry, number }));
        plans.push(plan);
        plan
    }

    /// Draws the fault of a call; `None` if it meets none. A number is drawn for each kind of fault that
    /// the plan has, in the order of the fields, until one applies.
    pub(super) fn draw(&self, draw: impl Fn() -> f64) -> Option<InjectedFault> {
        let Injection { fail, hang, latency, share, .. } = self.injection;
        let meets = |share: f64| share >= 1.0 || share > 0.0 && draw() < share;
        if meets(fail) {
            Some(InjectedFault::Fail)
        } else if meets(hang) {
            Some(InjectedFault::Hang)
        } else {
            latency.filter(|_| meets(share)).map(InjectedFault::Wait)
        }
    }
}

/// The ends that the process has seen, each with its monotonic bound.
#[derive(Default)]
struct SeenEnds(HashMap<(ScopeId, SystemTime), &'static End>);

impl SeenEnds {
    /// Returns the end at `until`: the known one, or one that is first seen at these times of the two
    /// clocks.
    fn at(&mut self, scope: ScopeId, until: SystemTime, wall: SystemTime, mono: Ticks) -> &'static End {
        let first_seen = || &*Box::leak(Box::new(End::new(until, wall, mono)));
        self.0.entry((scope, until)).or_insert_with(first_seen)
    }
}

/// The end of a game day: a wall-clock time, and the latest time on the monotonic clock of the process.
///
/// The latter is fixed when the process first sees the former, and once either has come the end is over
/// for good. So a clock that is set back prolongs no game day and brings none back, and neither do
/// settings that are read again.
#[derive(Debug)]
pub(crate) struct End {
    until: SystemTime,
    latest: Ticks,
    over: AtomicBool,
}

impl End {
    /// Returns the end at a wall-clock time. An isolated test has its own, as it may have its own time.
    pub(crate) fn of(until: SystemTime) -> &'static Self {
        static ENDS: Lazy<Mutex<SeenEnds>> = Lazy::new(Mutex::default);
        let (wall, mono) = Self::clocks();
        let mut ends = ENDS.lock().unwrap_or_else(PoisonError::into_inner);
        ends.at(ScopeId::current(), until, wall, mono)
    }

    /// Makes the end at `until`, seen at these times of the two clocks.
    fn new(until: SystemTime, wall: SystemTime, mono: Ticks) -> Self {
        let length = until.duration_since(wall).unwrap_or_default().min(LONGEST);
        let latest = mono.saturating_add(ticks(length));
        Self { until, latest, over: AtomicBool::new(length.is_zero()) }
    }

    /// Reads the two clocks: neither is one of the user's.
    fn clocks() -> (SystemTime, Ticks) {
        (system_time(), TimeSource::DEFAULT.now())
    }

    /// Returns whether the game day is over.
    pub(crate) fn is_over(&self) -> bool {
        self.remaining().is_none()
    }

    /// Returns the time until the end; `None` once it is over.
    pub(crate) fn remaining(&self) -> Option<Duration> {
        let (wall, mono) = Self::clocks();
        self.remaining_at(wall, mono)
    }

    fn remaining_at(&self, wall: SystemTime, mono: Ticks) -> Option<Duration> {
        if self.over.load(Ordering::Relaxed) {
            return None;
        }
        let by_wall = self.until.duration_since(wall).unwrap_or_default();
        let left = by_wall.min(duration(self.latest.saturating_sub(mono)));
        if left.is_zero() {
            self.over.store(true, Ordering::Relaxed);
            return None;
        }
        Some(left)
    }
}

/// The calls of all breakers that wait: while there are none, a poll looks for no wait.
pub(super) static WAITING: AtomicU64 = AtomicU64::new(0);

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const START: Duration = Duration::from_secs(1_800_000_000);

    /// A change of a host's clocks: time passes, the wall clock is set forward or back, and the
    /// monotonic clock stands still while the host is suspended. Or the settings are read again, or a
    /// call begins to wait.
    #[derive(Clone, Debug)]
    enum Move {
        Pass(u32),
        Step(i64),
        Suspend(u32),
        Reload,
        Wait(u32),
    }

    fn moves() -> impl Strategy<Value = Vec<Move>> {
        let day = 86_400_i64;
        prop::collection::vec(
            prop_oneof![
                4 => (0..20_000_u32).prop_map(Move::Pass),
                2 => (-2 * day..2 * day).prop_map(Move::Step),
                1 => (0..40_000_u32).prop_map(Move::Suspend),
                2 => Just(Move::Reload),
                2 => (0..100_000_u32).prop_map(Move::Wait),
            ],
            1..40,
        )
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 10_000, failure_persistence: None, ..ProptestConfig::default() })]

        /// A test that a clock which was set back leaves in production.
        #[test]
        fn nothing_is_injected_after_the_end_whatever_the_clocks_do(
            length in 1..86_400_u32,
            moves in moves(),
        ) {
            let at = |seconds: i64| SystemTime::UNIX_EPOCH + START.saturating_add_signed(seconds);
            // Not `ticks`, which is no length of zero.
            let mono = |seconds: u64| seconds * 1_000_000;
            let (mut wall, mut awake) = (0_i64, 0_u64);
            let mut seen = SeenEnds::default();
            let scope = ScopeId::current();
            let until = at(i64::from(length));
            let mut end = seen.at(scope, until, at(wall), mono(awake));
            let (mut ended, mut waits) = (false, Vec::new());
            for one in moves {
                match one {
                    Move::Pass(seconds) => { wall += i64::from(seconds); awake += u64::from(seconds); }
                    Move::Step(seconds) => wall += seconds,
                    Move::Suspend(seconds) => wall += i64::from(seconds),
                    Move::Reload => end = seen.at(scope, until, at(wall), mono(awake)),
                    Move::Wait(seconds) => {
                        let left = end.remaining_at(at(wall), mono(awake));
                        waits.extend(left.map(|left| awake + left.as_secs().min(u64::from(seconds))));
                    }
                }
                let left = end.remaining_at(at(wall), mono(awake));
                // By the wall clock, and by the time that the process has run.
                ended |= wall >= i64::from(length) || awake >= u64::from(length);
                prop_assert_eq!(left.is_none(), ended);
                if let Some(left) = left {
                    // No wait that begins at this time outlasts the end.
                    prop_assert!(left.as_secs() <= u64::from(length) - awake);
                }
            }
            // Whatever the clocks did after they began, they end by the time that the process has run.
            prop_assert!(waits.iter().all(|end| *end <= u64::from(length)));
        }
    }

    trait Signed {
        fn saturating_add_signed(self, seconds: i64) -> Duration;
    }

    impl Signed for Duration {
        fn saturating_add_signed(self, seconds: i64) -> Duration {
            let length = Duration::from_secs(seconds.unsigned_abs());
            if seconds < 0 { self.saturating_sub(length) } else { self + length }
        }
    }

    #[test]
    fn end_that_was_seen_before_keeps_its_monotonic_bound() {
        let until = system_time() + Duration::from_secs(3_600);
        assert!(ptr::eq(End::of(until), End::of(until)));
        assert!(!End::of(until).is_over());
        assert!(End::of(SystemTime::UNIX_EPOCH).is_over());
    }

    #[test]
    fn fault_is_drawn_in_the_order_of_the_fields() {
        let injection = Injection {
            fail: 0.1,
            hang: 0.2,
            latency: Some(START),
            share: 0.5,
            keys: Vec::new(),
            until: SystemTime::UNIX_EPOCH,
        };
        let registry = PlanRegistry { on_change: || (), answers_injected: |_| false };
        let plan = Plan { injection, end: End::of(SystemTime::UNIX_EPOCH), registry, number: 0 };
        let drawn = |random: f64| plan.draw(|| random);
        assert_eq!(
            [0.09, 0.19, 0.49, 0.5, 1.0].map(drawn),
            [
                Some(InjectedFault::Fail),
                Some(InjectedFault::Hang),
                Some(InjectedFault::Wait(START)),
                None,
                None
            ]
        );
        // A source of random numbers that keeps to no range.
        assert_eq!([f64::NAN, 7.0].map(drawn), [None, None]);
    }
}
