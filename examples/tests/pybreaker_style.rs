//! The example in pybreaker's style shows what it says that it shows.

use std::process::Command;

#[test]
fn runs_and_shows_each_step() {
    let output = Command::new(env!("CARGO_BIN_EXE_pybreaker_style")).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let told = String::from_utf8(output.stdout).expect("it prints text");

    let mut rest = told.as_str();
    for step in [
        "customer 1   \"Ada\"",
        "customer 2   no such customer",
        "rename 1     failed: connection refused",
        "db: closed -> open (too many failures in a row)",
        "customer 1   rejected: circuit breaker `db` is open",
        "db: open -> half-open",
        "db: half-open -> open (a probe failed)",
        "orders of 1  rejected",
        "db: half-open -> closed (the probes succeeded)",
        "orders of 1  42",
        "db: closed -> open (tripped manually)",
        "customer 1   rejected: circuit breaker `db` is open",
        "customer 1   \"Ada\"",
        "db is closed, with 0 failures in a row.",
    ] {
        let Some(found) = rest.find(step) else {
            panic!("`{step}` is missing, or not in its place:\n{told}")
        };
        rest = &rest[found + step.len()..];
    }
}
