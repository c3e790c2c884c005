//! The values that settings may have, and the issues of others.

use std::time::Duration;

use breaker_runtime::{CircuitBreaker, Config, SettingValue, Settings, Window};

use crate::alone;

/// Returns all issues, without the first line.
pub(crate) fn issues(settings: &Settings) -> Vec<String> {
    match settings.check() {
        Ok(()) => Vec::new(),
        Err(error) => error.issues().map(ToString::to_string).collect(),
    }
}

/// Returns the one issue of an option's value, without the key.
pub(crate) fn issue_of(option: &str, value: impl Into<SettingValue>) -> String {
    let issues = issues(&Settings::new().set("absent", option, value));
    let [issue] = &issues[..] else { panic!("{option}: {issues:?}") };
    issue.strip_prefix("\"absent\": ").expect(issue).to_owned()
}

#[test]
fn every_option_of_the_builder_can_be_set() {
    let _alone = alone();
    let settings = Settings::new()
        .set("all of them", "failure_threshold", 7)
        .set("all of them", "failure_rate", 0.25)
        .set("all of them", "window", "1m 30s")
        .set("all of them", "min_calls", 9)
        .set("all of them", "slow_call", "250ms")
        .set("all of them", "slow_call_rate", 0.75)
        .set("all of them", "timeout", "1.5s")
        .set("all of them", "timeout_factor", 2.0)
        .set("all of them", "max_timeout", "1h")
        .set("all of them", "timeout_jitter", 0.1)
        .set("all of them", "honour_retry_after", true)
        .set("all of them", "success_threshold", 3)
        .set("all of them", "max_probes", 4)
        .set("all of them", "probe_timeout", "5s")
        .set("all of them", "ramp", "6s")
        .set("all of them", "throttle.k", 1.5)
        .set("all of them", "throttle.window", "4m")
        .set("all of them", "max_concurrent", 64)
        .set("all of them", "max_wait", "50ms")
        .set("all of them", "max_pending", 10);
    // The builder refuses these without timers.
    let timed = cfg!(feature = "tokio");
    let limits: &[_] =
        if timed { &[("call_timeout", "2s"), ("first_item", "5s"), ("idle", "20s")] } else { &[] };
    let settings = limits
        .iter()
        .fold(settings, |settings, (option, limit)| settings.set("all of them", option, *limit));
    let _ = breaker_runtime::configure(settings).expect("in range");
    let built = CircuitBreaker::builder("all in code")
        .failure_threshold(7)
        .failure_rate(0.25)
        .window(Duration::from_secs(90))
        .min_calls(9)
        .slow_call(Duration::from_millis(250))
        .slow_call_rate(0.75)
        .timeout(Duration::from_millis(1_500))
        .timeout_factor(2.0)
        .max_timeout(Duration::from_secs(3_600))
        .timeout_jitter(0.1)
        .honour_retry_after(true)
        .success_threshold(3)
        .max_probes(4)
        .probe_timeout(Duration::from_secs(5))
        .ramp(Duration::from_secs(6))
        .throttle(1.5, Duration::from_secs(240))
        .max_concurrent(64)
        .max_wait(Duration::from_millis(50))
        .max_pending(10);
    let built = if timed {
        let built = built.call_timeout(Duration::from_secs(2));
        built.first_item(Duration::from_secs(5)).idle(Duration::from_secs(20))
    } else {
        built
    };
    let built = built.build().expect("in range").config();
    let set = CircuitBreaker::builder("all of them").build().expect("in range").config();
    assert_eq!(set, built);

    let off = [
        "failure_rate",
        "slow_call",
        "max_timeout",
        "call_timeout",
        "first_item",
        "idle",
        "ramp",
        "throttle",
        "max_concurrent",
        "max_wait",
        "max_pending",
    ];
    let settings =
        off.iter().fold(Settings::new(), |settings, option| settings.set("on", option, "off"));
    let rate = |builder: breaker_runtime::CircuitBreakerBuilder| builder.failure_rate(0.5).window(10);
    let on = rate(CircuitBreaker::builder("on"))
        .slow_call(Duration::from_secs(1))
        .timeout_factor(2.0)
        .max_timeout(Duration::from_secs(90))
        .ramp(Duration::from_secs(1))
        .throttle(2.0, Duration::from_secs(1))
        .max_concurrent(1)
        .max_wait(Duration::from_secs(1))
        .max_pending(1);
    let on = if timed {
        let length = Duration::from_secs(2);
        on.call_timeout(length).first_item(length).idle(length)
    } else {
        on
    };
    let on = on.build().expect("in range");
    let _ = breaker_runtime::configure(settings).expect("all of these can be switched off");
    let config = on.config();
    assert_eq!((config.failure_rate(), config.slow_call(), config.max_timeout()), (None, None, None));
    assert_eq!(config.call_timeout(), None);
    assert_eq!((config.ramp(), config.throttle(), config.failure_threshold()), (None, None, Some(5)));
    assert_eq!((config.max_concurrent(), config.max_wait(), config.max_pending()), (None, None, None));
    assert_eq!((config.first_item(), config.idle()), (None, None));
    let _ = breaker_runtime::configure(Settings::new()).expect("no settings");
    assert_ne!(on.config(), Config::DEFAULT);
    assert_eq!(on.config().window(), Window::Calls(10));
}

