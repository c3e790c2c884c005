//! Reports of trips: why a breaker opened, and what its callers got.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use breaker_runtime::{
    CallResult, CircuitBreaker, CircuitBreakerBuilder, ManualClock, OptionOrigin, Reason, State,
    TripCondition, TripReport,
};

const SECOND: Duration = Duration::from_secs(1);

pub(crate) struct Scene {
    pub(crate) breaker: CircuitBreaker,
    clock: ManualClock,
}

impl Scene {
    pub(crate) fn new(
        name: &str,
        options: impl FnOnce(CircuitBreakerBuilder) -> CircuitBreakerBuilder,
    ) -> Self {
        let clock = ManualClock::new();
        let builder = CircuitBreaker::builder(name).clock(clock.clone()).success_threshold(1);
        Self { breaker: options(builder).build().expect("valid options"), clock }
    }

    fn succeed(&self, times: u32) {
        for _ in 0..times {
            self.breaker.try_acquire().expect("admitted").success();
        }
    }

    fn fail(&self, times: u32) {
        for _ in 0..times {
            assert!(self.breaker.call(|| "seven".parse::<u32>()).is_err());
        }
    }

    pub(crate) fn last(&self) -> TripReport {
        self.breaker.last_trip().expect("it has tripped")
    }
}

#[test]
fn streak_is_reported_with_its_calls_options_and_answers() {
    let scene = Scene::new("reported", |builder| builder.failure_threshold(3).timeout(SECOND * 30));
    let Scene { breaker, clock } = &scene;
    scene.fail(1);
    scene.succeed(12);
    clock.advance(SECOND);
    breaker.try_acquire().expect("closed").ignore();
    scene.fail(2);
    clock.advance(SECOND);
    let panicked =
        std::panic::catch_unwind(|| breaker.call(|| -> Result<(), ()> { panic!("as a test") }));
    assert!(panicked.is_err() && breaker.try_acquire().is_err() && breaker.try_acquire().is_err());
    assert_eq!(scene.last().end, None);
    clock.advance(SECOND * 30);
    scene.fail(1);
    clock.advance(SECOND * 30);
    scene.succeed(1);

    let report = scene.last();
    assert_eq!(report.condition, TripCondition::FailureThreshold { failures: 3, threshold: 3 });
    assert_eq!(
        (report.sequence, report.failed_probes, report.end),
        (1, 1, Some(Reason::ProbesSucceeded))
    );
    assert_eq!((report.answers.rejected, report.lasted), (2, SECOND * 60));
    let between: Vec<_> = report.calls.iter().map(|call| (call.result, call.successes_before)).collect();
    let failure = (CallResult::Failure, 0);
    assert_eq!(between, [failure, (CallResult::Ignored, 12), failure, failure, failure]);
    assert_eq!(
        report.to_string(),
        "reported opened: 3 failures in a row (failure_threshold = 3)\n  \
         failures by cause: 3 x core::num::error::ParseIntError, 1 x panic\n  \
         1 s before: ignored, after 12 successes\n  \
         1 s before: failure, core::num::error::ParseIntError\n  \
         1 s before: failure, core::num::error::ParseIntError\n  \
         0 s before: failure, panic\n  \
         options: failure_threshold = 3 (code), timeout = 30 s (code), success_threshold = 1 (code)\n  \
         callers got: 2 rejections, 0 fallbacks, 0 last good answers\n  \
         ended after 60 s: the probes succeeded; failed probes: 1"
    );
}

#[test]
fn rate_is_reported_with_the_window_that_reached_it() {
    let scene = Scene::new("rated", |builder| builder.failure_rate(0.5).window(10).min_calls(4));
    scene.succeed(3);
    scene.fail(3);
    let condition = TripCondition::FailureRate { failures: 3, calls: 6, rate: 0.5 };
    assert_eq!(scene.last().condition, condition);
    assert_eq!(
        scene.last().summary().to_string(),
        "rated opened: 3 of 6 calls in the window failed (failure_rate = 0.5); last cause: \
         core::num::error::ParseIntError"
    );
}

#[test]
fn slow_calls_are_reported_with_their_times() {
    let scene = Scene::new("slow", |builder| {
        builder.slow_call(SECOND).slow_call_rate(1.0).window(4).min_calls(2)
    });
    for _ in 0..2 {
        let permit = scene.breaker.try_acquire().expect("closed");
        scene.clock.advance(SECOND * 2);
        permit.success();
    }
    let report = scene.last();
    assert_eq!(report.condition, TripCondition::SlowCallRate { slow: 2, calls: 2, rate: 1.0 });
    assert_eq!(report.calls.len(), 2);
    for call in &report.calls {
        assert_eq!((call.result, call.slow, call.took), (CallResult::Success, true, Some(SECOND * 2)));
        assert_eq!(call.successes_before, 0);
    }
}

