//! The names that patterns bind, and whether tokens mention one.

use proc_macro2::{TokenStream, TokenTree};
use syn::ext::IdentExt;
use syn::{Ident, Pat, PatIdent};

/// Returns the name that a simple argument binds.
pub(crate) fn simple_name(pat: &Pat) -> Option<&Ident> {
    match pat {
        Pat::Ident(ident) if ident.by_ref.is_none() && ident.subpat.is_none() => Some(&ident.ident),
        _ => None,
    }
}

/// Returns the names that a pattern binds.
pub(crate) fn bound(pat: &Pat) -> Vec<PatIdent> {
    struct Collect(Vec<PatIdent>);
    impl syn::visit::Visit<'_> for Collect {
        fn visit_pat_ident(&mut self, pat: &PatIdent) {
            self.0.push(pat.clone());
            syn::visit::visit_pat_ident(self, pat);
        }
    }
    let mut collect = Collect(Vec::new());
    syn::visit::Visit::visit_pat(&mut collect, pat);
    collect.0
}

/// Returns whether tokens name an argument, also in a macro call, and in a format string such as
/// `"{user}"`. A false positive only lends an argument that could have been moved.
pub(crate) fn mentions(tokens: TokenStream, name: &Ident) -> bool {
    first_mention(tokens, name).is_some()
}

/// Returns the first name of an argument among tokens; `name` itself if it is in a format string.
pub(crate) fn first_mention(tokens: TokenStream, name: &Ident) -> Option<Ident> {
    tokens.into_iter().find_map(|token| match token {
        TokenTree::Ident(ident) => (ident.unraw() == name.unraw()).then_some(ident),
        TokenTree::Group(group) => first_mention(group.stream(), name),
        TokenTree::Literal(literal) => {
            literal.to_string().contains(&format!("{{{}", name.unraw())).then(|| name.clone())
        }
        TokenTree::Punct(_) => None,
    })
}
