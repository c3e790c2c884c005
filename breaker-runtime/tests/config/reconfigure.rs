//! Options that change at run time, and the state that stays.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use breaker_runtime::{
    CircuitBreaker, CircuitBreakerBuilder, Clock, ConfigUpdate, ManualClock, Mode, Settings, State,
    Window, configure,
};

use crate::wait::TimeLimit;

const SECOND: Duration = Duration::from_secs(1);

fn breaker(
    options: impl FnOnce(CircuitBreakerBuilder) -> CircuitBreakerBuilder,
) -> (CircuitBreaker, ManualClock) {
    let clock = ManualClock::new();
    let builder = CircuitBreaker::builder("reconfigured").clock(clock.clone());
    (options(builder).build().expect("in range"), clock)
}

fn succeed(breaker: &CircuitBreaker) {
    breaker.try_acquire().expect("it runs").success();
}

fn fail(breaker: &CircuitBreaker) {
    breaker.try_acquire().expect("it runs").failure();
}

#[test]
fn changed_timeout_applies_from_the_next_open_period() {
    let (breaker, clock) = breaker(|builder| builder.timeout(SECOND * 30));
    breaker.trip();
    clock.advance(SECOND * 10);
    breaker.reconfigure(|options| options.timeout(SECOND * 5)).expect("in range");
    assert_eq!(breaker.state(), State::Open);
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 20));
    let rejected = breaker.try_acquire().expect_err("it is open");
    assert_eq!(rejected.retry_after(), Some(SECOND * 20));
    clock.advance(SECOND * 20);
    assert_eq!(breaker.state(), State::HalfOpen);
    fail(&breaker);
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 5));
}

#[test]
fn longer_timeout_does_not_lengthen_an_open_period_that_has_begun() {
    let (breaker, clock) = breaker(|builder| builder.timeout(SECOND * 5));
    breaker.trip();
    breaker.reconfigure(|options| options.timeout(SECOND * 30)).expect("in range");
    clock.advance(SECOND * 5);
    assert_eq!(breaker.state(), State::HalfOpen);
}

#[test]
fn streak_outlasts_a_change_of_options() {
    let (breaker, _) = breaker(|builder| builder.failure_threshold(5));
    (0..3).for_each(|_| fail(&breaker));
    breaker.reconfigure(|options| options.failure_threshold(4)).expect("in range");
    assert_eq!(breaker.snapshot().streak, 3);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open);
}

/// Nobody's call has failed at that moment, and so there is nothing to open for.
#[test]
fn streak_over_the_new_threshold_opens_at_the_next_failure() {
    let (breaker, _) = breaker(|builder| builder.failure_threshold(5));
    (0..3).for_each(|_| fail(&breaker));
    breaker.reconfigure(|options| options.failure_threshold(2)).expect("in range");
    assert_eq!(breaker.state(), State::Closed);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open);
}

#[test]
fn resized_count_window_keeps_the_newest_results_that_fit() {
    let (breaker, _) = breaker(|builder| builder.failure_rate(1.0).window(10).min_calls(10));
    (0..3).for_each(|_| fail(&breaker));
    (0..3).for_each(|_| succeed(&breaker));
    let counts = || breaker.snapshot().window.map(|window| (window.calls, window.failures));
    breaker.reconfigure(|options| options.window(4).min_calls(4)).expect("in range");
    assert_eq!(counts(), Some((4, 1)));
    breaker.reconfigure(|options| options.window(20).failure_rate(0.5)).expect("in range");
    assert_eq!(counts(), Some((4, 1)));
    (0..2).for_each(|_| fail(&breaker));
    assert_eq!(breaker.state(), State::Open, "3 of 6");
}

#[test]
fn window_of_another_kind_starts_empty() {
    let (breaker, clock) = breaker(|builder| builder.failure_threshold(100));
    (0..3).for_each(|_| fail(&breaker));
    let counts = || breaker.snapshot().window.map(|window| (window.calls, window.failures));
    assert_eq!(counts(), None);
    breaker.reconfigure(|options| options.failure_rate(0.9)).expect("in range");
    assert_eq!(counts(), Some((0, 0)));
    fail(&breaker);
    breaker.reconfigure(|options| options.window(SECOND * 10)).expect("in range");
    assert_eq!(counts(), Some((0, 0)));
    fail(&breaker);
    clock.advance(SECOND * 5);
    breaker.reconfigure(|options| options.window(SECOND * 60)).expect("in range");
    assert_eq!(counts(), Some((1, 1)));
    assert_eq!(breaker.snapshot().streak, 5);
}

