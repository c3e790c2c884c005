//! Names and paths: the path of a function in its [`std::any::type_name`].

use crate::support::intern::intern;

/// Returns the path of the function around an item, from the item's type name: `shop::pay` for
/// `shop::pay::{{closure}}::ITEM::Here` in an `async` function.
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

/// Removes generic arguments from a path: `<shop::Cache<u8> as shop::Store<u8>>::get<u16>` becomes
/// `<shop::Cache as shop::Store>::get`.
pub(crate) fn without_generics(path: &str) -> String {
    let mut plain = String::with_capacity(path.len());
    let mut depth = 0_usize;
    let mut previous = "::";
    for token in Tokens(path) {
        // At the start of a segment `<` is that of `<Type as Trait>`, which names the method's type.
        let generics = depth > 0 || !matches!(previous, "::" | "<");
        match token {
            "<" if generics => depth += 1,
            ">" if depth > 0 => depth -= 1,
            _ if depth > 0 => {}
            _ => plain.push_str(token),
        }
        previous = token;
    }
    plain
}

/// Returns the path that users of a method write. An `impl` that stands neither with its type nor with
/// its trait is `module::<impl Trait for Type>` in the paths of its items; for users it is
/// `<Type as Trait>`, as elsewhere.
pub(crate) fn as_users_name(path: &'static str) -> &'static str {
    let Some((_, inside)) = path.split_once("<impl ") else { return path };
    let (mut depth, mut at, mut of_type) = (0_usize, 0, None);
    for token in Tokens(inside) {
        match (token, of_type) {
            (" for ", _) if depth == 0 => of_type = Some((at, at + token.len())),
            (">", None) if depth == 0 => return path,
            (">", Some((end, start))) if depth == 0 => {
                let (of_trait, of_type, rest) = (&inside[..end], &inside[start..at], &inside[at..]);
                return intern(&format!("<{of_type} as {of_trait}{rest}"));
            }
            ("<", _) => depth += 1,
            (">", _) => depth -= 1,
            _ => {}
        }
        at += token.len();
    }
    path
}

/// Removes closures and `async` blocks from a path.
pub(crate) fn without_closures(path: &str) -> String {
    path.replace("::{{closure}}", "")
}

/// Returns whether the path that a user writes, with all types known, is that of an annotated function,
/// which has `_` for its own type parameters and names for const parameters.
pub(crate) fn fits(declared: &str, called: &str) -> bool {
    let (declared, called): (Vec<_>, Vec<_>) = (Tokens(declared).collect(), Tokens(called).collect());
    let mut rest = &called[..];
    for (at, token) in declared.iter().enumerate() {
        let Some(first) = rest.first() else { return false };
        if is_hole(&declared, at) || is_value(first) && !is_value(token) {
            rest = &rest[type_len(rest)..];
        } else if token == first {
            rest = &rest[1..];
        } else {
            return false;
        }
    }
    // The function's own generic arguments show only in what the user names.
    rest.first().is_none_or(|first| *first == "<")
}

/// Returns whether `_` is a type parameter, and not a `const _` around the function.
fn is_hole(path: &[&str], at: usize) -> bool {
    let segment = |at: Option<usize>| at.and_then(|at| path.get(at)) == Some(&"::");
    path[at] == "_" && !segment(at.checked_sub(1)) && !segment(at.checked_add(1))
}

/// Returns whether a token is, or begins, the value of a const parameter.
fn is_value(token: &str) -> bool {
    let is_char = token.len() > 2 && token.starts_with('\'') && token.ends_with('\'');
    is_char
        || matches!(token, "-" | "true" | "false")
        || token.starts_with(|first: char| first.is_ascii_digit())
}

/// Returns the number of tokens of the type at the start.
fn type_len(tokens: &[&str]) -> usize {
    let mut depth = 0_usize;
    for (at, token) in tokens.iter().enumerate() {
        match *token {
            "," | ";" | ")" | "]" | ">" | " as " if depth == 0 => return at,
            "<" | "(" | "[" => depth += 1,
            ">" | ")" | "]" => depth -= 1,
            _ => {}
        }
    }
    tokens.len()
}

/// The tokens of a path: words, char literals, lifetimes, `::`, `->`, ` as `, ` for `, and other
/// characters one by one.
struct Tokens<'p>(&'p str);

impl<'p> Iterator for Tokens<'p> {
    type Item = &'p str;

    fn next(&mut self) -> Option<&'p str> {
        let first = self.0.chars().next()?;
        let fixed = ["::", "->", " as ", " for "].into_iter().find(|fixed| self.0.starts_with(fixed));
        let len = match (first, fixed) {
            (_, Some(fixed)) => fixed.len(),
            ('\'', _) => quoted_len(self.0),
            (first, _) if is_word(first) => self.0.find(|next| !is_word(next)).unwrap_or(self.0.len()),
            _ => first.len_utf8(),
        };
        let (token, rest) = self.0.split_at(len);
        self.0 = rest;
        Some(token)
    }
}