#[test]
fn value_of_the_wrong_kind_is_reported_with_what_to_write() {
    for (issue, expected) in [
        (
            issue_of("failure_threshold", "many"),
            "`failure_threshold` takes a whole number, such as 5, not \"many\"; \"off\" switches it off",
        ),
        (
            issue_of("failure_threshold", 2.5),
            "`failure_threshold` takes a whole number, such as 5, not 2.5; \"off\" switches it off",
        ),
        (issue_of("max_probes", -1.0), "`max_probes` takes a whole number, such as 5, not -1.0"),
        (
            issue_of("success_threshold", 1e10),
            "`success_threshold` takes a whole number up to 4294967295, not 10000000000.0",
        ),
        (issue_of("min_calls", "off"), "`min_calls` takes a whole number, such as 5, not \"off\""),
        (
            issue_of("failure_rate", true),
            "`failure_rate` takes a share, such as 0.5 or \"50%\", not true; \"off\" switches it off",
        ),
        (
            issue_of("slow_call_rate", "half%"),
            "`slow_call_rate` takes a share, such as 0.5 or \"50%\", not \"half%\"",
        ),
        (issue_of("timeout_factor", "50%"), "`timeout_factor` takes a number, such as 2.0, not \"50%\""),
        (issue_of("timeout", 0), "`timeout` takes a number of seconds above 0, not 0"),
        (issue_of("timeout", -1.5), "`timeout` takes a number of seconds above 0, not -1.5"),
        (issue_of("timeout", f64::NAN), "`timeout` takes a number of seconds above 0, not NaN"),
        (issue_of("timeout", 1e300), "`timeout` takes a number of seconds above 0, not 1e300"),
        (issue_of("timeout", 1e-300), "`timeout` takes a number of seconds above 0, not 1e-300"),
        (
            issue_of("timeout", "30"),
            "`timeout`: `30` has no unit; write a number and a unit, such as \"30s\", \"250ms\" or \"1m 30s\"",
        ),
        (
            issue_of("timeout", "30 parsecs"),
            "`timeout`: `parsecs` is no unit of time: use ns, us, ms, s, m, h or d",
        ),
        (
            issue_of("reset_timeout", "30s"),
            "unknown option `reset_timeout`: it is a word of pybreaker; write `timeout = \"60s\"`",
        ),
        (
            issue_of("slidingWindowSize", 100),
            "unknown option `slidingWindowSize`: it is a word of resilience4j; write `window = 100` or `window = \"10s\"`",
        ),
        (
            issue_of("wait-duration-in-open-state", "30s"),
            "unknown option `wait-duration-in-open-state`: it is a word of resilience4j; write `timeout = \"60s\"`",
        ),
        (
            issue_of("fallbackMethod", "popular"),
            "unknown option `fallbackMethod`: it is a word of resilience4j; write `fallback = popular_items`; it \
             belongs to the code: settings cannot change it",
        ),
        (issue_of("ramp", "0s"), "`ramp`: must be longer than zero; \"off\" switches it off"),
        (
            issue_of("window", true),
            "`window` takes a number of calls, such as 100, or a length of time, such as \"10s\", not true",
        ),
        (
            issue_of("window", "ten"),
            "`window`: `ten` is no length of time; write a number and a unit, such as \"30s\", \"250ms\" or \"1m 30s\"",
        ),
        (issue_of("honour_retry_after", 1), "`honour_retry_after` takes true or false, not 1"),
        (issue_of("observe", "perhaps"), "`observe` takes true or false, not \"perhaps\""),
        (
            issue_of("throttle", 2.0),
            "`throttle` takes `{ k = 2.0, window = \"2m\" }`, true, or \"off\", not 2.0",
        ),
        (
            issue_of("throttle.windw", "1s"),
            "unknown option `throttle.windw`: did you mean `throttle.window`?",
        ),
        (issue_of("throttle.k", "much"), "`throttle.k` takes a number, such as 2.0, not \"much\""),
        (
            issue_of("timeout.length", "1s"),
            "`timeout` takes a length of time, such as \"30s\" or a number of seconds, not a table",
        ),
    ] {
        assert_eq!(issue, expected);
    }
}

