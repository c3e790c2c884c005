//! The names at the root of the crate, which lead to a room without its name in the path.

use std::collections::{BTreeMap, BTreeSet};

use super::items::is_code;
use super::room_of;
use crate::lexer::Token;
use crate::lexer::{Kind, tokens};

/// The names at the root of the crate.
#[derive(Debug, Default)]
pub(super) struct RootNames {
    /// Modules that stand in a folder of another name.
    modules: BTreeMap<String, String>,
    /// The names imported there, with the first part of its path.
    names: BTreeMap<String, String>,
    /// Exported macros, which stand at the root wherever they are written.
    pub(super) macros: BTreeSet<String>,
}

impl RootNames {
    pub(super) fn new(text: &str) -> Self {
        let tokens: Vec<_> = tokens(text).into_iter().filter(is_code).collect();
        let mut names = Self::default();
        for (at, token) in tokens.iter().enumerate() {
            let path = tokens.get(at + 2).filter(|path| token.is("path") && path.kind == Kind::Str);
            let named = tokens[at..].iter().position(|token| token.is("mod"));
            if let (Some(path), Some(named)) = (path, named) {
                names.modules.insert(tokens[at + named + 1].text.clone(), room_of(&path.text));
            }
            if token.is("use") {
                names.imports(&tokens[at + 1..]);
            }
        }
        names
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
    pub(super) fn room(&self, name: &str, is_module: bool, rooms: &BTreeSet<String>) -> Option<String> {
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
