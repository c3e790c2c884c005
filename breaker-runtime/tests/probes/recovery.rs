//! From open to closed by pings alone.

use std::sync::{Arc, Mutex};

use breaker_runtime::classify::Class;
use breaker_runtime::{ErrorKind, ManualClock, Mode, Outcome, Reason, State};

use crate::{Dependency, SECOND, pass, settle, tasks};

#[tokio::test(start_paused = true)]
async fn pings_close_the_breaker_and_no_call_of_a_user_probes() {
    let payments = Dependency::down();
    let breaker = payments.builder("payments").build().expect("valid");
    assert!(breaker.call(|| payments.ping()).is_err());
    let before = payments.pings();
    let (mut reached, mut admitted) = (0, 0);
    let mut kinds = Vec::new();
    for tenth in 0..605 {
        if tenth == 250 {
            payments.set_down(false);
        }
        match breaker.try_acquire() {
            Err(error) => {
                kinds.push(error.kind());
                assert!(error.retry_after() <= Some(10 * SECOND));
            }
            Ok(permit) => {
                reached += u64::from(breaker.state() != State::Closed);
                admitted += 1;
                permit.success();
            }
        }
        pass(SECOND / 10).await;
    }
    assert_eq!(reached, 0, "no call of a user probes");
    assert!(kinds.contains(&ErrorKind::Open) && kinds.contains(&ErrorKind::HalfOpen));
    // At 10 and 20 s they fail, at 30 and 40 s they succeed.
    assert_eq!(payments.pings() - before, 4);
    assert_eq!(breaker.state(), State::Closed);
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.pings, totals.failed_pings, totals.failure), (2, 2, 1));
    assert_eq!(totals.success, admitted, "pings are no calls");
    assert!((398..=402).contains(&kinds.len()), "{} calls were rejected", kinds.len());
}

#[tokio::test(start_paused = true)]
async fn recovery_is_noticed_without_traffic() {
    let payments = Dependency::default();
    let breaker = payments.builder("quiet").build().expect("valid");
    breaker.trip();
    assert_eq!(tasks(), 1);
    pass(21 * SECOND).await;
    assert_eq!((breaker.state(), payments.pings()), (State::Closed, 2));
    assert_eq!(tasks(), 0, "none while no breaker is open");
}

#[tokio::test(start_paused = true)]
async fn probe_every_is_the_time_between_pings_in_place_of_the_open_period() {
    let payments = Dependency::down();
    let builder = payments.builder("often").timeout_factor(3.0).probe_every(SECOND);
    let breaker = builder.build().expect("valid");
    breaker.trip();
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND));
    pass(5 * SECOND + SECOND / 2).await;
    assert_eq!(payments.pings(), 5);
    payments.set_down(false);
    pass(2 * SECOND).await;
    assert_eq!(breaker.state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn interval_of_pings_grows_like_the_open_period_that_it_is() {
    let payments = Dependency::down();
    let builder = payments.builder("grows").timeout_factor(2.0).max_timeout(40 * SECOND);
    let breaker = builder.build().expect("valid");
    breaker.trip();
    let mut at = Vec::new();
    let mut seen = 0;
    for second in 1..=120_u64 {
        pass(SECOND).await;
        if payments.pings() > seen {
            seen = payments.pings();
            at.push(second);
        }
    }
    assert_eq!(at, [10, 30, 70, 110]);
}

#[tokio::test(start_paused = true)]
async fn interval_changed_at_run_time_holds_from_the_next_ping_on() {
    let payments = Dependency::down();
    let breaker = payments.builder("changed").build().expect("valid");
    breaker.trip();
    breaker.reconfigure(|options| options.probe_every(SECOND)).expect("valid");
    pass(10 * SECOND).await;
    assert_eq!(payments.pings(), 1, "the period that had begun");
    pass(3 * SECOND).await;
    assert_eq!(payments.pings(), 4);
}

#[tokio::test(start_paused = true)]
async fn ping_that_hangs_panics_or_is_slow_has_failed() {
    for kind in ["hangs", "panics", "is slow"] {
        let ping = move || async move {
            match kind {
                "hangs" => std::future::pending().await,
                "panics" => panic!("the ping panics"),
                _ => tokio::time::sleep(2 * SECOND).await,
            }
        };
        let builder = breaker_runtime::CircuitBreaker::builder(kind).timeout(10 * SECOND);
        let builder = builder.probe_timeout(3 * SECOND).slow_call(SECOND).probe(ping);
        let breaker = builder.build().expect("valid");
        breaker.trip();
        pass(14 * SECOND).await;
        let snapshot = breaker.snapshot();
        assert_eq!((snapshot.state, snapshot.trips), (State::Open, 2), "{kind}");
        assert_eq!(snapshot.totals.failed_pings, 1, "{kind}");
    }
}

#[tokio::test(start_paused = true)]
async fn ignored_ping_decides_nothing_and_the_next_one_follows() {
    let ping = || async { Outcome::Ignored };
    let builder = breaker_runtime::CircuitBreaker::builder("undecided").probe(ping);
    let breaker = builder.probe_every(SECOND).build().expect("valid");
    breaker.trip();
    pass(4 * SECOND).await;
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.state, snapshot.in_flight), (State::HalfOpen, 0));
    assert_eq!((snapshot.totals.ignored_pings, snapshot.totals.failed_pings), (4, 0));
    assert_eq!(snapshot.ping.and_then(|ping| ping.last), Some(Outcome::Ignored));
}

