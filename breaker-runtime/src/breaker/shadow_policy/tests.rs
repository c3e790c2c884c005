//! Proof of the shadow: it decides as a breaker of its own with its policy would, which is given the
//! same results, and the breaker decides as one without a shadow.
//!
//! `.ci/lab` runs it with a million calls of each policy.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::breaker::inner::Inner;
use crate::breaker::permit::Permit;
use crate::config::shadow::ShadowOptions;
use crate::state::cell::CallEnd;
use crate::state::rng::Rng;
use crate::state::shadow::ShadowCell;
use crate::state::token::CallToken;
use crate::support::proof;
use crate::types::error::ErrorKind;
use crate::{
    BreakerError, CircuitBreaker, CircuitBreakerBuilder, Clock, ManualClock, Outcome, OwnedPermit,
};

const MS: Duration = Duration::from_millis(1);

fn seeded(seed: u64) -> impl Fn() -> f64 + Send + Sync {
    let random = Mutex::new(fastrand::Rng::with_seed(seed));
    move || random.lock().expect("no panic").f64()
}

/// A breaker with a shadow, the same without, and a breaker with the shadow's policy.
struct Three {
    clock: ManualClock,
    live: CircuitBreaker,
    plain: CircuitBreaker,
    twin: Arc<Inner>,
}

struct Running {
    end: Duration,
    outcome: Option<Outcome>,
    live: OwnedPermit,
    plain: OwnedPermit,
    twin: Option<CallToken>,
}

impl Three {
    fn new(builder: impl Fn(&str) -> CircuitBreakerBuilder, shadow: ShadowOptions) -> Self {
        let clock = ManualClock::new();
        clock.advance(Duration::from_secs(1));
        let seeded_builder = |name| builder(name).clock(clock.clone()).random(seeded(3));
        let live = seeded_builder("live").shadow(shadow).build().expect("in range");
        let plain = seeded_builder("plain").build().expect("in range");
        let config = live.config().shadow().expect("it has one");
        let twin = Inner::detached(("twin", None), config, clock.clone(), seeded(5));
        // The twin's random numbers.
        let cell = ShadowCell::new(config.policy(), Rng::from_source(Arc::new(seeded(5))));
        live.inner().shadow.store(Some(Arc::new(cell)));
        Self { clock, live, plain, twin }
    }

    fn begin(&self, end: Duration, outcome: Option<Outcome>) -> Option<Running> {
        let before = self.counts();
        let live = self.live.try_acquire_owned();
        let plain = self.plain.try_acquire_owned();
        let kinds =
            (live.as_ref().err().map(BreakerError::kind), plain.as_ref().err().map(BreakerError::kind));
        assert_eq!(kinds.0, kinds.1, "the shadow changes no decision");
        if matches!(kinds.0, Some(ErrorKind::Full)) {
            return None;
        }
        let twin = self.twin.try_acquire().ok().map(Permit::into_token);
        let after = self.counts();
        let rejected = u64::from(kinds.0.is_none() && twin.is_none());
        let admitted = u64::from(kinds.0.is_some() && twin.is_some());
        assert_eq!((after.0 - before.0, after.1 - before.1), (rejected, admitted));
        match (live, plain) {
            (Ok(live), Ok(plain)) => Some(Running { end, outcome, live, plain, twin }),
            _ => {
                // It has no result.
                if let Some(token) = twin {
                    let policy = self.twin.settings().policy;
                    self.twin.cell.withdraw(&policy, token, &**self.twin);
                }
                None
            }
        }
    }

    fn counts(&self) -> (u64, u64) {
        let counts = self.live.inner().shadow_counts().expect("it has one");
        (counts.rejected, counts.admitted)
    }

    fn end(&self, call: Running) {
        let Running { outcome, live, plain, twin, .. } = call;
        let Some(outcome) = outcome else {
            drop((live, plain));
            if let Some(token) = twin {
                self.twin.settle(token, CallEnd::Cancelled);
            }
            return self.compare();
        };
        live.record(outcome);
        plain.record(outcome);
        if let Some(token) = twin {
            self.twin.settle(token, outcome.into());
        }
        self.compare();
    }

