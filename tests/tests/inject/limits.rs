//! The faults that a game day cannot show, which an operator must not take for a good result.

use breaker_runtime::testing::isolate;
use breaker_runtime::{
    BreakerError, CircuitBreaker, ConfigureReport, FindingKind, Settings, breaker_of, circuit_breaker,
    configure, inject,
};

use crate::{HOUR, game_day};

#[derive(Debug, PartialEq)]
struct OwnError;

#[circuit_breaker(name = "limits::rejection", fallback = Ok(1), fallback_on = "rejection")]
fn rejection(works: bool) -> Result<u32, OwnError> {
    if works { Ok(7) } else { Err(OwnError) }
}

#[circuit_breaker(name = "limits::rejection_async", fallback = Ok(1), fallback_on = "rejection")]
async fn rejection_async() -> Result<u32, OwnError> {
    std::future::ready(Ok(7)).await
}

#[circuit_breaker(
    name = "limits::converts",
    fallback = Ok(1),
    fallback_on = "rejection",
    retry(attempts = 2, backoff = "1ms"),
    call_timeout = "1s"
)]
async fn converts() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(
    name = "limits::in_time",
    fallback = Ok(1),
    fallback_on = "rejection",
    call_timeout = "1s"
)]
async fn in_time() -> Result<u32, BreakerError> {
    Ok(7)
}

#[circuit_breaker(name = "limits::any", fallback = Ok(1))]
fn any() -> Result<u32, OwnError> {
    Ok(7)
}

#[circuit_breaker(name = "limits::plain")]
fn plain() -> Result<u32, BreakerError> {
    Ok(7)
}

/// Begins a game day by these settings, and returns the report of `configure`.
fn apply(settings: Settings) -> ConfigureReport {
    inject::allow();
    configure(settings).expect("sound settings")
}

fn set(
    settings: Settings,
    name: &str,
    part: &str,
    value: impl Into<breaker_runtime::SettingValue>,
) -> Settings {
    let end = inject::end_in(HOUR);
    settings.set(name, format!("inject.{part}"), value).set(name, "inject.until", end)
}

fn findings(breaker: &CircuitBreaker) -> Vec<String> {
    let snapshot = breaker.snapshot();
    let limited = snapshot.findings().iter().filter(|one| one.kind == FindingKind::GameDayLimited);
    limited.map(ToString::to_string).collect()
}

/// With payments down callers get the error, and on the game day they would get the fallback.
#[tokio::test(start_paused = true)]
async fn failures_that_a_fallback_for_rejections_answers_are_reported_before_a_call() {
    let _fresh = isolate();
    assert_eq!(rejection(false), Err(OwnError), "a failure of the dependency reaches the caller");
    let report = apply(set(Settings::new(), "limits::*", "fail", 1.0));
    let expected = |name: &str| {
        format!(
            "{name}: a fallback that takes rejections only answers the injected failures too, where a failure of \
             the dependency gives callers its error; change `inject` in the settings, or read the report of the \
             game day without these faults"
        )
    };
    let names = ["limits::rejection", "limits::rejection_async", "limits::in_time"];
    assert_eq!(report.game_day_limits(), names.map(expected));
    assert!(report.to_string().ends_with(&expected(names[2])), "{report}");
    assert_eq!(rejection(true), Ok(1), "the fallback");
    assert_eq!(rejection_async().await, Ok(1), "the fallback");
    assert_eq!(in_time().await, Ok(1), "the fallback");
    assert_eq!(findings(breaker_of(rejection)), [expected(names[0])]);
    // Others give their callers the error, or have a fallback for failures too.
    assert!(converts().await.is_err() && plain().is_err());
    assert_eq!(any(), Ok(1));
    for breaker in [breaker_of(converts), breaker_of(any), breaker_of(plain)] {
        assert_eq!(findings(breaker), [""; 0], "{}", breaker.name());
    }
    // It ends with the game day, and is not reported where nothing fails.
    let report = apply(set(Settings::new(), "limits::rejection", "latency", "1ms"));
    assert_eq!((report.game_day_limits(), findings(breaker_of(rejection))), (&[][..], vec![]));
    let report = apply(Settings::new());
    assert_eq!((report.game_day_limits(), findings(breaker_of(rejection))), (&[][..], vec![]));
}

#[test]
fn keys_for_a_breaker_without_keys_are_reported() {
    let _fresh = isolate();
    let _hosts = CircuitBreaker::builder("limits::hosts").keyed().build().expect("in range");
    let settings = set(Settings::new(), "limits::plain", "keys", "eu");
    let settings = set(settings, "limits::plain", "fail", 1.0);
    let settings = set(settings, "limits::hosts", "keys", "eu");
    let report = apply(set(settings, "limits::hosts", "fail", 1.0));
    let [limit] = report.game_day_limits() else { panic!("{report}") };
    assert!(limit.starts_with("limits::plain: `inject.keys` limits the game day to keys"), "{limit}");
    assert_eq!(plain(), Ok(7));
    assert_eq!(breaker_of(plain).snapshot().game_day, None, "nothing is injected here");
}

#[tokio::test(start_paused = true)]
async fn calls_that_cannot_wait_are_found_by_the_first_one() {
    let _fresh = game_day("limits::*", &[("hang", 1.0)]);
    let breaker = breaker_of(plain);
    assert_eq!(findings(breaker), [""; 0]);
    // A future that is dropped before it could wait has not skipped its wait.
    drop(Box::pin(breaker.call_async(async || Ok::<_, OwnError>(7))));
    drop(breaker.try_acquire());
    assert_eq!(findings(breaker), [""; 0]);
    breaker.try_acquire().expect("closed").success();
    let found = findings(breaker);
    let expected = "limits::plain: calls that were to wait ran at once, as a permit of `try_acquire`";
    assert!(found.len() == 1 && found[0].starts_with(expected), "{found:?}");
    crate::end();
    assert_eq!(findings(breaker), [""; 0]);
}
