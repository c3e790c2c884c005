//! The public items of the runtime and the examples in its documentation.
//!
//! Public is what a `pub use` of the crate names, what stands in a module that one names, and the
//! methods of these types; the lint `unreachable_pub` refuses any other `pub`. Read from tokens: the
//! output of rustdoc needs a nightly compiler, and hides what a feature or platform leaves out.

mod examples;
mod items;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use self::examples::{Example, examples};
use self::items::{Item, Shape, public_items};
use crate::lexer::tokens;
use crate::source::Source;

/// Items that need no example, each with the reason.
pub const WITHOUT_EXAMPLE: &[(&str, &str)] = &[
    ("guide", "its pages have examples"),
    ("Answer", VIA),
    ("HasClass", VIA),
    ("Itself", VIA),
    ("KeyOf", "implemented for all functions of the right form"),
    ("KeySelector", LAYER),
    ("SelectBreaker", LAYER),
    ("AsCallError", LAYER),
    ("AsError", LAYER),
    ("ClassClassifier", LAYER),
    ("ClassFails", LAYER),
    ("ClassIgnored", LAYER),
    ("ErrFails", LAYER),
    ("MayWait", LAYER),
    ("NeverWaits", LAYER),
    ("NoPredicate", LAYER),
    ("Predicate", LAYER),
    ("ReadyPolicy", LAYER),
    ("RejectionHandler", LAYER),
    ("ResponseForm", LAYER),
    ("ResponseFuture", LAYER),
    ("Streamed", LAYER),
    ("StreamedLayer", LAYER),
    ("StreamedService", LAYER),
    ("WaitOf", LAYER),
    ("Whole", LAYER),
    ("BodyError", BODY),
    ("GuardedBody", BODY),
];

const VIA: &str = "inferred; the example of `via` has the one that is ever written";
const LAYER: &str = "a parameter or a result of the tower layer, which its methods set; inferred";
const BODY: &str = "the body that `CircuitBreakerLayer::streamed` makes, which has the example";

/// Returns the public items of `sources` that no example shows, and exceptions that are none.
///
/// An option of the policy has an example of its own. A type, function or module has one, or another
/// page's example names it. A method is called in an example, and a function without `self` is called
/// there with its type.
pub fn items_without_example(sources: &[Source], exceptions: &[(&str, &str)]) -> Vec<String> {
    let examples: Vec<_> = sources.iter().flat_map(examples).collect();
    let lacking = public_items(sources).into_iter().filter(|item| !shown(item, &examples));
    let lacking: BTreeSet<_> = lacking.map(|item| (item.name(), item.place())).collect();
    let unused = exceptions.iter().filter(|(name, _)| !lacking.iter().any(|(item, _)| item == name));
    let unused = unused.map(|(name, _)| format!("{name}: has an example; take it from the exceptions"));
    let excepted = |name: &str| exceptions.iter().any(|(exception, _)| *exception == name);
    let missing = lacking.iter().filter(|(name, _)| !excepted(name));
    let missing = missing.map(|(name, place)| format!("{place}: {name}: no example shows it"));
    missing.chain(unused).collect()
}

fn shown(item: &Item, examples: &[Example]) -> bool {
    let name = &item.ident;
    let calls = |example: &Example| match (&item.owner, item.shape) {
        (_, Shape::Method) => example.has(&[".", name]),
        (Some(owner), _) => example.has(&[owner, ":", ":", name]),
        (None, _) => example.has(&[name]),
    };
    let own = !examples::of_docs(&item.docs).is_empty();
    own || (item.shape != Shape::Option && examples.iter().any(calls))
}

/// Types that the test of auto traits leaves out, each with the reason.
pub const WITHOUT_AUTO_TRAITS: &[(&str, &str)] = &[("Isolated", "a guard that is bound to its thread")];

