//! The licences of dependencies, as SPDX expressions.

use std::iter::Peekable;
use std::str::SplitWhitespace;

/// Reads the licences that `deny.toml` allows.
///
/// # Panics
///
/// If the list is missing.
pub fn allowed(deny: &str) -> Vec<&str> {
    let list = deny.split_once("\nallow = [").and_then(|(_, rest)| rest.split_once(']'));
    list.expect("a list of licences").0.split('"').skip(1).step_by(2).collect()
}

/// Returns whether an expression can be met with these licences. One that cannot be read cannot.
pub fn is_met(expression: &str, allowed: &[&str]) -> bool {
    // Old manifests have a slash for `OR`.
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let mut words = spaced.split_whitespace().peekable();
    any(&mut words, allowed) && words.next().is_none()
}

type Words<'t> = Peekable<SplitWhitespace<'t>>;

fn any(words: &mut Words, allowed: &[&str]) -> bool {
    let mut met = all(words, allowed);
    while words.next_if_eq(&"OR").is_some() {
        met |= all(words, allowed);
    }
    met
}

fn all(words: &mut Words, allowed: &[&str]) -> bool {
    let mut met = one(words, allowed);
    while words.next_if_eq(&"AND").is_some() {
        met &= one(words, allowed);
    }
    met
}

fn one(words: &mut Words, allowed: &[&str]) -> bool {
    if words.next_if_eq(&"(").is_some() {
        let met = any(words, allowed);
        return words.next_if_eq(&")").is_some() && met;
    }
    let Some(licence) = words.next() else { return false };
    if words.next_if_eq(&"WITH").is_some() {
        // An exception permits more than the licence alone.
        words.next();
    }
    allowed.contains(&licence)
}
