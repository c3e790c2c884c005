//! The keys of settings: the breakers that they apply to, and when.

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use breaker_runtime::{
    CircuitBreaker, Clock, ManualClock, Mode, Settings, State, Window, automatic_all, configure,
    observe_all,
};

use crate::alone;
use crate::wait::TimeLimit;

const SECOND: Duration = Duration::from_secs(1);

fn build(name: &str) -> CircuitBreaker {
    CircuitBreaker::builder(name).build().expect("in range")
}

fn timeouts(breakers: &[&CircuitBreaker]) -> Vec<u64> {
    breakers.iter().map(|breaker| breaker.config().timeout().as_secs()).collect()
}

#[test]
fn duration_as_a_number_is_in_seconds() {
    let _alone = alone();
    let settings =
        ["timeout", "max_timeout", "slow_call", "probe_timeout", "ramp", "max_wait", "throttle.window"]
            .into_iter()
            .fold(Settings::new(), |settings, option| settings.set("in seconds", option, 90))
            .set("in seconds", "timeout", 1.5)
            .set("in seconds", "timeout_factor", 2.0)
            .set("in seconds", "failure_rate", 0.5)
            .set("in seconds", "window", 90)
            .set("in seconds", "max_concurrent", 5);
    let breaker = build("in seconds");
    let _ = configure(settings).expect("sound settings");
    let (config, seconds) = (breaker.config(), Duration::from_secs(90));
    assert_eq!(config.timeout(), Duration::from_millis(1_500));
    assert_eq!((config.max_timeout(), config.slow_call()), (Some(seconds), Some(seconds)));
    assert_eq!((config.probe_timeout(), config.ramp()), (seconds, Some(seconds)));
    assert_eq!(
        (config.max_wait(), config.throttle().map(|throttle| throttle.window())),
        (Some(seconds), Some(seconds))
    );
    assert_eq!(config.window(), Window::Calls(90), "a number of calls");
}

#[test]
fn more_specific_key_wins_option_by_option() {
    let _alone = alone();
    let [all, shop, pay, refund] =
        ["other", "shop::cart", "shop::pay::card", "shop::pay::refund"].map(build);
    let settings = Settings::new()
        .set("shop::pay::refund", "timeout", "4s")
        .set("shop::pay::*", "timeout", "3s")
        .set("shop::pay::*", "success_threshold", 3)
        .set("*", "timeout", "1s")
        .set("*", "success_threshold", 1)
        .set("shop::*", "timeout", "2s");
    let _ = configure(settings).expect("in range");
    assert_eq!(timeouts(&[&all, &shop, &pay, &refund]), [1, 2, 3, 4]);
    let thresholds = [&all, &shop, &pay, &refund].map(|breaker| breaker.config().success_threshold());
    assert_eq!(thresholds, [1, 1, 3, 3]);
}

#[test]
fn share_in_percent_is_the_same_number() {
    let _alone = alone();
    let rates = |settings: Settings| {
        let _ = configure(settings).expect("in range");
        let built = CircuitBreaker::builder("in percent").build().expect("in range").config();
        (built.failure_rate(), built.slow_call_rate(), built.timeout_jitter())
    };
    let settings = |rate: &str, slow: &str, jitter: &str| {
        Settings::new()
            .set("in percent", "failure_rate", rate)
            .set("in percent", "slow_call", "2s")
            .set("in percent", "slow_call_rate", slow)
            .set("in percent", "timeout_jitter", jitter)
    };
    assert_eq!(rates(settings("50%", " 7 % ", "0%")), (Some(0.5), Some(0.07), 0.0));
    assert_eq!(rates(settings("0.5", "1", "12.5%")), (Some(0.5), Some(1.0), 0.125));
    for wrong in ["0%", "101%"] {
        let error = settings(wrong, "1", "0").check().expect_err("out of range");
        assert!(error.to_string().contains("above 0 and at most 1"), "{error}");
    }
}

