//! The imports of one file.

use std::collections::BTreeSet;

use super::Import;
use super::items::closing;
use super::names::RootNames;
use crate::lexer::{Kind, Token};
use crate::source::Source;

/// The reading of one file.
pub(super) struct File<'a> {
    pub(super) imports: &'a mut Vec<Import>,
    pub(super) source: &'a Source,
    pub(super) room: String,
    pub(super) rooms: &'a BTreeSet<String>,
    pub(super) names: &'a RootNames,
    pub(super) tokens: &'a [Token],
}

impl File<'_> {
    pub(super) fn read(&mut self) {
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
            || self.names.macros.contains(&token.text)
        {
            return;
        }
        let Some(to) = self.names.room(&token.text, self.is_path(at + 1), self.rooms) else { return };
        if to != self.room {
            let (from, file) = (self.room.clone(), self.source.path.clone());
            let path = format!("{prefix}::{}", token.text);
            self.imports.push(Import { from, to, file, line: token.line, path });
        }
    }
}
