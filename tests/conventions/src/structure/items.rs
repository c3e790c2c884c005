//! Where items begin and end among the tokens of a file, and which of them are compiled without tests.

use crate::lexer::{Kind, Token};

pub(super) fn is_code(token: &Token) -> bool {
    !matches!(token.kind, Kind::Comment | Kind::OuterDoc | Kind::InnerDoc)
}

/// Returns the tokens of production code: without comments and without items under `#[cfg(test)]`.
pub(super) fn production(all: Vec<Token>) -> Vec<Token> {
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
pub(crate) fn closing(all: &[Token], open: usize) -> usize {
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
pub(super) fn attributes_before(all: &[Token], keyword: usize) -> Vec<&[Token]> {
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
