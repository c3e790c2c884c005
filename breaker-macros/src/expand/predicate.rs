//! Predicates: closures and functions that take a reference to the output and return a `bool`.

use proc_macro2::{Ident, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprClosure, Pat, Type};

use super::fallback::spliced;
use super::{Expansion, relocate};
use crate::function::bare;

impl Expansion {
    /// Returns a closure. A path is called in a closure as well, so that a function that does not fit is
    /// one error, at that call.
    ///
    /// A closure with a typed parameter gets the output from a function of the runtime. If the types
    /// differ, the error of that function names both.
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
        // The type argument has the same span, as the compiler reports an error at the type arguments.
        let whole = relocate(self.output(), span);
        let runtime = self.runtime(span);
        quote_spanned!(span=> #runtime::seen_as::<#whole, #ty>(#output))
    }
}

/// Returns the pattern of a closure's parameter and the type behind its reference, if the closure is
/// plain and the parameter is written with a type `&T`.
fn typed(closure: &ExprClosure) -> Option<(&Pat, &Type)> {
    let Pat::Type(input) = closure.inputs.first()? else { return None };
    let Type::Reference(reference) = bare(&input.ty) else { return None };
    let is_plain = closure.asyncness.is_none() && closure.attrs.is_empty() && input.attrs.is_empty();
    (is_plain && reference.mutability.is_none()).then_some((&*input.pat, &*reference.elem))
}
