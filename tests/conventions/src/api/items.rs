//! The public items among the tokens of the runtime.

use std::collections::BTreeSet;

use crate::lexer::{Kind, Token, tokens};
use crate::source::Source;
use crate::structure::closing;

/// The shape of an item, as far as examples differ by it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    /// A function with `self`.
    Method,
    /// A row of the option table.
    Option,
    /// A struct or an enum.
    Type,
    /// Anything else.
    Other,
}

/// A public item.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) shape: Shape,
    /// The type that the item belongs to.
    pub(super) owner: Option<String>,
    pub(super) ident: String,
    pub(super) docs: Vec<String>,
    path: String,
    line: usize,
}

impl Item {
    pub(super) fn name(&self) -> String {
        match &self.owner {
            Some(owner) => format!("{owner}::{}", self.ident),
            None => self.ident.clone(),
        }
    }

    pub(super) fn place(&self) -> String {
        format!("{}:{}", self.path, self.line)
    }
}

const RUNTIME: &str = "breaker-runtime/src/";

/// The files with the options that builders have as methods.
const OPTION_TABLES: [&str; 2] = ["config/table/", "config/keyed"];

/// Returns the public items of the runtime among `sources`. The pages of the guide are none.
pub(super) fn public_items(sources: &[Source]) -> Vec<Item> {
    let files = sources.iter().filter_map(|source| {
        let module = source.path.strip_prefix(RUNTIME)?.strip_suffix(".rs")?;
        let module = module.trim_end_matches("/mod");
        let left_out = module == "guide" || module.starts_with("guide/");
        (!left_out).then(|| (source, module, tokens(&source.text)))
    });
    let files: Vec<_> = files.collect();
    let (names, modules) = public_names(&files);
    let mut items = Vec::new();
    for (source, module, tokens) in &files {
        let is_table = OPTION_TABLES.iter().any(|table| module.starts_with(table));
        let mut owners: Vec<(usize, Option<String>)> = Vec::new();
        for (at, token) in tokens.iter().enumerate() {
            owners.retain(|(end, _)| at < *end);
            if token.is("impl") && begins_item(tokens, at) {
                let body = tokens[at..].iter().position(|token| token.is("{")).map_or(at, |to| at + to);
                owners.push((closing(tokens, body), owner(&tokens[at + 1..body])));
            }
            let owner = owners.last().and_then(|(_, owner)| owner.clone());
            let item = if token.is("pub") {
                public_item(tokens, at, owner)
            } else {
                row(tokens, at).filter(|_| is_table)
            };
            let Some((shape, owner, ident)) = item else { continue };
            let (docs, hidden) = docs_before(tokens, at);
            let is_public =
                names.contains(owner.as_ref().unwrap_or(&ident)) || modules.contains(*module);
            if !hidden && (shape == Shape::Option || is_public) {
                items.push(Item {
                    shape,
                    owner,
                    ident,
                    docs,
                    path: source.path.clone(),
                    line: token.line,
                });
            }
        }
    }
    items
}

/// Returns the names that the root and its public modules export, and the paths of these modules.
fn public_names(files: &[(&Source, &str, Vec<Token>)]) -> (BTreeSet<String>, BTreeSet<String>) {
    let of = |module: &str| {
        let file = files.iter().find(|(_, name, _)| *name == module);
        file.map(|(_, _, tokens)| exports(tokens)).unwrap_or_default()
    };
    let (mut names, mut modules) = (BTreeSet::new(), BTreeSet::new());
    let mut paths: Vec<String> = of("lib");
    while let Some(path) = paths.pop() {
        names.extend(path.rsplit('/').next().map(str::to_owned));
        if files.iter().any(|(_, module, _)| *module == path) && modules.insert(path.clone()) {
            let below = of(&path).into_iter();
            paths.extend(below.map(|name| {
                let inner = name.trim_start_matches("self/");
                name.strip_prefix("crate/").map_or(format!("{path}/{inner}"), str::to_owned)
            }));
        }
    }
    (names, modules)
}

