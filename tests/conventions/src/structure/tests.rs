use super::*;

fn layout(files: &[(&str, &str)]) -> Layout {
    let source = |&(path, text): &(&str, &str)| Source { path: path.into(), text: text.into() };
    Layout::new(&files.iter().map(source).collect::<Vec<_>>())
}

fn upward(files: &[(&str, &str)]) -> Vec<String> {
    layout(files).upward(&["low", "middle", "high"]).iter().map(ToString::to_string).collect()
}

const LIB: (&str, &str) = (
    "lib.rs",
    "mod low; mod middle; #[path = \"high/mod.rs\"] pub mod __private;
     pub use middle::{self as _, inner::Deep}; pub use {low::Low, high::{High, Higher}}; pub use other::Foreign;
     pub use high::middle;",
);

#[test]
fn planted_upward_import_is_named_with_file_line_and_rooms() {
    let found =
        upward(&[LIB, ("low.rs", "\nuse crate::middle::X;"), ("middle.rs", ""), ("high/mod.rs", "")]);
    assert_eq!(found, ["breaker-runtime/src/low.rs:2: `crate::middle`: room `low` imports `middle`"]);
}

#[test]
fn every_form_of_path_is_followed() {
    for (file, planted) in [
        ("low.rs", "fn f() { crate::middle::g() }"),
        ("low.rs", "use crate::{low::A, middle::{B, C}};"),
        ("low.rs", "use super::middle::X;"),
        ("low/a/b.rs", "use super::super::super::middle::X;"),
        ("low/a/mod.rs", "mod inner { use super::super::super::middle::X; }"),
        ("low.rs", "use crate::Deep;"),
        ("middle.rs", "use crate::middle;"),
        ("low.rs", "use crate::{__private, Low};"),
        ("low.rs", "macro_rules! m { () => { $crate::__private::f() } }"),
        ("middle.rs", "impl crate::Higher for X {}"),
        ("low.rs", "use crate::DefinedAtTheRoot;"),
        ("unheard_of.rs", "use crate::low::X;"),
    ] {
        let files = [LIB, ("low/mod.rs", ""), ("middle.rs", ""), ("high/mod.rs", ""), (file, planted)];
        assert_eq!(upward(&files).len(), 1, "{file}: {planted}: {:?}", upward(&files));
    }
}

#[test]
fn downward_imports_tests_and_comments_are_free() {
    for (file, text) in [
        ("high/mod.rs", "use crate::{low::X, Deep, middle}; use super::low;"),
        ("middle.rs", "use crate::middle::X;"),
        (
            "middle/a/b.rs",
            "use super::super::c; use crate::middle::c; pub(super) fn f() {} use crate::macro_name!();",
        ),
        ("middle/tests.rs", "use crate::high::X;"),
        ("low/races/a.rs", "use crate::high::X;"),
        ("low/keyed_tests.rs", "use crate::high::X;"),
        ("low.rs", "#[cfg(all(test, not(loom)))] mod t { use crate::high::X; }"),
        ("low.rs", "macro_rules! exported { () => {} } pub use crate::exported as short;"),
        (
            "low.rs",
            "#[cfg(test)] mod tests { use crate::high::X; } #[cfg(all(test, unix))] use crate::high::X;",
        ),
        (
            "low.rs",
            "// crate::high\n/// [`X`](crate::high::X)\nfn f() { \"crate::high\"; crate::Foreign }",
        ),
    ] {
        let files = [LIB, ("low/mod.rs", ""), ("middle.rs", ""), ("high/mod.rs", ""), (file, text)];
        assert_eq!(upward(&files), [""; 0], "{file}: {text}");
    }
    let counted = "#[cfg(not(test))] use crate::high::X; #[cfg(any(test, unix))] use crate::high::Y; #[cfg(all(not(test), unix))] fn f() {}";
    let files = [LIB, ("high/mod.rs", ""), ("low.rs", counted)];
    assert_eq!(upward(&files).len(), 1, "one line, one path");
}

#[test]
fn circle_is_found() {
    let files = [
        LIB,
        ("low.rs", "use crate::high::X;"),
        ("middle.rs", "use crate::low::X;"),
        ("high/mod.rs", "use crate::middle::X;"),
        ("apart.rs", "use crate::low::X;"),
    ];
    assert_eq!(layout(&files).largest_circle(), BTreeSet::from(["low", "middle", "high"]));
    assert_eq!(layout(&files).unknown(&["low", "middle", "high"]), ["apart"]);
    assert!(
        layout(&[LIB, ("low.rs", ""), ("middle.rs", "use crate::low::X;")]).largest_circle().is_empty()
    );
}

#[test]
fn name_that_stands_for_two_types_is_found() {
    let files = [
        (
            "a.rs",
            "struct One; pub(crate) enum Two {} fn f() { struct Here; } #[cfg(test)] struct Three;",
        ),
        ("b.rs", "trait One {} impl X { type Two = u8; } trait Y { type Two; fn f(); } type Four = u8;"),
        ("c.rs", "#[cfg(unix)] struct Three; #[cfg(not(unix))] struct Three; fn g() { struct Here; }"),
    ];
    let layout = layout(&files);
    assert_eq!(layout.homonyms().keys().collect::<Vec<_>>(), [&"Here", &"One"]);
}

#[test]
fn variants_of_a_type_in_files_under_a_cfg_are_one() {
    let variants = |gate: &str| {
        let modules = format!("{gate} mod x; #[cfg(not(unix))] #[path = \"b.rs\"] pub(crate) mod x;");
        let files =
            [("time/mod.rs", &*modules), ("time/x.rs", "struct Sleep;"), ("time/b.rs", "struct Sleep;")];
        layout(&files).homonyms().len()
    };
    assert_eq!(variants("#[cfg(unix)]"), 0);
    assert_eq!(variants("#[rustfmt::skip]"), 1);
}