/// Successes are counted without a look at a window. One that was made at run time began with all that were counted
/// before it.
#[test]
fn window_made_at_run_time_starts_empty() {
    let (breaker, _) = breaker(|builder| builder.failure_threshold(9));
    (0..4).for_each(|_| succeed(&breaker));
    let counts = || breaker.snapshot().window.map(|window| (window.calls, window.failures));
    breaker.reconfigure(|options| options.failure_rate(0.5).window(4).min_calls(2)).expect("in range");
    assert_eq!(counts(), Some((0, 0)));
    succeed(&breaker);
    fail(&breaker);
    assert_eq!(breaker.state(), State::Open, "1 of 2");
}

#[test]
fn window_made_at_run_time_does_not_trip_before_min_calls() {
    let (breaker, _) = breaker(|builder| builder.failure_threshold(100));
    (0..4).for_each(|_| succeed(&breaker));
    breaker.reconfigure(|options| options.failure_rate(0.1).window(100).min_calls(5)).expect("in range");
    fail(&breaker);
    assert_eq!((breaker.state(), breaker.snapshot().failure_rate), (State::Closed, None), "1 of 1");
}

#[test]
fn window_of_any_policy_made_at_run_time_starts_empty() {
    let policies: [fn(ConfigUpdate) -> ConfigUpdate; 3] = [
        |options| options.failure_rate(0.5).window(SECOND * 10).min_calls(2),
        |options| options.slow_call(SECOND).slow_call_rate(0.5).window(4).min_calls(2),
        |options| options.throttle(2.0, SECOND),
    ];
    for policy in policies {
        let (breaker, _) = breaker(|builder| builder.failure_threshold(9).random(|| 0.4));
        (0..4).for_each(|_| succeed(&breaker));
        breaker.reconfigure(policy).expect("in range");
        assert_eq!(breaker.snapshot().window.map_or(0, |window| window.calls), 0);
        fail(&breaker);
        assert_eq!(
            breaker.snapshot().throttle.map(|share| share > 0.4),
            breaker.config().throttle().map(|_| true),
            "1 of 1"
        );
    }
}

#[test]
fn window_of_the_code_keeps_the_calls_from_before_a_change() {
    let (breaker, _) = breaker(|builder| builder.failure_rate(0.5).window(10).min_calls(5));
    (0..4).for_each(|_| succeed(&breaker));
    breaker.reconfigure(|options| options.timeout(SECOND)).expect("in range");
    assert_eq!(breaker.snapshot().window.map(|window| window.calls), Some(4));
}

/// Settings and the template of keys go the same way.
#[test]
fn window_made_by_settings_or_by_a_template_starts_empty() {
    let clock = ManualClock::new();
    let hosts = CircuitBreaker::builder("reconfigured hosts").failure_threshold(9).clock(clock).keyed();
    let hosts = hosts.build().expect("in range");
    let (template, host) = (hosts.template().clone(), hosts.get("eu.example.com"));
    (0..4).for_each(|_| succeed(&host));
    let change = |options: ConfigUpdate| options.failure_rate(0.5).window(4).min_calls(2);
    template.reconfigure(change).expect("in range");
    let later = hosts.get("us.example.com");
    for breaker in [&host, &later] {
        assert_eq!(breaker.snapshot().window.map(|window| window.calls), Some(0));
        succeed(breaker);
        fail(breaker);
        assert_eq!(breaker.state(), State::Open, "1 of 2");
    }

    let (breaker, _) = breaker(|builder| builder.failure_threshold(9));
    (0..4).for_each(|_| succeed(&breaker));
    let settings = Settings::new()
        .set(breaker.name(), "failure_rate", 0.5)
        .set(breaker.name(), "window", 4)
        .set(breaker.name(), "min_calls", 2);
    let _ = configure(settings).expect("in range");
    assert_eq!(breaker.snapshot().window.map(|window| window.calls), Some(0));
    let _ = configure(Settings::new()).expect("in range");
}

#[test]
fn growth_of_the_open_period_outlasts_a_change() {
    let (breaker, clock) = breaker(|builder| builder.timeout(SECOND * 10).timeout_factor(2.0));
    breaker.trip();
    clock.advance(SECOND * 10);
    fail(&breaker);
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 20));
    breaker.reconfigure(|options| options.timeout(SECOND)).expect("in range");
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 20));
    clock.advance(SECOND * 20);
    fail(&breaker);
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 4), "after two failed probes");
}

