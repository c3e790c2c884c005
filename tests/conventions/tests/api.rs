//! The public API keeps those of the Rust API guidelines that a reading of the sources can check.

use breaker_tests_conventions::{api, source};

fn sources() -> Vec<source::Source> {
    let root = source::root();
    let mut sources = source::read(&root, "breaker-runtime/src");
    sources.extend(source::read(&root, "README.md"));
    sources
}

#[test]
fn public_items_are_shown_in_examples() {
    let missing = api::items_without_example(&sources(), api::WITHOUT_EXAMPLE);
    assert!(missing.is_empty(), "{} issues:\n{}", missing.len(), missing.join("\n"));
}

#[test]
fn getters_have_no_prefix() {
    let found = api::getters_with_prefix(&sources());
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn examples_unwrap_in_assertions_only() {
    let found = api::unwraps(&sources());
    assert!(found.is_empty(), "{}", found.join("\n"));
}
