//! The option `shadow`: what it counts, and what it leaves as it is.

use std::time::Duration;

use breaker_runtime::{
    CircuitBreaker, CircuitBreakerBuilder, ConfigUpdate, ManualClock, Outcome, Reason, ShadowOptions,
    ShadowStatus, State,
};

const SECOND: Duration = Duration::from_secs(1);

fn builder(clock: &ManualClock) -> CircuitBreakerBuilder {
    CircuitBreaker::builder("shadowed").clock(clock.clone()).timeout(10 * SECOND)
}

fn clock() -> ManualClock {
    let clock = ManualClock::new();
    clock.advance(SECOND);
    clock
}

/// Makes a call that ends at once; returns whether it ran.
fn call(breaker: &CircuitBreaker, clock: &ManualClock, outcome: Outcome) -> bool {
    clock.advance(SECOND / 1_000);
    breaker.try_acquire().map(|permit| permit.record(outcome)).is_ok()
}

fn status(breaker: &CircuitBreaker) -> ShadowStatus {
    breaker.snapshot().shadow().cloned().expect("it has a shadow")
}

#[test]
fn stricter_shadow_counts_the_calls_that_it_would_have_rejected() {
    let clock = clock();
    let shadow = ShadowOptions::new().failure_threshold(2);
    let breaker = builder(&clock).failure_threshold(4).shadow(shadow).build().unwrap();
    for outcome in [Outcome::Failure, Outcome::Failure, Outcome::Failure, Outcome::Success] {
        assert!(call(&breaker, &clock, outcome), "the breaker alone decides");
    }
    assert!(call(&breaker, &clock, Outcome::Ignored));
    let seen = status(&breaker);
    assert_eq!((breaker.state(), seen.state, seen.trips), (State::Closed, State::Open, 1));
    assert_eq!((seen.rejected, seen.rejected_successes, seen.rejected_failures), (3, 1, 1));
    assert_eq!((seen.admitted, seen.unknown), (0, 0));
    let [trip] = &seen.differing_trips[..] else { panic!("{seen:?}") };
    assert!(trip.of_shadow && trip.reason == Reason::FailureThreshold);
    assert_eq!(seen.first_difference, Some(trip.at));
    assert!(seen.last_difference > seen.first_difference);
    assert!(
        breaker.snapshot().to_string().contains("shadow open; 1 trip; would reject 3, of them 1 good")
    );
    assert_eq!(breaker.snapshot().totals.rejected, 0);
}

#[test]
fn laxer_shadow_counts_the_calls_that_it_would_have_let_through() {
    let clock = clock();
    let shadow = ShadowOptions::new().failure_threshold(5);
    let breaker = builder(&clock).failure_threshold(2).shadow(shadow).build().unwrap();
    let ran = [Outcome::Failure; 4].map(|outcome| call(&breaker, &clock, outcome));
    assert_eq!(ran, [true, true, false, false]);
    let seen = status(&breaker);
    assert_eq!((breaker.state(), seen.state), (State::Open, State::Closed));
    assert_eq!((seen.admitted, seen.rejected, seen.trips), (2, 0, 0));
    let [trip] = &seen.differing_trips[..] else { panic!("{seen:?}") };
    assert!(!trip.of_shadow && trip.reason == Reason::FailureThreshold);
}

#[test]
fn shadow_of_the_same_policy_never_differs() {
    let clock = clock();
    let shadow = ShadowOptions::new().failure_threshold(3);
    let breaker = builder(&clock).failure_threshold(3).shadow(shadow).build().unwrap();
    for round in 0..200_u32 {
        let failed = round % 50 > 40;
        call(&breaker, &clock, if failed { Outcome::Failure } else { Outcome::Success });
        if round % 30 == 0 {
            clock.advance(10 * SECOND);
        }
    }
    let seen = status(&breaker);
    assert!(seen.trips > 2 && breaker.snapshot().trips == seen.trips, "{seen:?}");
    assert_eq!((seen.rejected, seen.admitted, seen.first_difference), (0, 0, None));
    assert_eq!(seen.differing_trips, []);
}

#[test]
fn shadow_of_a_dry_run_sees_all_results() {
    let clock = clock();
    let shadow = ShadowOptions::new().failure_threshold(4);
    let breaker = builder(&clock).failure_threshold(2).shadow(shadow).build().unwrap();
    breaker.observe();
    for _ in 0..6 {
        assert!(call(&breaker, &clock, Outcome::Failure));
    }
    let seen = status(&breaker);
    assert_eq!((breaker.state(), seen.state), (State::Open, State::Open));
    // The third and fourth call; both would have rejected the others.
    assert_eq!((seen.admitted, seen.rejected), (2, 0));
}

