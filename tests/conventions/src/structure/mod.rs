//! The rooms of `breaker-runtime/src`, and which of them imports which.
//!
//! A room is a folder or a lone file of the sources. It may import rooms that stand below it in
//! [`ORDER`], and nothing else: code is then understood from the bottom up, and no change in a high room
//! can break a low one. Test code may import anything, as it looks at the whole from outside.

mod file;
mod items;
mod names;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

use self::file::File;
pub(crate) use self::items::closing;
use self::items::{attributes_before, production};
use self::names::RootNames;
use crate::lexer::{Kind, Token, tokens};
use crate::source::{self, Source};

/// The rooms from the bottom to the top. `lib.rs` stands above all of them.
pub const ORDER: &[&str] = &[
    "sync",
    "support",
    "time",
    "types",
    "state",
    "config",
    "keyed",
    "breaker",
    "registry",
    "layers",
    "stream",
    "integrations",
    "fleet",
    "observe",
    "lab",
    "macro_support",
    "guide",
];

/// The largest number of rooms.
pub const MOST_ROOMS: usize = 17;

/// A path in the code of one room that leads to another room.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Import {
    /// The room that imports.
    pub from: String,
    /// The room that is imported.
    pub to: String,
    /// The importing file, below `src`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
    /// The path as far as it shows the room.
    pub path: String,
}

impl Import {
    /// Returns whether this import does not point down, or one of its rooms has no place in the order.
    pub fn points_up(&self, order: &[&str]) -> bool {
        let floor = |room: &str| order.iter().position(|&other| other == room);
        match (floor(&self.from), floor(&self.to)) {
            (Some(from), Some(to)) => to >= from,
            _ => true,
        }
    }
}

impl Display for Import {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let Self { from, to, file, line, path } = self;
        write!(f, "breaker-runtime/src/{file}:{line}: `{path}`: room `{from}` imports `{to}`")
    }
}

/// A type that is defined in production code.
#[derive(Clone, Debug)]
pub struct Definition {
    /// Its name.
    pub name: String,
    /// The file, below `src`.
    pub file: String,
    /// The line, from 1.
    pub line: usize,
}

/// Everything that was read of the sources.
#[derive(Debug, Default)]
pub struct Layout {
    /// The rooms.
    pub rooms: BTreeSet<String>,
    /// The imports between different rooms.
    pub imports: Vec<Import>,
    /// The types that are defined at the level of a module or in a function.
    pub types: Vec<Definition>,
    /// The files that a `cfg` admits, without `.rs`: of such files in one folder each build has one.
    variants: BTreeSet<String>,
}

impl Layout {
    /// Reads the sources of `breaker-runtime`, without those of programs.
    pub fn of_runtime() -> Self {
        let folder = "breaker-runtime/src/";
        let sources = source::read(&source::root(), folder).into_iter();
        let below = |source: Source| Source { path: source.path[folder.len()..].to_owned(), ..source };
        let sources = sources.map(below).filter(|source| !source.path.starts_with("bin/"));
        Self::new(&sources.collect::<Vec<_>>())
    }

    /// Returns the figures of the layout, one a line.
    pub fn figures(&self) -> String {
        let (circle, homonyms) = (self.largest_circle(), self.homonyms());
        let lines = [
            format!("rooms: {} of at most {MOST_ROOMS}", self.rooms.len()),
            format!("arrows between rooms: {}", self.arrows().len()),
            format!("largest circle: {} rooms {circle:?}", circle.len()),
            format!("types: {}, names that stand for two or more: {}", self.types.len(), homonyms.len()),
        ];
        lines.join("\n")
    }

    /// Returns the definitions with a name that stands for more than one type, one a line.
    pub fn homonym_lines(&self) -> Vec<String> {
        let definitions = self.homonyms().into_values().flatten();
        definitions
            .map(|Definition { name, file, line }| format!("{name}: breaker-runtime/src/{file}:{line}"))
            .collect()
    }

