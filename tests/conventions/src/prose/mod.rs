//! The rules of prose that a program can check.
//!
//! - At least [`VERBS`] percent of the doc comments on functions begin with a verb in the third person,
//!   room by room. The functions of tests are left out: their names say what holds.
//! - The [`WORDS`] are not used, in comments, string literals, identifiers, markdown and scripts.
//! - A doc comment does not begin with one of the [`OPENINGS`].
//! - Comments and markdown keep within the width of `rustfmt.toml`.
//! - Links of markdown to files of this repository lead to one.

mod check;
#[cfg(test)]
mod tests;
mod words;

use std::collections::BTreeMap;
use std::fmt::{self, Display, Formatter};
use std::path::Path;

pub use self::check::dead_links;
use self::check::{markdown, rust, script};
pub use self::words::{OPENINGS, WORDS};
use crate::source::{Source, read};

/// The percentage of functions with docs that begin with a verb, in each room.
pub const VERBS: usize = 75;

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

/// Checks the workspace at `root`. The `paths` have to keep the rules; without any, all rooms have to.
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
    for path in paths {
        assert!(
            sources.iter().any(|source| below(&source.path, path)),
            "{path}: no such file or folder"
        );
    }
    let strict = |path: &str| paths.is_empty() || paths.iter().any(|entry| below(path, entry));
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
