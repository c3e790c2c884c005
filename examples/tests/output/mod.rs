//! The output of an example program.

use std::process::Command;

/// Runs a program, and checks that it succeeds and prints these texts in this order.
///
/// # Panics
///
/// If the program fails, or a text is missing or comes before the previous one.
pub(crate) fn assert_prints(program: &str, steps: &[&str]) {
    let output = Command::new(program).output().expect("it runs");
    assert!(output.status.success(), "{output:?}");
    let printed = String::from_utf8(output.stdout).expect("it prints text");
    let mut rest = printed.as_str();
    for step in steps {
        let Some(at) = rest.find(step) else {
            panic!("`{step}` is missing, or out of order:\n{printed}")
        };
        rest = &rest[at + step.len()..];
    }
}