    fn compare(&self) {
        let status = self.live.snapshot().shadow().cloned().expect("it has one");
        assert_eq!(status.state, self.twin.state());
        assert_eq!(status.trips, self.twin.event_log().history().trips);
        assert_eq!(self.live.state(), self.plain.state());
    }
}

/// Makes calls, many at a time, in good and bad phases.
fn run(three: &Three, calls: usize) {
    let mut rng = fastrand::Rng::with_seed(11);
    let (mut running, mut bad_share) = (Vec::<Running>::new(), 0.0);
    let mut now = three.clock.now();
    let settle_until = |running: &mut Vec<Running>, until: Duration, now: &mut Duration| {
        while let Some(first) = (0..running.len()).min_by_key(|index| running[*index].end) {
            if running[first].end > until {
                break;
            }
            let call = running.remove(first);
            three.clock.advance(call.end.saturating_sub(*now));
            *now = call.end.max(*now);
            three.end(call);
        }
    };
    for made in 0..calls {
        if made % 300 == 0 {
            bad_share = *rng.choice([0.0, 0.02, 0.3, 0.6, 1.0, 0.0].iter()).expect("there are some");
        }
        // Calls that begin within 8 us have one identity.
        let start = now + Duration::from_micros(rng.u64(8..20_000));
        settle_until(&mut running, start, &mut now);
        three.clock.advance(start.saturating_sub(now));
        now = start.max(now);
        let outcome = match rng.f64() {
            drawn if drawn < bad_share => Some(Outcome::Failure),
            drawn if drawn > 0.99 => None,
            drawn if drawn > 0.98 => Some(Outcome::Ignored),
            _ => Some(Outcome::Success),
        };
        let longest = if rng.f64() < bad_share / 2.0 { 400_000 } else { 30_000 };
        running.extend(three.begin(now + Duration::from_micros(rng.u64(0..longest)), outcome));
    }
    settle_until(&mut running, Duration::MAX, &mut now);
}

/// Sets the options of a policy.
type Set = fn(CircuitBreakerBuilder) -> CircuitBreakerBuilder;

#[test]
fn shadow_decides_as_a_breaker_of_its_own_and_changes_no_decision() {
    let policies: [(&str, ShadowOptions); 9] = {
        let new = ShadowOptions::new;
        [
            ("consecutive", new().failure_threshold(3)),
            ("count window", new().failure_rate(0.4).window(50).min_calls(10)),
            ("time window", new().failure_rate(0.4).window(3_000 * MS).min_calls(10)),
            ("slow rate", new().slow_call(80 * MS).slow_call_rate(0.2).window(40).min_calls(20)),
            ("slow rate and time", new().slow_call(80 * MS).slow_call_rate(0.2).window(2_000 * MS)),
            ("ramp", new().failure_threshold(4).ramp(2_500 * MS).max_probes(3).success_threshold(3)),
            ("throttle", new().throttle(1.5, Duration::from_secs(4)).failure_threshold(9)),
            (
                "jittered growth",
                new()
                    .failure_threshold(3)
                    .timeout_factor(1.7)
                    .timeout_jitter(0.4)
                    .max_timeout(9_000 * MS),
            ),
            ("abandoned", new().failure_threshold(2).abandoned_threshold(1).probe_timeout(200 * MS)),
        ]
    };
    let lives: [Set; 3] = [
        |live| live.failure_threshold(6),
        |live| live.failure_rate(0.5).window(2_000 * MS).throttle(2.0, Duration::from_secs(4)),
        |live| live.failure_threshold(4).max_concurrent(3).ramp(1_000 * MS),
    ];
    let calls = proof::calls(12_000);
    for (index, (name, shadow)) in policies.into_iter().enumerate() {
        let live = |role: &str| {
            let builder = CircuitBreaker::builder(format!("{name}, {role}"));
            lives[index % lives.len()](builder).timeout(700 * MS)
        };
        let three = Three::new(live, shadow);
        run(&three, calls);
        let status = three.live.snapshot().shadow().cloned().expect("it has one");
        assert!(status.rejected + status.admitted > 10, "{name}: {status} proves little");
        let rejected = three.live.inner().shadow_counts().expect("it has one");
        assert!(rejected.rejected_successes + rejected.rejected_failures <= rejected.rejected);
        assert_eq!(rejected.unknown, 0);
    }
}
