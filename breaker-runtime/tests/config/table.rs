//! The options as data: the facts of the table, the issues of an error, and the form for `serde`.

use std::time::Duration;

use breaker_runtime::__private::option_facts;
use breaker_runtime::{CircuitBreaker, Config};

#[test]
fn config_error_lists_option_value_and_expectation_of_each_issue() {
    let builder =
        CircuitBreaker::builder("listed").failure_rate(1.5).window(0).throttle(0.5, Duration::ZERO);
    let error = builder.max_wait(Duration::from_millis(1_500)).build().unwrap_err();
    let issues: Vec<_> =
        error.issues().map(|issue| (issue.option(), issue.value(), issue.expected())).collect();
    let expected = [
        ("failure_rate", "1.5", "above 0 and at most 1"),
        ("window", "0", "from 1 to 1000000 calls"),
        ("throttle.k", "0.5", "from 1 to 1000"),
        ("throttle.window", "0 s", "at least 1 s"),
        ("max_wait", "1.5 s", "given together with max_concurrent"),
    ];
    assert_eq!(issues, expected);
    let texts: Vec<_> = error.issues().map(ToString::to_string).collect();
    assert_eq!(
        error.to_string(),
        format!("circuit breaker `listed` cannot be built: {}", texts.join("; "))
    );
}

#[test]
fn default_config_is_the_constant() {
    assert_eq!(Config::default(), Config::DEFAULT);
}

#[test]
fn facts_name_every_option_that_debug_shows() {
    let shown = format!("{:?}", Config::DEFAULT);
    let names = option_facts().iter().map(|option| option.name);
    assert!(names.clone().all(|name| shown.contains(&format!(" {name}: "))), "{shown}");
    assert_eq!(shown.matches(": ").count(), names.count());
}

#[cfg(feature = "serde")]
mod serde {
    use std::time::Duration;

    use breaker_runtime::{CircuitBreaker, Config, Settings, Window, configure};

    fn all_set() -> Config {
        let builder = CircuitBreaker::builder("serialised")
            .failure_threshold(7)
            .failure_rate(0.25)
            .window(Duration::from_millis(1_500))
            .min_calls(3)
            .slow_call(Duration::from_nanos(2_000_000_001))
            .slow_call_rate(0.75)
            .abandoned_threshold(None)
            .timeout(Duration::from_secs(90))
            .timeout_factor(2.0)
            .max_timeout(Duration::from_secs(600))
            .timeout_jitter(0.125)
            .honour_retry_after(true)
            .success_threshold(4)
            .probe_failure_threshold(2)
            .max_probes(3)
            .probe_timeout(Duration::from_micros(1_500))
            .ramp(Duration::from_millis(250))
            .throttle(1.5, Duration::from_secs(60))
            .max_concurrent(64)
            .max_wait(Duration::from_millis(50))
            .max_pending(128);
        #[cfg(feature = "tokio")]
        let builder = builder
            .total_timeout(Duration::from_secs(7))
            .call_timeout(Duration::from_secs(2))
            .probe(|| async { true })
            .probe_every(Duration::from_millis(750))
            .first_item(Duration::from_secs(5))
            .idle(Duration::from_secs(20));
        #[cfg(feature = "redis")]
        let builder = builder.shared("payments").quorum(0.25).fleet_failures(40);
        builder.build().expect("valid options").config()
    }

    #[test]
    fn config_survives_json() {
        for config in [Config::DEFAULT, all_set()] {
            let json = serde_json::to_string(&config).expect("JSON");
            assert_eq!(serde_json::from_str::<Config>(&json).expect(&json), config, "{json}");
        }
        assert_eq!(serde_json::to_string(&Config::DEFAULT).expect("JSON"), "{}");
    }

    #[test]
    fn config_as_json_is_an_entry_of_settings() {
        let config = all_set();
        let builder = CircuitBreaker::builder("from JSON");
        // What cannot be in a file: without it, `probe_every` has no effect.
        #[cfg(feature = "tokio")]
        let builder = builder.probe(|| async { true });
        let breaker = builder.build().expect("defaults");
        let json = format!(r#"{{ "from JSON": {} }}"#, serde_json::to_string(&config).expect("JSON"));
        let report = configure(serde_json::from_str(&json).expect(&json)).expect(&json);
        assert_eq!(report.changed(), ["from JSON"]);
        assert_eq!(breaker.config(), config);
        let _ = configure(Settings::new()).expect("no settings");
    }

    #[test]
    fn config_out_of_range_is_refused() {
        for (json, error) in [
            (r#"{ "failure_threshold": 0 }"#, "failure_threshold is 0 and must be at least 1"),
            (
                r#"{ "timeout": "1 parsec" }"#,
                "`parsec` is no unit of time: use ns, us, ms, s, m, h or d",
            ),
            (r#"{ "colour": 1 }"#, "unknown field `colour`"),
        ] {
            let refused = serde_json::from_str::<Config>(json).unwrap_err().to_string();
            assert!(refused.starts_with(error), "{refused}");
        }
        let config: Config = serde_json::from_str(r#"{ "window": 50 }"#).expect("without effect");
        assert_eq!(config.window(), Window::Calls(50));
    }
}
