//! Operations that need only settings: force a state, switch retries, limit keys, address one key.

use std::cell::Cell;
use std::sync::LazyLock;
use std::time::Duration;

use breaker_runtime::{
    CircuitBreaker, KeyedBreakers, Mode, Settings, State, breaker_of, circuit_breaker, configure,
    keyed_breakers_of, testing,
};
use breaker_tests::{TestError, work};

#[circuit_breaker(name = "operated", failure_threshold = 100)]
fn operated(works: bool) -> Result<(), TestError> {
    work(works)
}

#[circuit_breaker(name = "operated keys", key = host, failure_threshold = 100)]
fn fetch(host: &str, works: bool) -> Result<(), TestError> {
    assert!(!host.is_empty());
    work(works)
}

thread_local! {
    static RUNS: Cell<u32> = const { Cell::new(0) };
}

#[circuit_breaker(
    name = "operated retries",
    failure_threshold = 1_000,
    retry(attempts = 4, backoff = "1us", budget = 1.0)
)]
fn retried() -> Result<(), TestError> {
    RUNS.set(RUNS.get() + 1);
    work(false)
}

fn runs() -> u32 {
    RUNS.set(0);
    assert!(retried().is_err());
    RUNS.get()
}

fn mode(name: &str) -> Settings {
    Settings::new().set("operated", "mode", name)
}

#[test]
fn mode_is_forced_by_settings_and_ends_with_them() {
    let _fresh = testing::isolate();
    let breaker = breaker_of(operated);
    for (name, forced) in [
        ("forced-open", Mode::ForcedOpen),
        ("forced_closed", Mode::ForcedClosed),
        ("observe", Mode::Observe),
        ("automatic", Mode::Automatic),
    ] {
        assert_eq!(configure(mode(name)).expect("sound").changed(), ["operated"], "{name}");
        assert_eq!(breaker.snapshot().mode, forced);
        assert_eq!(operated(true).is_ok(), forced != Mode::ForcedOpen, "{name}");
        let again = configure(mode(name)).expect("sound");
        assert!(again.changed().is_empty(), "{name}: {again}");
    }
    let _ = configure(mode("forced-open")).expect("sound");
    let _ = configure(Settings::new()).expect("sound");
    assert_eq!(breaker.snapshot().mode, Mode::Automatic);

    let _ = configure(mode("forced-open")).expect("sound");
    let _ = configure(Settings::new().set("operated", "observe", true)).expect("sound");
    assert_eq!(breaker.snapshot().mode, Mode::Observe, "the mode that settings began gives way");
}

#[test]
fn mode_begun_by_a_call_outlives_settings() {
    let _fresh = testing::isolate();
    let breaker = breaker_of(operated);
    let _ = configure(mode("forced-closed")).expect("sound");
    breaker.force_open();
    let _ = configure(Settings::new()).expect("sound");
    assert_eq!(breaker.snapshot().mode, Mode::ForcedOpen);
    let _ = configure(mode("automatic")).expect("sound");
    assert_eq!(breaker.snapshot().mode, Mode::Automatic, "but for one that settings ask for");
}

#[test]
fn retries_are_switched_off_and_changed_by_settings() {
    let _fresh = testing::isolate();
    let retry = |part: &str| Settings::new().set("operated retries", part, 3);
    assert_eq!(runs(), 4);
    for (settings, expected) in [
        (Settings::new().set("operated*", "retry", "off"), 1),
        (Settings::new().set("operated*", "retry", false).set("operated retries", "retry", true), 4),
        (retry("retry.attempts"), 3),
        (Settings::new().set("operated retries", "retry.max_backoff", Duration::from_nanos(1)), 4),
        (Settings::new(), 4),
    ] {
        let report = configure(settings.clone()).expect("sound");
        assert!(report.unmatched().is_empty(), "{report}");
        assert_eq!(runs(), expected, "{settings:?}");
    }
    let none = Settings::new().set("operated retries", "retry.budget", 0.0);
    let _ = configure(none).expect("sound");
    (0..20).for_each(|_| _ = runs());
    assert_eq!(runs(), 1, "the floor of ten retries in ten seconds is used up");
}