#[test]
fn probes_in_flight_and_probe_successes_outlast_a_change() {
    let (breaker, clock) = breaker(|builder| builder.success_threshold(5).timeout(SECOND));
    breaker.trip();
    clock.advance(SECOND);
    succeed(&breaker);
    let (first, second) = (breaker.try_acquire(), breaker.try_acquire());
    breaker.reconfigure(|options| options.success_threshold(3).max_probes(1)).expect("in range");
    assert_eq!((breaker.state(), breaker.snapshot().in_flight), (State::HalfOpen, 2));
    assert!(breaker.try_acquire().is_err());
    first.expect("it runs").success();
    second.expect("it runs").success();
    assert_eq!(breaker.state(), State::Closed);
}

/// Only the first slots were looked at, and those behind them still held probes.
#[test]
fn lowered_max_probes_holds_for_probes_in_flight() {
    let (breaker, clock) = breaker(|builder| builder.failure_threshold(1).max_probes(3).timeout(SECOND));
    fail(&breaker);
    clock.advance(SECOND);
    let [first, second, third] = [(); 3].map(|()| breaker.try_acquire().expect("room for three"));
    breaker.reconfigure(|options| options.max_probes(1)).expect("in range");
    drop((first, second));
    assert!(breaker.try_acquire().is_err(), "one is in flight");
    assert_eq!(breaker.snapshot().in_flight, 1);
    drop(third);
    assert!(breaker.try_acquire().is_ok());
}

#[test]
fn lowered_max_probes_leaves_the_remaining_slots() {
    let (breaker, clock) = breaker(|builder| builder.max_probes(9).success_threshold(9).timeout(SECOND));
    breaker.trip();
    clock.advance(SECOND);
    let mut probes: Vec<_> = (0..9).map(|_| breaker.try_acquire().expect("room for nine")).collect();
    breaker.reconfigure(|options| options.max_probes(6)).expect("in range");
    // Of every third slot the probe stays in flight.
    let mut index = 0;
    probes.retain(|_| {
        index += 1;
        index % 3 == 0
    });
    probes.extend((0..9).filter_map(|_| breaker.try_acquire().ok()));
    assert_eq!((probes.len(), breaker.snapshot().in_flight), (6, 6));
}

#[test]
fn lost_probe_stays_lost_when_probe_timeout_is_lengthened() {
    let (breaker, clock) = breaker(|builder| builder.timeout(SECOND * 10).probe_timeout(SECOND * 20));
    breaker.trip();
    clock.advance(SECOND * 10);
    let lost = breaker.try_acquire().expect("a probe");
    clock.advance(SECOND * 21);
    breaker.reconfigure(|options| options.probe_timeout(SECOND * 60)).expect("in range");
    assert_eq!(breaker.snapshot().in_flight, 0);
    lost.success();
    let snapshot = breaker.snapshot();
    assert_eq!((snapshot.totals.late, snapshot.totals.success), (1, 0));
}

#[test]
fn probe_in_flight_has_the_lengthened_probe_timeout() {
    let (breaker, clock) = breaker(|builder| builder.timeout(SECOND * 10).probe_timeout(SECOND * 20));
    breaker.trip();
    clock.advance(SECOND * 10);
    let probe = breaker.try_acquire().expect("a probe");
    clock.advance(SECOND * 19);
    breaker.reconfigure(|options| options.probe_timeout(SECOND * 60)).expect("in range");
    clock.advance(SECOND * 30);
    assert_eq!(breaker.snapshot().in_flight, 1);
    probe.success();
    assert_eq!(breaker.snapshot().totals.success, 1);
}

/// Calls that had run at full load were held back again.
#[test]
fn ramp_that_is_over_stays_over_when_it_is_lengthened() {
    let (breaker, clock) = breaker(|builder| {
        builder.success_threshold(1).timeout(SECOND).ramp(SECOND * 10).slow_call(SECOND * 30)
    });
    breaker.trip();
    clock.advance(SECOND);
    succeed(&breaker);
    clock.advance(SECOND * 10);
    breaker.reconfigure(|options| options.ramp(SECOND * 100)).expect("in range");
    (0..20).for_each(|_| succeed(&breaker));
}

