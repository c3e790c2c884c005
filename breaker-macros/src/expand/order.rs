//! Lets `#[tracing::instrument]` go first if it stands below the attribute, on a function that returns a
//! future.
//!
//! The methods of an `#[async_trait]` are such functions. `instrument` recognises them by their body
//! alone, and would treat the expansion as a sync function: its span would end before the future begins.
//! So `instrument` is expanded first, and becomes part of the body.

use proc_macro2::{Group, TokenStream, TokenTree};
use quote::{ToTokens, quote};
use syn::Path;

use crate::function::{Function, Shape};

pub(super) fn instrument_goes_first(function: &Function) -> bool {
    // A `cfg_attr` may hold it as well, and is resolved before the attribute is expanded again.
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

/// Prints the function unchanged, with the attribute below all others.
pub(super) fn annotate_last(
    function: &Function,
    options: &TokenStream,
    krate: Option<&Path>,
) -> TokenStream {
    let Function { attrs, inner, vis, default, sig, body } = function;
    let body = body.as_ref().map(|body| {
        let mut whole = Group::new(body.delimiter(), {
            let statements = body.stream();
            quote!(#(#inner)* #statements)
        });
        whole.set_span(body.span());
        whole
    });
    let krate = krate.map_or_else(|| quote!(::breaker_runtime), ToTokens::to_token_stream);
    quote! {
        #(#attrs)*
        #[#krate::circuit_breaker(#options)]
        #vis #default #sig #body
    }
}