#[test]
fn results_that_count_for_nothing_are_recorded_too() {
    let scene = Scene::new("others", |builder| builder.failure_threshold(1));
    let late = scene.breaker.try_acquire().expect("closed");
    drop(scene.breaker.try_acquire().expect("closed"));
    scene.fail(1);
    scene.breaker.reset();
    late.failure();
    scene.fail(1);
    let results = |report: &TripReport| report.calls.iter().map(|call| call.result).collect::<Vec<_>>();
    let trips: Vec<_> = scene.breaker.trips().iter().map(results).collect();
    assert_eq!(
        trips,
        [[CallResult::Cancelled, CallResult::Failure], [CallResult::Late, CallResult::Failure]]
    );
}

#[test]
fn last_eight_trips_are_kept_and_older_calls_give_way() {
    let scene = Scene::new("eight", |builder| builder.failure_threshold(12));
    for _ in 0..10 {
        scene.fail(12);
        scene.breaker.reset();
    }
    let trips = scene.breaker.trips();
    assert_eq!(
        trips.iter().map(|trip| trip.sequence).collect::<Vec<_>>(),
        [5, 7, 9, 11, 13, 15, 17, 19]
    );
    // 64 calls: those of five trips, and four of the one before.
    let kept: Vec<_> = trips.iter().map(|trip| trip.calls.len() as u64).collect();
    assert_eq!(kept, [0, 0, 4, 12, 12, 12, 12, 12]);
    assert!(trips.iter().zip(kept).all(|(trip, kept)| trip.earlier_calls + kept == 12));
}

#[test]
fn last_64_results_are_kept_with_the_number_of_those_before() {
    let scene = Scene::new("many", |builder| builder.failure_threshold(70));
    scene.fail(70);
    let report = scene.last();
    assert_eq!((report.calls.len(), report.earlier_calls), (64, 6));
}

#[test]
fn successes_before_each_of_the_last_64_results_are_known() {
    let scene = Scene::new("between", |builder| builder.failure_threshold(2));
    for successes in 1..=150 {
        scene.succeed(successes);
        scene.fail(1);
    }
    scene.breaker.trip();
    let between: Vec<_> = scene.last().calls.iter().map(|call| call.successes_before).collect();
    assert_eq!(between, (87..=150).collect::<Vec<_>>());
}

#[test]
fn failures_of_all_threads_are_in_the_report() {
    let scene = Scene::new("threads fail", |builder| builder.failure_threshold(1_000));
    scene.fail(1);
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| scene.fail(15));
        }
    });
    scene.breaker.trip();
    let report = scene.last();
    assert_eq!((report.calls.len(), report.earlier_calls), (61, 0));
    assert!(report.calls.iter().all(|call| call.result == CallResult::Failure && call.cause.is_some()));
}

#[test]
fn successes_of_a_window_of_time_are_reported_by_its_slices() {
    let options =
        |builder: CircuitBreakerBuilder| builder.failure_rate(0.5).window(SECOND * 10).min_calls(6);
    let scene = Scene::new("sliced", options);
    scene.succeed(2);
    scene.clock.advance(SECOND);
    scene.succeed(1);
    scene.fail(1);
    scene.clock.advance(SECOND);
    scene.succeed(1);
    scene.clock.advance(SECOND);
    scene.fail(3);
    let report = scene.last();
    assert!(report.complete);
    let slices: Vec<_> =
        report.slices.iter().map(|slice| (slice.before_call, slice.at, slice.successes)).collect();
    assert_eq!(slices, [(0, Duration::ZERO, 2), (1, SECOND * 2, 1)]);
    let text = report.to_string();
    assert!(text.contains("after 3 successes, 2 in 1 earlier slice\n"), "{text}");
    #[cfg(feature = "serde")]
    {
        let json = serde_json::to_value(&report).unwrap();
        assert_eq!((&json["complete"], &json["clock_start"]), (&true.into(), &0.0.into()));
        let slice = serde_json::json!({ "before_call": 1, "at": 2.0, "successes": 1 });
        assert_eq!(json["slices"][1], slice);
    }
}

