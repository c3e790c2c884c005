//! Code that must not compile, and the messages of the compiler: one error for each fault.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn code_that_must_not_compile_has_its_error() {
    trybuild::TestCases::new().compile_fail("ui/*/*.rs");
}

/// The first line of each case states its number of errors.
#[test]
fn each_fault_is_one_error() {
    let cases = cases(Path::new("ui"));
    assert!(cases.len() > 25, "the cases are not found: {cases:?}");
    for case in cases {
        let source = fs::read_to_string(&case).expect("a case");
        let messages =
            fs::read_to_string(case.with_extension("stderr")).expect("the messages for the case");
        let expected = source.trim_start_matches("//! ").split(' ').next().and_then(|n| n.parse().ok());
        let errors = messages.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(Some(errors), expected, "{}:\n{messages}", case.display());
    }
}

/// The modules of the runtime that a message may name.
const PUBLIC: [&str; 3] = ["bounds", "classify", "guide"];

/// A message names what the user can look up or guess: no hidden or private module of the runtime.
#[test]
fn no_message_names_a_hidden_module() {
    for case in cases(Path::new("ui")) {
        let messages = fs::read_to_string(case.with_extension("stderr")).expect("the messages");
        for line in messages.lines() {
            for path in line.split("breaker_runtime::").skip(1) {
                let end = path.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(path.len());
                let (name, rest) = path.split_at(end);
                let is_module = rest.starts_with("::");
                assert!(!is_module || PUBLIC.contains(&name), "{}: {line}", case.display());
            }
        }
    }
}

fn cases(folder: &Path) -> Vec<PathBuf> {
    let entries =
        fs::read_dir(folder).expect("a folder of cases").map(|entry| entry.expect("a case").path());
    entries
        .flat_map(|path| match path.extension() {
            _ if path.is_dir() => cases(&path),
            Some(extension) if extension == "rs" => vec![path],
            _ => Vec::new(),
        })
        .collect()
}
