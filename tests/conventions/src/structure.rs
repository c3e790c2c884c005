//! The rooms of `breaker-runtime/src`, and which of them imports which.
//!
//! A room is a folder or a lone file of the sources. It may import rooms that stand below it in
//! [`ORDER`], and nothing else: code is then understood from the bottom up, and no change in a high room
//! can break a low one. Test code may import anything, as it looks at the whole from outside.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Display, Formatter};

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
    "macro_support",
    "guide",
];

/// The largest number of rooms.
pub const MOST_ROOMS: usize = 16;

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
    /// Reads the sources of `breaker-runtime`.
    pub fn of_runtime() -> Self {
        let folder = "breaker-runtime/src/";
        let sources = source::read(&source::root(), folder).into_iter();
        let below = |source: Source| Source { path: source.path[folder.len()..].to_owned(), ..source };
        Self::new(&sources.map(below).collect::<Vec<_>>())
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
        let mut root = root.map(|source| Root::new(&source.text)).unwrap_or_default();
        for source in sources {
            let definitions = source.text.split("macro_rules! ").skip(1);
            let names =
                definitions.map(|rest| rest.split(|c: char| !c.is_alphanumeric() && c != '_').next());
            root.macros.extend(names.flatten().map(str::to_owned));
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
                root: &root,
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

/// The names at the root of the crate.
#[derive(Debug, Default)]
struct Root {
    /// Modules that stand in a folder of another name.
    modules: BTreeMap<String, String>,
    /// The names imported there, with the first part of its path.
    names: BTreeMap<String, String>,
    /// Exported macros, which stand at the root wherever they are written.
    macros: BTreeSet<String>,
}

impl Root {
    fn new(text: &str) -> Self {
        let tokens: Vec<_> = tokens(text).into_iter().filter(is_code).collect();
        let mut root = Self::default();
        for (at, token) in tokens.iter().enumerate() {
            let path = tokens.get(at + 2).filter(|path| token.is("path") && path.kind == Kind::Str);
            let named = tokens[at..].iter().position(|token| token.is("mod"));
            if let (Some(path), Some(named)) = (path, named) {
                root.modules.insert(tokens[at + named + 1].text.clone(), room_of(&path.text));
            }
            if token.is("use") {
                root.imports(&tokens[at + 1..]);
            }
        }
        root
    }

    /// Notes the names of one `use`, by the first part of their path: `crate::` and `self::` left out.
    fn imports(&mut self, tokens: &[Token]) {
        let (mut first, mut depth, mut starts) = (String::new(), 0, true);
        for (at, token) in tokens.iter().enumerate() {
            match token.text.as_str() {
                ";" => return,
                "{" => depth += 1,
                "}" => depth -= 1,
                // In `use {a::B, c::D};` and in `use a::B;` a path starts anew.
                "," => starts = depth == 1 && tokens[0].is("{"),
                _ if token.kind == Kind::Ident && !token.is("crate") && !token.is("self") => {
                    if std::mem::take(&mut starts) {
                        first.clone_from(&token.text);
                    }
                    let last = tokens.get(at + 1).is_none_or(|next| !next.is(":") && !next.is("as"));
                    if last && first != token.text {
                        self.names.insert(token.text.clone(), first.clone());
                    }
                }
                _ => {}
            }
        }
    }

    /// Returns the room that `crate::name` leads to, where a path goes on behind the name if
    /// `is_module`: `lib` for what is defined at the root, and `None` for what stands in another crate.
    fn room(&self, name: &str, is_module: bool, rooms: &BTreeSet<String>) -> Option<String> {
        let room = |name: &str| {
            let room = self.modules.get(name).map_or(name, String::as_str);
            rooms.get(room).cloned()
        };
        let imported = self.names.get(name);
        if is_module || imported.is_none() {
            return room(name).or_else(|| Some("lib".to_owned()));
        }
        room(imported?)
    }
}

fn is_code(token: &Token) -> bool {
    !matches!(token.kind, Kind::Comment | Kind::OuterDoc | Kind::InnerDoc)
}

/// Returns the tokens of production code: without comments and without items under `#[cfg(test)]`.
fn production(all: Vec<Token>) -> Vec<Token> {
    let all: Vec<_> = all.into_iter().filter(is_code).collect();
    let (mut kept, mut at) = (Vec::new(), 0);
    while at < all.len() {
        if all[at].is("#") && all.get(at + 1).is_some_and(|next| next.is("[")) {
            let end = closing(&all, at + 1);
            let condition = &all[at..end];
            let test = condition[2].is("cfg") && needs_test(&condition[4..condition.len() - 2]);
            at = if test { item_end(&all, end) } else { end };
            kept.extend(if test { &[] } else { condition }.iter().cloned());
        } else {
            kept.push(all[at].clone());
            at += 1;
        }
    }
    kept
}

/// Returns whether a `cfg` holds in tests alone.
fn needs_test(condition: &[Token]) -> bool {
    let [name, rest @ ..] = condition else { return false };
    if !rest.first().is_some_and(|token| token.is("(")) {
        return rest.is_empty() && name.is("test");
    }
    let (mut parts, mut from, mut depth) = (Vec::new(), 1, 0);
    for (at, token) in rest.iter().enumerate() {
        depth += i32::from(token.is("(")) - i32::from(token.is(")"));
        if (depth == 1 && token.is(",")) || depth == 0 {
            parts.push(&rest[from..at]);
            from = at + 1;
        }
    }
    let mut parts = parts.into_iter().filter(|part| !part.is_empty());
    (name.is("all") && parts.any(needs_test)) || (name.is("any") && parts.all(needs_test))
}

/// Returns the position behind the bracket that closes the one at `open`.
fn closing(all: &[Token], open: usize) -> usize {
    let mut depth = 0;
    for (at, token) in all.iter().enumerate().skip(open) {
        if token.is("(") || token.is("[") || token.is("{") {
            depth += 1;
        } else if token.is(")") || token.is("]") || token.is("}") {
            depth -= 1;
            if depth == 0 {
                return at + 1;
            }
        }
    }
    all.len()
}

/// Returns the attributes, from `#` to `]`, of the item with its keyword at `keyword`.
fn attributes_before(all: &[Token], keyword: usize) -> Vec<&[Token]> {
    let visible =
        |token: &Token| ["pub", "crate", "super", "in", "(", ")"].iter().any(|part| token.is(part));
    let mut end = all[..keyword].iter().rposition(|token| !visible(token)).map_or(0, |last| last + 1);
    let mut attributes = Vec::new();
    while let Some(from) = all[..end].iter().rposition(|token| token.is("#"))
        && closing(all, from + 1) == end
    {
        attributes.push(&all[from..end]);
        end = from;
    }
    attributes
}

/// Returns the position behind the item, field or statement that begins at `from`.
fn item_end(all: &[Token], from: usize) -> usize {
    let mut at = from;
    while at < all.len() {
        if all[at].is(";") || all[at].is(",") {
            return at + 1;
        }
        if all[at].is("{") {
            return closing(all, at);
        }
        if all[at].is("}") || all[at].is(")") || all[at].is("]") {
            return at;
        }
        at = if all[at].is("(") || all[at].is("[") { closing(all, at) } else { at + 1 };
    }
    at
}

/// The reading of one file.
struct File<'a> {
    imports: &'a mut Vec<Import>,
    source: &'a Source,
    room: String,
    rooms: &'a BTreeSet<String>,
    root: &'a Root,
    tokens: &'a [Token],
}

impl File<'_> {
    fn read(&mut self) {
        let path = self.source.path.trim_end_matches(".rs");
        let mut module: Vec<String> = path.split('/').map(str::to_owned).collect();
        if matches!(module.last().map(String::as_str), Some("mod" | "lib")) {
            module.pop();
        }
        // The depth of braces at which an inline module ends.
        let (mut depth, mut inline) = (0, Vec::new());
        let mut at = 0;
        while at < self.tokens.len() {
            let token = &self.tokens[at];
            if token.is("{") {
                depth += 1;
                if at >= 2 && self.tokens[at - 2].is("mod") {
                    module.push(self.tokens[at - 1].text.clone());
                    inline.push(depth);
                }
            } else if token.is("}") {
                if inline.last() == Some(&depth) {
                    inline.pop();
                    module.pop();
                }
                depth -= 1;
            } else if token.is("crate") && self.is_path(at + 1) {
                self.targets(at + 3, "crate");
            } else if token.is("super") && self.is_path(at + 1) {
                at = self.relative(at, module.len());
                continue;
            }
            at += 1;
        }
    }

    fn is_path(&self, at: usize) -> bool {
        self.tokens.get(at).is_some_and(|token| token.is(":"))
            && self.tokens.get(at + 1).is_some_and(|token| token.is(":"))
    }

    /// Follows `super::super::..` from a module `depth` levels below the root; returns where to read on.
    fn relative(&mut self, mut at: usize, mut depth: usize) -> usize {
        let mut prefix = String::new();
        while self.tokens.get(at).is_some_and(|token| token.is("super")) && self.is_path(at + 1) {
            depth = depth.saturating_sub(1);
            prefix += if prefix.is_empty() { "super" } else { "::super" };
            at += 3;
        }
        if depth == 0 && !prefix.is_empty() {
            self.targets(at, &prefix);
        }
        at
    }

    /// Notes the room that the path at `at` leads to, or those of a group in braces.
    fn targets(&mut self, at: usize, prefix: &str) {
        let Some(token) = self.tokens.get(at) else { return };
        if !token.is("{") {
            self.target(at, prefix);
            return;
        }
        let end = closing(self.tokens, at);
        let (mut inner, mut starts) = (at + 1, true);
        while inner < end {
            if starts {
                self.target(inner, prefix);
            }
            starts = self.tokens[inner].is(",");
            inner = if self.tokens[inner].is("{") { closing(self.tokens, inner) } else { inner + 1 };
        }
    }

    fn target(&mut self, at: usize, prefix: &str) {
        let Some(token) = self.tokens.get(at).filter(|token| token.kind == Kind::Ident) else { return };
        // Macros are found by their text alone, wherever they are defined.
        if self.tokens.get(at + 1).is_some_and(|next| next.is("!"))
            || self.root.macros.contains(&token.text)
        {
            return;
        }
        let Some(to) = self.root.room(&token.text, self.is_path(at + 1), self.rooms) else { return };
        if to != self.room {
            let (from, file) = (self.room.clone(), self.source.path.clone());
            let path = format!("{prefix}::{}", token.text);
            self.imports.push(Import { from, to, file, line: token.line, path });
        }
    }
}

