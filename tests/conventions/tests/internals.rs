//! The page `guide::internals` names files and items that exist.

use std::collections::BTreeSet;
use std::fs;

use breaker_tests_conventions::lexer::{Kind, tokens};
use breaker_tests_conventions::source;

/// Returns the code spans of the page, with their lines. Fenced code is left out.
fn spans(page: &str) -> Vec<(usize, String)> {
    let mut code = false;
    let mut found = Vec::new();
    for (number, line) in page.lines().enumerate() {
        code ^= line.contains("```");
        if !code && !line.contains("```") {
            let spans = line.split('`').skip(1).step_by(2);
            found.extend(spans.map(|span| (number + 1, span.to_owned())));
        }
    }
    found
}

/// Returns the items that are said to be "`item` in `file`" and are not defined there.
fn misplaced(page: &str, runtime: &std::path::Path) -> Vec<String> {
    let text: Vec<_> = page.lines().map(|line| line.trim_start_matches("//!").trim()).collect();
    let text = text.join(" ");
    let parts: Vec<_> = text.split('`').collect();
    let mut found = Vec::new();
    // Code spans have odd positions; " in " between two of them is the claim.
    for at in (1..parts.len().saturating_sub(2)).step_by(2).filter(|&at| parts[at + 1] == " in ") {
        let (item, file) = (parts[at], parts[at + 2]);
        let source = fs::read_to_string(runtime.join(file)).unwrap_or_default();
        let defined = tokens(&source).windows(2).any(|two| {
            let keywords = ["fn", "struct", "enum", "trait", "type", "mod"];
            keywords.iter().any(|keyword| two[0].is(keyword)) && two[1].is(item)
        });
        if !defined {
            found.push(format!("`{item}` in `{file}`"));
        }
    }
    found
}

#[test]
fn files_and_names_of_the_internals_page_exist() {
    let root = source::root();
    let runtime = root.join("breaker-runtime/src");
    let page = fs::read_to_string(runtime.join("guide/internals.rs")).expect("the page");
    let walks = page.find("# Glossary").expect("the last section");
    let sources = source::read(&root, "breaker-runtime/src").into_iter();
    let sources = sources.chain(source::read(&root, "breaker-macros/src"));
    let code = sources.filter(|source| source.path != "breaker-runtime/src/guide/internals.rs");
    let names: BTreeSet<String> = code
        .flat_map(|source| tokens(&source.text))
        .filter(|token| token.kind == Kind::Ident)
        .map(|token| token.text)
        .collect();

    let mut missing = Vec::new();
    for (line, span) in spans(&page[..walks]) {
        let path = span.contains(['/', '.']);
        let name =
            span.chars().all(|c| c.is_alphanumeric() || c == '_' || c == ':') && !span.starts_with("::");
        let exists = if path && !span.contains(' ') && !span.starts_with("::") {
            runtime.join(&span).exists() || root.join(&span).exists()
        } else {
            !name || span.split("::").all(|part| names.contains(part) || runtime.join(part).exists())
        };
        if !exists {
            missing.push(format!("breaker-runtime/src/guide/internals.rs:{line}: `{span}`"));
        }
    }
    missing.extend(misplaced(&page[..walks], &runtime));
    assert!(missing.is_empty(), "named, and not there:\n{}", missing.join("\n"));
}
