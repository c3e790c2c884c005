//! The health of the process. Each test looks for breakers by its own names: others run beside it.

use std::time::Duration;

use breaker_runtime::{CircuitBreaker, DegradedBreaker, ManualClock, Mode, Operator, State, health};

const MINUTE: Duration = Duration::from_secs(60);

fn breaker(name: &str, clock: &ManualClock) -> CircuitBreaker {
    let builder = CircuitBreaker::builder(name).clock(clock.clone()).timeout(MINUTE);
    builder.failure_threshold(2).success_threshold(1).build().expect("in range")
}

fn fail(breaker: &CircuitBreaker) {
    for _ in 0..2 {
        let _ = breaker.call(|| "seven".parse::<u32>());
    }
}

fn degraded(name: &str) -> Vec<DegradedBreaker> {
    let mut degraded = health().degraded;
    degraded.retain(|degraded| degraded.breaker == name);
    degraded
}

#[test]
fn open_breaker_is_degraded_until_its_probes_succeed() {
    let clock = ManualClock::new();
    let breaker = breaker("health.open", &clock);
    assert_eq!(degraded("health.open"), []);
    fail(&breaker);
    clock.advance(MINUTE / 4);
    let [open] = &degraded("health.open")[..] else { panic!("one breaker") };
    assert_eq!(
        (open.state, open.lasted, open.retry_after),
        (State::Open, MINUTE / 4, Some(MINUTE * 3 / 4))
    );
    assert_eq!(
        open.to_string(),
        "health.open is open for 15 s, probes in 45 s: 2 failures in a row (failure_threshold = 2); \
         last cause: core::num::error::ParseIntError"
    );

    // The open period is over, and no call has probed.
    clock.advance(MINUTE);
    let [unproven] = &degraded("health.open")[..] else { panic!("one breaker") };
    assert_eq!((unproven.state, unproven.lasted), (State::HalfOpen, MINUTE * 5 / 4));
    assert_eq!(
        unproven.to_string(),
        "health.open is half-open, and has not been closed for 75 s: 2 failures in a row (failure_threshold = 2); \
         last cause: core::num::error::ParseIntError"
    );

    breaker.call(|| "7".parse::<u32>()).expect("the probe succeeds");
    assert_eq!(degraded("health.open"), []);
}

#[test]
fn breaker_that_rejects_nothing_is_not_degraded() {
    let clock = ManualClock::new();
    let breaker = breaker("health.modes", &clock);
    breaker.observe();
    fail(&breaker);
    assert_eq!(degraded("health.modes"), [], "a dry run");
    breaker.force_closed();
    assert_eq!(degraded("health.modes"), []);

    breaker.force_open();
    clock.advance(MINUTE);
    let [forced] = &degraded("health.modes")[..] else { panic!("one breaker") };
    assert_eq!((forced.mode, &forced.why), (Mode::ForcedOpen, &None));
    assert_eq!(forced.to_string(), "health.modes is forced open for 60 s");
    breaker.set_mode_by(Mode::ForcedOpen, Operator::new("on-call").reason("index rebuild"));
    let [forced] = &degraded("health.modes")[..] else { panic!("one breaker") };
    assert_eq!(forced.to_string(), "health.modes is forced open for 0 s: on-call: index rebuild");
}

#[test]
fn breaker_that_rejects_a_part_of_the_calls_is_degraded() {
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder("health.ramp").failure_threshold(2).success_threshold(1);
    let ramp = builder.clock(clock.clone()).timeout(MINUTE).ramp(MINUTE).build().expect("in range");
    fail(&ramp);
    clock.advance(MINUTE);
    ramp.call(|| "7".parse::<u32>()).expect("the probe succeeds");
    clock.advance(MINUTE / 4);
    let [recovering] = &degraded("health.ramp")[..] else { panic!("one breaker") };
    assert_eq!(
        (recovering.state, recovering.lasted, recovering.rejects),
        (State::Closed, MINUTE / 4, Some(0.75))
    );
    assert_eq!(
        recovering.to_string(),
        "health.ramp is closed for 15 s, and rejects 75 % of the calls: 2 failures in a row \
         (failure_threshold = 2); last cause: core::num::error::ParseIntError"
    );
    clock.advance(MINUTE * 3 / 4);
    assert_eq!(degraded("health.ramp"), []);

    let builder = CircuitBreaker::builder("health.throttle").throttle(2.0, MINUTE);
    let throttled = builder.clock(clock.clone()).build().expect("in range");
    throttled.call(|| "7".parse::<u32>()).expect("it runs");
    assert_eq!(degraded("health.throttle"), []);
    for _ in 0..50 {
        fail(&throttled);
    }
    let [throttled] = &degraded("health.throttle")[..] else { panic!("one breaker") };
    assert!(throttled.rejects.is_some_and(|share| share > 0.5), "{throttled}");
    assert_eq!((throttled.state, &throttled.why), (State::Closed, &None));
    clock.advance(MINUTE * 2);
    assert_eq!(degraded("health.throttle"), [], "its window is empty again");
}

#[test]
fn each_key_counts_and_no_template_does() {
    let hosts = CircuitBreaker::builder("health.hosts").failure_threshold(2);
    let hosts = hosts.clock(ManualClock::new()).keyed().build().expect("in range");
    for host in 0..120 {
        fail(&hosts.get(&host));
    }
    drop(hosts.get(&200));
    let health = health();
    assert!(health.total >= 120, "{}", health.total);
    assert_eq!(health.degraded.len(), 100);
    assert!(
        health
            .degraded
            .iter()
            .all(|degraded| degraded.key.is_some() == (degraded.breaker == "health.hosts"))
    );
    assert!(health.to_string().ends_with(&format!("; and {} more", health.total - 3)), "{health}");
}
