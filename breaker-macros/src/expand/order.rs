//! `#[tracing::instrument]` below the attribute, on a function that returns a future, as the methods of an
//! `#[async_trait]` do. It knows such a function by its body alone, and would take the expansion for a sync
//! function: its span would end before the future begins. So it goes first, and becomes part of the body.

use proc_macro2::{TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;

use crate::function::{Function, Shape};

pub(super) fn instrument_goes_first(function: &Function) -> bool {
    // Also in a `cfg_attr`, which is resolved on the way.
    let is_instrument = |meta: &syn::Meta| match meta.path().segments.last() {
        Some(last) if last.ident == "cfg_attr" => mentions_instrument(meta.to_token_stream()),
        last => last.is_some_and(|last| last.ident == "instrument"),
    };
    matches!(function.shape(), Shape::Future { .. })
        && function.attrs.iter().any(|attr| is_instrument(&attr.meta))
}

fn mentions_instrument(tokens: TokenStream) -> bool {
    tokens.into_iter().any(|token| match token {
        TokenTree::Ident(ident) => ident == "instrument",
        TokenTree::Group(group) => mentions_instrument(group.stream()),
        _ => false,
    })
}

/// The function as it came, with the attribute below all others.
pub(super) fn annotate_last(
    function: &Function,
    options: &TokenStream,
    krate: Option<&Path>,
) -> TokenStream {
    let Function { attrs, vis, default, sig, body } = function;
    let krate = krate.map_or_else(|| quote!(::breaker_runtime), ToTokens::to_token_stream);
    quote! {
        #(#attrs)*
        #[#krate::circuit_breaker(#options)]
        #vis #default #sig #body
    }
}
