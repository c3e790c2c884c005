//! The `static` of a function, its registration, and the accessor.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::Expansion;
use crate::options::{Accessor, Given, Value};

impl Expansion {
    /// An expression for the place that the function goes through, and the accessor to stand beside it.
    pub(super) fn call_site(&self) -> (TokenStream, TokenStream) {
        let runtime = &self.runtime;
        let Some(Given { value: Accessor { name, associated }, .. }) = &self.options.accessor else {
            return (self.own_call_site(), TokenStream::new());
        };
        let breaker = self.own_breaker();
        let (cfgs, vis) = (self.function.cfgs(), &self.function.vis);
        let doc = format!("The circuit breaker of [`{}`].", self.function.sig.ident);
        let doc = if *associated { doc.replace("[`", "[`Self::") } else { doc };
        let accessor = quote! {
            #(#cfgs)*
            #[doc = #doc]
            #[must_use]
            #vis fn #name() -> &'static #runtime::CircuitBreaker {
                #breaker
            }
        };
        let path = if *associated { quote!(Self::#name) } else { quote!(#name) };
        (quote!(#runtime::shared(#path())), accessor)
    }

    fn own_call_site(&self) -> TokenStream {
        let runtime = &self.runtime;
        match &self.options.breaker {
            Some(_) => {
                let breaker = self.own_breaker();
                quote!(#runtime::shared(#breaker))
            }
            None => {
                let (items, _) = self.items();
                quote!({ #items CIRCUIT_BREAKER.call_site() })
            }
        }
    }

    fn own_breaker(&self) -> TokenStream {
        let (items, breaker) = self.items();
        quote!({ #items #breaker })
    }

    /// The items of a declared breaker, and an expression of type `CircuitBreaker`.
    pub(super) fn declared(&self) -> TokenStream {
        let (items, _) = self.items();
        quote!(#items CIRCUIT_BREAKER.declared())
    }

    /// The items that make and register the breaker, and an expression for it. They stand
    /// in a block in which no token of the user's stands but constant expressions.
    fn items(&self) -> (TokenStream, TokenStream) {
        let runtime = &self.runtime;
        let function = self.function.sig.ident.unraw().to_string();
        let (call_site, breaker, registration) = match &self.options.breaker {
            Some(Given { value, .. }) => {
                let user = quote_spanned!(value.span()=> &#value);
                // Two levels inside the function, as in its own `static`.
                let here = quote! {
                    const CIRCUIT_BREAKER_REGISTRATION: #runtime::Registration = #runtime::Registration::shared(
                        #function,
                        || {},
                        || -> &'static #runtime::CircuitBreaker { #user },
                    );
                };
                (here, user, quote!(CIRCUIT_BREAKER_REGISTRATION))
            }
            None => {
                let call_site = self.new_static();
                let call_site = quote!(static CIRCUIT_BREAKER: #runtime::StaticBreaker = #call_site;);
                let registration = quote!(#runtime::Registration::own(#function, &CIRCUIT_BREAKER));
                (call_site, quote!(CIRCUIT_BREAKER.handle()), registration)
            }
        };
        let name = self.options.name.as_ref().map(|Given { value, .. }| match value {
            Value::Literal(name, _) => quote!(.named(#name)),
            Value::Constant(name) => {
                let span = Span::mixed_site().located_at(name.span());
                let runtime = self.runtime(span);
                let name = quote_spanned!(span=> #runtime::checked_name(#name));
                quote!(.named(#name))
            }
        });
        let retries = self.options.retry.as_ref().map(|_| quote!(.retried()));
        let items = quote! {
            #call_site
            #runtime::inventory::submit! { #registration #name #retries }
        };
        (items, breaker)
    }
}
