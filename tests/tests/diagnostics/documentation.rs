//! The documentation that rustdoc makes of annotated functions.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use super::project::Project;
use super::source::{Form, Source};

const FOLDER: &str = "documentation";

/// The names that the expansion gives to its variables begin with this.
const GENERATED: &str = "breaker_argument";

/// Both programs have the same lines, so that whole pages are equal, with their links to the source.
#[test]
fn documentation_is_that_of_the_bare_functions() {
    let dependencies = "async-trait = \"0.1\"\nfutures = \"0.3\"";
    let features = "features = [\"tokio\", \"retry\", \"last-good\", \"stream\"]";
    let project = Project::with_others(FOLDER, "2024", true, features, dependencies);
    let wanted = pages(&project, Form::Bare);
    let found = pages(&project, Form::Annotated);
    assert!(wanted.len() > 100, "{} pages: the cases are not documented", wanted.len());
    let shown = wanted.values().filter(|page| page.contains("(left, _): ")).count();
    assert!(shown > 20, "{shown} pages show a pattern");
    assert_eq!(wanted.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (path, page) in &found {
        assert!(!page.contains(GENERATED), "{path}: {page}");
        assert_eq!(page, &wanted[path], "{path}");
    }
}

/// Returns the text of each page by its path.
fn pages(project: &Project, form: Form) -> BTreeMap<String, String> {
    let name = form.name();
    let source = Source::of(FOLDER, form);
    let folder = project.target().join("doc").join(name);
    // Pages of an earlier run would remain.
    let _ = fs::remove_dir_all(&folder);
    let output = project.cargo(&["doc", "--no-deps"], form, &source.text);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut pages = BTreeMap::new();
    read(&folder, &folder, &mut pages);
    pages.into_iter().map(|(path, page)| (path, page.replace(name, "program"))).collect()
}

fn read(root: &Path, folder: &Path, pages: &mut BTreeMap<String, String>) {
    for entry in fs::read_dir(folder).expect("a folder of pages") {
        let path = entry.expect("a page").path();
        if path.is_dir() {
            read(root, &path, pages);
        } else if path.extension().is_some_and(|extension| extension == "html") {
            let name = path.strip_prefix(root).expect("below the root").display().to_string();
            pages.insert(name, text(&fs::read_to_string(&path).expect("a page")));
        }
    }
}

/// Returns a page without its tags.
fn text(page: &str) -> String {
    page.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect()
}
