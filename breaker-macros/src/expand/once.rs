//! Which bodies run from their beginning to their end in one go: a future around them would be one too many, and the
//! lint about an `async fn` that awaits nothing would take that for what the function awaits.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

use super::Expansion;
use crate::function::Shape;
use crate::options::Fallback;

impl Expansion {
    /// Whether the body is a closure, and not a future.
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

/// Whether tokens may await something. A macro of the standard library does not.
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
        TokenTree::Ident(ident) => {
            is_macro(&tokens[index + 1..]) && !MACROS.iter().any(|name| ident == name)
        }
        _ => false,
    })
}

/// Whether a name before these tokens is that of a macro.
fn is_macro(rest: &[TokenTree]) -> bool {
    let [TokenTree::Punct(mark), TokenTree::Group(group), ..] = rest else { return false };
    mark.as_char() == '!' && group.delimiter() != Delimiter::None
}
