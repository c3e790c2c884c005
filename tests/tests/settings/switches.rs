//! Options of annotated functions that change at run time.

use std::time::Duration;

use breaker_runtime::{
    BreakerError, CircuitBreaker, Mode, SettingValue, Settings, State, breaker_of, circuit_breaker,
    configure, testing,
};
use breaker_tests::{Ended, TestError, paused, work};
use tokio::time::{advance, sleep};

const SECOND: Duration = Duration::from_secs(1);

#[circuit_breaker(name = "switched", failure_threshold = 3, timeout = "30s", success_threshold = 1)]
async fn call(works: bool, takes: Duration) -> Result<(), TestError> {
    sleep(takes).await;
    work(works)
}

async fn ends(works: bool) -> Ended {
    call(works, Duration::ZERO).await.into()
}

async fn all_end(calls: &[bool]) {
    for works in calls {
        assert_eq!(ends(*works).await, if *works { Ended::Worked } else { Ended::Failed });
    }
}

fn set(settings: &[(&str, SettingValue)]) {
    let settings = settings.iter().fold(Settings::new(), |settings, (option, value)| {
        settings.set("switched", option, value.clone())
    });
    let _ = configure(settings).expect("in range");
}

fn state() -> State {
    breaker_of(call).state()
}

fn retry_after() -> Option<Duration> {
    breaker_of(call).snapshot().retry_after
}

/// Opens the breaker, and lets a probe succeed.
async fn recover() {
    breaker_of(call).trip();
    advance(SECOND * 30).await;
    assert_eq!(ends(true).await, Ended::Worked);
}

#[test]
fn failure_rate_is_switched_on_and_off() {
    paused(async {
        let _fresh = testing::isolate();
        all_end(&[true, false, false]).await;
        set(&[("failure_rate", 0.5.into()), ("window", 4.into())]);
        all_end(&[true, false, true]).await;
        assert_eq!(state(), State::Closed);
        assert_eq!(ends(false).await, Ended::Failed);
        assert_eq!(state(), State::Open);
        breaker_of(call).reset();
        all_end(&[true, true, false]).await;
        set(&[]);
        all_end(&[false, true, false, false]).await;
        assert_eq!(state(), State::Closed);
        assert_eq!(ends(false).await, Ended::Failed);
        assert_eq!(state(), State::Open, "three in a row");
    });
}

#[test]
fn failure_threshold_is_switched_off_and_on() {
    paused(async {
        let _fresh = testing::isolate();
        set(&[("failure_threshold", "off".into()), ("failure_rate", 1.0.into())]);
        all_end(&[false; 10]).await;
        assert_eq!(state(), State::Closed);
        set(&[("failure_threshold", 11.into())]);
        assert_eq!(ends(false).await, Ended::Failed);
        assert_eq!(state(), State::Open);
    });
}

#[test]
fn slow_call_is_switched_on_and_off() {
    paused(async {
        let _fresh = testing::isolate();
        let on = [("slow_call", "1s".into()), ("window", 2.into())];
        let off = [("slow_call", "off".into())];
        for (settings, after) in [(&on[..], State::Open), (&off[..], State::Closed)] {
            set(settings);
            for _ in 0..2 {
                assert_eq!(call(true, SECOND * 2).await, Ok(()));
            }
            assert_eq!(state(), after);
            breaker_of(call).reset();
        }
        assert_eq!(breaker_of(call).snapshot().totals.slow, 2);
    });
}

#[test]
fn timeout_factor_is_switched_on_and_off() {
    paused(async {
        let _fresh = testing::isolate();
        set(&[("timeout_factor", 3.0.into()), ("max_timeout", "80s".into())]);
        let mut periods = Vec::new();
        breaker_of(call).trip();
        for round in 0..4 {
            if round == 3 {
                set(&[]);
            }
            advance(retry_after().expect("it is open")).await;
            assert_eq!(ends(false).await, Ended::Failed);
            periods.push(retry_after().expect("it is open").as_secs());
        }
        assert_eq!(periods, [80, 80, 80, 30]);
    });
}

#[test]
fn timeout_jitter_is_switched_on_and_off() {
    paused(async {
        let _fresh = testing::isolate();
        for (jitter, spread) in [(0.5, true), (0.0, false)] {
            set(&[("timeout_jitter", jitter.into())]);
            let mut periods = Vec::new();
            for _ in 0..5 {
                all_end(&[false; 3]).await;
                periods.push(retry_after().expect("it is open"));
                breaker_of(call).reset();
            }
            assert!(periods.iter().all(|period| (SECOND * 15..=SECOND * 45).contains(period)));
            assert_eq!(periods.iter().any(|period| *period != SECOND * 30), spread, "{periods:?}");
        }
    });
}

#[test]
fn recovery_options_are_changed_and_restored() {
    paused(async {
        let _fresh = testing::isolate();
        set(&[
            ("success_threshold", 2.into()),
            ("max_probes", 1.into()),
            ("probe_timeout", "1s".into()),
        ]);
        recover().await;
        assert_eq!(state(), State::HalfOpen);
        {
            let hanging = call(true, SECOND * 100);
            tokio::pin!(hanging);
            assert!(futures::poll!(hanging.as_mut()).is_pending());
            assert_eq!(ends(true).await, Ended::Rejected);
            advance(SECOND).await;
            assert_eq!(ends(true).await, Ended::Worked, "its permit is free again");
            assert_eq!(state(), State::Closed);
        }
        set(&[]);
        recover().await;
        assert_eq!(state(), State::Closed);
    });
}

#[test]
fn ramp_is_switched_on_and_off() {
    paused(async {
        let _fresh = testing::isolate();
        set(&[("ramp", "10s".into())]);
        recover().await;
        assert_eq!((ends(true).await, ends(true).await), (Ended::Worked, Ended::Rejected));
        set(&[("ramp", "off".into())]);
        all_end(&[true; 10]).await;
        recover().await;
        all_end(&[true; 10]).await;
    });
}