#[test]
fn report_that_cannot_be_replayed_is_not_complete() {
    let rated =
        |builder: CircuitBreakerBuilder| builder.failure_rate(1.0).window(SECOND * 10).min_calls(2);
    let is_complete = |name: &str, run: &dyn Fn(&Scene)| {
        let scene = Scene::new(name, rated);
        run(&scene);
        scene.fail(2);
        let report = scene.last();
        assert_eq!(report.complete, !report.to_string().contains("\n  not complete"), "{report}");
        assert!(report.to_string().lines().count() <= 10, "{report}");
        report.complete
    };
    assert!(is_complete("complete", &|_| {}));
    let ignores_many = |scene: &Scene| {
        (0..63).for_each(|_| scene.breaker.try_acquire().expect("closed").ignore());
    };
    assert!(!is_complete("incomplete: too many results", &ignores_many));
    let succeeds_in_many_slices = |scene: &Scene| {
        for _ in 0..30 {
            for _ in 0..8 {
                scene.succeed(1);
                scene.clock.advance(SECOND);
            }
            scene.breaker.try_acquire().expect("closed").ignore();
        }
        scene.clock.advance(SECOND * 20);
    };
    assert!(!is_complete("incomplete: too many slices", &succeeds_in_many_slices));
    let changes_the_window = |scene: &Scene| {
        scene.succeed(1);
        scene.breaker.reconfigure(|options| options.window(SECOND * 5)).expect("valid");
        scene.clock.advance(SECOND * 20);
    };
    assert!(!is_complete("incomplete: changed", &changes_the_window));
    let changes_the_period = |scene: &Scene| {
        scene.succeed(1);
        scene.breaker.reconfigure(|options| options.timeout(SECOND * 5)).expect("valid");
        scene.clock.advance(SECOND * 20);
    };
    assert!(is_complete("complete: another period", &changes_the_period));
    assert!(is_complete("complete: closed since", &|scene| {
        changes_the_window(scene);
        scene.fail(1);
        scene.breaker.reset();
    }));
}

#[test]
fn refused_trip_of_a_key_makes_the_report_incomplete() {
    let builder = CircuitBreaker::builder("refused").failure_rate(0.5).min_calls(2);
    let breakers = builder.keyed().max_open_keys(0.5).build().expect("valid");
    let fail = |key: &str| breakers.get(key).try_acquire().expect("closed").failure();
    let _others = ["c", "d"].map(|key| breakers.get(key).try_acquire().expect("closed").success());
    (0..2).for_each(|_| fail("a"));
    (0..2).for_each(|_| fail("b"));
    (0..3).for_each(|_| fail("c"));
    assert_eq!(breakers.get("c").state(), State::Closed, "two of four keys are open");
    breakers.get("a").reset();
    fail("c");
    let complete = ["a", "b", "c"].map(|key| breakers.get(key).last_trip().map(|trip| trip.complete));
    assert_eq!(complete, [Some(true), Some(true), Some(false)]);
}

#[test]
fn manual_trip_is_reported_as_a_command() {
    let scene = Scene::new("manual", |builder| builder);
    scene.breaker.trip();
    assert_eq!(scene.last().condition, TripCondition::Command);
    assert_eq!(scene.last().summary().to_string(), "manual opened: tripped manually");
    scene.breaker.force_open();
    assert_eq!(scene.last().end, Some(Reason::ModeChanged));
}

#[test]
fn events_of_a_trip_carry_its_report() {
    let scene = Scene::new("carried", |builder| builder.failure_threshold(1).timeout(SECOND));
    let reports = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&reports);
    let subscription = scene.breaker.on_event(move |event| log.lock().unwrap().push(event.clone()));
    scene.fail(1);
    scene.clock.advance(SECOND);
    scene.succeed(1);
    drop(subscription);
    let events = std::mem::take(&mut *reports.lock().unwrap());
    let [opened, probing, closed] = &events[..] else { panic!("{events:?}") };
    let report = opened.trip.as_deref().expect("a trip");
    assert_eq!((report.sequence, report.end, report.at, report.time), (1, None, opened.at, opened.time));
    assert_eq!(probing.trip, None);
    let report = closed.trip.as_deref().expect("the end of a trip");
    assert_eq!((report.sequence, report.end), (1, Some(Reason::ProbesSucceeded)));
    assert_eq!(report.time, opened.time);
}

#[test]
fn options_are_reported_with_their_origin() {
    let scene = Scene::new("origins", |builder| builder.failure_threshold(1));
    scene.breaker.reconfigure(|options| options.timeout(SECOND)).expect("valid");
    scene.fail(1);
    let report = scene.last();
    let origin =
        |name| report.options.iter().find(|option| option.name == name).map(|option| option.origin);
    assert_eq!(origin("failure_threshold"), Some(OptionOrigin::Code));
    assert_eq!(origin("timeout"), Some(OptionOrigin::Reconfigure));
    assert_eq!(origin("timeout_factor"), Some(OptionOrigin::Default));
    assert_eq!(origin("failure_rate"), None);
}

#[test]
fn rejection_leads_to_the_report() {
    let scene = Scene::new("led to", |builder| builder.failure_threshold(1));
    scene.fail(1);
    let rejection = scene.breaker.try_acquire().map(drop).expect_err("open");
    assert_eq!(rejection.trip_report(), Some(scene.last()));
}

#[test]
fn rejection_of_a_key_leads_to_the_report_of_its_breaker() {
    let builder = CircuitBreaker::builder("led to by key").failure_threshold(1);
    let breakers = builder.keyed().build().expect("valid");
    for key in ["eu", "us"] {
        assert!(breakers.get(key).call(|| "seven".parse::<u32>()).is_err());
    }
    let rejection = breakers.get("us").try_acquire().map(drop).expect_err("open");
    let report = rejection.trip_report().expect("it has tripped");
    assert_eq!(report.key.as_ref(), breakers.get("us").key());
}
