//! The order in which arguments are dropped, for every shape of function and in every edition.

use std::fmt::Write as _;

use super::bodies::cases;
use super::project::Project;
use super::source::{Form, Source};

const FOLDER: &str = "drops";

#[test]
fn edition_2018_arguments_are_dropped_as_in_the_bare_function() {
    compare("2018");
}

#[test]
fn edition_2021_arguments_are_dropped_as_in_the_bare_function() {
    compare("2021");
}

#[test]
fn edition_2024_arguments_are_dropped_as_in_the_bare_function() {
    compare("2024");
}

fn compare(edition: &str) {
    let project = Project::new(FOLDER, edition, false);
    let (wanted, found) = (run(&project, Form::Bare), run(&project, Form::Annotated));
    assert!(wanted.lines().count() > 7000, "the cases are not run: {wanted}");
    assert_eq!(wanted.lines().count(), found.lines().count());
    let mut module = "";
    for (wanted, found) in wanted.lines().zip(found.lines()) {
        if wanted.starts_with('#') {
            module = wanted;
        }
        assert_eq!(wanted, found, "{module}");
    }
}

fn run(project: &Project, form: Form) -> String {
    let mut source = Source::of(FOLDER, form);
    source.add_cases(&cases(), form);
    let Source { mut text, modules } = source;
    text.push_str("\nfn main() {\n    std::panic::set_hook(Box::new(|_| {}));\n");
    for module in modules {
        writeln!(text, "    println!(\"# {module}\");\n    {module}::run();").expect("a string");
    }
    text.push_str("}\n");
    let output = project.cargo(&["run"], form, &text);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}