/// A client error is an answer: the service is there. An inner breaker that rejects says nothing.
#[tokio::test(start_paused = true)]
async fn ping_that_returns_a_class_counts_as_that_class_does_under_classify() {
    for (class, state) in [
        (Class::Success, State::Closed),
        (Class::ClientError, State::Closed),
        (Class::RateLimited, State::Open),
        (Class::ServerError, State::Open),
        (Class::NoAnswer, State::Open),
        (Class::Neutral, State::HalfOpen),
    ] {
        let builder = breaker_runtime::CircuitBreaker::builder("by class").success_threshold(1);
        let builder = builder.timeout(10 * SECOND).probe(move || async move { class });
        let breaker = builder.build().expect("valid");
        breaker.trip();
        pass(10 * SECOND).await;
        settle().await;
        assert_eq!(breaker.state(), state, "{class}");
    }
}

#[tokio::test(start_paused = true)]
async fn snapshot_has_the_next_ping_and_the_result_of_the_last_one() {
    let payments = Dependency::down();
    let this = payments.clone();
    let ping = move || {
        let this = this.clone();
        async move {
            tokio::time::sleep(SECOND).await;
            this.ping()
        }
    };
    let builder = breaker_runtime::CircuitBreaker::builder("watched").probe(ping);
    let breaker = builder.timeout(10 * SECOND).build().expect("valid");
    let status = || breaker.snapshot().ping.map(|it| (it.every, it.next, it.running, it.last));
    assert_eq!(status(), Some((10 * SECOND, None, false, None)), "it is closed");
    breaker.trip();
    assert_eq!(status(), Some((10 * SECOND, Some(10 * SECOND), false, None)));
    pass(3 * SECOND).await;
    assert_eq!(status(), Some((10 * SECOND, Some(7 * SECOND), false, None)));
    pass(7 * SECOND).await;
    assert_eq!(status(), Some((10 * SECOND, None, true, None)));
    pass(SECOND).await;
    assert_eq!(status(), Some((10 * SECOND, Some(10 * SECOND), false, Some(Outcome::Failure))));
    payments.set_down(false);
    pass(11 * SECOND).await;
    // Half-open: the next one is at the interval as well.
    assert_eq!(status(), Some((10 * SECOND, Some(10 * SECOND), false, Some(Outcome::Success))));
    pass(11 * SECOND).await;
    assert_eq!(breaker.state(), State::Closed);
    assert_eq!(status(), Some((10 * SECOND, None, false, Some(Outcome::Success))));
    let without = breaker_runtime::CircuitBreaker::builder("without").build().expect("valid");
    assert_eq!(without.snapshot().ping, None);
}

/// The breaker was reset while the ping ran.
#[tokio::test(start_paused = true)]
async fn ping_that_ends_in_another_state_has_not_failed() {
    let ping = || async { tokio::time::sleep(SECOND).await };
    let builder = breaker_runtime::CircuitBreaker::builder("late").timeout(10 * SECOND).probe(ping);
    let breaker = builder.build().expect("valid");
    breaker.trip();
    pass(10 * SECOND).await;
    breaker.reset();
    pass(SECOND).await;
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.pings, totals.failed_pings, totals.ignored_pings), (0, 0, 1));
}

#[tokio::test(start_paused = true)]
async fn dry_run_is_pinged_and_rejects_nothing() {
    let payments = Dependency::default();
    let breaker = payments.builder("dry").build().expect("valid");
    breaker.observe();
    assert!(breaker.call(|| Err::<(), _>("down")).is_err());
    for _ in 0..20 {
        breaker.try_acquire().expect("nothing is rejected").failure();
        pass(SECOND).await;
    }
    settle().await;
    assert_eq!((payments.pings(), breaker.snapshot().mode), (2, Mode::Observe));
    assert_eq!((breaker.state(), breaker.snapshot().totals.would_reject), (State::Closed, 20));
}

#[tokio::test(start_paused = true)]
async fn forced_breaker_is_not_pinged() {
    let payments = Dependency::default();
    let breaker = payments.builder("forced").build().expect("valid");
    breaker.trip();
    breaker.force_open();
    settle().await;
    assert_eq!(tasks(), 0);
    pass(60 * SECOND).await;
    assert_eq!(payments.pings(), 0);
    breaker.automatic();
    breaker.trip();
    pass(21 * SECOND).await;
    assert_eq!((payments.pings(), breaker.state()), (2, State::Closed));
}

#[tokio::test(start_paused = true)]
async fn events_say_that_a_change_came_from_the_background() {
    let payments = Dependency::default();
    let breaker = payments.builder("distinct").build().expect("valid");
    let log = Arc::new(Mutex::new(Vec::new()));
    let events = Arc::clone(&log);
    breaker
        .on_event(move |event| {
            events.lock().unwrap().push((event.reason, event.background, event.to_string()));
        })
        .detach();
    breaker.trip();
    pass(21 * SECOND).await;
    let log = log.lock().unwrap();
    let changes: Vec<_> = log.iter().map(|(reason, background, _)| (*reason, *background)).collect();
    let expected =
        [(Reason::Tripped, false), (Reason::TimeoutElapsed, true), (Reason::ProbesSucceeded, true)];
    assert_eq!(changes, expected);
    assert_eq!(log[2].2, "distinct: half-open -> closed (the probes succeeded; in the background)");
}

#[tokio::test(start_paused = true)]
async fn breaker_with_a_clock_of_its_own_is_pinged_by_that() {
    let (payments, clock) = (Dependency::default(), ManualClock::new());
    let builder = payments.builder("clock").clock(clock.clone()).success_threshold(1);
    let breaker = builder.build().expect("valid");
    breaker.trip();
    pass(60 * SECOND).await;
    assert_eq!((payments.pings(), breaker.state()), (0, State::Open));
    clock.advance(10 * SECOND);
    assert!(breaker.try_acquire().is_err(), "the task probes");
    settle().await;
    assert_eq!((payments.pings(), breaker.state()), (1, State::Closed));
}
