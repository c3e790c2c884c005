//! The tables in the documentation agree with each other and with the manifest.

use std::collections::BTreeMap;
use std::fs;

use breaker_tests_conventions::source;
use breaker_tests_conventions::tables::{Row, examples, options, sections};

const ATTRIBUTE: &str = "breaker-runtime/src/circuit_breaker.md";
const BUILDER: &str = "breaker-runtime/src/registry/build.rs";
const KEYED: &str = "breaker-runtime/src/registry/keyed.rs";
const README: &str = "README.md";

fn text(path: &str) -> String {
    fs::read_to_string(source::root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// Returns the rows of `path` that the attribute's table does not have, or has with another default.
fn differences(path: &str, rows: &BTreeMap<String, Row>) -> Vec<String> {
    let attribute = options(&text(ATTRIBUTE));
    let mut found = Vec::new();
    for (name, Row { default, line }) in rows {
        match attribute.get(name) {
            None => found.push(format!("{path}:{line}: `{name}` has no row in {ATTRIBUTE}")),
            Some(row) if row.default != *default => {
                found.push(format!(
                    "{path}:{line}: `{name}` is `{default}`, and `{}` in {ATTRIBUTE}",
                    row.default
                ));
            }
            Some(_) => {}
        }
    }
    found
}

#[test]
fn readme_has_ten_options_with_the_defaults_of_the_attribute() {
    let rows = options(&text(README));
    assert_eq!(rows.len(), 10, "{rows:?}");
    assert_eq!(differences(README, &rows), [""; 0]);
}

#[test]
fn builder_has_the_defaults_of_the_attribute() {
    let rows = options(&text(BUILDER));
    assert!(rows.len() > 20, "{rows:?}");
    assert_eq!(differences(BUILDER, &rows), [""; 0]);
}

#[test]
fn keyed_builder_has_the_defaults_of_the_attribute() {
    let rows = options(&text(KEYED));
    assert!(rows.len() > 2, "{rows:?}");
    assert_eq!(differences(KEYED, &rows), [""; 0]);
}

#[test]
fn each_row_of_the_attribute_links_to_its_section() {
    let page = text(ATTRIBUTE);
    let lines: Vec<_> = page.lines().collect();
    for (name, Row { line, .. }) in options(&page) {
        let start = format!("| [`{name}`](#{name}) |");
        assert!(lines[line - 1].starts_with(&start), "{ATTRIBUTE}:{line}: {}", lines[line - 1]);
    }
}

#[test]
fn each_option_of_the_attribute_has_a_runnable_example_that_uses_it() {
    let page = text(ATTRIBUTE);
    for name in sections(&page) {
        let uses = |code: &String| {
            let words = code.split(|c: char| !c.is_alphanumeric() && c != '_');
            code.contains("circuit_breaker(") && words.into_iter().any(|word| word == name)
        };
        assert!(examples(&page, &name).iter().any(uses), "`{name}` has no example");
    }
}

#[test]
fn front_page_has_no_table_but_that_of_the_features() {
    let page = text("breaker-runtime/src/lib.rs");
    let docs: Vec<_> = page.lines().filter_map(|line| line.strip_prefix("//!")).collect();
    let tables = docs.windows(2).filter(|pair| pair[1].trim_start().starts_with("|---"));
    let heads: Vec<_> =
        tables.map(|pair| pair[0].trim().split('|').nth(1).unwrap_or("").trim()).collect();
    assert_eq!(heads, ["feature"]);
    assert!(!docs.iter().any(|line| line.contains(".rs`")), "it names a file of the crate");
}

#[test]
fn each_option_of_the_attribute_has_a_section() {
    let page = text(ATTRIBUTE);
    let mut named: Vec<_> = options(&page).into_keys().collect();
    let mut described = sections(&page);
    named.sort();
    described.sort();
    assert_eq!(named, described);
}

#[test]
fn each_feature_of_the_manifest_has_a_row() {
    let manifest = text("breaker-runtime/Cargo.toml");
    let features = manifest.split("[features]").nth(1).and_then(|rest| rest.split("\n[").next());
    let features = features.expect("the features").lines().filter(|line| !line.starts_with('#'));
    let mut declared: Vec<_> =
        features.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name).collect();
    declared.retain(|name| *name != "default");
    let docs = text("breaker-runtime/src/lib.rs");
    let rows = docs.lines().skip_while(|line| !line.starts_with("//! | feature |")).skip(2);
    let rows = rows.take_while(|line| line.starts_with("//! |"));
    let mut described: Vec<_> = rows.filter_map(|line| line.split('`').nth(1)).collect();
    declared.sort_unstable();
    described.sort_unstable();
    assert_eq!(declared, described);
}

#[test]
fn planted_difference_is_found() {
    let planted =
        "| option | default |\n|---|---|\n| `timeout = \"1s\"` | 61 s |\n| `no_such_option` | off |";
    let found = differences("x", &options(planted));
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[1].contains("`timeout` is `61 s`, and `60 s`"), "{found:?}");
}

#[test]
fn example_that_does_not_run_is_no_example() {
    let page = "## `key`\n```text\n#[circuit_breaker(key = x)]\n```\n```compile_fail\nkey\n```\n## `name`\n```\na\n```";
    assert_eq!(examples(page, "key"), [""; 0]);
    assert_eq!(examples(page, "name"), ["a"]);
}
