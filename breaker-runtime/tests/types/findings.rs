//! Findings: planted faults, each of which must be found alone, and services that work, about which
//! nothing must be said.

use std::error::Error;
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use breaker_runtime::{
    BreakerError, CircuitBreaker, FindingKind, KeyedBreakers, ManualClock, Outlier, breaker_of,
    circuit_breaker, findings, health,
};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(3_600);
const DAY: Duration = Duration::from_secs(24 * 3_600);

fn builder(name: &str, clock: &ManualClock) -> breaker_runtime::CircuitBreakerBuilder {
    CircuitBreaker::builder(name).clock(clock.clone())
}

fn succeed(breaker: &CircuitBreaker) {
    breaker.try_acquire().expect("closed").success();
}

fn fail(breaker: &CircuitBreaker) {
    if let Ok(permit) = breaker.try_acquire() {
        permit.failure();
    }
}

/// Runs `call` once in each interval, with a reading of the health every ten minutes.
fn run(clock: &ManualClock, length: Duration, interval: Duration, mut call: impl FnMut()) {
    let mut next_reading = MINUTE * 10;
    let mut passed = Duration::ZERO;
    while passed < length {
        clock.advance(interval);
        passed += interval;
        call();
        if passed >= next_reading {
            health();
            next_reading += MINUTE * 10;
        }
    }
}

fn kinds(breaker: &CircuitBreaker) -> Vec<FindingKind> {
    breaker.snapshot().findings().iter().map(|finding| finding.kind).collect()
}

#[track_caller]
fn assert_found(breaker: &CircuitBreaker, kind: FindingKind, text: &str) {
    let snapshot = breaker.snapshot();
    let [finding] = snapshot.findings() else { panic!("one finding: {:?}", snapshot.findings()) };
    assert_eq!((finding.kind, &*finding.breaker), (kind, breaker.name()));
    assert_eq!(finding.to_string(), text);
    assert!(findings().contains(finding), "it is in the list of all");
}

#[test]
fn failure_rate_over_a_window_with_too_few_calls_is_found() {
    let clock = ManualClock::new();
    let breaker =
        builder("findings.rate", &clock).failure_rate(0.5).window(SECOND * 10).build().unwrap();
    run(&clock, HOUR * 2, SECOND * 4, || fail(&breaker));
    // It also fails without end, which is another fault: one success ends that.
    succeed(&breaker);
    assert_found(
        &breaker,
        FindingKind::CannotOpen,
        "findings.rate: no window of 10 s had the 20 calls of min_calls, at most 4, so that no rate can open \
         it (for 120 min); lower min_calls, make window longer, or set failure_threshold",
    );
}

#[test]
fn slow_call_rate_over_a_window_with_too_few_calls_is_found() {
    let clock = ManualClock::new();
    let builder = builder("findings.slow", &clock).slow_call(SECOND).slow_call_rate(0.5);
    let breaker = builder.window(SECOND * 10).min_calls(10).build().unwrap();
    run(&clock, HOUR + MINUTE, SECOND * 2, || succeed(&breaker));
    assert_eq!(kinds(&breaker), [FindingKind::CannotOpen]);
}

#[test]
fn window_that_no_key_fills_is_found_once_for_all_keys() {
    let clock = ManualClock::new();
    let builder = builder("findings.keys", &clock).failure_rate(0.5).window(SECOND * 10);
    let keys = builder.keyed().key_idle(MINUTE).build().unwrap();
    let mut key = 0_u32;
    // All keys together have enough calls; those that are gone count as well.
    run(&clock, HOUR, SECOND / 4, || {
        key += 1;
        succeed(&keys.get(&(key / 30)));
        succeed(&keys.get(&(1_000_000 + key % 30)));
    });
    assert_eq!(kinds(keys.template()), [], "a key had 30 calls in 7.5 s");

    let builder = self::builder("findings.keys2", &clock).failure_rate(0.5).window(SECOND * 10);
    let keys = builder.keyed().key_idle(MINUTE).build().unwrap();
    run(&clock, HOUR + MINUTE, SECOND / 4, || {
        key += 1;
        succeed(&keys.get(&(key % 30)));
    });
    assert_found(
        keys.template(),
        FindingKind::CannotOpen,
        "findings.keys2: no window of 10 s of a key had the 20 calls of min_calls, at most 2, so that no rate \
         can open it (for 61 min); lower min_calls, make window longer, or set failure_threshold",
    );
    assert_eq!(kinds(&keys.get(&7)), [], "findings are of the function");
}

