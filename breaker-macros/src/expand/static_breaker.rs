//! Prints the `static` of a function, its registration, and the accessor.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Ident;
use syn::ext::IdentExt;
use syn::spanned::Spanned;

use super::Expansion;
use crate::options::{Accessor, Given, Value};

impl Expansion {
    /// Returns an expression for the call site of the function, and the accessor that is printed beside
    /// the function.
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
        if self.options.breaker.is_some() {
            let (runtime, breaker) = (&self.runtime, self.items(""));
            return quote!(#runtime::shared(#breaker));
        }
        self.items("call_site")
    }

    fn own_breaker(&self) -> TokenStream {
        self.items("handle")
    }

    /// Returns an expression of type `CircuitBreaker`, for a declared breaker.
    pub(super) fn declared(&self) -> TokenStream {
        self.items("declared")
    }

    /// Returns the macro call that registers the function. It is an expression for the result of a
    /// method of the function's own `static`, or for the breaker of the user. The only tokens of the
    /// user in it are constant expressions and the path of that breaker.
    fn items(&self, method: &str) -> TokenStream {
        let runtime = &self.runtime;
        let function = self.function.sig.ident.unraw().to_string();
        let name = self.options.name.as_ref().map(|Given { value, .. }| match value {
            Value::Literal(name, _) => quote!(, named(#name)),
            Value::Constant(name) => {
                let span = Span::mixed_site().located_at(name.span());
                let runtime = self.runtime(span);
                let name = quote_spanned!(span=> #runtime::checked_name(#name));
                quote!(, named(#name))
            }
        });
        let retries = self.options.retry.as_ref().map(|_| quote!(, retried()));
        let answers = self.answers_injected().then(|| quote!(, answers_injected()));
        if let Some(Given { value, .. }) = &self.options.breaker {
            let user = quote_spanned!(value.span()=> &#value);
            return quote!(#runtime::shared_breaker!(#function, #user #name #retries #answers));
        }
        let (method, options) = (Ident::new(method, Span::mixed_site()), self.static_options());
        let probe = self.probe();
        quote!(#runtime::static_breaker!(#method of #function #options #probe #name #retries #answers))
    }
}
