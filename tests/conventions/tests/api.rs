//! The public API keeps those of the Rust API guidelines that a reading of the sources can check.

use std::fs;

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

#[test]
fn auto_traits_of_public_types_are_tested() {
    let test = source::root().join("breaker-runtime/tests/types/auto_traits.rs");
    let test = fs::read_to_string(test).expect("the test of auto traits");
    let missing = api::types_without(&sources(), &test, api::WITHOUT_AUTO_TRAITS);
    assert!(missing.is_empty(), "not in `auto_traits.rs`:\n{}", missing.join("\n"));
}

#[test]
fn features_have_plain_names() {
    let manifest =
        fs::read_to_string(source::root().join("breaker-runtime/Cargo.toml")).expect("it is there");
    assert_eq!(api::placeholder_features(&manifest), [""; 0]);
}

#[test]
fn page_of_the_guidelines_has_all_of_them() {
    let issues = api::guideline_rows(&source::root());
    assert!(issues.is_empty(), "{}", issues.join("\n"));
}
