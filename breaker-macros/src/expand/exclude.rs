//! Prints the option `exclude` as a closure that takes the error and returns whether it is excluded.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::visit::{self, Visit};
use syn::{FieldPat, Ident, PatIdent};

use super::local;
use crate::options::Exclude;

/// Prints the closure. A variant or constant that is not in scope does not compile, nor does a pattern
/// without a guard that matches every error: with it no error could open the breaker.
pub(super) fn excluded(exclude: &Exclude) -> TokenStream {
    let Exclude { pattern, guard } = exclude;
    let span = Span::mixed_site().located_at(pattern.span());
    let error = local("error");
    let mut names = Names(Vec::new());
    names.visit_pat(pattern);
    // A variant or constant that is not in scope would be a variable in the pattern, and match
    // everything.
    let names = names.0.into_iter().map(|name| quote_spanned!(span=> if false { let _ = #name; }));
    let matches = if let Some(guard) = guard {
        quote_spanned!(span=> ::core::matches!(#error, #pattern if #guard))
    } else {
        // The lint ignores code of a macro, so all of this has the span of the pattern.
        let at = pattern.span();
        let seen = Ident::new("excluded_error", at);
        quote_spanned! {at=>
            let #seen = #error;
            #[deny(irrefutable_let_patterns)]
            let () = if let #pattern = #seen { return true };
            false
        }
    };
    quote!(|#error| { #(#names)* #matches })
}

/// The names in a pattern that look like a variant or a constant and stand alone: `NotFound`, but not
/// `ShopError::NotFound`.
struct Names<'p>(Vec<&'p Ident>);

impl<'p> Visit<'p> for Names<'p> {
    fn visit_pat_ident(&mut self, pattern: &'p PatIdent) {
        let is_alone =
            pattern.by_ref.is_none() && pattern.mutability.is_none() && pattern.subpat.is_none();
        if is_alone && pattern.ident.unraw().to_string().contains(char::is_uppercase) {
            self.0.push(&pattern.ident);
        }
        visit::visit_pat_ident(self, pattern);
    }

    fn visit_field_pat(&mut self, field: &'p FieldPat) {
        // A pattern without a colon is the name of a field.
        if field.colon_token.is_some() {
            visit::visit_field_pat(self, field);
        }
    }
}
