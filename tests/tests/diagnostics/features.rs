//! Options that need a feature of the runtime, in a crate that has none: one error each, which names the
//! feature.

use std::fmt::Write as _;

use super::project::{Diagnostic, Project};
use super::source::Form;

const START: &str = "#![allow(dead_code)]\nuse breaker_runtime::{BreakerError, circuit_breaker};\n";

/// The options, the function, and the message.
const CASES: &[(&str, &str, &str)] = &[
    (
        "retry(attempts = 2)",
        SYNC,
        "retry needs the feature `retry` of breaker-runtime; add it in Cargo.toml",
    ),
    (
        "retry(attempts = 2)",
        ASYNC,
        "retry needs the feature `retry` of breaker-runtime; add it in Cargo.toml",
    ),
    (
        "last_good",
        SYNC,
        "last_good needs the feature `last-good` of breaker-runtime; add it in Cargo.toml",
    ),
    (
        "last_good",
        ASYNC,
        "last_good needs the feature `last-good` of breaker-runtime; add it in Cargo.toml",
    ),
    (
        "call_timeout = \"1s\"",
        ASYNC,
        "call_timeout needs the feature `tokio` of breaker-runtime; add it in Cargo.toml",
    ),
    ("shared", SYNC, "shared needs the feature `redis` of breaker-runtime; add it in Cargo.toml"),
    (
        "shared = \"payments\", quorum = 3",
        ASYNC,
        "shared needs the feature `redis` of breaker-runtime; add it in Cargo.toml",
    ),
    (
        "max_concurrent = 2, max_wait = \"1s\"",
        ASYNC,
        "max_wait on an async function needs the feature `tokio` of breaker-runtime; add it in Cargo.toml",
    ),
];

const SYNC: &str = "fn";
const ASYNC: &str = "async fn";

fn errors(project: &Project, program: &str) -> Vec<Diagnostic> {
    let said = project.diagnostics_of("check", program, Form::Annotated);
    said.into_iter().filter(|said| said.is_error).collect()
}

/// Checks that each case is one error, at its attribute.
fn assert_errors(project: &Project, cases: &[(&str, &str, &str)]) {
    let mut program = START.to_owned();
    let mut wanted = Vec::new();
    for (number, (options, keyword, message)) in cases.iter().enumerate() {
        wanted.push((program.lines().count() as u64 + 1, *message));
        let _ = write!(
            program,
            "#[circuit_breaker({options})]\npub {keyword} f{number}() -> Result<u8, BreakerError> {{ Ok(1) }}\n"
        );
    }
    let mut found = Vec::new();
    for Diagnostic { primary, message, labels, .. } in errors(project, &program) {
        // The text of a panic in a constant is a label; the message only says that the evaluation
        // failed.
        let label = labels.iter().map(|(_, label)| label).find(|label| label.contains("feature"));
        found.push((primary[0].0.0, label.unwrap_or(&message).clone()));
    }
    found.sort();
    assert_eq!(found.len(), wanted.len(), "{found:#?}");
    for ((line, found), (wanted_line, wanted)) in found.iter().zip(&wanted) {
        assert!(line == wanted_line && found.contains(wanted), "{line}: {found}\n{wanted}");
    }
}

#[test]
fn option_without_its_feature_is_one_error_that_names_it() {
    assert_errors(&Project::with("features.rs", "2024", true, "default-features = false"), CASES);
}

#[test]
fn retry_of_an_async_function_without_tokio_is_one_error_that_names_it() {
    let features = "default-features = false, features = [\"retry\"]";
    let message =
        "retry on an async function needs the feature `tokio` of breaker-runtime; add it in Cargo.toml";
    let project = Project::with("features_retry.rs", "2024", true, features);
    assert_errors(&project, &[("retry(attempts = 2)", ASYNC, message)]);
}

#[test]
fn stream_without_its_feature_is_one_error_that_names_it() {
    let project = Project::with("features_stream.rs", "2024", true, "default-features = false");
    let program = format!(
        "{START}pub trait Stream {{ type Item; }}\n#[circuit_breaker]\n\
         pub fn items() -> impl Stream<Item = Result<u8, BreakerError>> {{ Items }}\n\
         struct Items;\nimpl Stream for Items {{ type Item = Result<u8, BreakerError>; }}\n"
    );
    let found = errors(&project, &program);
    assert_eq!(found.len(), 1, "{found:#?}");
    let message = "a function that returns a stream needs the feature `stream` of breaker-runtime; add it in Cargo.toml";
    assert_eq!(found[0].message, message);
}