#[test]
fn failures_in_a_row_that_a_long_window_dilutes_are_found() {
    let clock = ManualClock::new();
    let breaker = builder("findings.diluted", &clock).failure_rate(0.5).window(10_000).build().unwrap();
    (0..5_000).for_each(|_| succeed(&breaker));
    (0..49).for_each(|_| fail(&breaker));
    assert_eq!(kinds(&breaker), []);
    fail(&breaker);
    assert_found(
        &breaker,
        FindingKind::FailingWhileClosed,
        "findings.diluted: 50 calls failed in a row, and it is closed; set failure_threshold, make window \
         shorter, or raise max_open_keys if it is set",
    );
    succeed(&breaker);
    assert_eq!(kinds(&breaker), [], "it ends with the streak");
}

#[test]
fn key_that_may_not_open_is_found() {
    let clock = ManualClock::new();
    let keys = builder("findings.quota", &clock).keyed().max_open_keys(0.1).build().unwrap();
    for host in ["eu-1", "us-1"] {
        (0..60).for_each(|_| fail(&keys.get(host)));
    }
    let snapshot = keys.template().snapshot();
    let [finding] = snapshot.findings() else { panic!("{:?}", snapshot.findings()) };
    assert_eq!(finding.kind, FindingKind::FailingWhileClosed);
    assert!(finding.what.starts_with("of the key us-1, 60 calls failed"), "{finding}");
}

#[test]
fn calls_that_are_always_dropped_are_found() {
    let clock = ManualClock::new();
    // With the default of `abandoned_threshold` they become failures, and open it.
    let builder = builder("findings.cancelled", &clock).abandoned_threshold(None);
    let breaker = builder.build().unwrap();
    let dropped = || drop(breaker.try_acquire().map(drop));
    run(&clock, MINUTE * 10, SECOND * 10, dropped);
    assert_found(
        &breaker,
        FindingKind::AlwaysCancelled,
        "findings.cancelled: 60 calls of 60 were dropped before they ended (for 10 min); leave \
         abandoned_threshold on, or set call_timeout below the deadline of the callers, so that a hanging call counts",
    );
    // The recent past counts, not all time.
    run(&clock, MINUTE * 30, SECOND * 10, || succeed(&breaker));
    assert_eq!(kinds(&breaker), []);
    run(&clock, MINUTE * 30, SECOND * 10, dropped);
    assert_eq!(kinds(&breaker), [FindingKind::AlwaysCancelled]);
}

#[test]
fn calls_that_are_always_ignored_are_found() {
    let clock = ManualClock::new();
    let breaker = builder("findings.ignored", &clock).build().unwrap();
    run(&clock, MINUTE * 10, SECOND * 10, || breaker.try_acquire().unwrap().ignore());
    assert_eq!(kinds(&breaker), [FindingKind::AlwaysIgnored]);
    succeed(&breaker);
    assert_eq!(kinds(&breaker), []);
}

/// A breaker for functions, with its clock.
macro_rules! static_breakers {
    ($($clock:ident $breaker:ident: $name:literal $($set:ident($value:expr))*;)*) => {$(
        static $clock: LazyLock<ManualClock> = LazyLock::new(ManualClock::new);
        static $breaker: LazyLock<CircuitBreaker> =
            LazyLock::new(|| builder($name, &$clock)$(.$set($value))*.build().unwrap());
    )*};
}

static_breakers! {
    FALLEN_CLOCK FALLEN: "findings.fallback" failure_rate(0.9) window(1_000);
}

#[cfg(feature = "last-good")]
static_breakers! {
    STALE_CLOCK STALE: "findings.stale" timeout(DAY);
}

#[cfg(feature = "retry")]
static_breakers! {
    RETRIED_CLOCK RETRIED: "findings.retried" failure_rate(0.9) window(1_000);
}

type Answer = Result<u32, Box<dyn Error + Send + Sync>>;

#[circuit_breaker(breaker = FALLEN, fallback = Ok(0))]
fn fallen(answers: bool) -> Answer {
    if answers { Ok(1) } else { Err("refused".into()) }
}

#[cfg(feature = "last-good")]
#[circuit_breaker(breaker = STALE, last_good(key = (), max_age = "1d"))]
fn stale(answers: bool) -> Answer {
    if answers { Ok(1) } else { Err("refused".into()) }
}

#[cfg(feature = "retry")]
#[circuit_breaker(breaker = RETRIED, retry(attempts = 3, backoff = "1ms", max_backoff = "1ms"))]
fn retried(answers: bool) -> Answer {
    if answers { Ok(1) } else { Err("refused".into()) }
}