#[test]
fn options_of_the_code_apply_where_settings_end() {
    let _alone = alone();
    let breaker = CircuitBreaker::builder("layered").failure_rate(0.5).timeout(SECOND).build();
    let breaker = breaker.expect("in range");
    let _ =
        configure(Settings::new().set("layered", "min_calls", 7)).expect("it goes with the code's rate");
    assert_eq!((breaker.config().failure_rate(), breaker.config().min_calls()), (Some(0.5), 7));
    assert_eq!(breaker.config().timeout(), SECOND);
}

#[test]
fn new_settings_replace_the_old_as_a_whole() {
    let _alone = alone();
    let [first, second] = ["first", "second"].map(build);
    let both = Settings::new().set("first", "timeout", "1s").set("second", "timeout", "2s");
    assert_eq!(configure(both).expect("in range").changed(), ["first", "second"]);
    let one = Settings::new().set("second", "success_threshold", 9);
    assert_eq!(configure(one.clone()).expect("in range").changed(), ["first", "second"]);
    assert_eq!(timeouts(&[&first, &second]), [60, 60]);
    assert_eq!(second.config().success_threshold(), 9);
    assert_eq!(configure(one).expect("in range").changed(), [""; 0], "they are the same");
}

#[test]
fn breakers_that_settings_never_named_are_left_alone() {
    let _alone = alone();
    let [named, other] = ["named", "other"].map(build);
    for breaker in [&named, &other] {
        breaker.reconfigure(|options| options.timeout(SECOND)).expect("in range");
    }
    let _ = configure(Settings::new().set("named", "success_threshold", 1)).expect("in range");
    assert_eq!(
        timeouts(&[&named, &other]),
        [60, 1],
        "what settings name has their options over the code's"
    );
    let _ = configure(Settings::new()).expect("in range");
    assert_eq!(timeouts(&[&named, &other]), [60, 1]);
}

#[test]
fn unmatched_keys_are_reported() {
    let _alone = alone();
    let _there = build("there");
    let settings = Settings::new()
        .set("there", "timeout", "1s")
        .set("*", "timeout", "1s")
        .set("not there", "timeout", "1s")
        .set("nor::*", "timeout", "1s");
    let configured = configure(settings).expect("in range");
    assert_eq!(configured.unmatched(), ["nor::*", "not there"]);
    assert_eq!(configured.to_string(), "1 circuit breaker changed; none matches nor::*, not there");
}

#[test]
fn breaker_built_later_has_the_settings() {
    let _alone = alone();
    let settings = Settings::new().set("later*", "timeout", "7s").set("later", "observe", true);
    let _ = configure(settings).expect("in range");
    let later = build("later");
    let numbered = build("later");
    assert_eq!(timeouts(&[&later, &numbered]), [7, 7]);
    assert_eq!((later.snapshot().mode, numbered.snapshot().mode), (Mode::Observe, Mode::Automatic));
    let _ = configure(Settings::new()).expect("in range");
    assert_eq!(timeouts(&[&later, &numbered]), [60, 60]);
    assert_eq!(later.snapshot().mode, Mode::Automatic);
}

/// A file that was written for other breakers is no error of this breaker's author.
#[test]
fn breaker_built_later_that_conflicts_keeps_the_options_of_the_code() {
    let _alone = alone();
    let settings = Settings::new().set("*", "timeout", "10m").set("*", "success_threshold", 1);
    let _ = configure(settings.clone()).expect("in range");
    let breaker = CircuitBreaker::builder("limited").timeout_factor(2.0).max_timeout(SECOND * 90);
    let breaker = breaker.build().expect("in range");
    assert_eq!(breaker.config().success_threshold(), 2);
    let error = settings.check().expect_err("it does not fit");
    assert_eq!(
        error.to_string(),
        "the settings have an error, and nothing was changed:\n  \"*\", for `limited`: max_timeout is 90 s \
         in the code and must be at least timeout, which is 600 s"
    );
}

