//! Lints, including those of clippy's restriction group.

use std::collections::BTreeMap;

use super::project::{Diagnostic, Project, Span};
use super::source::{Form, Source};

const FOLDER: &str = "lints";

/// A lint that differs, for lines that contain a text, with the reason.
struct Exception {
    lint: &'static str,
    line: &'static str,
    attribute: &'static str,
    #[expect(dead_code, reason = "for the reader")]
    reason: &'static str,
}

const fn except(
    lint: &'static str,
    line: &'static str,
    attribute: &'static str,
    reason: &'static str,
) -> Exception {
    Exception { lint, line, attribute, reason }
}

/// Lints that do not fire on the annotated function.
const SILENT: &[Exception] = &[
    except("clippy::unnecessary_wraps", "", "", "a rejection is an `Err`"),
    except("clippy::manual_async_fn", "impl Future", "", "the future is not that of the body alone"),
    except(
        "clippy::missing_errors_doc",
        "impl Future",
        "",
        "clippy knows the future of an `async` block only, and one around the body's future would hold that twice",
    ),
    except("clippy::must_use_candidate", "", "", "a call changes the breaker, so that it is not pure"),
    except(
        "clippy::needless_pass_by_value",
        "Watched",
        "",
        "several arguments with a destructor of their own are dropped in order",
    ),
    except(
        "clippy::needless_pass_by_value",
        "&self",
        "",
        "what cannot be changed by a reference would be an error of the whole closure",
    ),
    except(
        "clippy::boxed_local",
        "",
        "",
        "a body that names a field takes the whole, to drop it in order",
    ),
    // The lint looks for an `.await` in the function, and the expansion has one.
    except("clippy::unused_async", "", "max_wait", "the permit may be awaited"),
    except("clippy::unused_async", "", "breaker = ", "the permit may be awaited"),
    except("clippy::unused_async", "", "retry(", "a pause is awaited"),
    except("clippy::unused_async", "", "fallback = other", "a function as fallback may be `async`"),
    except("clippy::unused_async", "", "_timeout", "the deadline is awaited"),
    // The lint looks for a call on every path of the function itself: the path of a rejection returns
    // without one, and the body is another function. A copy of the function for the lint alone could not
    // know which function a name in an `impl` means.
    except("unconditional_recursion", "", "", "the breaker may reject the inner call"),
    except("clippy::unwrap_in_result", "lock().unwrap()", "", "clippy looks at no closures"),
];

/// Lints that fire on the annotated function alone.
const LOUD: &[Exception] = &[
    except(
        "clippy::shadow_unrelated",
        "",
        "clone(",
        "the fallback has the clone under the argument's name",
    ),
    except(
        "clippy::default_numeric_fallback",
        "2.0",
        "",
        "clippy does not know the type that a closure returns",
    ),
    // With the macro's span the closure would not be reported; nor would `implicit_return` in it.
    except("clippy::result_large_err", "Large", "", "at one position for the function and the closure"),
    except("clippy::implicit_return", "#[circuit_breaker(", "|", "of a closure in an option"),
    except("clippy::panic", "#[circuit_breaker(", "panic!", "of an expression in an option"),
];

/// Lints that macros often silence or move. Each has a case.
const OFTEN_LOST: &[&str] = &[
    "dead_code",
    "clippy::elidable_lifetime_names",
    "clippy::missing_errors_doc",
    "clippy::missing_panics_doc",
    "clippy::missing_safety_doc",
    "clippy::needless_lifetimes",
    "clippy::needless_pass_by_value",
    "clippy::needless_return",
    "clippy::new_without_default",
    "clippy::unused_async",
    "unreachable_code",
    "unused_labels",
];

#[test]
fn annotated_functions_have_the_lints_of_the_bare_ones() {
    let project = Project::new(FOLDER, "2024", true);
    let (bare, annotated) = (Source::of(FOLDER, Form::Bare), Source::of(FOLDER, Form::Annotated));
    let wanted = count(&project.diagnostics("clippy", &bare, Form::Bare));
    let found = count(&project.diagnostics("clippy", &annotated, Form::Annotated));
    assert!(wanted.len() > 2000, "{} diagnostics: the cases are not compiled", wanted.len());
    for lint in OFTEN_LOST {
        let fires = |counts: &Counts| counts.keys().any(|(code, _)| code == lint);
        assert!(fires(&wanted) && fires(&found), "{lint}");
    }
    let differences =
        [("silent", without(&wanted, &found), SILENT), ("loud", without(&found, &wanted), LOUD)];
    let mut said = Vec::new();
    for (kind, differences, exceptions) in differences {
        let mut used = vec![false; exceptions.len()];
        for (lint, spans) in differences {
            let number = usize::try_from(spans[0].0.0).expect("a number of a line");
            let (line, attribute) = (annotated.line(number), annotated.attribute_above(number));
            let known = exceptions.iter().position(|exception| {
                exception.lint == lint
                    && line.contains(exception.line)
                    && attribute.contains(exception.attribute)
            });
            match known {
                Some(known) => used[known] = true,
                None => said.push(format!("{kind}: {lint} at {number}: {line}\n    {attribute}")),
            }
        }
        for (exception, used) in exceptions.iter().zip(used) {
            if !used {
                said.push(format!("{kind}: no exception: {} {}", exception.lint, exception.attribute));
            }
        }
    }
    assert!(said.is_empty(), "{}", said.join("\n"));
}

/// Counts how often each lint points to a span.
fn count(diagnostics: &[Diagnostic]) -> BTreeMap<(String, Vec<Span>), usize> {
    let mut counts = BTreeMap::new();
    for Diagnostic { code, primary, .. } in diagnostics {
        assert!(!code.starts_with('E'), "the cases do not compile: {diagnostics:?}");
        *counts.entry((code.clone(), primary.clone())).or_default() += 1;
    }
    counts
}

type Counts = BTreeMap<(String, Vec<Span>), usize>;

fn without(all: &Counts, some: &Counts) -> Vec<(String, Vec<Span>)> {
    let more = all.iter().filter(|(key, count)| some.get(*key).is_none_or(|other| other < *count));
    more.map(|(key, _)| key.clone()).collect()
}
