//! Game days without the attribute: their settings, their end by the clock, and where they are seen.

#![cfg(feature = "inject")]

#[path = "../support/child.rs"]
mod child;
#[path = "../support/wait.rs"]
mod wait;

use std::time::Duration;

use breaker_runtime::inject::{self, GameDayEnd};
use breaker_runtime::{CircuitBreaker, ErrorKind, SettingValue, Settings, configure};

use self::child::in_child_with;
use self::wait::TimeLimit;

const HOUR: Duration = Duration::from_secs(3_600);

/// Returns the issues of an entry for no breaker, without its key.
fn issues(parts: Vec<(&str, SettingValue)>) -> Vec<String> {
    inject::allow();
    let settings = parts
        .into_iter()
        .fold(Settings::new(), |settings, (part, value)| settings.set("absent", part, value));
    let Err(error) = settings.check() else { return Vec::new() };
    let issues = error.issues().map(ToString::to_string);
    issues.map(|issue| issue.replacen("\"absent\": ", "", 1)).collect()
}

#[test]
fn value_that_cannot_be_meant_is_refused() {
    let until = || ("inject.until", SettingValue::from(inject::end_in(HOUR)));
    let fail = || ("inject.fail", SettingValue::from(0.1));
    assert_eq!(issues(vec![fail(), until()]), [""; 0]);
    assert_eq!(
        issues(vec![fail()]),
        ["`inject` has no end; give `until`, at most a day ahead, such as \"2030-01-31T12:00:00Z\""]
    );
    let later = inject::end_in(Duration::from_secs(86_400 + 60));
    assert_eq!(
        issues(vec![fail(), ("inject.until", later.into())]),
        ["`inject.until` is more than a day ahead; give an end within the next 24 hours"]
    );
    for text in ["tomorrow", "2030-01-31T12:00:00", "2030-01-31"] {
        assert_eq!(
            issues(vec![fail(), ("inject.until", text.into())]),
            [format!(
                "`inject.until` takes a time with its zone, such as \"2030-01-31T12:00:00Z\", not {text:?}"
            )]
        );
    }
    for (part, value, issue) in [
        ("inject.fail", SettingValue::from(1.5), "`inject.fail` is 1.5 and must be from 0 to 1"),
        ("inject.hang", (-0.1).into(), "`inject.hang` is -0.1 and must be from 0 to 1"),
        ("inject.fail", f64::NAN.into(), "`inject.fail` is NaN and must be from 0 to 1"),
        ("inject.latency", "0s".into(), "`inject.latency`: must be longer than zero"),
        (
            "inject.fial",
            0.5.into(),
            "unknown option `inject.fial`: the options are fail, hang, latency, share, keys, until",
        ),
        ("inject.keys", 0.5.into(), "`inject.keys` takes a list of keys, such as [\"eu\"], not 0.5"),
    ] {
        let found = issues(vec![("inject.fail", 0.1.into()), (part, value), until()]);
        assert!(found.iter().any(|one| one == issue), "{issue}: {found:?}");
    }
    assert_eq!(
        issues(vec![("inject.share", 0.5.into()), until()]),
        [
            "`inject` injects nothing; give `fail`, `hang` or `latency`",
            "`inject.share` is the share of calls with `latency`, which is missing; give both",
        ]
    );
    assert_eq!(
        issues(vec![("inject", true.into())]),
        ["`inject` takes `{ fail = 0.1, until = \"2030-01-31T12:00:00Z\" }`, or \"off\", not true"]
    );
    assert_eq!(issues(vec![("inject", "off".into())]), [""; 0]);
}

/// Each is a process of its own, as a permit holds for the process.
#[test]
fn process_permits_game_days_by_one_word_of_its_environment_or_by_code() {
    let test = "process_permits_game_days_by_one_word_of_its_environment_or_by_code";
    for (value, code, begins) in [
        (None, false, false),
        (None, true, true),
        (Some("allow"), false, true),
        (Some("allow"), true, true),
        (Some(""), false, false),
        (Some("1"), false, false),
        (Some("true"), false, false),
        (Some("ALLOW"), false, false),
        (Some("allow "), false, false),
    ] {
        let child = || {
            if std::env::var_os("PERMIT_BY_CODE").is_some() {
                inject::allow();
            }
            let breaker = CircuitBreaker::builder("permitted").build().expect("in range");
            let settings = Settings::new().set("permitted", "inject.fail", 1.0).set(
                "permitted",
                "inject.until",
                inject::end_in(HOUR),
            );
            let result = configure(settings);
            let fails = breaker.call(|| Ok::<_, ()>(7)).is_err();
            assert_eq!((result.is_ok(), inject::is_allowed()), (fails, fails));
            match result {
                Ok(_) => eprintln!("begun"),
                Err(error) => eprintln!("refused: {error}"),
            }
        };
        let variables = [("BREAKER_INJECT", value), ("PERMIT_BY_CODE", code.then_some("1"))];
        let Some(text) = in_child_with(test, variables, child) else { return };
        assert_eq!(text.contains("begun"), begins, "{value:?}: {text}");
        let issue = "`inject` is not permitted in this process; call `breaker_runtime::inject::allow()`";
        assert_eq!(text.contains(issue), !begins, "{value:?}: {text}");
    }
}