#[test]
fn value_out_of_range_is_reported_if_the_key_matches_no_breaker() {
    for (issue, expected) in [
        (issue_of("failure_threshold", 0), "failure_threshold is 0 and must be at least 1"),
        (issue_of("failure_rate", f64::NAN), "failure_rate is NaN and must be above 0 and at most 1"),
        (
            issue_of("retry.backoff", Duration::ZERO),
            "`retry.backoff` is 0ns and must be longer than zero",
        ),
        (issue_of("failure_rate", "1.5"), "failure_rate is 1.5 and must be above 0 and at most 1"),
        (issue_of("window", 0), "window is 0 and must be from 1 to 1000000 calls"),
        (issue_of("window", "999us"), "window is 999 µs and must be at least 1 ms"),
        (issue_of("min_calls", 0), "min_calls is 0 and must be at least 1"),
        (issue_of("timeout_factor", 0.5), "timeout_factor is 0.5 and must be from 1 to 1000"),
        (issue_of("max_probes", 1025), "max_probes is 1025 and must be from 1 to 1024"),
        (issue_of("probe_timeout", Duration::ZERO), "probe_timeout is 0 s and must be longer than zero"),
        (issue_of("throttle.k", 0.5), "throttle.k is 0.5 and must be from 1 to 1000"),
    ] {
        assert_eq!(issue, expected);
    }
}

#[test]
fn unknown_option_is_reported_with_the_nearest() {
    assert_eq!(
        issue_of("failure_treshold", 5),
        "unknown option `failure_treshold`: did you mean `failure_threshold`?"
    );
    let all = issue_of("colour", "red");
    assert!(all.starts_with("unknown option `colour`: the options are failure_threshold, "), "{all}");
    assert!(
        all.ends_with(
            ", max_pending, shared, quorum, fleet_failures, max_keys, key_idle, max_open_keys, outlier, retry, inject, shadow, mode, observe"
        ),
        "{all}"
    );
    assert_eq!(
        issue_of("fallback", "popular"),
        "`fallback` belongs to the code: settings cannot change it"
    );
}

#[test]
fn texts_are_accepted_for_every_kind_of_value() {
    let settings = Settings::new()
        .set("absent", "failure_threshold", "1_000")
        .set("absent", "failure_rate", " 0.5 ")
        .set("absent", "window", "50")
        .set("absent", "honour_retry_after", "true")
        .set("absent", "ramp", "false")
        .set("absent", "throttle", "true");
    assert_eq!(issues(&settings), [""; 0]);
}