/// Returns the path of each name in a `pub use` or `pub mod`, with `/` between the modules.
fn exports(tokens: &[Token]) -> Vec<String> {
    let mut paths = Vec::new();
    for at in 1..tokens.len() {
        let exported = tokens[at - 1].is("pub") && (tokens[at].is("use") || tokens[at].is("mod"));
        if !exported || docs_before(tokens, at - 1).1 {
            continue;
        }
        let (mut prefix, mut groups) = (String::new(), Vec::new());
        for pair in tokens[at + 1..].windows(2).take_while(|pair| !pair[0].is(";")) {
            match pair[0].text.as_str() {
                "{" => groups.push(prefix.clone()),
                "}" => drop(groups.pop()),
                "," => prefix = groups.last().cloned().unwrap_or_default(),
                _ if pair[0].kind != Kind::Ident => {}
                name if pair[1].is(":") => prefix = format!("{prefix}{name}/"),
                name => paths.push(format!("{prefix}{name}")),
            }
        }
    }
    paths
}

fn begins_item(tokens: &[Token], at: usize) -> bool {
    let Some(before) = at.checked_sub(1).map(|before| &tokens[before]) else { return true };
    !matches!(before.kind, Kind::Ident | Kind::Punct)
        || ["}", "{", ";", "]"].iter().any(|end| before.is(end))
}

/// Returns the type of an inherent `impl`, which has these tokens before its body.
fn owner(head: &[Token]) -> Option<String> {
    let mut depth = 0;
    let mut name = None;
    for (at, token) in head.iter().enumerate() {
        let arrow = at > 0 && (head[at - 1].is("-") || head[at - 1].is("="));
        depth += i32::from(token.is("<")) - i32::from(token.is(">") && !arrow);
        if depth > 0 || token.is(">") {
            continue;
        }
        if token.is("for") {
            return None;
        }
        if token.is("where") {
            break;
        }
        if token.kind == Kind::Ident {
            name = Some(token.text.clone());
        }
    }
    name
}

/// Returns the item behind the `pub` at `at`.
fn public_item(
    tokens: &[Token],
    at: usize,
    owner: Option<String>,
) -> Option<(Shape, Option<String>, String)> {
    let mut keyword = at + 1;
    while ["const", "async", "unsafe"].iter().any(|word| tokens.get(keyword).is_some_and(|t| t.is(word)))
        && tokens.get(keyword + 1).is_some_and(|next| next.is("fn") || next.is("async"))
    {
        keyword += 1;
    }
    let (kind, name) = (tokens.get(keyword)?, tokens.get(keyword + 1)?);
    let items = ["fn", "struct", "enum", "trait", "type", "const", "static", "mod"];
    if name.kind != Kind::Ident || !items.iter().any(|item| kind.is(item)) {
        return None;
    }
    let open = tokens[keyword..].iter().position(|token| token.is("(")).map(|to| keyword + to);
    let method = open.is_some_and(|open| {
        let first = tokens[open + 1..].iter().take_while(|token| !token.is(",") && !token.is(")"));
        first.take(4).any(|token| token.is("self"))
    });
    let shape = match (kind.text.as_str(), method) {
        ("fn", true) => Shape::Method,
        ("struct" | "enum", _) => Shape::Type,
        _ => Shape::Other,
    };
    Some((shape, owner, name.text.clone()))
}

/// Returns the option with its row at `at`: `timeout { with: ..`.
fn row(tokens: &[Token], at: usize) -> Option<(Shape, Option<String>, String)> {
    let [name, open, with, colon, ..] = tokens.get(at..)? else { return None };
    let is_pattern = at > 0 && tokens[at - 1].is(":");
    let is_row =
        !is_pattern && name.kind == Kind::Ident && open.is("{") && with.is("with") && colon.is(":");
    is_row.then(|| (Shape::Option, None, name.text.clone()))
}

/// Returns the documentation of the item at `at`, and whether it is hidden or for tests.
fn docs_before(tokens: &[Token], at: usize) -> (Vec<String>, bool) {
    let (mut docs, mut hidden, mut end) = (Vec::new(), false, at);
    while let Some(last) = end.checked_sub(1) {
        match tokens[last].kind {
            Kind::OuterDoc => docs.push(tokens[last].text.clone()),
            Kind::Comment => {}
            _ if tokens[last].is("]") => {
                let open = (0..last)
                    .rev()
                    .find(|&open| tokens[open].is("#") && closing(tokens, open + 1) > last);
                let Some(open) = open else { break };
                hidden |= tokens[open..last].iter().any(|token| token.is("hidden") || token.is("test"));
                end = open;
                continue;
            }
            _ => break,
        }
        end = last;
    }
    docs.reverse();
    (docs, hidden)
}
