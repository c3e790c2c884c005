//! Finds bodies that run from their beginning to their end in one go.
//!
//! Such a body needs no future around it. The lint about an `async fn` that awaits nothing would also
//! count the await of that future, and stay silent.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::Expansion;
use crate::function::{Shape, is_one_of};
use crate::options::Fallback;

impl Expansion {
    /// Returns whether the body is a closure, and not a future.
    pub(super) fn runs_at_once(&self) -> bool {
        match self.shape {
            Shape::Sync => true,
            Shape::Async => {
                let awaits_fallback = self.fallback().is_some_and(Fallback::takes_all);
                !self.awaits_around_body() && !awaits_fallback && !may_await(self.body_tokens())
            }
            Shape::Future { .. } | Shape::Stream { .. } => false,
        }
    }
}

/// Returns whether tokens may await something. Any macro may, except for those of the standard library
/// in the list.
fn may_await(tokens: TokenStream) -> bool {
    const MACROS: [&str; 20] = [
        "assert",
        "assert_eq",
        "assert_ne",
        "concat",
        "debug_assert",
        "debug_assert_eq",
        "debug_assert_ne",
        "eprintln",
        "env",
        "format",
        "format_args",
        "matches",
        "panic",
        "println",
        "todo",
        "unimplemented",
        "unreachable",
        "vec",
        "write",
        "writeln",
    ];
    let tokens = tokens.into_iter().collect::<Vec<_>>();
    tokens.iter().enumerate().any(|(index, token)| match token {
        TokenTree::Group(group) => may_await(group.stream()),
        TokenTree::Ident(ident) if ident == "await" => true,
        TokenTree::Ident(ident) => is_macro(&tokens[index + 1..]) && !is_one_of(ident, &MACROS),
        _ => false,
    })
}

/// Returns whether the name before these tokens is that of a macro.
fn is_macro(rest: &[TokenTree]) -> bool {
    let [TokenTree::Punct(mark), TokenTree::Group(group), ..] = rest else { return false };
    mark.as_char() == '!' && group.delimiter() != Delimiter::None
}