#[test]
fn invalid_key_is_reported() {
    let settings = Settings::new().set("", "timeout", "1s").set("shop::*::pay", "timeout", "1s");
    let expected = [
        "\"\": it is blank: write the name of a breaker, or `*` for all of them",
        "\"shop::*::pay\": `*` stands for the rest of a name, at the end of the key and nowhere else",
    ];
    assert_eq!(issues(&settings), expected);
}

/// Options that conflict are reported for each breaker, with the origin of the other one.
#[test]
fn merged_settings_are_validated() {
    let breaker = |name: &str| {
        let builder = CircuitBreaker::builder(name).failure_rate(0.5).min_calls(50);
        builder.timeout_factor(2.0).max_timeout(Duration::from_secs(90)).build().expect("in range")
    };
    let (_first, _second) = (breaker("sum first"), breaker("sum second"));
    let settings = Settings::new()
        .set("sum *", "window", 10)
        .set("sum *", "max_timeout", "30s")
        .set("sum first", "min_calls", 11)
        .set("sum second", "window", 60)
        .set("sum second", "timeout", "10s");
    let expected = [
        "\"sum first\": min_calls is 11 and must be from 1 to 10, the calls in the window",
        "\"sum *\", for `sum first`: max_timeout is 30 s and must be at least timeout, which is 60 s",
    ];
    assert_eq!(issues(&settings), expected);
    let settings = Settings::new().set("sum *", "window", 10).set("sum second", "max_timeout", "60s");
    let expected = [
        "\"sum *\", for `sum first`: min_calls is 50 in the code and must be from 1 to 10, the calls in the \
         window",
        "\"sum *\", for `sum second`: min_calls is 50 in the code and must be from 1 to 10, the calls in the \
         window",
    ];
    assert_eq!(issues(&settings), expected);
    let settings = Settings::new().set("sum *", "max_timeout", "2m").set("sum first", "timeout", "3m");
    let expected = [
        "\"sum first\": max_timeout is 120 s by \"sum *\" and must be at least timeout, which is 180 s",
    ];
    assert_eq!(issues(&settings), expected);
}

#[test]
fn option_without_effect_is_an_error_for_a_name_and_none_for_a_prefix() {
    let _plain = CircuitBreaker::builder("plain").build().expect("in range");
    assert_eq!(issues(&Settings::new().set("plai*", "window", 10)), [""; 0]);
    assert_eq!(
        issues(&Settings::new().set("plain", "window", 10)),
        ["\"plain\": window is 10 and must be given together with failure_rate or slow_call"]
    );
    // The rate is given, and has an issue of its own.
    let settings = Settings::new().set("plain", "window", 10).set("plain", "failure_rate", "half");
    assert_eq!(issues(&settings).len(), 1);
    let settings = Settings::new().set("plain", "window", 10).set("plain", "failure_rte", 0.5);
    assert_eq!(issues(&settings).len(), 1);
}

#[test]
fn settings_that_leave_no_way_to_open_are_refused() {
    let _plain = CircuitBreaker::builder("unopened").build().expect("in range");
    let off = Settings::new().set("unopened", "failure_threshold", false);
    assert_eq!(
        issues(&off),
        ["\"unopened\": failure_threshold is off and must be left on where there is no failure_rate, \
          slow_call_rate or throttle"]
    );
    assert_eq!(issues(&off.set("unopened", "throttle", true)), [""; 0]);
}

#[cfg(feature = "serde")]
mod deserialized {
    use super::issues;
    use breaker_runtime::Settings;

    fn parse(json: &str) -> Settings {
        serde_json::from_str(json).expect("a table")
    }