#[test]
fn settings_with_an_error_change_nothing() {
    let _alone = alone();
    let [first, second] = ["first", "second"].map(build);
    let _ = configure(Settings::new().set("*", "timeout", "7s")).expect("in range");
    let wrong = Settings::new().set("first", "timeout", "1s").set("second", "failure_rate", 7.0);
    let error = configure(wrong).expect_err("7 is no share");
    let issues: Vec<_> =
        error.issues().map(|issue| (issue.key(), issue.option(), issue.breaker())).collect();
    assert_eq!(issues, [("second", Some("failure_rate"), None)]);
    assert_eq!(timeouts(&[&first, &second]), [7, 7]);
    assert_eq!(timeouts(&[&build("third")]), [7]);
}

#[test]
fn state_outlasts_settings() {
    let _alone = alone();
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder("stateful").timeout(SECOND * 30).clock(clock.clone());
    let breaker = breaker.build().expect("in range");
    breaker.trip();
    clock.advance(SECOND);
    let _ = configure(Settings::new().set("*", "timeout", "2s")).expect("in range");
    assert_eq!(breaker.snapshot().retry_after, Some(SECOND * 29));
    let _ = configure(Settings::new()).expect("in range");
    assert_eq!((breaker.snapshot().retry_after, breaker.snapshot().trips), (Some(SECOND * 29), 1));
}

fn mode(breaker: &CircuitBreaker) -> Mode {
    breaker.snapshot().mode
}

#[test]
fn dry_run_begins_and_ends_with_the_settings() {
    let _alone = alone();
    let breaker = CircuitBreaker::builder("dry").failure_threshold(1).build().expect("in range");
    let dry = Settings::new().set("dry", "observe", true);
    assert_eq!(configure(dry.clone()).expect("in range").changed(), ["dry"]);
    breaker.try_acquire().expect("it runs").failure();
    assert_eq!((mode(&breaker), breaker.state()), (Mode::Observe, State::Open));
    breaker.try_acquire().expect("nothing is rejected").success();
    assert_eq!(breaker.snapshot().totals.would_reject, 1);
    assert_eq!(configure(dry).expect("in range").changed(), [""; 0], "it goes on");
    assert_eq!(breaker.state(), State::Open);

    let other = Settings::new().set("dry", "observe", false).set("*", "observe", true);
    assert_eq!(configure(other).expect("in range").changed(), ["dry"]);
    assert_eq!((mode(&breaker), breaker.state()), (Mode::Automatic, State::Closed));
}

#[test]
fn settings_end_only_their_own_dry_run_and_keep_a_forced_mode() {
    let _alone = alone();
    let dry = Settings::new().set("*", "observe", true);
    let breaker = build("manual");
    breaker.observe();
    let _ = configure(dry.clone()).expect("in range");
    let _ = configure(Settings::new()).expect("in range");
    assert_eq!(mode(&breaker), Mode::Observe);

    breaker.force_open();
    let _ = configure(dry.clone()).expect("in range");
    assert_eq!(mode(&breaker), Mode::ForcedOpen);
    let _ = configure(Settings::new()).expect("in range");
    assert_eq!(mode(&breaker), Mode::ForcedOpen);

    breaker.automatic();
    let _ = configure(dry).expect("in range");
    breaker.force_closed();
    let _ = configure(Settings::new()).expect("in range");
    assert_eq!(mode(&breaker), Mode::ForcedClosed);
}

#[test]
fn all_breakers_begin_and_end_a_dry_run() {
    let _alone = alone();
    let [first, second] = ["first", "second"].map(build);
    observe_all();
    assert_eq!(
        [mode(&first), mode(&second), mode(&build("later"))],
        [Mode::Observe, Mode::Observe, Mode::Automatic]
    );
    second.force_open();
    automatic_all();
    assert_eq!([mode(&first), mode(&second)], [Mode::Automatic; 2]);
}

