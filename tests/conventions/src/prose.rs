//! The rules of prose that a program can check.
//!
//! - At least [`VERBS`] percent of the doc comments on functions begin with a verb in the third person,
//!   room by room. The functions of tests are left out: their names say what holds.
//! - The [`WORDS`] are not used, in comments, string literals, identifiers, markdown and scripts.
//! - A doc comment does not begin with one of the [`OPENINGS`].
//! - Comments and markdown keep within the width of `rustfmt.toml`.
//! - Links of markdown to files of this repository lead to one.

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::fs;
use std::path::Path;

use crate::lexer::{Kind, Token, tokens};
use crate::source::{Source, read};

/// The list of the paths that keep the rules. Without the file all of them have to.
pub const DONE: &str = ".ci/prose-done";

/// The percentage of functions with docs that begin with a verb, in each room.
pub const VERBS: usize = 75;

/// The words that are not used, and what is written in their place.
pub const WORDS: &[(&str, &str)] = &[
    ("told", "returned, reported, notified"),
    ("tell", "return, report, say"),
    ("tells", "returns, reports, says"),
    ("telling", "reporting, saying"),
    ("whoever", "the caller that"),
    ("whose", "of which, with"),
    ("nobody", "no caller, none"),
    ("somebody", "a caller, another"),
    ("by hand", "manually, hand-written"),
    ("luck", "random, chance"),
    ("mistake", "error, issue"),
    ("mistakes", "errors, issues"),
    ("seat", "permit, slot, call site"),
    ("seats", "permits, slots, call sites"),
    ("manner", "way, settings"),
    ("fate", "result, outcome"),
    ("comes to", "is, results in"),
    ("is to be", "must be, will be"),
    ("are to be", "must be, will be"),
    ("as it is now", "at present, or leave it out"),
    ("no more", "no longer, no further"),
];

/// The first words of a doc comment that only complete the item's name.
pub const OPENINGS: &[&str] = &["what", "who", "whose", "that", "of", "by", "as"];

/// The files in which a word may stand, and why.
const EXCEPTIONS: &[(&str, &str, &str)] = &[
    // The unit tests plant what they find.
    ("tests/conventions/src", "*", "the list itself, and the words that the checker's tests plant"),
    (".ci/prose", "*", "names words as examples"),
];

/// Words that end as a verb in the third person does and are none.
const NO_VERBS: &[&str] = &[
    "across",
    "always",
    "as",
    "breakers",
    "calls",
    "entries",
    "events",
    "hours",
    "its",
    "keys",
    "less",
    "listeners",
    "minutes",
    "names",
    "numbers",
    "options",
    "others",
    "perhaps",
    "permits",
    "probes",
    "process",
    "results",
    "seconds",
    "settings",
    "sometimes",
    "success",
    "successes",
    "there's",
    "this",
    "those",
    "thus",
    "ticks",
    "times",
    "totals",
    "types",
    "unless",
    "users",
    "values",
    "was",
    "what's",
    "whereas",
    "whose",
    "windows",
];

/// A passage that breaks a rule.
#[derive(Debug)]
pub struct Issue {
    /// The file, from the workspace's root.
    pub path: String,
    /// The line, from 1.
    pub line: usize,
    /// The rule and the passage.
    pub message: String,
}

impl Display for Issue {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// The findings in one room.
#[derive(Debug, Default)]
pub struct Room {
    /// The functions that have a doc comment.
    pub functions: usize,
    /// Those of them with a comment that begins with a verb.
    pub verbs: usize,
    /// The others: file, line and first words.
    pub others: Vec<Issue>,
    /// The passages that break one of the other rules.
    pub issues: Vec<Issue>,
}

impl Room {
    /// Returns the share of verbs in percent, rounded down.
    pub fn percent(&self) -> usize {
        (self.verbs * 100).checked_div(self.functions).unwrap_or(100)
    }