/// Otherwise a service could not start with the file of yesterday's game day.
#[test]
fn end_that_is_over_injects_nothing_and_is_no_error() {
    let past = ("inject.until", SettingValue::from("2020-01-31T12:00:00+01:00"));
    assert_eq!(issues(vec![("inject.fail", 0.1.into()), past]), [""; 0]);
}

#[cfg(feature = "test-util")]
mod isolated {
    use breaker_runtime::testing::isolate;
    use breaker_runtime::{BreakerError, CallError};

    use super::*;

    fn kind(breaker: &CircuitBreaker) -> Option<ErrorKind> {
        let result = breaker.call(|| Ok::<_, ()>(7));
        result.err().as_ref().and_then(CallError::rejection).map(BreakerError::kind)
    }

    fn begin(name: &str, until: &str) {
        inject::allow();
        let settings = Settings::new().set(name, "inject.fail", 1.0).set(name, "inject.until", until);
        let _ = configure(settings).expect("sound settings");
    }

    /// In real time, as no call and no virtual clock ends it here.
    #[test]
    fn game_day_ends_without_calls() {
        let _fresh = isolate();
        let breaker = CircuitBreaker::builder("ends alone").build().expect("in range");
        let (ended, waits) = std::sync::mpsc::channel();
        let _subscription = inject::on_event(move |event| {
            if let inject::GameDayEvent::Ended(report) = event {
                let _ = ended.send(report.end);
            }
        });
        begin("ends alone", &inject::end_in(Duration::from_millis(300)));
        assert_eq!(kind(&breaker), Some(ErrorKind::Injected));
        let limit = TimeLimit::start();
        let end = loop {
            limit.check("the end of the game day");
            if let Ok(end) = waits.recv_timeout(Duration::from_millis(50)) {
                break end;
            }
        };
        assert_eq!(end, GameDayEnd::Until);
        assert_eq!(kind(&breaker), None);
        assert_eq!(breaker.snapshot().game_day, None);
    }

    #[test]
    fn breaker_that_is_built_later_meets_the_game_day() {
        let _fresh = isolate();
        begin("later*", &inject::end_in(HOUR));
        assert_eq!(inject::game_day(), None, "no breaker has it yet");
        let breaker = CircuitBreaker::builder("later").build().expect("in range");
        assert_eq!(kind(&breaker), Some(ErrorKind::Injected));
        assert_eq!(inject::game_day().map(|day| day.breakers[0].name), Some("later"));
        assert!(breaker.snapshot().game_day.is_some());
        assert!(breaker.snapshot().to_string().contains("(game day)"));
    }

    /// The draws are those of the breaker's own source.
    #[test]
    fn random_source_of_the_breaker_decides() {
        let _fresh = isolate();
        let numbers = [0.05, 0.5, 0.09, 0.1];
        let next = std::sync::atomic::AtomicUsize::new(0);
        let draw = move || numbers[next.fetch_add(1, std::sync::atomic::Ordering::Relaxed) % 4];
        let breaker = CircuitBreaker::builder("drawn").random(draw).build().expect("in range");
        inject::allow();
        let settings = Settings::new().set("drawn", "inject.fail", "10%").set(
            "drawn",
            "inject.until",
            inject::end_in(HOUR),
        );
        let _ = configure(settings).expect("sound settings");
        let drawn: Vec<_> = (0..4).map(|_| kind(&breaker).is_some()).collect();
        assert_eq!(drawn, [true, false, true, false]);
    }

    /// A panic in the user's source is one of the call.
    #[test]
    fn panic_while_drawing_settles_the_permit() {
        let _fresh = isolate();
        let builder = CircuitBreaker::builder("panics").max_concurrent(1).random(|| panic!("drawn"));
        let breaker = builder.build().expect("in range");
        let settings = Settings::new().set("panics", "inject.fail", 0.5).set(
            "panics",
            "inject.until",
            inject::end_in(HOUR),
        );
        inject::allow();
        let _ = configure(settings).expect("sound settings");
        let call = std::panic::AssertUnwindSafe(|| kind(&breaker));
        assert!(std::panic::catch_unwind(call).is_err());
        let snapshot = breaker.snapshot();
        assert_eq!(
            (snapshot.totals.failure, snapshot.bulkhead.map(|counts| counts.running)),
            (1, Some(0))
        );
    }