#[test]
fn fallback_that_has_been_in_use_for_hours_is_found() {
    let clock = &*FALLEN_CLOCK;
    // Two of three calls fail, which is below the rate.
    let mut calls = 0;
    let mut call = || {
        calls += 1;
        fallen(calls % 3 == 0).unwrap();
    };
    run(clock, HOUR, MINUTE, &mut call);
    assert_eq!(kinds(&FALLEN), [], "an incident of an hour");
    run(clock, HOUR, MINUTE, &mut call);
    assert_found(
        &FALLEN,
        FindingKind::FallbackForHours,
        "findings.fallback: at least half of the callers received a fallback or an old answer (for 2.0 h); repair \
         the dependency, or call what answers instead of it",
    );
    run(clock, MINUTE * 20, MINUTE, || drop(fallen(true)));
    assert_eq!(kinds(&FALLEN), []);
}

#[cfg(feature = "last-good")]
#[test]
fn old_answers_that_have_been_in_use_for_hours_are_found() {
    let clock = &*STALE_CLOCK;
    run(clock, MINUTE * 10, MINUTE, || assert_eq!(stale(true).unwrap(), 1));
    run(clock, HOUR * 3, MINUTE, || assert_eq!(stale(false).unwrap(), 1));
    assert_eq!(kinds(&STALE), [FindingKind::FallbackForHours]);
}

#[test]
fn probes_that_always_fail_are_found() {
    let clock = ManualClock::new();
    let breaker = builder("findings.probes", &clock).timeout(MINUTE * 5).build().unwrap();
    run(&clock, MINUTE * 30, SECOND * 10, || fail(&breaker));
    assert_eq!(kinds(&breaker), [], "an outage of half an hour");
    run(&clock, MINUTE * 31, SECOND * 10, || fail(&breaker));
    let snapshot = breaker.snapshot();
    let [finding] = snapshot.findings() else { panic!("{:?}", snapshot.findings()) };
    assert_eq!(finding.kind, FindingKind::ProbesAlwaysFail);
    assert_eq!(finding.what, "probes failed after 12 open periods in a row, and none succeeded");
    breaker.reset();
    assert_eq!(kinds(&breaker), []);
}

#[cfg(feature = "retry")]
#[test]
fn retries_that_the_budget_refuses_are_found() {
    let clock = &*RETRIED_CLOCK;
    let mut calls = 0;
    run(clock, MINUTE * 11, SECOND / 10, || {
        calls += 1;
        let _ = retried(calls % 3 == 0);
    });
    let snapshot = RETRIED.snapshot();
    let [finding] = snapshot.findings() else { panic!("{:?}", snapshot.findings()) };
    assert_eq!(finding.kind, FindingKind::RetryBudgetSpent);
    assert!(finding.what.starts_with("the budget refused "), "{finding}");
}

mod twins {
    use super::*;

    #[circuit_breaker(name = "findings.twin")]
    pub(super) fn first() -> Result<(), BreakerError> {
        Ok(())
    }

    #[circuit_breaker(name = "findings.twin")]
    pub(super) fn second() -> Result<(), BreakerError> {
        Ok(())
    }
}

#[test]
fn second_function_with_a_name_is_found() {
    twins::first().and_then(|()| twins::second()).unwrap();
    assert_eq!(kinds(breaker_of(twins::first)), []);
    let snapshot = breaker_of(twins::second).snapshot();
    let [finding] = snapshot.findings() else { panic!("{:?}", snapshot.findings()) };
    assert_eq!((finding.kind, &*finding.breaker), (FindingKind::NameClash, "findings.twin#2"));
    assert_eq!(finding.what, "another breaker has the name `findings.twin`, which this one wants");
    let clock = ManualClock::new();
    let [first, second] = [(); 2].map(|()| builder("findings.built", &clock).build().unwrap());
    assert_eq!((kinds(&first), kinds(&second)), (vec![], vec![FindingKind::NameClash]));
}

#[test]
fn breaker_that_is_never_called_is_found_after_two_days() {
    let clock = ManualClock::new();
    let breaker = builder("findings.unused", &clock).build().unwrap();
    let keys = builder("findings.unused keys", &clock).keyed().build().unwrap();
    clock.advance(DAY + HOUR * 23);
    assert_eq!((kinds(&breaker), kinds(keys.template())), (vec![], vec![]));
    clock.advance(HOUR);
    let found = vec![FindingKind::NeverCalled];
    assert_eq!((kinds(&breaker), kinds(keys.template())), (found.clone(), found));
    succeed(&breaker);
    succeed(&keys.get("eu-1"));
    assert_eq!((kinds(&breaker), kinds(keys.template())), (vec![], vec![]));
}