/// Returns the public types that `test` does not name, and exceptions that it does.
pub fn types_without(sources: &[Source], test: &str, exceptions: &[(&str, &str)]) -> Vec<String> {
    let named: BTreeSet<_> = tokens(test).into_iter().map(|token| token.text).collect();
    let excepted = |name: &str| exceptions.iter().any(|(exception, _)| *exception == name);
    let types = public_items(sources).into_iter().filter(|item| item.shape == Shape::Type);
    let wrong = types.filter(|item| named.contains(&item.ident) == excepted(&item.ident));
    wrong.map(|item| format!("{}: {}", item.place(), item.name())).collect()
}

/// Returns the features of a manifest with a word in their name that says nothing.
pub fn placeholder_features(manifest: &str) -> Vec<String> {
    let features = manifest.lines().skip_while(|line| line.trim() != "[features]").skip(1);
    let features = features.take_while(|line| !line.starts_with('['));
    let names = features.filter_map(|line| line.split_once(" = ")).map(|(name, _)| name.trim());
    let words =
        |name: &str| name.split('-').any(|word| ["use", "with", "no", "without"].contains(&word));
    names.filter(|name| words(name)).map(str::to_owned).collect()
}

/// Returns the guidelines of the checklist that the page does not have in one row, and files that its
/// rows name and that are none.
///
/// # Panics
///
/// If the workspace has no page of the guidelines.
pub fn guideline_rows(root: &Path) -> Vec<String> {
    let page = "breaker-runtime/src/guide/api_guidelines.rs";
    let page = fs::read_to_string(root.join(page)).expect("the page");
    let rows = |name: &str| page.matches(&format!("| {name} | ")).count();
    let missing = GUIDELINES.split_whitespace().map(|name| format!("C-{name}"));
    let missing = missing.filter(|name| rows(name) != 1).map(|name| format!("{name}: not in one row"));
    let spans = page.split('`').skip(1).step_by(2);
    let paths = spans.filter(|span| span.contains('/') && !span.contains(' '));
    let lost =
        paths.filter(|path| !root.join(path).exists()).map(|path| format!("{path}: no such file"));
    missing.chain(lost).collect()
}

/// The checklist of the Rust API guidelines.
const GUIDELINES: &str = "CASE CONV GETTER ITER ITER-TY FEATURE WORD-ORDER \
    COMMON-TRAITS CONV-TRAITS COLLECT SERDE SEND-SYNC GOOD-ERR NUM-FMT RW-VALUE \
    EVOCATIVE MACRO-ATTR ANYWHERE MACRO-VIS MACRO-TY \
    CRATE-DOC EXAMPLE QUESTION-MARK FAILURE LINK METADATA RELNOTES HIDDEN \
    SMART-PTR CONV-SPECIFIC METHOD NO-OUT OVERLOAD DEREF CTOR \
    INTERMEDIATE CALLER-CONTROL GENERIC OBJECT NEWTYPE CUSTOM-TYPE BITFLAG BUILDER \
    VALIDATE DTOR-FAIL DTOR-BLOCK DEBUG DEBUG-NONEMPTY \
    SEALED STRUCT-PRIVATE NEWTYPE-HIDE STRUCT-BOUNDS STABLE PERMISSIVE";

/// Returns the public functions with a name that the conventions for getters do not know.
///
/// `get_ref` and `get_mut` are the names of std for what a wrapper holds.
pub fn getters_with_prefix(sources: &[Source]) -> Vec<String> {
    let named = |item: &Item| {
        item.ident.starts_with("get_") && !matches!(item.ident.as_str(), "get_ref" | "get_mut")
    };
    let found = public_items(sources).into_iter().filter(named);
    found.map(|item| format!("{}: {}: a getter has no `get_`", item.place(), item.name())).collect()
}