    #[test]
    fn settings_file_equals_settings_built_in_code() {
        let file = parse(
            r#"{
                "a": { "failure_threshold": 3, "window": "10s", "honour_retry_after": true },
                "b*": { "throttle": { "k": 1.5, "window": "1m" }, "timeout_factor": 2.5 }
            }"#,
        );
        let manual = Settings::new()
            .set("a", "failure_threshold", 3)
            .set("a", "window", "10s")
            .set("a", "honour_retry_after", true)
            .set("b*", "throttle.k", 1.5)
            .set("b*", "throttle.window", "1m")
            .set("b*", "timeout_factor", 2.5);
        assert_eq!(file, manual);
    }

    /// An author can then fix a file in one pass.
    #[test]
    fn settings_file_reports_all_errors_at_once() {
        let file = parse(
            r#"{
                "": { "timeout": "1s" },
                "timeout": "30s",
                "absent": { "timeout": null, "ramp": [1], "window": 1e300, "windw": 10, "ramp": "1s" },
                "nothing": null,
                "absent": { "throttle": { "k": 0, "k": "x", "q": 1 }, "max_probes": -1 }
            }"#,
        );
        let expected = [
            "\"absent\": there are two entries with this key",
            "\"\": it is blank: write the name of a breaker, or `*` for all of them",
            "\"timeout\": `timeout` is an option, and belongs under the name of a breaker or under `*`",
            "\"absent\": `ramp` is given twice",
            "\"absent\": `timeout` takes a length of time, such as \"30s\" or a number of seconds, not nothing",
            "\"absent\": `ramp` takes a length of time, such as \"30s\" or a number of seconds, not a list; \"off\" switches it off",
            "\"absent\": `window` takes a whole number up to 4294967295, not 1e300",
            "\"absent\": unknown option `windw`: did you mean `window`?",
            "\"nothing\": takes a table of options, such as `timeout = \"30s\"`, not nothing",
            "\"absent\": `throttle.k` is given twice",
            "\"absent\": `throttle.k` takes a number, such as 2.0, not \"x\"",
            "\"absent\": unknown option `throttle.q`: the options are k, window",
            "\"absent\": `max_probes` takes a whole number, such as 5, not -1",
        ];
        assert_eq!(issues(&file), expected);
    }

    #[test]
    fn empty_settings_file_is_no_settings() {
        assert_eq!(parse("{}"), Settings::new());
        assert_eq!(parse("null"), Settings::new());
        assert!(serde_json::from_str::<Settings>("[]").is_err());
    }
}

/// The search for the nearest option is the slow part: 100,000 wrong entries took 49 s in a build for
/// tests.
#[test]
fn nearest_option_is_searched_for_the_first_hundred_errors_only() {
    let wrong = ["failure_treshold", "retry.atempts", "throttle.widow"];
    let settings = (0..200).fold(Settings::new(), |settings, n| {
        wrong.iter().fold(settings, |settings, option| settings.set(format!("b{n}"), option, 2))
    });
    let error = settings.check().expect_err("unknown options");
    let with_advice: Vec<_> =
        error.issues().map(|issue| issue.to_string().contains("did you mean")).collect();
    assert_eq!(with_advice.len(), 600);
    assert!(with_advice[..100].iter().all(|advice| *advice));
    assert!(!with_advice[100..].contains(&true));
}

/// This program has no permit for it.
#[test]
fn game_day_without_a_permit_is_refused() {
    let issue = if cfg!(feature = "inject") {
        "`inject` is not permitted in this process; call `breaker_runtime::inject::allow()` at its start, or set \
         BREAKER_INJECT=allow"
    } else {
        "`inject` needs the feature `inject` of breaker-runtime; add it in Cargo.toml, or leave the option out"
    };
    let settings = Settings::new().set("absent", "inject.fail", 0.1).set(
        "absent",
        "inject.until",
        "2020-01-31T12:00:00Z",
    );
    assert_eq!(issues(&settings), [format!("\"absent\": {issue}")]);
    assert!(issues(&Settings::new().set("absent", "inject", false)).is_empty());
}