#[test]
fn throttle_is_switched_on_and_off() {
    paused(async {
        let _fresh = testing::isolate();
        set(&[
            ("throttle", true.into()),
            ("throttle.k", 1.0.into()),
            ("failure_threshold", "off".into()),
        ]);
        for _ in 0..200 {
            ends(false).await;
        }
        let before = breaker_of(call).snapshot();
        assert!(before.totals.rejected > 50 && before.throttle.is_some(), "{before:?}");
        set(&[("throttle", "off".into()), ("failure_threshold", 1_000.into())]);
        all_end(&[false; 50]).await;
        assert_eq!(breaker_of(call).snapshot().throttle, None);
    });
}

#[test]
fn dry_run_is_switched_on_and_off() {
    paused(async {
        let _fresh = testing::isolate();
        set(&[("observe", true.into())]);
        all_end(&[false; 10]).await;
        assert_eq!((state(), breaker_of(call).snapshot().mode), (State::Open, Mode::Observe));
        set(&[]);
        all_end(&[false; 3]).await;
        assert_eq!(ends(false).await, Ended::Rejected);
    });
}

#[circuit_breaker(name = "isolated function")]
fn isolated() -> Result<(), BreakerError> {
    Ok(())
}

fn timeout() -> u64 {
    breaker_of(isolated).config().timeout().as_secs()
}

fn set_timeout(timeout: &str) {
    let _ = configure(Settings::new().set("isolated *", "timeout", timeout)).expect("in range");
}

/// Tests of one process run in parallel: each configures only its own breakers.
#[test]
fn settings_of_an_isolation_are_for_its_own_breakers() {
    let outside = CircuitBreaker::builder("isolated outside").build().expect("in range");
    let seconds = |breaker: &CircuitBreaker| breaker.config().timeout().as_secs();
    let others = {
        let _fresh = testing::isolate();
        set_timeout("7s");
        let inside = CircuitBreaker::builder("isolated inside").build().expect("in range");
        assert_eq!((timeout(), seconds(&outside), seconds(&inside)), (7, 7, 7));
        {
            let _other = testing::isolate();
            assert_eq!((timeout(), seconds(&inside)), (60, 7));
            set_timeout("8s");
            assert_eq!((timeout(), seconds(&outside), seconds(&inside)), (8, 8, 7));
        }
        assert_eq!(timeout(), 7);
        let _ = configure(Settings::new()).expect("no settings");
        assert_eq!((timeout(), seconds(&outside), seconds(&inside)), (60, 60, 60));
        inside
    };
    assert_eq!((timeout(), seconds(&outside)), (60, 60));

    // Settings of the process do not apply to the breakers of a test, but hold where the test has none
    // of its own.
    set_timeout("9s");
    assert_eq!((timeout(), seconds(&outside), seconds(&others)), (9, 9, 60));
    {
        let _fresh = testing::isolate();
        let built = CircuitBreaker::builder("isolated built").build().expect("in range");
        assert_eq!((timeout(), seconds(&outside), seconds(&built)), (9, 9, 9));
        set_timeout("10s");
        assert_eq!((timeout(), seconds(&outside), seconds(&built)), (10, 10, 10));
        let _ = configure(Settings::new()).expect("no settings");
        assert_eq!((timeout(), seconds(&outside), seconds(&built)), (60, 60, 60));
    }
    assert_eq!(timeout(), 9);
    let _ = configure(Settings::new()).expect("no settings");
    assert_eq!(timeout(), 60);
}

#[circuit_breaker]
fn changed_before() -> Result<(), BreakerError> {
    Ok(())
}

#[test]
fn fresh_breaker_has_the_options_that_the_original_has_now() {
    breaker_of(changed_before).reconfigure(|options| options.timeout(SECOND)).expect("in range");
    {
        let _fresh = testing::isolate();
        assert_eq!(breaker_of(changed_before).config().timeout(), SECOND);
        breaker_of(changed_before).reconfigure(|options| options.timeout(SECOND * 2)).expect("in range");
        assert_eq!(breaker_of(changed_before).config().timeout(), SECOND * 2);
    }
    assert_eq!(breaker_of(changed_before).config().timeout(), SECOND);
}

#[circuit_breaker(name = "never touched", failure_threshold = 9)]
fn never_touched() -> Result<(), BreakerError> {
    Ok(())
}

#[test]
fn function_that_was_never_called_has_the_settings() {
    let _fresh = testing::isolate();
    let settings: Settings =
        serde_json::from_str(r#"{ "never t*": { "failure_threshold": 2 } }"#).expect("a table");
    assert_eq!(configure(settings).expect("in range").changed(), ["never touched"]);
    assert_eq!(breaker_of(never_touched).config().failure_threshold(), Some(2));
    assert_eq!(never_touched(), Ok(()));
}

#[test]
fn attribute_and_settings_share_the_code_that_reads_words_and_durations() {
    for (name, of_attribute, of_settings) in [
        (
            "words",
            include_str!("../../../breaker-macros/src/words.rs"),
            include_str!("../../../breaker-runtime/src/registry/settings/words.rs"),
        ),
        (
            "similar",
            include_str!("../../../breaker-macros/src/similar.rs"),
            include_str!("../../../breaker-runtime/src/support/similar.rs"),
        ),
        (
            "duration",
            include_str!("../../../breaker-macros/src/duration.rs"),
            include_str!("../../../breaker-runtime/src/time/duration.rs"),
        ),
    ] {
        assert!(
            of_attribute == of_settings,
            "{name}.rs differs between the two crates: copy one over the other"
        );
    }
}