#[test]
fn mode_and_totals_outlast_a_change() {
    let (breaker, _) = breaker(|builder| builder.failure_threshold(1));
    fail(&breaker);
    breaker.observe();
    fail(&breaker);
    let before = breaker.snapshot();
    breaker.reconfigure(|options| options.failure_threshold(7)).expect("in range");
    assert_eq!((before.mode, before.state), (Mode::Observe, State::Open));
    assert_eq!(breaker.snapshot(), before);
}

#[test]
fn change_with_errors_reports_all_and_changes_nothing() {
    let (breaker, _) = breaker(|builder| builder.failure_rate(0.5));
    let before = breaker.config();
    let error = breaker
        .reconfigure(|options| {
            options.timeout(SECOND).failure_rate(1.5).window(10).min_calls(11).max_timeout(SECOND * 2)
        })
        .expect_err("most of it is wrong");
    assert_eq!(
        error.to_string(),
        "circuit breaker `reconfigured` keeps its options: failure_rate is 1.5 and must be above 0 and at \
         most 1; min_calls is 11 and must be from 1 to 10, the calls in the window; max_timeout is 2 s and \
         must be given together with timeout_factor, timeout_jitter or honour_retry_after"
            .replace("`reconfigured`", &format!("`{}`", breaker.name()))
    );
    assert_eq!(breaker.config(), before);
}

/// A rate that is switched off takes nothing along: its window is as it was when the rate comes back.
#[test]
fn window_outlasts_the_policy_that_made_it() {
    let (breaker, _) = breaker(|builder| {
        builder.failure_rate(0.5).window(SECOND * 10).min_calls(3).slow_call(SECOND).slow_call_rate(0.7)
    });
    breaker
        .reconfigure(|options| options.without_failure_rate().without_slow_call().failure_threshold(9))
        .expect("a window that is no use any more is no mistake");
    let config = breaker.config();
    assert_eq!((config.failure_rate(), config.slow_call()), (None, None));
    assert_eq!((config.slow_call_rate(), breaker.snapshot().window), (None, None));
    breaker.reconfigure(|options| options.timeout(SECOND)).expect("nor is it one later");
    breaker.reconfigure(|options| options.failure_rate(0.4).slow_call(SECOND)).expect("in range");
    let config = breaker.config();
    assert_eq!((config.window(), config.min_calls()), (Window::Span(SECOND * 10), 3));
    assert_eq!(config.slow_call_rate(), Some(0.7));
}

#[test]
fn changed_option_without_effect_is_refused() {
    let (breaker, _) = breaker(|builder| builder.failure_rate(0.5).window(50));
    let useless = breaker
        .reconfigure(|options| options.without_failure_rate().min_calls(4))
        .expect_err("nothing looks at the window any more");
    assert_eq!(useless.options().collect::<Vec<_>>(), ["min_calls"]);
}

/// Pitfall 29: a breaker that nothing opens.
#[test]
fn change_that_leaves_no_way_to_open_is_refused() {
    let (breaker, _) = breaker(|builder| builder.slow_call(SECOND).slow_call_rate(0.5));
    assert_eq!(breaker.config().failure_threshold(), None);
    breaker.reconfigure(ConfigUpdate::without_slow_call).expect("in range");
    assert_eq!(breaker.config().failure_threshold(), Some(5), "as if no rate had been given");
    let error = breaker.reconfigure(ConfigUpdate::without_failure_threshold).expect_err("no use");
    assert!(error.to_string().contains("failure_threshold is off and must be left on"), "{error}");
    breaker
        .reconfigure(|options| options.without_failure_threshold().failure_rate(0.5))
        .expect("the rate opens it");
    assert_eq!(breaker.config().failure_threshold(), None);
}

#[test]
fn concurrent_change_starts_from_the_result_of_the_other() {
    let (breaker, _) = breaker(|builder| builder);
    let other = breaker.clone();
    let first = AtomicBool::new(true);
    breaker
        .reconfigure(|options| {
            if first.swap(false, Ordering::Relaxed) {
                other.reconfigure(|options| options.success_threshold(7)).expect("in range");
            }
            options.timeout(SECOND)
        })
        .expect("in range");
    let config = breaker.config();
    assert_eq!((config.success_threshold(), config.timeout()), (7, SECOND));
}