fn hosts(max_keys: u32) -> KeyedBreakers {
    CircuitBreaker::builder("operated hosts").keyed().max_keys(max_keys).build().expect("valid")
}

#[test]
fn limits_of_keys_are_changed_by_settings() {
    let _fresh = testing::isolate();
    let hosts = hosts(2);
    let settings =
        Settings::new().set("operated hosts", "max_keys", 5).set("operated*", "key_idle", "7s");
    let report = configure(settings.clone()).expect("sound");
    assert!(report.changed().contains(&"operated hosts"), "{report}");
    assert_eq!((hosts.max_keys(), hosts.key_idle()), (5, Duration::from_secs(7)));
    assert!(!configure(settings).expect("sound").changed().contains(&"operated hosts"));
    let five = ["a", "b", "c", "d", "e"].map(|key| hosts.get(key));
    assert!(five.iter().all(|breaker| breaker.key().is_some()));
    let _ = configure(Settings::new()).expect("sound");
    assert_eq!((hosts.max_keys(), hosts.key_idle()), (2, Duration::from_mins(10)));
    let later = CircuitBreaker::builder("operated later").keyed();
    let _ = configure(Settings::new().set("operated later", "max_keys", 9)).expect("sound");
    assert_eq!(later.build().expect("valid").max_keys(), 9, "and those of what is built later");
}

#[test]
fn share_of_open_keys_is_changed_by_settings() {
    let _fresh = testing::isolate();
    let hosts = CircuitBreaker::builder("operated share").failure_threshold(1).keyed();
    let hosts = hosts.build().expect("valid");
    let opens = |key: u32| {
        let breaker = hosts.get(&key);
        let _ = breaker.call(|| Err::<(), _>("down"));
        breaker.state() != State::Closed
    };
    (0..4).for_each(|key| drop(hosts.get(&key)));
    let share = |value: &str| Settings::new().set("operated share", "max_open_keys", value);
    assert!(opens(0));
    let _ = configure(share("50%")).expect("sound");
    assert_eq!(hosts.max_open_keys(), Some(0.5));
    assert!(opens(1) && !opens(2), "two of four, the one included that was open before");
    let _ = configure(share("off")).expect("sound");
    assert_eq!(hosts.max_open_keys(), None);
    assert!(opens(2));
    let _ = configure(Settings::new()).expect("sound");
    assert!(opens(3));
}

#[test]
fn settings_address_one_key_also_before_it_is_made() {
    let _fresh = testing::isolate();
    assert!(fetch("eu", true).is_ok());
    let settings = Settings::new()
        .set("operated keys", "timeout", "5s")
        .set("operated keys[eu]", "mode", "forced-open")
        .set("operated keys[us.*", "failure_threshold", 1)
        .set("operated keys[us.example.com]", "timeout", "7s");
    let report = configure(settings).expect("sound");
    assert!(report.unmatched().is_empty(), "{report}");
    assert!(fetch("eu", true).is_err() && fetch("de", true).is_ok());
    assert!(fetch("us.example.com", false).is_err() && fetch("us.example.com", true).is_err());
    let of = |key| keyed_breakers_of(fetch).find(key).expect("it was called").config();
    let threshold_and_timeout = |key| (of(key).failure_threshold(), of(key).timeout().as_secs());
    assert_eq!(threshold_and_timeout("de"), (Some(100), 5));
    assert_eq!(threshold_and_timeout("us.example.com"), (Some(1), 7));
    let _ = configure(Settings::new()).expect("sound");
    assert!(fetch("eu", true).is_ok(), "the key goes back as well");
    assert_eq!(threshold_and_timeout("us.example.com"), (Some(100), 60));
}

#[test]
fn entries_that_match_nothing_are_reported_with_the_breaker_that_may_be_meant() {
    let _fresh = testing::isolate();
    let settings = Settings::new()
        .set("operatd", "timeout", "1s")
        .set("operated[eu]", "timeout", "1s")
        .set("operated keys[eu]", "timeout", "1s");
    let report = configure(settings).expect("sound");
    assert_eq!(report.unmatched(), ["operatd", "operated[eu]"]);
    assert!(report.to_string().contains("operatd (did you mean operated?)"), "{report}");
}

