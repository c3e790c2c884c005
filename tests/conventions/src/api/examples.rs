//! The examples in documentation that run as tests.

use crate::lexer::{Kind, Token, tokens};
use crate::source::Source;

/// A block of code in documentation.
#[derive(Debug)]
pub(super) struct Example {
    /// Its lines, each with its file and number.
    pub(super) lines: Vec<(String, String)>,
    code: Vec<Token>,
}

impl Example {
    fn new(lines: Vec<(String, String)>) -> Self {
        let code: Vec<_> = lines.iter().map(|(_, line)| unhidden(line)).collect();
        let code = tokens(&code.join("\n"));
        let code = code.into_iter().filter(|token| matches!(token.kind, Kind::Ident | Kind::Punct));
        Self { lines, code: code.collect() }
    }

    /// Returns whether the code has these tokens in a row.
    pub(super) fn has(&self, names: &[&str]) -> bool {
        self.code
            .windows(names.len())
            .any(|window| window.iter().zip(names).all(|(token, name)| token.is(name)))
    }
}

/// Returns a line without the `#` that hides it from readers.
fn unhidden(line: &str) -> &str {
    let line = line.trim_start();
    line.strip_prefix("# ").unwrap_or(if line == "#" { "" } else { line })
}

/// Returns the examples in all documentation of a file: Rust or markdown.
pub(super) fn examples(source: &Source) -> Vec<Example> {
    let lines: Vec<_> = match source.extension() {
        "md" => source.text.lines().zip(1..).map(|(line, number)| (line.to_owned(), number)).collect(),
        "rs" => {
            let docs = tokens(&source.text).into_iter();
            let docs = docs.filter(|token| matches!(token.kind, Kind::OuterDoc | Kind::InnerDoc));
            docs.map(|token| (token.text, token.line)).collect()
        }
        _ => Vec::new(),
    };
    let place = |(line, number): (String, usize)| (format!("{}:{number}", source.path), line);
    blocks(lines.into_iter().map(place))
}

/// Returns the examples in the documentation of one item.
pub(super) fn of_docs(docs: &[String]) -> Vec<Example> {
    blocks(docs.iter().map(|line| (String::new(), line.clone())))
}

fn blocks(lines: impl Iterator<Item = (String, String)>) -> Vec<Example> {
    let (mut found, mut open) = (Vec::new(), None);
    for (place, line) in lines {
        let fence = line.trim_start().strip_prefix("```");
        match (open.take(), fence) {
            (None, Some(language)) => open = Some((runs(language.trim()), Vec::new())),
            (Some((runs, lines)), Some(_)) => {
                if runs {
                    found.push(Example::new(lines));
                }
            }
            (Some((runs, mut lines)), None) => {
                lines.push((place, line));
                open = Some((runs, lines));
            }
            (None, None) => {}
        }
    }
    found
}

/// Returns whether a block of this language is compiled as a test, and has to compile.
fn runs(language: &str) -> bool {
    matches!(language, "" | "rust" | "no_run" | "rust,no_run" | "should_panic")
}
