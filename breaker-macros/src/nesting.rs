//! The limit on nested tokens. The parser recurses with each level, and would overflow the compiler's
//! stack.

use proc_macro2::{Delimiter, Span, TokenStream, TokenTree, token_stream};
use syn::Error;

/// The first depth that is not parsed. A level takes up to 50 kB of stack if the macro is built without
/// optimisation, and the compiler has 8 MB.
pub(crate) const DEEPEST: usize = 64;

/// The progress of the count in one group.
struct Level {
    rest: token_stream::IntoIter,
    /// The depth of the group itself.
    outer: usize,
    angles: usize,
    /// `&`, `*`, `!` and `-` before one operand or type.
    prefixes: usize,
    /// Twice the number of return types and bodies of closures: `->` adds two, and each `|` adds one.
    arrows: usize,
    /// The punctuation before the next token, for `->`, `=>` and lifetimes.
    before: Option<char>,
}

impl Level {
    fn new(tokens: TokenStream, outer: usize) -> Self {
        Self { rest: tokens.into_iter(), outer, angles: 0, prefixes: 0, arrows: 0, before: None }
    }

    fn depth(&self) -> usize {
        self.outer + self.angles + self.prefixes + self.arrows / 2
    }

    fn count(&mut self, token: &TokenTree) {
        let before = self.before.take();
        match token {
            TokenTree::Punct(punct) => {
                self.before = Some(punct.as_char());
                match punct.as_char() {
                    '<' => self.angles += 1,
                    '>' if before == Some('-') => self.arrows += 2,
                    '>' if before != Some('=') => self.angles = self.angles.saturating_sub(1),
                    '&' | '*' | '!' | '-' => self.prefixes += 1,
                    '|' => self.arrows += 1,
                    ',' => (self.prefixes, self.arrows) = (0, 0),
                    ';' => (self.angles, self.prefixes, self.arrows) = (0, 0, 0),
                    _ => {}
                }
            }
            TokenTree::Ident(ident) => {
                let goes_on = before == Some('\'') || ident == "mut" || ident == "const";
                if !goes_on {
                    self.prefixes = 0;
                }
            }
            TokenTree::Literal(_) => self.prefixes = 0,
            TokenTree::Group(_) => {}
        }
    }
}

/// Returns the first token that is nested deeper than [`DEEPEST`]. Does not recurse.
pub(crate) fn too_deep(tokens: TokenStream) -> Option<Span> {
    let mut levels = vec![Level::new(tokens, 0)];
    while let Some(level) = levels.last_mut() {
        let Some(token) = level.rest.next() else {
            levels.pop();
            continue;
        };
        level.count(&token);
        let depth = level.depth();
        if depth >= DEEPEST {
            return Some(token.span());
        }
        if let TokenTree::Group(group) = token {
            // The group ends an operand: the prefixes before it do not apply to the next one.
            level.prefixes = 0;
            levels.push(Level::new(group.stream(), depth + 1));
        }
    }
    None
}

/// Refuses tokens that are nested too deep for the parser, except in the body, which is not parsed.
pub(crate) fn check_nesting(options: &TokenStream, item: &TokenStream) -> syn::Result<()> {
    let mut signature: Vec<TokenTree> = item.clone().into_iter().collect();
    let is_body = |token: &TokenTree| matches!(token, TokenTree::Group(group) if group.delimiter() == Delimiter::Brace);
    if signature.last().is_some_and(is_body) {
        signature.pop();
    }
    let deep = too_deep(options.clone()).or_else(|| too_deep(signature.into_iter().collect()));
    deep.map_or(Ok(()), |span| {
        let message = format!(
            "#[circuit_breaker]: a type or an expression is nested {DEEPEST} levels deep or more; give an inner part a \
             name, such as `type Items = ..;`, and write that"
        );
        Err(Error::new(span, message))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_too_deep(text: &str) -> bool {
        too_deep(text.parse().expect("tokens")).is_some()
    }

    #[test]
    fn deep_nesting_is_found_in_every_form() {
        for (open, close) in [
            ("Vec<", ">"),
            ("(", ",)"),
            ("[", "]"),
            ("&", ""),
            ("&'a mut ", ""),
            ("*const ", ""),
            ("fn() -> ", ""),
            ("|a| ", ""),
        ] {
            let nested = |depth| format!("{}u8{}", open.repeat(depth), close.repeat(depth));
            assert!(is_too_deep(&nested(3_000)), "{open}");
            assert!(!is_too_deep(&nested(DEEPEST / 2)), "{open}");
        }
    }

    #[test]
    fn long_list_is_not_deep() {
        for part in
            ["&u8, ", "Vec<u8>, ", "fn(&u8) -> &u8, ", "a && b; ", "x - y * z + ", "(1), ", "{ a }"]
        {
            assert!(!is_too_deep(&part.repeat(3_000)), "{part}");
        }
    }
}