fn is_word(character: char) -> bool {
    character.is_alphanumeric() || character == '_'
}

/// Returns the length of the char literal or the lifetime at the start of `text`.
fn quoted_len(text: &str) -> usize {
    let mut inside = text[1..].chars();
    let first = inside.next();
    let one = 1 + first.map_or(0, char::len_utf8);
    match first {
        // Skips the escaped character, which may be a quote.
        Some('\\') => text[one + 1..].find('\'').map_or(text.len(), |end| one + 1 + end + 1),
        _ if text[one..].starts_with('\'') => one + 1,
        _ => text[1..].find(|next| !is_word(next)).map_or(text.len(), |end| 1 + end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn item_in_a_function_has_the_path_of_the_function() {
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
    fn path_without_generics_keeps_the_type_of_a_method() {
        for (full, plain) in [
            ("shop::pay", "shop::pay"),
            ("shop::pay<alloc::vec::Vec<u8>>", "shop::pay"),
            ("shop::Client<_>::get", "shop::Client::get"),
            ("shop::Client<fn(u8) -> u8>::get<T>", "shop::Client::get"),
            ("<shop::C<Vec<u8>> as shop::Tr<u8>>::t<u16>", "<shop::C as shop::Tr>::t"),
            ("<&[u8] as shop::Tr<u8>>::t", "<&[u8] as shop::Tr>::t"),
            ("<dyn shop::Tr<u8>>::t", "<dyn shop::Tr>::t"),
            ("shop::<impl shop::Tr<u8> for u16>::t", "shop::<impl shop::Tr for u16>::t"),
            ("shop::C<'>', '\\'', '\\u{1}', '_'>::get<'<'>", "shop::C::get"),
            ("<shop::C<'_, u8>>::get", "<shop::C>::get"),
        ] {
            assert_eq!(without_generics(full), plain);
        }
    }

    #[test]
    fn impl_in_another_module_has_the_path_that_users_write() {
        for (path, users) in [
            ("shop::pay", "shop::pay"),
            ("shop::sql::<impl shop::C<u8>>::get", "shop::sql::<impl shop::C<u8>>::get"),
            ("shop::sql::<impl shop::Tr<_> for [_; 1]>::get", "<[_; 1] as shop::Tr<_>>::get"),
            ("shop::_::<impl shop::Tr for fn(_) -> _>::get::in", "<fn(_) -> _ as shop::Tr>::get::in"),
        ] {
            assert_eq!(as_users_name(path), users);
        }
    }

    #[test]
    fn declared_path_fits_the_path_that_users_write() {
        for (declared, called, fit) in [
            ("shop::C<_>::get", "shop::C<u8>::get", true),
            ("shop::C<_>::get", "shop::C<Vec<(u8, fn() -> u8)>>::get<u16>", true),
            ("shop::C<Vec<_>, _>::get", "shop::C<Vec<u8>, u16>::get", true),
            ("shop::C<Vec<_>>::get", "shop::C<Option<u8>>::get", false),
            ("shop::get_all", "shop::get_all<u8>", true),
            ("shop::get_all", "shop::get_all_now", false),
            ("shop::päy<_>", "shop::päy<u8>", true),
            ("<_ as shop::Tr>::get", "<u8 as shop::Tr>::get", true),
            ("<[_; 1] as shop::Tr<_>>::get", "<[shop::C<u8>; 1] as shop::Tr<u8>>::get", true),
            ("<[_; 1] as shop::Tr<_>>::get", "<[shop::C<u8>; 2] as shop::Tr<u8>>::get", false),
            ("<(_, &_) as shop::Tr>::get", "<(u8, &[u8]) as shop::Tr>::get", true),
            ("<fn(_) -> _ as shop::Tr>::get", "<fn(u8) -> (u8, u8) as shop::Tr>::get", true),
            ("<shop::C<'_, _>>::get", "<shop::C<'_, u8>>::get", true),
            ("shop::C<u8, N>::get", "shop::C<u8, 3>::get", true),
            ("shop::C<u8, N>::get", "shop::C<u16, 3>::get", false),
            ("shop::C<N, _>::get", "shop::C<-3, u8>::get", true),
            ("shop::C<X, _>::get", "shop::C<'>', u8>::get", true),
            ("shop::C<3>::get", "shop::C<4>::get", false),
            ("shop::_::C::get", "shop::_::C::get", true),
            ("shop::_::get", "shop::C::get", false),
        ] {
            assert_eq!(fits(declared, called), fit, "{declared} and {called}");
        }
    }
}