#[test]
fn call_that_waits_for_a_permit_is_seen_by_the_shadow() {
    let shadow = ShadowOptions::new().failure_threshold(1);
    let builder = CircuitBreaker::builder("waits").max_concurrent(1).max_wait(60 * SECOND);
    let breaker = builder.shadow(shadow).build().unwrap();
    let running = breaker.try_acquire().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| breaker.call(|| "seven".parse::<u32>()).is_err());
        crate::wait::wait_until("it waits", || {
            breaker.snapshot().bulkhead.is_some_and(|counts| counts.pending == 1)
        });
        running.success();
        assert!(waiting.join().unwrap());
    });
    assert_eq!(status(&breaker).state, State::Open);
}

#[test]
fn trips_are_bounded_and_the_last_ones_are_kept() {
    let clock = clock();
    let shadow = ShadowOptions::new().failure_threshold(1).success_threshold(1);
    let breaker = builder(&clock).failure_threshold(1_000).shadow(shadow).build().unwrap();
    for _ in 0..20 {
        call(&breaker, &clock, Outcome::Failure);
        clock.advance(10 * SECOND);
        call(&breaker, &clock, Outcome::Success);
        call(&breaker, &clock, Outcome::Success);
    }
    let seen = status(&breaker);
    assert_eq!((seen.trips, seen.differing_trips.len()), (20, 8));
    assert!(seen.differing_trips.is_sorted_by_key(|trip| trip.at));
    assert!(seen.last_difference.is_some_and(|last| seen.differing_trips[7].at <= last));
}

#[test]
fn shadows_of_keys_are_summed_in_their_template() {
    let clock = clock();
    let shadow = ShadowOptions::new().failure_threshold(1);
    let keyed = builder(&clock).shadow(shadow).keyed().max_keys(2).build().unwrap();
    for key in ["eu", "us", "ap", "sa"] {
        let breaker = keyed.get(key);
        call(&breaker, &clock, Outcome::Failure);
        call(&breaker, &clock, Outcome::Success);
    }
    let template = status(keyed.template());
    assert_eq!((template.trips, template.rejected_successes), (4, 4), "evicted keys included");
    let last = template.differing_trips.last().and_then(|trip| trip.key.clone());
    assert_eq!(last.map(|key| key.to_string()), Some("sa".to_owned()));
    assert_eq!(status(&keyed.get("sa")).trips, 1);
}

#[test]
fn options_of_a_shadow_are_checked_with_those_of_the_breaker() {
    let refused = |builder: CircuitBreakerBuilder| {
        let error = builder.build().expect_err("it is refused").to_string();
        error.split_once("cannot be built: ").expect("the name comes first").1.to_owned()
    };
    let new = ShadowOptions::new;
    let builder = || CircuitBreaker::builder("b");
    assert_eq!(
        refused(builder().shadow(new())),
        "shadow is empty and must be given an option that differs, such as failure_rate"
    );
    assert_eq!(
        refused(builder().shadow(new().failure_rate(1.5).timeout(Duration::ZERO))),
        "shadow.failure_rate is 1.5 and must be above 0 and at most 1; \
         shadow.timeout is 0 s and must be longer than zero"
    );
    assert_eq!(
        refused(builder().shadow(new().min_calls(3))),
        "shadow.min_calls is 3 and must be given together with failure_rate or slow_call"
    );
    let fits = builder().timeout_factor(2.0).max_timeout(20 * SECOND).timeout(10 * SECOND);
    assert!(refused(fits.shadow(new().timeout(30 * SECOND))).contains("shadow.max_timeout is 20 s"));
    // What is wrong with the breaker is reported once.
    assert_eq!(
        refused(builder().success_threshold(0).shadow(new().failure_threshold(2))),
        "success_threshold is 0 and must be at least 1"
    );
    builder().failure_rate(0.5).shadow(new().min_calls(3)).build().unwrap();
}

#[test]
fn change_at_run_time_makes_the_shadow_anew_only_if_its_policy_changes() {
    let clock = clock();
    let breaker = builder(&clock).build().unwrap();
    assert!(breaker.snapshot().shadow().is_none());
    let shadow = ShadowOptions::new().failure_threshold(1);
    breaker.reconfigure(|options| options.shadow(shadow.clone())).unwrap();
    call(&breaker, &clock, Outcome::Failure);
    assert_eq!(status(&breaker).trips, 1);
    breaker.reconfigure(|options| options.failure_threshold(7)).unwrap();
    assert_eq!(status(&breaker).trips, 1, "that of the shadow is another option");
    breaker.reconfigure(|options| options.timeout(3 * SECOND)).unwrap();
    assert_eq!((status(&breaker).trips, status(&breaker).state), (0, State::Closed));
    breaker.reconfigure(ConfigUpdate::without_shadow).unwrap();
    assert!(breaker.snapshot().shadow().is_none());
    assert!(breaker.config().shadow().is_none());
}
