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
    assert!(missing.is_empty(), "named, and not there:\n{}", missing.join("\n"));
}
