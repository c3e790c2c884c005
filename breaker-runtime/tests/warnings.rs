//! Warnings without the crate `tracing`, or without a subscriber: on standard error, one line each, once.

use std::env;
use std::process::Command;
use std::sync::LazyLock;

use breaker_runtime::{BreakerError, CircuitBreaker, Settings, breakers, circuit_breaker, configure};

static PANICS: LazyLock<CircuitBreaker> = LazyLock::new(|| panic!("no settings file"));

#[circuit_breaker(breaker = PANICS)]
fn over_panic() -> Result<(), BreakerError> {
    Ok(())
}

/// Set in the process that warns.
const WARNS: &str = "BREAKER_TEST_WARNS";

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
    if env::var_os(WARNS).is_some() {
        return warn();
    }
    let this = env::current_exe().expect("it runs");
    let name = "warnings_without_a_subscriber_are_lines_on_standard_error_once";
    // Captured is what tests print, which these lines are not.
    let output = Command::new(this).args(["--exact", name]).env(WARNS, "").output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let text = String::from_utf8(output.stderr).expect("a text");
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