    /// Returns whether this room keeps all rules.
    pub fn passes(&self) -> bool {
        self.issues.is_empty() && self.percent() >= VERBS
    }
}

/// Returns the room that `path` belongs to: a folder or lone file of a crate's sources, a folder of
/// tests, or a file of the root.
pub fn room_of(path: &str) -> String {
    let depth =
        if path.starts_with("breaker-runtime/src/") || path.starts_with("tests/tests/") { 3 } else { 2 };
    let parts: Vec<_> = path.split('/').take(depth).collect();
    parts.join("/").trim_end_matches(".rs").to_owned()
}

/// A report on the rooms of a workspace.
#[derive(Debug)]
pub struct Report {
    /// A table of all rooms, and each issue of those that have to keep the rules.
    pub text: String,
    /// Whether these rooms keep the rules.
    pub passes: bool,
}

/// Checks the workspace at `root`. The `paths` have to keep the rules; without any, those that the file
/// [`DONE`] lists, one a line, or all rooms if there is no such file.
///
/// # Panics
///
/// If the workspace cannot be read, or a path is listed that does not exist.
pub fn report(root: &Path, paths: &[String]) -> Report {
    let sources = read(root, "");
    let width = sources.iter().find(|source| source.path == "rustfmt.toml").expect("rustfmt.toml");
    let width = width.text.lines().find_map(|line| line.strip_prefix("max_width = "));
    let width = width.and_then(|width| width.trim().parse().ok()).expect("max_width in rustfmt.toml");
    let pages = sources.iter().filter(|source| source.extension() == "md");
    let dead: Vec<_> = pages.flat_map(|page| dead_links(page, root)).collect();
    let done = fs::read_to_string(root.join(DONE)).ok();
    let listed =
        |text: String| text.lines().map(str::to_owned).filter(|line| !line.is_empty()).collect();
    let listed: Option<Vec<String>> =
        if paths.is_empty() { done.map(listed) } else { Some(paths.to_vec()) };
    for path in listed.iter().flatten() {
        assert!(
            sources.iter().any(|source| below(&source.path, path)),
            "{path}: no such file or folder"
        );
    }
    let strict =
        |path: &str| listed.as_ref().is_none_or(|listed| listed.iter().any(|entry| below(path, entry)));
    let (strict, others): (Vec<_>, Vec<_>) =
        sources.into_iter().partition(|source| strict(&source.path));

    let (mut lines, mut passes): (Vec<_>, _) =
        (dead.iter().map(Issue::to_string).collect(), dead.is_empty());
    let (mut functions, mut verbs) = (0, 0);
    for (heading, sources, is_strict) in
        [("not checked yet", &others, false), ("checked", &strict, true)]
    {
        let rooms = check(sources, width);
        lines.push(format!("{heading:40} functions  verbs  issues"));
        functions += rooms.values().map(|room| room.functions).sum::<usize>();
        verbs += rooms.values().map(|room| room.verbs).sum::<usize>();
        for (name, Room { functions, issues, .. }) in &rooms {
            let percent = rooms[name].percent();
            lines.push(format!("{name:40} {functions:9}  {percent:4}%  {:6}", issues.len()));
        }
        for (name, room) in rooms.iter().filter(|_| is_strict) {
            passes &= room.passes();
            let percent = room.percent();
            if percent < VERBS {
                lines.push(format!(
                    "{name}: {percent}% of its functions' docs begin with a verb, of {VERBS}%"
                ));
                lines.extend(room.others.iter().map(Issue::to_string));
            }
            lines.extend(room.issues.iter().map(Issue::to_string));
        }
    }
    let percent = (verbs * 100).checked_div(functions).unwrap_or(100);
    lines.push(format!("{verbs} of {functions} documented functions begin with a verb: {percent}%"));
    Report { text: lines.join("\n"), passes }
}

/// Returns whether `path` is `entry`, with or without `.rs`, or stands below it.
fn below(path: &str, entry: &str) -> bool {
    let rest = path.strip_prefix(entry.trim_end_matches('/'));
    rest.is_some_and(|rest| rest.is_empty() || rest == ".rs" || rest.starts_with('/'))
}

/// Checks all `sources` and sorts the findings by room; `width` is that of `rustfmt.toml`.
pub fn check(sources: &[Source], width: usize) -> BTreeMap<String, Room> {
    let mut rooms = BTreeMap::<String, Room>::new();
    for source in sources {
        let room = || room_of(&source.path);
        match source.extension() {
            "rs" => rust(source, width, rooms.entry(room()).or_default()),
            "md" => markdown(source, width, rooms.entry(room()).or_default()),
            "toml" | "yml" => script(source, rooms.entry(room()).or_default()),
            _ if source.text.starts_with("#!") => script(source, rooms.entry(room()).or_default()),
            _ => {}
        }
    }
    rooms
}

fn rust(source: &Source, width: usize, room: &mut Room) {
    let all = tokens(&source.text);
    let lines: Vec<_> = source.text.lines().collect();
    let mut at = 0;
    while at < all.len() {
        let token = &all[at];
        let end = block_end(&all, at);
        match token.kind {
            Kind::Ident => identifier(source, token, room),
            Kind::Str => text(source, &numbered(token), room),
            Kind::Other | Kind::Punct => {}
            Kind::Comment | Kind::OuterDoc | Kind::InnerDoc => {
                let block: Vec<_> = all[at..end].iter().flat_map(numbered).collect();
                text(source, &block, room);
                for (line, _) in &block {
                    too_wide(source, *line, lines[line - 1], width, room);
                }
                if token.kind != Kind::Comment {
                    summary(source, &block, room);
                }
                if token.kind == Kind::OuterDoc && documents_function(&all[end..]) {
                    function(source, &block, room);
                }
            }
        }
        at = end;
    }
}

/// Returns the end of the comment block of one kind that begins at `at`, or `at + 1` for any other
/// token.
fn block_end(all: &[Token], at: usize) -> usize {
    let kind = all[at].kind;
    if !matches!(kind, Kind::Comment | Kind::OuterDoc | Kind::InnerDoc) {
        return at + 1;
    }
    let more =
        all[at..].windows(2).take_while(|two| two[1].kind == kind && two[1].line == two[0].line + 1);
    at + 1 + more.count()
}

/// Returns the lines of a token with their numbers.
fn numbered(token: &Token) -> Vec<(usize, String)> {
    token.text.split('\n').enumerate().map(|(i, line)| (token.line + i, line.to_owned())).collect()
}

/// Returns whether the item behind a doc comment is a function, other than a test.
fn documents_function(rest: &[Token]) -> bool {
    let mut depth = 0;
    for (i, token) in rest.iter().enumerate() {
        let attribute = token.is("#") || depth > 0;
        match token.text.as_str() {
            "[" | "(" if token.kind == Kind::Punct => depth += 1,
            "]" | ")" if token.kind == Kind::Punct => depth -= 1,
            "test" | "test_case" | "rstest" if attribute && depth == 1 && !rest[i - 1].is("(") => {
                return false;
            }
            "fn" if token.kind == Kind::Ident && depth == 0 => return true,
            _ if attribute || matches!(token.kind, Kind::Comment | Kind::OuterDoc | Kind::Str) => {}
            // The last is the sign of a visibility in a `macro_rules!`.
            "pub" | "const" | "async" | "unsafe" | "extern" | "default" | "crate" | "$" => {}
            _ if i > 0 && rest[i - 1].is("$") => {}
            _ => return false,
        }
    }
    false
}

fn first_words(block: &[(usize, String)]) -> Option<(usize, String)> {
    let (line, text) = block.iter().find(|(_, text)| !text.trim().is_empty())?;
    Some((*line, text.trim().split(' ').take(6).collect::<Vec<_>>().join(" ")))
}

fn function(source: &Source, block: &[(usize, String)], room: &mut Room) {
    let Some((line, words)) = first_words(block) else { return };
    room.functions += 1;
    if begins_with_verb(&words) {
        room.verbs += 1;
    } else {
        let message = format!("no verb in the third person: `{words} ..`");
        room.others.push(Issue { path: source.path.clone(), line, message });
    }
}

fn begins_with_verb(words: &str) -> bool {
    let first = words.split(' ').next().unwrap_or_default().trim_end_matches([',', ':', ';', '.']);
    let lower = first.to_lowercase();
    first.starts_with(char::is_uppercase)
        && first.chars().all(char::is_alphabetic)
        && lower.len() > 1
        && lower.ends_with('s')
        && !NO_VERBS.contains(&lower.as_str())
}

fn summary(source: &Source, block: &[(usize, String)], room: &mut Room) {
    let Some((line, words)) = first_words(block) else { return };
    let first = words.split(' ').next().unwrap_or_default().to_lowercase();
    if OPENINGS.contains(&first.as_str()) {
        let message = format!("a fragment that completes a name: `{words} ..`");
        room.issues.push(Issue { path: source.path.clone(), line, message });
    }
}

fn identifier(source: &Source, token: &Token, room: &mut Room) {
    let mut words = String::new();
    for c in token.text.chars() {
        if c == '_' || c.is_uppercase() {
            words.push(' ');
        }
        words.push(c);
    }
    // A constant in capitals is one word for each letter by then.
    let constant = token.text.chars().all(|c| !c.is_lowercase());
    let words = if constant { token.text.replace('_', " ") } else { words.replace('_', " ") };
    text(source, &[(token.line, words)], room);
}

/// Looks for the words that are not used, across line ends.
fn text(source: &Source, lines: &[(usize, String)], room: &mut Room) {
    let mut words: Vec<(usize, String, bool)> = Vec::new();
    for (line, text) in lines {
        // Between these two words a sentence may end: they are no phrase.
        for piece in text.split_inclusive(|c: char| !c.is_alphanumeric() && c != '\'') {
            let word = piece.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
            let stops = piece.ends_with(['.', ',', ';', ':', '!', '?', '|', '(', ')']);
            match words.last_mut() {
                Some(last) if word.is_empty() => last.2 |= stops,
                _ if word.is_empty() => {}
                _ => words.push((*line, word, stops)),
            }
        }
    }
    for at in 0..words.len() {
        for (phrase, instead) in WORDS {
            let length = phrase.split(' ').count();
            let Some(found) = words.get(at..at + length) else { continue };
            let same = found.iter().map(|(_, word, _)| word.as_str()).eq(phrase.split(' '));
            let broken = found[..length - 1].iter().any(|(.., stops)| *stops);
            let than =
                *phrase == "no more" && words.get(at + 2).is_some_and(|(_, word, _)| word == "than");
            if same && !broken && !than && !excepted(&source.path, phrase) {
                let message = format!("`{phrase}` is not used; write: {instead}");
                room.issues.push(Issue { path: source.path.clone(), line: words[at].0, message });
            }
        }
    }
}

fn excepted(path: &str, phrase: &str) -> bool {
    EXCEPTIONS.iter().any(|(file, word, _)| path.starts_with(file) && (*word == "*" || *word == phrase))
}

/// Reports a line over `width` unless it is a row of a table or holds an address, which cannot be
/// broken.
fn too_wide(source: &Source, number: usize, line: &str, width: usize, room: &mut Room) {
    let length = line.chars().count();
    let row = line.trim_start_matches(['/', '!', ' ']).starts_with('|');
    if length > width && !row && !line.contains("://") {
        let message = format!("{length} columns, of {width}");
        room.issues.push(Issue { path: source.path.clone(), line: number, message });
    }
}

fn markdown(source: &Source, width: usize, room: &mut Room) {
    let lines: Vec<_> =
        source.text.lines().enumerate().map(|(i, line)| (i + 1, line.to_owned())).collect();
    text(source, &lines, room);
    let mut code = false;
    for (number, line) in &lines {
        code ^= line.trim_start().starts_with("```");
        if !code {
            too_wide(source, *number, line, width, room);
        }
    }
}

/// Returns the links of a markdown file that lead to no file of `root`, with their lines.
pub fn dead_links(source: &Source, root: &Path) -> Vec<Issue> {
    let folder = root.join(&source.path).parent().map(Path::to_path_buf).unwrap_or_default();
    let mut dead = Vec::new();
    for (number, line) in source.text.lines().enumerate() {
        // `[text](target)` and `[name]: target`.
        let inline = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
        let definition =
            line.strip_prefix('[').and_then(|rest| rest.split_once("]: ")).map(|(_, target)| target);
        for target in inline.chain(definition) {
            let path = target.split('#').next().unwrap_or_default();
            let ours =
                !path.is_empty() && !path.contains("://") && !path.contains("::") && path.contains('.');
            if ours && !folder.join(path).exists() {
                let message = format!("no such file: `{target}`");
                dead.push(Issue { path: source.path.clone(), line: number + 1, message });
            }
        }
    }
    dead
}

/// Checks the words of a shell script or a TOML file, which have comments and messages on any line.
fn script(source: &Source, room: &mut Room) {
    let lines: Vec<_> =
        source.text.lines().enumerate().map(|(i, line)| (i + 1, line.to_owned())).collect();
    text(source, &lines, room);
}

#[cfg(test)]
mod tests {
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
        let dead = dead_links(&page, &crate::source::root())
            .into_iter()
            .map(|issue| (issue.line, issue.message));
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
}
