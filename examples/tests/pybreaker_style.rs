//! The output of the example in the style of pybreaker.

mod output;

use output::assert_prints;

#[test]
fn example_prints_each_step() {
    let steps = [
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
    ];
    assert_prints(env!("CARGO_BIN_EXE_pybreaker_style"), &steps);
}
