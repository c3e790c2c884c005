//! Names and paths: texts kept for the life of the process, and the path of a function as
//! [`std::any::type_name`] tells it.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use once_cell::sync::Lazy;

/// Keeps one copy of each text for ever, so that errors can carry a name without allocation.
pub(crate) fn intern(text: &str) -> &'static str {
    static TEXTS: Lazy<Mutex<HashSet<&'static str>>> = Lazy::new(Mutex::default);
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = texts.get(text) {
        return kept;
    }
    let kept = Box::leak(text.to_owned().into_boxed_str());
    texts.insert(kept);
    kept
}

/// The path of the function around an item, from the item's type name: `shop::pay::{{closure}}::ITEM::Here`
/// is in `shop::pay`, which is `async`.
pub(crate) fn function_around(type_name: &'static str) -> &'static str {
    let mut path = type_name;
    for _ in 0..2 {
        path = path.rsplit_once("::").map_or(path, |(function, _item)| function);
    }
    while let Some(function) = path.strip_suffix("::{{closure}}") {
        path = function;
    }
    path
}

/// The path without generic arguments: `<shop::Cache<u8> as shop::Store<u8>>::get<u16>` becomes
/// `<shop::Cache as shop::Store>::get`.
pub(crate) fn without_generics(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut rest = path;
    while let Some(at) = rest.find(['<', '>']) {
        let (before, bracket) = rest.split_at(at);
        plain.push_str(before);
        let starts_segment = plain.is_empty() || plain.ends_with("::") || plain.ends_with('<');
        if bracket.starts_with('>') || starts_segment {
            // A qualified `<Type as Trait>`, or its end: it names the method's type.
            plain.push_str(&bracket[..1]);
            rest = &bracket[1..];
        } else {
            rest = &bracket[generics_len(bracket)..];
        }
    }
    plain.push_str(rest);
    plain
}

/// The length of the `<..>` at the start of `text`; the arrow in `fn() -> T` closes nothing.
fn generics_len(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut previous = ' ';
    for (at, character) in text.char_indices() {
        match character {
            '<' => depth += 1,
            '>' if previous != '-' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
        previous = character;
    }
    text.len()
}

/// Whether the path of a function as its user names it, with all types known, is the one where an
/// annotated function stands, whose own type parameters show as `_`.
pub(crate) fn fits(declared: &str, called: &str) -> bool {
    let mut rest = called;
    for (at, character) in declared.char_indices() {
        if is_hole(declared.as_bytes(), at) {
            rest = &rest[type_len(rest)..];
        } else if let Some(after) = rest.strip_prefix(character) {
            rest = after;
        } else {
            return false;
        }
    }
    // The function's own generic arguments show only in what the user names.
    rest.is_empty() || rest.starts_with('<')
}

fn is_hole(path: &[u8], at: usize) -> bool {
    let alone = |byte: Option<&u8>| byte.is_none_or(|byte| b"<>,()[]& ;".contains(byte));
    path[at] == b'_' && alone(at.checked_sub(1).and_then(|at| path.get(at))) && alone(path.get(at + 1))
}

/// The length of the type at the start of `text`.
fn type_len(text: &str) -> usize {
    let mut depth = 0_usize;
    let mut previous = ' ';
    for (at, character) in text.char_indices() {
        match character {
            ',' | ')' | ']' if depth == 0 => return at,
            '>' if depth == 0 && previous != '-' => return at,
            '<' | '(' | '[' => depth += 1,
            ')' | ']' => depth -= 1,
            '>' if previous != '-' => depth -= 1,
            _ => {}
        }
        previous = character;
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_of_the_function_around_an_item() {
        for (item, function) in [
            ("shop::pay::BREAKER::Here", "shop::pay"),
            ("shop::pay::{{closure}}::BREAKER::Here", "shop::pay"),
            ("shop::outer::{{closure}}::pay::BREAKER::Here", "shop::outer::{{closure}}::pay"),
            ("<&[u8] as shop::Tr<u8>>::t::BREAKER::Here", "<&[u8] as shop::Tr<u8>>::t"),
        ] {
            assert_eq!(function_around(item), function);
        }
    }

    #[test]
    fn generics_are_stripped_and_the_type_of_a_method_stays() {
        for (full, plain) in [
            ("shop::pay", "shop::pay"),
            ("shop::pay<alloc::vec::Vec<u8>>", "shop::pay"),
            ("shop::Client<_>::get", "shop::Client::get"),
            ("shop::Client<fn(u8) -> u8>::get<T>", "shop::Client::get"),
            ("<shop::C<Vec<u8>> as shop::Tr<u8>>::t<u16>", "<shop::C as shop::Tr>::t"),
            ("<&[u8] as shop::Tr<u8>>::t", "<&[u8] as shop::Tr>::t"),
            ("<dyn shop::Tr<u8>>::t", "<dyn shop::Tr>::t"),
            ("shop::<impl shop::Tr<u8> for u16>::t", "shop::<impl shop::Tr for u16>::t"),
        ] {
            assert_eq!(without_generics(full), plain);
        }
    }

    #[test]
    fn a_declared_path_fits_what_its_users_name() {
        for (declared, called, fit) in [
            ("shop::C<_>::get", "shop::C<u8>::get", true),
            ("shop::C<_>::get", "shop::C<Vec<(u8, fn() -> u8)>>::get<u16>", true),
            ("shop::C<Vec<_>, _>::get", "shop::C<Vec<u8>, u16>::get", true),
            ("shop::C<Vec<_>>::get", "shop::C<Option<u8>>::get", false),
            ("shop::get_all", "shop::get_all<u8>", true),
            ("shop::get_all", "shop::get_all_now", false),
            ("shop::päy<_>", "shop::päy<u8>", true),
        ] {
            assert_eq!(fits(declared, called), fit, "{declared} and {called}");
        }
    }
}
