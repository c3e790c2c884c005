//! Prints the look-up of the breaker of a call's key, and the options of a breaker for each key.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Expr;
use syn::spanned::Spanned;

use super::config::{decimal, length};
use super::last_good::is_place;
use super::{Expansion, local};
use crate::function::Shape;
use crate::options::{Given, Keys};

impl Expansion {
    /// Returns two groups of statements that set the local `call_site`: to the given expression, or to
    /// the breaker of the key. The first group is at the start of the function. The second group is in
    /// the future or stream that the function returns and that has to keep the breaker of its key.
    pub(super) fn set_call_site(&self, call_site: &TokenStream) -> (TokenStream, TokenStream) {
        let local_call_site = local("call_site");
        let Some(Given { value: key, .. }) = &self.options.keys.key else {
            return (quote!(let #local_call_site = #call_site;), TokenStream::new());
        };
        let (held, keyed) = (local("keyed"), self.keyed(key, call_site));
        let first = self.look_at_arguments(&held, &keyed, &quote!(#key));
        let set = quote!(let #local_call_site = #held.call_site(););
        if self.is_stream() {
            (quote!(#first #set), set)
        } else if matches!(self.shape, Shape::Future { .. }) {
            (first, set)
        } else {
            (quote!(#first #set), TokenStream::new())
        }
    }

    pub(super) fn is_keyed(&self) -> bool {
        self.options.keys.key.is_some()
    }

    /// Returns an expression for the breaker of one call's key. `call_site` is that of all keys.
    fn keyed(&self, key: &Expr, call_site: &TokenStream) -> TokenStream {
        let span = Span::mixed_site().located_at(key.span());
        let (runtime, name) = (self.runtime(span), local("key"));
        let take = match self.shape {
            Shape::Sync => quote_spanned!(span=> lend),
            // The future may be polled on another thread next.
            Shape::Async | Shape::Future { .. } | Shape::Stream { .. } => quote_spanned!(span=> hold),
        };
        // The key is borrowed, as the body has its parts after this.
        let whole = lent(key);
        quote_spanned! {span=> {
            // All but one of the traits are unused.
            #[allow(unused_imports)]
            use #runtime::{AskKey as _, AskReference as _, AskValue as _, AskWhy as _};
            match &(#whole) { #name => (&&&&#runtime::ask(#name)).#take(#call_site.keys()) }
        }}
    }

    /// Returns the options of the `static`, with the function that makes them: for the breakers of all
    /// keys, or for the one breaker of all calls. Nothing without options.
    pub(super) fn static_options(&self) -> TokenStream {
        let config = self.config();
        if self.options.keys.key.is_some() {
            let limits = self.limits();
            return quote!(with keyed_options(#config) limits(#limits));
        }
        // The list has only the name of the local, and no setter.
        if config.clone().into_iter().count() == 1 {
            return TokenStream::new();
        }
        quote!(with options(#config))
    }

    fn limits(&self) -> TokenStream {
        let Keys { max_keys, key_idle, max_open_keys, outlier, .. } = &self.options.keys;
        let limits = Self::default_config();
        let limits = Self::set(limits, "with_max_keys", max_keys.as_ref(), |keys| quote!(#keys));
        let limits = Self::set(limits, "with_key_idle", key_idle.as_ref(), length);
        let limits = Self::set(limits, "with_max_open_keys", max_open_keys.as_ref(), decimal);
        let Some(Given { value: outlier, option }) = outlier else { return limits };
        let count = |count: u32| quote!(#count);
        let limits = Self::call(&limits, "with_outlier", *option, &TokenStream::new());
        let limits = Self::set(limits, "with_outlier_stdev", outlier.stdev.as_ref(), decimal);
        let limits = Self::set(limits, "with_outlier_min_keys", outlier.min_keys.as_ref(), count);
        let limits = Self::set(limits, "with_outlier_min_calls", outlier.min_calls.as_ref(), count);
        Self::set(limits, "with_outlier_window", outlier.window.as_ref(), length)
    }
}

/// Returns the key as an expression that can be borrowed. A tuple would consume its parts, so it gets a
/// clone of an argument, and of a part of one.
fn lent(key: &Expr) -> TokenStream {
    let span = Span::mixed_site().located_at(key.span());
    match key {
        Expr::Paren(paren) => lent(&paren.expr),
        Expr::Group(group) => lent(&group.expr),
        Expr::Tuple(tuple) => {
            let parts = tuple.elems.iter().map(|part| {
                let value = lent(part);
                if !is_place(part) {
                    return value;
                }
                let span = Span::mixed_site().located_at(part.span());
                quote_spanned!(span=> ::core::clone::Clone::clone(&#value))
            });
            quote_spanned!(span=> (#(#parts,)*))
        }
        _ => quote!(#key),
    }
}
