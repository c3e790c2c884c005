//! Prints the option `last_good`: its `static`, and the `Memory` of one call.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, UnOp};

use super::config::length;
use super::{Expansion, local};
use crate::function::without_impl;
use crate::options::{Given, LastGood};

impl Expansion {
    /// Returns an expression for the `Memory` of a call. It is evaluated before the body has the
    /// arguments, and borrows an argument that is the key or a part of it. It must stand in the function
    /// only once, as a part of it distinguishes the instantiations of a generic function.
    pub(super) fn memory(&self) -> Option<TokenStream> {
        let Given { value: last_good, option } = self.options.last_good.as_ref()?;
        let span = Span::mixed_site().located_at(*option);
        let call_site = local("call_site");
        let store = self.last_good_store(last_good, span);
        let key = match &last_good.key {
            Some(Given { value, .. }) => self.key(value),
            None => quote_spanned!(span=> ()),
        };
        let (form, span) = (self.local_at_return("form"), self.return_span());
        Some(quote_spanned!(span=> #form.memory(#store, #call_site.owner(), #key)))
    }

    /// Returns the macro call that makes the `static`. The only tokens of the user in it are constant
    /// expressions.
    fn last_good_store(&self, last_good: &LastGood, span: Span) -> TokenStream {
        let runtime = self.runtime(span);
        let limits = local("old").into_token_stream();
        let limits = Self::set(limits, "with_max_age", last_good.max_age.as_ref(), length);
        let limits = Self::set(
            limits,
            "with_capacity",
            last_good.capacity.as_ref(),
            |number: u32| quote!(#number),
        );
        quote_spanned! {span=>
            #runtime::last_good!(#runtime::LastGood::new(
                #runtime::built!(#limits; #runtime::LastGoodLimits::DEFAULT)
            ))
        }
    }

    /// Returns an expression that makes an owned key of a value that may be borrowed. Each part of a
    /// tuple is made separately, as the tuple would consume its parts. No code of the user is in the
    /// scope of the traits that find the form.
    fn key(&self, value: &Expr) -> TokenStream {
        match value {
            Expr::Paren(paren) => return self.key(&paren.expr),
            Expr::Group(group) => return self.key(&group.expr),
            Expr::Tuple(tuple) => {
                let parts = tuple.elems.iter().map(|part| self.key(part));
                let span = Span::mixed_site().located_at(value.span());
                return quote_spanned!(span=> (#(#parts,)*));
            }
            _ => {}
        }
        let span = Span::mixed_site().located_at(value.span());
        let (runtime, mut key) = (self.runtime(span), local("key"));
        key.set_span(span);
        let reference = is_place(value).then(|| quote_spanned!(span=> &));
        quote_spanned! {span=>
            match #reference #value {
                #key => #runtime::find!(key of &#key).key(#key),
            }
        }
    }

    /// Prints the statement that finds which part of the output is remembered, from the outermost form
    /// of its type. A type that is not known counts as a `Result`. The statement has the span of the
    /// return type, where the compiler reports a type that cannot be remembered.
    ///
    /// The form has a name: the compiler would report an error about the form itself inside the macro
    /// that finds it.
    pub(super) fn output_form(&self) -> TokenStream {
        let (span, form) = (self.return_span(), self.local_at_return("form"));
        let runtime = self.runtime(span);
        let output = match self.output_type() {
            Some(ty) => {
                let ty = without_impl(&ty, &quote!(()));
                quote!(#ty)
            }
            None => quote!(::core::result::Result<(), ()>),
        };
        quote_spanned!(span=> let #form = #runtime::find!(memory of #output);)
    }
}

/// Returns whether an expression names an existing value, such as a variable or a field, and would move
/// it.
pub(super) fn is_place(value: &Expr) -> bool {
    match value {
        Expr::Group(group) => is_place(&group.expr),
        Expr::Paren(paren) => is_place(&paren.expr),
        Expr::Path(_) | Expr::Field(_) | Expr::Index(_) => true,
        Expr::Unary(unary) => matches!(unary.op, UnOp::Deref(_)),
        _ => false,
    }
}
