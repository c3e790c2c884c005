//! Errors of the borrow checker.

use std::collections::BTreeSet;

use super::project::{Diagnostic, Project};
use super::source::{Form, Source};

const FOLDER: &str = "borrows";

#[test]
fn borrow_errors_keep_the_names_and_places_of_the_bare_function() {
    let project = Project::new(FOLDER, "2024", true);
    let (bare, annotated) = (Source::of(FOLDER, Form::Bare), Source::of(FOLDER, Form::Annotated));
    let wanted = project.diagnostics("check", &bare, Form::Bare);
    let found = project.diagnostics("check", &annotated, Form::Annotated);
    assert!(wanted.len() > 300, "{} errors: the cases are not compiled", wanted.len());
    let essences = |all: &[Diagnostic]| {
        all.iter().map(|diagnostic| essence(&annotated, diagnostic)).collect::<BTreeSet<_>>()
    };
    let (wanted, found) = (essences(&wanted), essences(&found));
    let not_said = wanted.difference(&found).map(|essence| ("not said", essence));
    let said = not_said.chain(found.difference(&wanted).map(|essence| ("said instead", essence)));
    let said = said.map(|(what, essence)| format!("{what}: {essence:?}: {}", annotated.line(essence.2)));
    let said = said.collect::<Vec<_>>();
    assert!(said.is_empty(), "{}", said.join("\n"));
}

#[test]
fn borrow_errors_point_to_nothing_in_the_attribute() {
    let project = Project::new(FOLDER, "2024", true);
    let annotated = Source::of(FOLDER, Form::Annotated);
    for diagnostic in project.diagnostics("check", &annotated, Form::Annotated) {
        let labels = diagnostic.labels.iter().map(|(span, _)| span);
        for ((first, _), _) in labels.chain(&diagnostic.primary) {
            let line = annotated.line(usize::try_from(*first).expect("a number of a line"));
            assert!(!line.contains("#[circuit_breaker"), "{diagnostic:?}: {line}");
        }
    }
}

/// Returns the parts of a diagnostic that must be equal. A lifetime that is too short is reported at the
/// return type if the function returns a future, and a variable that the body has captured is not called
/// an argument: there only the function must be the same. With a `key`, a function that returns a future
/// runs its body in that future, which owns the arguments: what lives too short has another code.
fn essence(source: &Source, diagnostic: &Diagnostic) -> (String, String, usize) {
    let Diagnostic { code, message, .. } = diagnostic;
    let line = first_line(diagnostic);
    let owns = source.attribute_above(line).contains("key =");
    let (code, message, place) = match (code.as_str(), message.as_str()) {
        ("" | "E0373" | "E0515" | "E0597", _) if owns => ("lifetime", "", source.function_around(line)),
        ("", message) if message.contains("lifetime") => ("lifetime", "", source.function_around(line)),
        ("E0384" | "E0594", _) => ("assignment", "", line),
        ("E0515" | "E0597", _) => ("E0515", "", source.function_around(line)),
        (code, message) => (code, message, line),
    };
    let message = message.split(", as ").next().unwrap_or_default();
    (code.to_owned(), message.to_owned(), place)
}

fn first_line(diagnostic: &Diagnostic) -> usize {
    usize::try_from(diagnostic.primary[0].0.0).expect("a number of a line")
}
