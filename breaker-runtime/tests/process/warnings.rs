//! Warnings without the crate `tracing`, or without a subscriber: one line each on standard error, once.

use std::sync::LazyLock;

use breaker_runtime::{BreakerError, CircuitBreaker, Settings, breakers, circuit_breaker, configure};

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
        "warnings.rs:11:1 panicked",
    ] {
        assert_eq!(lines.iter().filter(|line| line.contains(about)).count(), 1, "{about} in {text}");
    }
    assert_eq!(lines.len(), 3, "{text}");
}
