//! Tests that need their own process: each starts the test program once more, for itself alone.

#![allow(dead_code, unreachable_pub, reason = "included by several test programs")]

use std::env;
use std::process::Command;

const IS_CHILD: &str = "BREAKER_TEST_IS_CHILD";

/// Runs `body` in a process in which no other test runs. `test` is the path of the calling test in its
/// program, without the name of the program. Returns what the process wrote to standard error; `None` in
/// the process itself.
///
/// # Panics
///
/// If the process fails, or if there is no test of this name.
pub fn in_child(test: &str, body: impl FnOnce()) -> Option<String> {
    in_child_with(test, [], body)
}

/// Does what [`in_child`] does, with environment variables that are set, or unset by `None`.
///
/// # Panics
///
/// As [`in_child`] does.
pub fn in_child_with<const N: usize>(
    test: &str,
    variables: [(&str, Option<&str>); N],
    body: impl FnOnce(),
) -> Option<String> {
    if env::var_os(IS_CHILD).is_some() {
        body();
        return None;
    }
    let program = env::current_exe().expect("the path of this program");
    let mut command = Command::new(program);
    for (name, value) in variables {
        match value {
            Some(value) => command.env(name, value),
            None => command.env_remove(name),
        };
    }
    let output = command
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(IS_CHILD, "1")
        // The backtrace of a panic that a test causes takes a second, for which a listing does not wait.
        .env("RUST_BACKTRACE", "0")
        .output()
        .expect("this program runs");
    let [report, messages] =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    assert!(output.status.success(), "{}: {report}{messages}", output.status);
    assert!(report.contains("test result: ok. 1 passed"), "no test is called {test}: {report}");
    Some(messages)
}
