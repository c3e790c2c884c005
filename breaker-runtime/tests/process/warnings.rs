//! Warnings without the crate `tracing`, or without a subscriber: one line each on standard error, once.

use std::sync::LazyLock;
use std::time::Duration;

use breaker_runtime::{
    BreakerError, CircuitBreaker, ManualClock, Settings, breakers, circuit_breaker, configure, health,
};

use crate::child::in_child;

static PANICS: LazyLock<CircuitBreaker> = LazyLock::new(|| panic!("no settings file"));

#[circuit_breaker(breaker = PANICS)]
fn over_panic() -> Result<(), BreakerError> {
    Ok(())
}

fn warn() {
    let _built = ["first\nsecond"; 3].map(|name| CircuitBreaker::builder(name).build().expect("valid"));
    for _ in 0..2 {
        let settings = Settings::new().set("\u{1b}frist", "timeout", "1s");
        assert_eq!(configure(settings).expect("valid").unmatched().len(), 1);
        assert!(breakers().count() >= 3);
    }
    let _ = over_panic;
}

#[test]
fn warnings_without_a_subscriber_are_lines_on_standard_error_once() {
    let name = "warnings::warnings_without_a_subscriber_are_lines_on_standard_error_once";
    // Only the output of tests is captured, which these lines are not.
    let Some(text) = in_child(name, warn) else { return };
    let lines: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix("warning: breaker: ")).collect();
    for about in [
        "want the name `first\\nsecond`",
        "match no circuit breaker: \\u{1b}frist",
        "warnings.rs:14:1 panicked",
    ] {
        assert_eq!(lines.iter().filter(|line| line.contains(about)).count(), 1, "{about} in {text}");
    }
    assert_eq!(lines.len(), 3, "{text}");
}

const DAY: Duration = Duration::from_secs(24 * 3_600);

fn warn_of_findings() {
    let clock = ManualClock::new();
    let breaker = CircuitBreaker::builder("unused\n").clock(clock.clone()).build().expect("valid");
    for _ in 0..5 {
        clock.advance(DAY);
        health();
    }
    let ignore = || {
        for _ in 0..90 {
            clock.advance(Duration::from_secs(20));
            breaker.try_acquire().expect("closed").ignore();
            health();
        }
    };
    ignore();
    breaker.try_acquire().expect("closed").success();
    health();
    ignore();
}

#[test]
fn finding_is_one_line_on_standard_error_until_it_ends_and_comes_again() {
    let name = "warnings::finding_is_one_line_on_standard_error_until_it_ends_and_comes_again";
    let Some(text) = in_child(name, warn_of_findings) else { return };
    let lines: Vec<_> =
        text.lines().filter_map(|line| line.strip_prefix("warning: breaker: unused\\n: ")).collect();
    let [unused, ignored, again] = &lines[..] else { panic!("three lines: {text}") };
    assert!(unused.starts_with("no call has ended since it was created (for 2.0 days)"), "{unused}");
    assert!(ignored.contains("ended in an ignored outcome") && again.contains("ignored"), "{text}");
}