    /// Reads the files of a crate, with paths below its `src`.
    pub fn new(sources: &[Source]) -> Self {
        let root = sources.iter().find(|source| source.path == "lib.rs");
        let mut names = root.map(|source| RootNames::new(&source.text)).unwrap_or_default();
        for source in sources {
            let definitions = source.text.split("macro_rules! ").skip(1);
            let defined =
                definitions.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next());
            names.macros.extend(defined.flatten().map(str::to_owned));
        }
        let sources =
            sources.iter().filter(|source| source.extension() == "rs" && !is_test(&source.path));
        let rooms: BTreeSet<_> = sources.clone().map(|source| room_of(&source.path)).collect();
        let mut layout = Self::default();
        for source in sources {
            let room = room_of(&source.path);
            let tokens = production(tokens(&source.text));
            layout.define(source, &tokens);
            layout.note_variants(source, &tokens);
            File {
                imports: &mut layout.imports,
                source,
                room,
                rooms: &rooms,
                names: &names,
                tokens: &tokens,
            }
            .read();
        }
        layout.rooms = rooms.into_iter().filter(|room| room != "lib").collect();
        layout.imports.sort();
        layout.imports.dedup_by(|a, b| (&a.file, a.line, &a.path) == (&b.file, b.line, &b.path));
        layout
    }

    /// Returns the rooms that have no place in `order`.
    pub fn unknown(&self, order: &[&str]) -> Vec<&str> {
        self.rooms.iter().map(String::as_str).filter(|room| !order.contains(room)).collect()
    }

    /// Returns the imports that do not point down in `order`.
    pub fn upward(&self, order: &[&str]) -> Vec<&Import> {
        self.imports.iter().filter(|import| import.from != "lib" && import.points_up(order)).collect()
    }

    /// Returns the arrows between rooms: who imports whom.
    pub fn arrows(&self) -> BTreeSet<(&str, &str)> {
        let imports = self.imports.iter().filter(|import| import.from != "lib");
        imports.map(|import| (import.from.as_str(), import.to.as_str())).collect()
    }

    /// Returns the rooms that import each other by way of others, in their largest group; one if there
    /// is none.
    pub fn largest_circle(&self) -> BTreeSet<&str> {
        let arrows = self.arrows();
        let reached: BTreeMap<&str, BTreeSet<&str>> =
            self.rooms.iter().map(|room| (room.as_str(), reach(&arrows, room))).collect();
        let circle = |room: &str| -> BTreeSet<&str> {
            let others = reached[room]
                .iter()
                .filter(|other| reached.get(**other).is_some_and(|r| r.contains(room)));
            others.copied().collect()
        };
        self.rooms.iter().map(String::as_str).map(circle).max_by_key(BTreeSet::len).unwrap_or_default()
    }

    /// Returns the names that stand for more than one type, with their definitions. Definitions in one
    /// file are one type for different platforms.
    pub fn homonyms(&self) -> BTreeMap<&str, Vec<&Definition>> {
        let mut names = BTreeMap::<&str, Vec<&Definition>>::new();
        for definition in &self.types {
            let same = names.entry(&definition.name).or_default();
            if !same.iter().any(|other| self.same_type(other, definition)) {
                same.push(definition);
            }
        }
        names.retain(|_, same| same.len() > 1);
        names
    }

    fn same_type(&self, one: &Definition, other: &Definition) -> bool {
        let folder = |file: &str| file.rsplit_once('/').map(|(folder, _)| folder.to_owned());
        let variant = |file: &str| self.variants.contains(file.trim_end_matches(".rs"));
        let variants = variant(&one.file) && variant(&other.file);
        one.file == other.file || (variants && folder(&one.file) == folder(&other.file))
    }

    /// Notes the modules of a file that stand under a `cfg`.
    fn note_variants(&mut self, source: &Source, tokens: &[Token]) {
        let folder = source.path.trim_end_matches(".rs").trim_end_matches("lib").trim_end_matches("mod");
        for (at, name) in tokens.iter().enumerate().skip(1).filter(|(at, _)| tokens[at - 1].is("mod")) {
            let attributes = attributes_before(tokens, at - 1);
            let path = attributes
                .iter()
                .find(|attribute| attribute[2].is("path"))
                .map(|attribute| &attribute[4].text);
            let file = path.unwrap_or(&name.text).trim_end_matches(".rs");
            if attributes.iter().any(|attribute| attribute[2].is("cfg")) {
                let path = format!("{}/{file}", folder.trim_end_matches('/'));
                self.variants.insert(path.trim_start_matches('/').to_owned());
            }
        }
    }

    fn define(&mut self, source: &Source, tokens: &[Token]) {
        // For each open brace: whether associated types stand in it.
        let mut braces = Vec::new();
        let mut associated = false;
        for (at, token) in tokens.iter().enumerate() {
            let next = tokens.get(at + 1).filter(|next| next.kind == Kind::Ident);
            match token.text.as_str() {
                "{" => braces.push(std::mem::take(&mut associated)),
                "}" => drop(braces.pop()),
                ";" => associated = false,
                "impl" if token.kind == Kind::Ident => associated = true,
                _ => {}
            }
            let is_type =
                ["struct", "enum", "union", "trait", "type"].iter().any(|keyword| token.is(keyword));
            let inside = token.is("type") && braces.last() == Some(&true);
            let named = next.filter(|next| next.text.starts_with(char::is_uppercase));
            if let Some(next) = named.filter(|_| is_type && !inside) {
                let (name, file) = (next.text.clone(), source.path.clone());
                self.types.push(Definition { name, file, line: next.line });
            }
            associated |= token.is("trait");
        }
    }
}

/// Returns the rooms that `start` imports, at first hand or by way of others.
fn reach<'a>(arrows: &BTreeSet<(&'a str, &'a str)>, start: &str) -> BTreeSet<&'a str> {
    let (mut seen, mut open) = (BTreeSet::new(), vec![start]);
    while let Some(room) = open.pop() {
        for (_, to) in arrows.iter().filter(|(from, _)| *from == room) {
            if seen.insert(*to) {
                open.push(to);
            }
        }
    }
    seen
}

/// Returns the room of a file: its first folder, or its own name.
fn room_of(path: &str) -> String {
    path.split('/').next().unwrap_or_default().trim_end_matches(".rs").to_owned()
}

/// Returns whether a file holds test code alone.
fn is_test(path: &str) -> bool {
    let parts = path.split('/').map(|part| part.trim_end_matches(".rs"));
    parts.into_iter().any(|part| matches!(part, "model" | "races") || part.ends_with("tests"))
}
