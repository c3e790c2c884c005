//! Scenarios in files: each fault with its line.

use std::path::Path;

use crate::lab::simulate::scenario::{NumberIssue, Scenario, check};
use crate::support::text::escaped;

/// Reads a scenario from a file of TOML.
///
/// # Errors
///
/// With the first fault of the file, its line, and what to write.
pub(crate) fn read(path: &Path) -> Result<Scenario, String> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| format!("{name}: {error}"))?;
    parse(&text).map_err(|fault| format!("{name}: {fault}"))
}

/// Reads a scenario from a text.
///
/// # Errors
///
/// With the first fault, its line, and what to write.
pub(crate) fn parse(text: &str) -> Result<Scenario, String> {
    let scenario: Scenario = toml::from_str(text).map_err(|error| {
        let message = escaped(error.message()).to_string();
        match error.span() {
            Some(span) => format!("line {}: {message}", line_of(text, span.start)),
            None => message,
        }
    })?;
    match check(&scenario) {
        Ok(()) => Ok(scenario),
        Err(issue) => Err(match line_of_key(text, &issue) {
            Some(line) => format!("line {line}: {issue}"),
            None => issue.to_string(),
        }),
    }
}

/// Returns the number of the line with the byte at `at`.
fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// Returns the line of the key of an issue, or that of its section.
fn line_of_key(text: &str, issue: &NumberIssue) -> Option<usize> {
    let (section, key) = issue.key.split_once('.')?;
    let dotted = issue.key;
    let (mut here, mut found) = ("", None);
    for (index, line) in text.lines().enumerate() {
        let line = line.trim();
        if let Some(header) = line.strip_prefix('[') {
            here = header.split(']').next().unwrap_or_default().trim();
            if here == section {
                found = Some(index + 1);
            }
        }
        let name = line.split('=').next().unwrap_or_default().trim();
        if (here == section && name == key) || name == dotted {
            return Some(index + 1);
        }
    }
    found
}
