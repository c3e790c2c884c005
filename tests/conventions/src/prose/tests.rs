use super::*;

fn checked(path: &str, text: &str) -> Room {
    let source = Source { path: path.into(), text: text.into() };
    check(&[source], 60).into_values().next().expect("the room of the file")
}

fn issues(text: &str) -> Vec<(usize, String)> {
    let room = checked("breaker-runtime/src/state/cell.rs", text);
    room.issues.into_iter().map(|issue| (issue.line, issue.message)).collect()
}

#[test]
fn planted_word_is_found_in_docs_comments_messages_and_names() {
    for planted in [
        "/// Returns whose it is.\nfn f() {}",
        "// It is told later.\nfn f() {}",
        "fn f() { panic!(\"the fate of it\") }",
        "fn tell_all() {}",
        "struct ToldOnce;",
        "const LUCK: u32 = 1;",
        "/* nobody */",
    ] {
        assert_eq!(issues(planted).len(), 1, "{planted}: {:?}", issues(planted));
    }
    assert!(issues("/// Retells the totals of a foretold mistaken list.\nfn f() {}").is_empty());
}

#[test]
fn planted_phrase_is_found_across_a_line_end() {
    let found = issues("// first\n// It is done by\n// hand here.\nfn f() {}");
    assert_eq!(found, [(2, "`by hand` is not used; write: manually, hand-written".into())]);
    assert!(issues("// It is. To be sure,\n// no more than two stand by. Hand it over.").is_empty());
    assert_eq!(issues("// It runs no more.").len(), 1);
}

#[test]
fn planted_word_is_found_in_markdown_and_scripts() {
    for path in ["README.md", ".ci/run", "deny.toml"] {
        assert_eq!(checked(path, "#!/bin/sh\n# a mistake\n").issues.len(), 1, "{path}");
    }
}

#[test]
fn summary_that_completes_a_name_is_found() {
    assert_eq!(issues("/// What it is.\nstruct A;").len(), 1);
    assert_eq!(issues("//! Of the retries.").len(), 1);
    assert!(issues("/// A permit.\n///\n/// What follows is free.\nstruct A;").is_empty());
    assert!(issues("// What a plain comment begins with is free.").is_empty());
}

#[test]
fn wide_comment_is_found() {
    let long = "word ".repeat(13);
    assert_eq!(issues(&format!("fn f() {{}}\n/// {long}\nfn g() {{}}")).len(), 1);
    assert!(issues(&format!("/// | {long} |\n/// https://{long}\nfn g() {{}}")).is_empty());
    assert!(issues(&format!("fn g() {{ \"{long}\" }}")).is_empty());
    assert_eq!(checked("README.md", &format!("{long}\n```text\n{long}\n```\n")).issues.len(), 1);
}

#[test]
fn functions_without_a_verb_are_counted() {
    let text = "
        /// Returns it.\n#[inline]\n#[cfg(all(unix, test))]\npub(crate) const fn a() {}
        /// The number of it.\nasync fn b() {}
        /// Settings of it.\npub fn c() {}
        /// Counts them.\nstruct NotAFunction;
        macro_rules! m { () => {
            /// Is it so.\n$vis fn d() {}
        } }
        /// Why it is so.\n#[tokio::test(start_paused = true)]\nasync fn a_test_b() {}
    ";
    let room = checked("breaker-runtime/src/state/cell.rs", text);
    assert_eq!((room.functions, room.verbs, room.percent()), (4, 2, 50));
    assert!(!room.passes());
    assert_eq!(room.others.len(), 2);
}

#[test]
fn exceptions_hold_for_their_file_alone() {
    assert!(checked("tests/conventions/src/prose.rs", "// told").issues.is_empty());
    assert_eq!(checked("tests/src/lib.rs", "// told").issues.len(), 1);
}

#[test]
fn link_to_a_file_that_is_missing_is_found() {
    let text = "[a](README.md#top) [b](nowhere.md) [c](https://x.y/z.md) [d](#here) [e](crate::x.y)\n[f]: src/gone.rs";
    let page = Source { path: "README.md".into(), text: text.into() };
    let dead =
        dead_links(&page, &crate::source::root()).into_iter().map(|issue| (issue.line, issue.message));
    let expected = [(1, "no such file: `nowhere.md`"), (2, "no such file: `src/gone.rs`")];
    assert_eq!(dead.collect::<Vec<_>>(), expected.map(|(line, message)| (line, message.to_owned())));
}

#[test]
fn rooms_are_folders_or_lone_files() {
    assert_eq!(room_of("breaker-runtime/src/state/cell/mod.rs"), "breaker-runtime/src/state");
    assert_eq!(room_of("breaker-runtime/src/sync.rs"), "breaker-runtime/src/sync");
    assert_eq!(room_of("breaker-macros/src/expand/sync.rs"), "breaker-macros/src");
    assert_eq!(room_of("README.md"), "README.md");
}
