//! The `static` of a function, its registration, and the accessor.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::Expansion;
use crate::options::{Accessor, Given, Value};

impl Expansion {
    /// An expression for the place that the function goes through, and the accessor to stand beside it.
    pub(super) fn place(&self) -> (TokenStream, TokenStream) {
        let runtime = &self.runtime;
        let Some(Given { value: Accessor { name, associated }, .. }) = &self.options.accessor else {
            return (self.own_place(), TokenStream::new());
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

    fn own_place(&self) -> TokenStream {
        let runtime = &self.runtime;
        match &self.options.breaker {
            Some(_) => {
                let breaker = self.own_breaker();
                quote!(#runtime::shared(#breaker))
            }
            None => {
                let (items, _) = self.items();
                quote!({ #items CIRCUIT_BREAKER_PLACE.seat() })
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
        quote!(#items CIRCUIT_BREAKER_PLACE.declared())
    }

    /// The items that make and register the breaker, and an expression for it. They stand
    /// in a block in which no token of the user's stands but constant expressions.
    fn items(&self) -> (TokenStream, TokenStream) {
        let runtime = &self.runtime;
        let function = self.function.sig.ident.unraw().to_string();
        let (place, breaker, shared) = match &self.options.breaker {
            Some(Given { value, .. }) => {
                let user = quote_spanned!(value.span()=> &#value);
                (TokenStream::new(), user, true)
            }
            None => {
                let place = self.new_place();
                let place = quote!(static CIRCUIT_BREAKER_PLACE: #runtime::Place = #place;);
                (place, quote!(CIRCUIT_BREAKER_PLACE.handle()), false)
            }
        };
        let name = match &self.options.name {
            None => quote!(::core::option::Option::None),
            Some(Given { value: Value::Literal(name, _), .. }) => {
                quote!(::core::option::Option::Some(#name))
            }
            Some(Given { value: Value::Constant(name), .. }) => {
                let span = Span::mixed_site().located_at(name.span());
                let runtime = self.runtime(span);
                quote_spanned!(span=> ::core::option::Option::Some(#runtime::checked_name(#name)))
            }
        };
        let retries = self.options.retry.is_some();
        let items = quote! {
            #place
            const CIRCUIT_BREAKER_HERE: fn() -> &'static ::core::primitive::str = {
                struct Here;
                || ::core::any::type_name::<Here>()
            };
            #runtime::inventory::submit! {
                #runtime::Registration {
                    name: #name,
                    function: #function,
                    here: CIRCUIT_BREAKER_HERE,
                    breaker: || -> &'static #runtime::CircuitBreaker { #breaker },
                    shared: #shared,
                    retries: #retries,
                    file: ::core::file!(),
                    line: ::core::line!(),
                    column: ::core::column!(),
                }
            }
        };
        (items, breaker)
    }
}