/// Gobreaker 37: listeners may call any API. This one sets the opposite of the change that
/// it reports.
#[test]
fn listener_may_configure() {
    let _alone = alone();
    let breaker = build("listened");
    let subscription = breaker.on_event(|event| {
        if event.mode == Mode::Observe {
            let _ = configure(Settings::new().set("listened", "timeout", "3s")).expect("in range");
        }
    });
    let _ = configure(Settings::new().set("*", "observe", true)).expect("in range");
    assert_eq!((mode(&breaker), timeouts(&[&breaker])), (Mode::Automatic, vec![3]));
    drop(subscription);
}

type Surprise = Box<dyn FnOnce() + Send>;

/// A clock that runs some code at its next reading.
#[derive(Clone, Default)]
struct Ambush(Arc<Mutex<Option<Surprise>>>);

impl Clock for Ambush {
    fn now(&self) -> Duration {
        let next = self.0.lock().expect("no panic").take();
        if let Some(next) = next {
            next();
        }
        Duration::ZERO
    }
}

/// The clock is user code and is read when a breaker changes: no lock can exclude other threads
/// meanwhile.
#[test]
fn overtaken_settings_do_nothing() {
    let _alone = alone();
    let ambush = Ambush::default();
    let breaker = CircuitBreaker::builder("overtaken").clock(ambush.clone()).build().expect("in range");
    *ambush.0.lock().expect("no panic") = Some(Box::new(|| {
        let _ = configure(Settings::new().set("overtaken", "timeout", "2s")).expect("in range");
    }));
    let first = Settings::new().set("overtaken", "timeout", "1s").set("overtaken", "observe", true);
    assert_eq!(configure(first).expect("in range").changed(), [""; 0]);
    assert_eq!((timeouts(&[&breaker]), mode(&breaker)), (vec![2], Mode::Automatic));
}

/// All breakers end with the same settings, the last, in whatever order the threads arrive.
#[test]
fn concurrent_settings_leave_no_mixture() {
    let _alone = alone();
    let breakers: Vec<_> = (0..8).map(|index| build(&format!("meeting {index}"))).collect();
    let events = Arc::new(AtomicU64::new(0));
    let subscriptions: Vec<_> = breakers
        .iter()
        .map(|breaker| {
            let events = Arc::clone(&events);
            breaker.on_event(move |_| {
                events.fetch_add(1, Ordering::Relaxed);
            })
        })
        .collect();
    let (calls, done) = (AtomicU64::new(0), AtomicBool::new(false));
    thread::scope(|scope| {
        let caller = scope.spawn(|| {
            let limit = TimeLimit::start();
            while !done.load(Ordering::Relaxed) {
                limit.check("all settings are applied");
                for breaker in &breakers {
                    breaker.try_acquire().expect("nothing fails").success();
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            }
        });
        let changers: Vec<_> = (1..=3_u32)
            .map(|number| {
                let breakers = &breakers;
                scope.spawn(move || {
                    for round in 0..200_u32 {
                        let settings = Settings::new()
                            .set("meeting*", "success_threshold", number)
                            .set(breakers[round as usize % 8].name(), "max_probes", number)
                            .set("*", "observe", round % 2 == 0);
                        let _ = configure(settings).expect("in range");
                        if round % 16 == 0 {
                            let built = build("meeting later").config().success_threshold();
                            assert!((1..=3).contains(&built), "{built}");
                        }
                    }
                })
            })
            .collect();
        for changer in changers {
            changer.join().expect("no panic");
        }
        done.store(true, Ordering::Relaxed);
        caller.join().expect("no panic");
    });
    let left: BTreeSet<_> = breakers
        .iter()
        .map(|breaker| (breaker.config().success_threshold(), mode(breaker) as u8))
        .collect();
    assert_eq!(left.len(), 1, "{left:?}");
    drop(subscriptions);
    let _ = configure(Settings::new()).expect("in range");
    let mut counted = 0;
    for breaker in &breakers {
        assert_eq!((breaker.config().success_threshold(), mode(breaker)), (2, Mode::Automatic));
        counted += breaker.snapshot().totals.success + breaker.snapshot().totals.late;
    }
    assert_eq!(counted, calls.into_inner());
    assert!(events.load(Ordering::Relaxed) > 0);
}