#[test]
fn closure_that_panics_changes_nothing() {
    let (breaker, _) = breaker(|builder| builder);
    let before = breaker.config();
    let result = catch_unwind(AssertUnwindSafe(|| {
        breaker.reconfigure(|options| {
            let _half_way = options.timeout(SECOND);
            panic!("expected")
        })
    }));
    assert!(result.is_err());
    assert_eq!(breaker.config(), before);
    breaker.reconfigure(|options| options.timeout(SECOND)).expect("in range");
}

#[test]
fn options_can_be_changed_from_calls_and_listeners() {
    let (breaker, clock) = breaker(|builder| builder.failure_threshold(1).timeout(SECOND));
    let inside = breaker.clone();
    let subscription = breaker.on_event(move |event| {
        if event.to == State::Open {
            let timeout = inside.config().timeout();
            inside.reconfigure(|options| options.timeout(timeout * 2)).expect("in range");
        }
    });
    let failed = breaker.call(|| {
        breaker.reconfigure(|options| options.timeout(SECOND * 3)).expect("in range");
        Err::<(), _>("down")
    });
    assert!(failed.is_err());
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 3));
    assert_eq!(breaker.config().timeout(), SECOND * 6);
    clock.advance(SECOND * 3);
    fail(&breaker);
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 6));
    drop(subscription);
}

type Surprise = Box<dyn FnOnce() + Send>;

/// A clock that does something else when it is read the next time.
#[derive(Clone, Default)]
struct Ambush {
    clock: ManualClock,
    next: Arc<Mutex<Option<Surprise>>>,
}

impl Clock for Ambush {
    fn now(&self) -> Duration {
        let next = self.next.lock().expect("no panic").take();
        if let Some(next) = next {
            next();
        }
        self.clock.now()
    }
}

/// The first call after a ramp opens the gate again, which the new options have just closed.
#[test]
fn call_admitted_under_old_options_does_not_undo_the_new() {
    let ambush = Ambush::default();
    let breaker = CircuitBreaker::builder("ambushed")
        .success_threshold(1)
        .timeout(SECOND)
        .ramp(SECOND)
        .clock(ambush.clone())
        .build()
        .expect("in range");
    breaker.trip();
    ambush.clock.advance(SECOND);
    succeed(&breaker);
    assert_eq!(breaker.state(), State::Closed);
    ambush.clock.advance(SECOND);

    let inside = breaker.clone();
    *ambush.next.lock().expect("no panic") = Some(Box::new(move || {
        inside.reconfigure(|options| options.slow_call(SECOND)).expect("in range");
    }));
    succeed(&breaker);
    let slow = breaker.try_acquire().expect("it runs");
    ambush.clock.advance(SECOND * 2);
    slow.success();
    assert_eq!(breaker.snapshot().totals.slow, 1);
}

/// No call is lost or counted twice, whatever policy comes and goes while it runs.
#[test]
fn calls_count_once_while_options_change() {
    let (breaker, clock) = breaker(|builder| builder.timeout(Duration::from_micros(1)));
    let (ran, rejected) = (AtomicU64::new(0), AtomicU64::new(0));
    let done = AtomicBool::new(false);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                let mut calls = 0_u32;
                let limit = TimeLimit::start();
                while !done.load(Ordering::Relaxed) {
                    limit.check("all changes are made");
                    calls += 1;
                    match breaker.try_acquire() {
                        Ok(permit) if calls % 5 == 0 => permit.failure(),
                        Ok(permit) => permit.success(),
                        Err(_) => {
                            rejected.fetch_add(1, Ordering::Relaxed);
                            clock.advance(Duration::from_micros(1));
                            continue;
                        }
                    }
                    ran.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for round in 0..3_000 {
            change(&breaker, round);
        }
        done.store(true, Ordering::Relaxed);
    });
    let totals = breaker.snapshot().totals;
    let ended = totals.success + totals.failure + totals.ignored + totals.cancelled + totals.late;
    assert_eq!((ended, totals.rejected), (ran.into_inner(), rejected.into_inner()));
}

fn change(breaker: &CircuitBreaker, round: u32) {
    let changed = breaker.reconfigure(|options| match round % 6 {
        0 => options.failure_rate(0.3).window(10).min_calls(5),
        1 => options.window(SECOND).slow_call(Duration::from_millis(1)),
        2 => options.throttle(1.1, SECOND).ramp(Duration::from_micros(10)),
        3 => options.without_throttle().timeout_factor(1.5).timeout_jitter(0.5),
        4 => options.without_slow_call().window(100),
        _ => options.without_failure_rate().without_ramp().timeout_factor(1.0),
    });
    changed.expect("in range");
}