#[cfg(test)]
mod tests {
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
        let found = upward(&[
            LIB,
            ("low.rs", "\nuse crate::middle::X;"),
            ("middle.rs", ""),
            ("high/mod.rs", ""),
        ]);
        assert_eq!(
            found,
            ["breaker-runtime/src/low.rs:2: `crate::middle`: room `low` imports `middle`"]
        );
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
            let files =
                [LIB, ("low/mod.rs", ""), ("middle.rs", ""), ("high/mod.rs", ""), (file, planted)];
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
            layout(&[LIB, ("low.rs", ""), ("middle.rs", "use crate::low::X;")])
                .largest_circle()
                .is_empty()
        );
    }

    #[test]
    fn name_that_stands_for_two_types_is_found() {
        let files = [
            (
                "a.rs",
                "struct One; pub(crate) enum Two {} fn f() { struct Here; } #[cfg(test)] struct Three;",
            ),
            (
                "b.rs",
                "trait One {} impl X { type Two = u8; } trait Y { type Two; fn f(); } type Four = u8;",
            ),
            (
                "c.rs",
                "#[cfg(unix)] struct Three; #[cfg(not(unix))] struct Three; fn g() { struct Here; }",
            ),
        ];
        let layout = layout(&files);
        assert_eq!(layout.homonyms().keys().collect::<Vec<_>>(), [&"Here", &"One"]);
    }

    #[test]
    fn variants_of_a_type_in_files_under_a_cfg_are_one() {
        let variants = |gate: &str| {
            let modules =
                format!("{gate} mod x; #[cfg(not(unix))] #[path = \"b.rs\"] pub(crate) mod x;");
            let files = [
                ("time/mod.rs", &*modules),
                ("time/x.rs", "struct Sleep;"),
                ("time/b.rs", "struct Sleep;"),
            ];
            layout(&files).homonyms().len()
        };
        assert_eq!(variants("#[cfg(unix)]"), 0);
        assert_eq!(variants("#[rustfmt::skip]"), 1);
    }
}