    #[cfg(feature = "serde")]
    #[test]
    fn file_says_all_of_it_and_the_report_can_be_written() {
        let _fresh = isolate();
        let breakers = CircuitBreaker::builder("from a file").keyed().build().expect("in range");
        inject::allow();
        let file = format!(
            r#"{{ "from a file": {{ "inject": {{ "fail": 1, "keys": ["eu", 7], "until": "{}" }} }} }}"#,
            inject::end_in(HOUR)
        );
        let settings: Settings = serde_json::from_str(&file).expect("settings");
        let _ = configure(settings).expect("sound settings");
        let found = ["eu", "us"].map(|key| kind(&breakers.get(key)).is_some());
        assert_eq!(found, [true, false]);
        assert!(kind(&breakers.get(&7_u8)).is_some());
        breakers.get("eu").trip();
        let snapshot = serde_json::to_value(breakers.get("eu").snapshot()).expect("JSON");
        assert!(snapshot["game_day"].as_f64().is_some(), "{snapshot}");
        let read: breaker_runtime::Snapshot = serde_json::from_value(snapshot).expect("a snapshot");
        assert!(read.game_day.is_some());
        let _ = configure(Settings::new()).expect("no settings are sound");
        let report = serde_json::to_value(inject::last_report().expect("over")).expect("JSON");
        let breaker = &report["breakers"][0];
        assert_eq!((&breaker["injected"]["failed"], &breaker["trips"]), (&2.into(), &1.into()));
        assert_eq!(breaker["opened"][0]["key"], "eu");
        assert_eq!(breaker["errors"][0], serde_json::json!(["injected", 2]));
        assert_eq!(report["end"], "removed");
    }

    #[cfg(feature = "tower")]
    #[tokio::test(start_paused = true)]
    async fn layer_of_tower_meets_the_game_day() {
        use breaker_runtime::tower::CircuitBreakerLayer;
        use tower::{Layer, ServiceExt, service_fn};

        let _fresh = isolate();
        let breaker = CircuitBreaker::builder("layer").call_timeout(Duration::from_secs(1)).build();
        let breaker = breaker.expect("in range");
        let service = service_fn(async |number: u32| Ok::<u32, std::io::Error>(number));
        let layer = CircuitBreakerLayer::new(breaker.clone());
        begin("layer", &inject::end_in(HOUR));
        let kind_of = |error: &CallError<std::io::Error>| error.rejection().map(BreakerError::kind);
        let error = layer.layer(service).oneshot(7).await.expect_err("injected");
        assert_eq!(kind_of(&error), Some(ErrorKind::Injected));
        let settings = Settings::new().set("layer", "inject.hang", 1.0).set(
            "layer",
            "inject.until",
            inject::end_in(HOUR),
        );
        let _ = configure(settings).expect("sound settings");
        let error = layer.layer(service).oneshot(7).await.expect_err("it hangs");
        assert_eq!(kind_of(&error), Some(ErrorKind::TimedOut));
        assert_eq!(breaker.snapshot().totals.failure, 2);
    }
}

/// Metrics are those of the process.
#[cfg(feature = "metrics")]
#[test]
fn metrics_show_the_game_day_and_count_injected_faults_by_kind() {
    inject::allow();
    let breaker = CircuitBreaker::builder("measured").build().expect("in range");
    let settings = Settings::new().set("measured", "inject.fail", 1.0).set(
        "measured",
        "inject.until",
        inject::end_in(HOUR),
    );
    let _ = configure(settings).expect("sound settings");
    for _ in 0..2 {
        assert!(breaker.call(|| Ok::<_, ()>(7)).is_err());
    }
    let text = breaker_runtime::metrics::render();
    assert!(text.contains("breaker_injected_total{breaker=\"measured\",kind=\"fail\"} 2"), "{text}");
    assert!(text.contains("breaker_injected_total{breaker=\"measured\",kind=\"hang\"} 0"), "{text}");
    assert!(text.contains("breaker_game_day{breaker=\"measured\"} 1"), "{text}");
    let _ = configure(Settings::new()).expect("no settings are sound");
    let text = breaker_runtime::metrics::render();
    assert!(text.contains("breaker_game_day{breaker=\"measured\"} 0"), "{text}");
}
