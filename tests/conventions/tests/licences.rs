//! The licences of the dependencies are those that `deny.toml` allows.

use std::fs;
use std::process::Command;

use breaker_tests_conventions::licences::{allowed, is_met};
use breaker_tests_conventions::source;

fn deny() -> String {
    fs::read_to_string(source::root().join("deny.toml")).expect("a file")
}

#[test]
fn licence_of_each_dependency_is_allowed() {
    let deny = deny();
    let allowed = allowed(&deny);
    let mut tree = Command::new(env!("CARGO"));
    // Not offline: on a fresh machine the dependencies of other platforms are not there yet.
    tree.args(["tree", "--workspace", "--all-features", "--target", "all", "--locked"]);
    let tree = tree.args(["--prefix", "none", "--format", "{p}|{l}"]).current_dir(source::root());
    let tree = tree.output().expect("cargo runs");
    assert!(tree.status.success(), "{}", String::from_utf8_lossy(&tree.stderr));
    let text = String::from_utf8(tree.stdout).expect("text");
    let mut packages: Vec<_> = text.lines().filter_map(|line| line.split_once('|')).collect();
    packages.sort_unstable();
    packages.dedup();
    assert!(packages.len() > 100, "{packages:?}");
    packages.retain(|(_, licence)| !is_met(licence.trim_end_matches(" (*)"), &allowed));
    assert!(packages.is_empty(), "not allowed by deny.toml: {packages:?}");
}

#[test]
fn expression_is_met_by_one_alternative_and_by_all_parts() {
    let allowed = ["MIT", "Apache-2.0"];
    for (expression, met) in [
        ("MIT", true),
        ("GPL-3.0-only", false),
        ("GPL-3.0-only OR MIT", true),
        ("MIT/Unlicense", true),
        ("MIT AND GPL-3.0-only", false),
        ("(MIT OR GPL-3.0-only) AND Apache-2.0", true),
        ("(MIT OR Apache-2.0) AND GPL-3.0-only", false),
        ("Apache-2.0 WITH LLVM-exception", true),
        ("", false),
        ("(MIT", false),
        ("MIT MIT", false),
    ] {
        assert_eq!(is_met(expression, &allowed), met, "{expression}");
    }
}