/// Returns the lines of examples that unwrap a value outside an assertion. Readers copy them. A hidden
/// line may, and so may an `expect`, which states why.
pub fn unwraps(sources: &[Source]) -> Vec<String> {
    let examples = sources.iter().flat_map(examples);
    let lines = examples.flat_map(|example| example.lines);
    let shown = lines.filter(|(_, line)| !line.trim_start().starts_with('#'));
    let found = shown.filter(|(_, line)| line.contains(".unwrap()") && !line.contains("assert"));
    found.map(|(place, line)| format!("{place}: {}: use `?`", line.trim())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(text: &str) -> Vec<Source> {
        let file = |name: &str, text: &str| Source {
            path: format!("breaker-runtime/src/{name}.rs"),
            text: text.to_owned(),
        };
        let lib = "pub use {config::table::rows::{Handle, open}, tower};";
        vec![
            file("lib", lib),
            file("config/table/rows", text),
            file("tower/mod", "pub use layer::Layer;"),
        ]
    }

    const SHOWN: &str = "
        /// A handle.
        ///
        /// ```
        /// let handle = Handle::new();
        /// handle.close();
        /// open();
        /// ```
        pub struct Handle;

        impl Handle {
            /// Creates one.
            pub const fn new() -> Self { Self }
            pub fn close(&self) {}
            pub(crate) fn quietly(&self) {}
            #[doc(hidden)]
            pub fn hidden(&self) {}
        }

        pub fn open() {}

        pub struct OfThisCrate;
    ";

    #[test]
    fn items_in_an_example_are_shown() {
        assert_eq!(items_without_example(&source(SHOWN), &[]), [""; 0]);
    }

    #[test]
    fn items_in_no_example_are_found() {
        for (from, to, missing) in [
            ("handle.close();", "close();", "Handle::close"),
            ("Handle::new()", "Other::new()", "Handle::new"),
            ("/// open();", "/// // open();", "open"),
            ("/// open();", "/// let text = \"open\";", "open"),
            ("/// ```\n        /// let handle", "/// ```text\n        /// let handle", "Handle::close"),
        ] {
            let found = items_without_example(&source(&SHOWN.replacen(from, to, 1)), &[]);
            assert!(found.iter().any(|line| line.contains(&format!(": {missing}: "))), "{found:?}");
        }
    }

    #[test]
    fn option_needs_an_example_of_its_own() {
        let rows = "macro_rules! policy_options { () => {
            /// Sets it.
            ///
            /// ```
            /// builder.timeout(1);
            /// ```
            timeout { with: (with_timeout, of), value: (fixed length in any), }

            /// Sets the other.
            ramp { with: (with_ramp, of), value: (fixed length in any), }
        } }";
        let found = items_without_example(&source(&format!("{SHOWN}{rows}")), &[]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].contains(": ramp: "), "{found:?}");
    }

    #[test]
    fn exception_that_has_an_example_is_found() {
        let found = items_without_example(&source(SHOWN), &[("open", "it is plain")]);
        assert_eq!(found, ["open: has an example; take it from the exceptions"]);
    }

    #[test]
    fn type_that_a_test_does_not_name_is_found() {
        let sources = source(SHOWN);
        let without = |test: &str, exceptions| types_without(&sources, test, exceptions);
        assert_eq!(without("has_all::<Handle>();", &[]), [""; 0]);
        assert_eq!(without("// Handle", &[]).len(), 1);
        assert_eq!(without("", &[("Handle", "it has no value")]), [""; 0]);
        assert_eq!(without("has_all::<Handle>();", &[("Handle", "it has no value")]).len(), 1);
    }

    #[test]
    fn feature_with_a_placeholder_is_found() {
        let manifest =
            "[features]\ndefault = [\"tokio\"]\nwith-serde = []\n[dependencies]\nno-std = 1\n";
        assert_eq!(placeholder_features(manifest), ["with-serde"]);
    }

    #[test]
    fn getter_with_a_prefix_is_found() {
        let found = getters_with_prefix(&source(&SHOWN.replace("fn close", "fn get_state")));
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn unwrap_in_an_example_is_found_outside_assertions() {
        let with = |line: &str| source(&SHOWN.replace("open();", line));
        assert_eq!(unwraps(&with("open().unwrap();")).len(), 1);
        assert_eq!(unwraps(&with("assert_eq!(open().unwrap(), 7);")), [""; 0]);
        assert_eq!(unwraps(&with("# open().unwrap();")), [""; 0]);
    }
}