static SHARED: LazyLock<CircuitBreaker> =
    LazyLock::new(|| CircuitBreaker::builder("operated shared").build().expect("valid"));

#[circuit_breaker(breaker = SHARED)]
fn shared_once(works: bool) -> Result<(), TestError> {
    work(works)
}

#[circuit_breaker(breaker = SHARED, retry(attempts = 2, backoff = "1us"))]
fn shared_again(works: bool) -> Result<(), TestError> {
    work(works)
}

#[test]
fn retry_of_one_of_the_functions_that_share_a_breaker_can_be_set() {
    let settings = Settings::new().set("operated shared", "retry", "off").set("*", "retry", "off");
    assert_eq!(settings.check(), Ok(()));
    let _ = (shared_once, shared_again);
}

#[test]
fn reconfigure_of_a_template_leaves_what_settings_gave_to_single_keys() {
    let _fresh = testing::isolate();
    assert!(fetch("eu", true).is_ok() && fetch("de", true).is_ok());
    let settings = Settings::new()
        .set("operated keys[eu]", "timeout", "5s")
        .set("operated keys[us*", "timeout", "7s")
        .set("operated keys", "max_probes", 2);
    let _ = configure(settings).expect("sound");
    let template = breaker_of(fetch);
    template
        .reconfigure(|options| options.timeout(Duration::from_secs(9)).failure_threshold(3))
        .expect("in range");
    assert!(fetch("us-1", true).is_ok() && fetch("fr", true).is_ok(), "made later");
    let of = |key| keyed_breakers_of(fetch).find(key).expect("it was called").config();
    for (key, timeout) in [("eu", 5), ("us-1", 7), ("de", 9), ("fr", 9)] {
        let config = of(key);
        let options = (config.timeout().as_secs(), config.failure_threshold(), config.max_probes());
        assert_eq!(options, (timeout, Some(3), 2), "{key}");
    }
}

#[test]
fn settings_that_cannot_be_carried_out_are_refused() {
    let _fresh = testing::isolate();
    let _built = CircuitBreaker::builder("operated built").build().expect("valid");
    for (key, option, value, text) in [
        ("operated", "mode", "open", "`mode` takes \"automatic\", \"forced-open\""),
        ("operated", "retry", "often", "`retry` takes `{ attempts = 3"),
        ("operated", "retry.attempts", "1", "must be from 2 to 100"),
        ("operated", "retry.budget", "2", "must be from 0 to 1"),
        ("operated", "retry.colour", "2", "unknown option `retry.colour`"),
        ("operated keys", "max_keys", "0", "max_keys is 0 and must be from 1 to 10000000"),
        ("operated", "max_keys", "10", "`max_keys` has no effect: there is one breaker for all calls"),
        ("operated", "max_open_keys", "1", "`max_open_keys` has no effect: there is one breaker"),
        (
            "operated keys",
            "max_open_keys",
            "2",
            "max_open_keys is 2.0 and must be above 0 and at most 1",
        ),
        ("operated keys[eu]", "key_idle", "1s", "`key_idle` is for all keys together"),
        (
            "operated",
            "retry",
            "off",
            "`retry` has no effect: no function with this breaker has `retry(..)`",
        ),
        ("operated", "retry.attempts", "2", "`retry` has no effect"),
        ("operated keys", "retry", "true", "`retry` has no effect"),
        ("operated keys[eu]", "retry", "off", "`retry` has no effect"),
        ("operated built", "retry", "off", "`retry` has no effect"),
        ("operated keys[eu]", "min_calls", "7", "min_calls"),
    ] {
        let error = Settings::new().set(key, option, value).check().expect_err(option);
        assert_eq!(error.issues().len(), 1, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
    let both = Settings::new().set("*", "mode", "observe").set("*", "observe", true);
    assert!(both.check().expect_err("two modes").to_string().contains("leave one of them out"));
    let pauses = [("retry.backoff", "2s"), ("retry.max_backoff", "1s")];
    let pauses = pauses.iter().fold(Settings::new(), |all, (part, value)| all.set("*", *part, *value));
    assert!(pauses.check().expect_err("too short").to_string().contains("at least `retry.backoff`"));
}