#[test]
fn quiet_nights_and_rare_calls_and_new_processes_have_no_finding() {
    let clock = ManualClock::new();
    let rate = |name| builder(name, &clock).failure_rate(0.5).window(MINUTE);
    let shop = rate("findings.shop").build().unwrap();
    let daily = builder("findings.daily", &clock).build().unwrap();
    let daily_rate = rate("findings.daily rate").build().unwrap();
    for _day in 0..7 {
        // Two calls a second by day, one each five minutes by night.
        run(&clock, HOUR * 14, SECOND / 2, || succeed(&shop));
        run(&clock, HOUR * 10, MINUTE * 5, || succeed(&shop));
        succeed(&daily);
        succeed(&daily_rate);
        let new = rate("findings.new").build().unwrap();
        run(&clock, MINUTE * 9, SECOND * 10, || {
            drop(new.try_acquire().map(drop));
        });
        assert_eq!(kinds(&new), []);
        assert_eq!((kinds(&shop), kinds(&daily), kinds(&daily_rate)), (vec![], vec![], vec![]));
    }
}

/// An outage that the breaker handles, the losers of hedges, and clients that leave early.
#[test]
fn breaker_that_works_has_no_finding() {
    let clock = ManualClock::new();
    let breaker = builder("findings.works", &clock).timeout(SECOND * 30).build().unwrap();
    let mut calls = 0_u32;
    run(&clock, HOUR * 2, SECOND, || {
        calls += 1;
        match calls {
            3_000..3_900 => fail(&breaker),
            _ if calls % 2 == 0 => drop(breaker.try_acquire().map(drop)),
            _ => {
                if let Ok(permit) = breaker.try_acquire() {
                    permit.success();
                }
            }
        }
    });
    assert!(breaker.snapshot().trips > 0);
    assert_eq!(kinds(&breaker), []);
}

/// Two days of load on breakers with every option of the policy, read every ten minutes.
#[test]
fn breakers_that_work_have_no_finding_with_all_options() {
    let clock = ManualClock::new();
    let all = |name: &str| {
        let builder = builder(name, &clock).failure_threshold(5).failure_rate(0.5).window(SECOND * 10);
        let builder =
            builder.min_calls(20).slow_call(SECOND).slow_call_rate(0.5).abandoned_threshold(10);
        let builder = builder.timeout(SECOND * 30).timeout_factor(2.0).max_timeout(MINUTE * 5);
        let builder = builder.timeout_jitter(0.1).success_threshold(3).max_probes(2).ramp(SECOND * 10);
        let builder = builder.probe_timeout(MINUTE).probe_failure_threshold(2);
        builder.max_concurrent(64)
    };
    let alone = all("findings.all").build().unwrap();
    let keys = all("findings.all keys").keyed().max_keys(100).max_open_keys(0.5);
    let keys = keys.key_idle(HOUR).outlier(Outlier::new()).build().unwrap();
    let throttled = builder("findings.throttled", &clock).throttle(2.0, MINUTE).honour_retry_after(true);
    #[cfg(feature = "tokio")]
    let throttled = throttled
        .failure_threshold(9)
        .call_timeout(SECOND * 2)
        .total_timeout(SECOND * 5)
        .max_concurrent(8)
        .max_wait(SECOND)
        .probe(async || true)
        .probe_every(SECOND * 5);
    let throttled = throttled.build().unwrap();
    // A game day is permitted, and there is none.
    #[cfg(feature = "inject")]
    breaker_runtime::inject::allow();
    let mut call = 0_u32;
    run(&clock, DAY * 2 + HOUR, SECOND / 2, || {
        call += 1;
        succeed(&alone);
        succeed(&throttled);
        succeed(&keys.get(&(call % 20)));
        // Now and then a failure, and a client that leaves.
        if call % 50 == 0 {
            fail(&alone);
            fail(&throttled);
            fail(&keys.get(&(call % 7)));
            drop(alone.try_acquire());
        }
    });
    for breaker in [&alone, &throttled, keys.template()] {
        assert_eq!(kinds(breaker), [], "{}", breaker.name());
        assert_eq!(breaker.snapshot().trips, 0, "{}", breaker.name());
    }
}

#[test]
fn findings_of_ten_thousand_keys_cost_little() {
    let clock = ManualClock::new();
    let builder = builder("findings.many", &clock).failure_rate(0.5).window(SECOND * 10);
    let keys: KeyedBreakers = builder.keyed().max_keys(10_000).build().unwrap();
    (0..10_000_u32).for_each(|key| succeed(&keys.get(&key)));
    let began = Instant::now();
    assert_eq!(kinds(keys.template()), []);
    let took = began.elapsed();
    println!("findings of 10,000 keys: {took:?}");
    // A hundred times what it takes on an idle machine.
    assert!(took < SECOND, "{took:?}");
}
