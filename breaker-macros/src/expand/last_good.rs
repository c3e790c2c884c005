//! The memory of `last_good`, and what one call needs of it.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, UnOp};

use super::config::length;
use super::{Expansion, local};
use crate::function::without_impl;
use crate::options::{Given, LastGood};

impl Expansion {
    /// An expression for a `Memory`, to be evaluated before the body has the arguments: it sees them and consumes
    /// none. It must stand in the function once only, as a part of it tells instantiations apart.
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

    /// The `static`, in a block in which no token of the user's stands but constant expressions.
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

    /// A key of its own, made of what may be borrowed. The parts of a tuple are made one by one, as the tuple would
    /// consume them. The traits that find the form are in scope of nothing of the user's.
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

    /// What of the output is remembered: found from its outermost form, which is taken for a `Result` where the
    /// type is not written. Placed at the return type, where the compiler tells that it cannot be.
    ///
    /// The form has a name, as an error that is about it would be reported in the macro that finds it.
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

/// Whether an expression names what is somewhere already, and would take it from there.
pub(super) fn is_place(value: &Expr) -> bool {
    match value {
        Expr::Group(group) => is_place(&group.expr),
        Expr::Paren(paren) => is_place(&paren.expr),
        Expr::Path(_) | Expr::Field(_) | Expr::Index(_) => true,
        Expr::Unary(unary) => matches!(unary.op, UnOp::Deref(_)),
        _ => false,
    }
}
