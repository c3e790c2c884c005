//! Predicates: closures and functions from a reference to the output to `bool`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, Pat, Type};

use super::fallback::spliced;
use super::{Expansion, relocate};
use crate::function::bare;

impl Expansion {
    /// Returns a closure, also around a path: a function that does not fit is then one error, in its call.
    ///
    /// A closure that says what it takes has the output from a function of the runtime, whose error says what it sees.
    pub(super) fn predicate(&self, value: &Expr) -> TokenStream {
        let output = |at: Span| Ident::new("output", Span::mixed_site().located_at(at));
        match value {
            Expr::Path(path) => {
                let name = output(path.span());
                let span = name.span();
                quote_spanned!(span=> |#name| #path(#name))
            }
            Expr::Closure(closure) => match typed(closure) {
                Some((pat, ty)) => {
                    let name = output(ty.span());
                    let seen = self.seen_as(&name, &ty.to_token_stream());
                    let ExprClosure { capture, output, body, .. } = closure;
                    let body = spliced(body);
                    quote!(#capture |#name| #output { let #pat: &#ty = #seen; #body })
                }
                None => quote!(#closure),
            },
            _ => quote!(#value),
        }
    }

    fn seen_as(&self, output: &Ident, ty: &TokenStream) -> TokenStream {
        let span = output.span();
        // Placed there as well, as the compiler reports at the type arguments.
        let whole = relocate(self.output(), span);
        let runtime = self.runtime(span);
        quote_spanned!(span=> #runtime::seen_as::<#whole, #ty>(#output))
    }
}

/// What a closure takes, if that is written as a reference to a type.
fn typed(closure: &ExprClosure) -> Option<(&Pat, &Type)> {
    let Pat::Type(input) = closure.inputs.first()? else { return None };
    let Type::Reference(reference) = bare(&input.ty) else { return None };
    let is_plain = closure.asyncness.is_none() && closure.attrs.is_empty() && input.attrs.is_empty();
    (is_plain && reference.mutability.is_none()).then_some((&*input.pat, &*reference.elem))
}
