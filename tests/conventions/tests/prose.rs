//! The prose of this workspace keeps the rules.

use breaker_tests_conventions::{prose, source};

#[test]
fn rooms_keep_the_rules_of_prose() {
    let report = prose::report(&source::root(), &[]);
    println!("{}", report.text);
    assert!(
        report.passes,
        "{}\nPrint this again with `.ci/prose`, or for one room `.ci/prose PATH`.",
        report.text
    );
}
