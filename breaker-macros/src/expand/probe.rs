//! Prints the registration of a background probe.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;
use syn::Ident;
use syn::spanned::Spanned;

use super::{Expansion, local};
use crate::options::{Given, Probe};

impl Expansion {
    /// Returns the part of the macro call for the `static` that registers a probe: a closure that makes
    /// a ping for a key.
    pub(super) fn probe(&self) -> Option<TokenStream> {
        let Given { value, .. } = self.options.probe.as_ref()?;
        let (span, function, probe) = match value {
            Probe::Path(path) if self.is_keyed() => {
                (path.span(), "ping_of_key", quote_spanned!(path.span()=> #path))
            }
            Probe::Path(path) => (path.span(), "ping", quote_spanned!(path.span()=> #path)),
            Probe::Closure(closure) => {
                let name = if closure.inputs.is_empty() { "ping" } else { "ping_by_key" };
                (closure.span(), name, quote_spanned!(closure.span()=> #closure))
            }
        };
        let span = Span::mixed_site().located_at(span);
        let (runtime, function) = (self.runtime(span), Ident::new(function, span));
        let mut key = local("key");
        key.set_span(span);
        Some(quote_spanned!(span=> probe(|#key| #runtime::#function(#probe, #key))))
    }
}
