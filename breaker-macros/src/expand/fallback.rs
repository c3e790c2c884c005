//! The fallback, spliced in behind the body: `?`, `return` and `.await` in it are the function's own.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Expr, ExprPath};

use super::arguments::{Arguments, CallArgument};
use super::{Expansion, local, relocate};
use crate::function::Shape;
use crate::options::Fallback;

impl Expansion {
    pub(super) fn run_fallback(&self, arguments: &Arguments) -> TokenStream {
        let cause = local("cause");
        let fallback = self.options.fallback.as_ref().map(|given| &given.value);
        match fallback {
            Some(Fallback::Function(path)) => {
                let call = call(path, &arguments.call);
                let call = self.awaited(path, call);
                quote!({ let _cause = #cause; } #call)
            }
            Some(Fallback::Closure(closure)) => {
                let (pat, body) = (&closure.inputs[0], spliced(&closure.body));
                quote!(let #pat = #cause; #body)
            }
            Some(Fallback::Value(value)) => {
                let value = spliced(value);
                quote!({ let _cause = #cause; } #value)
            }
            None => TokenStream::new(),
        }
    }

    /// An `async` function takes a fallback of either kind.
    fn awaited(&self, path: &ExprPath, call: TokenStream) -> TokenStream {
        if matches!(self.shape, Shape::Sync) {
            return call;
        }
        let span = Span::mixed_site().located_at(path.span());
        let (runtime, output) = (self.runtime(span), self.output());
        quote_spanned!(span=> #runtime::answer::<#output, _, _>(#call).await)
    }
}

/// The statements of a block. As a block at the end of another one, it would have braces too many.
fn spliced(value: &Expr) -> TokenStream {
    match value {
        Expr::Block(block) if block.attrs.is_empty() && block.label.is_none() => {
            let statements = &block.block.stmts;
            quote!(#(#statements)*)
        }
        _ => quote!(#value),
    }
}

/// Calls with all arguments; one under a `cfg` is there or not.
fn call(path: &ExprPath, arguments: &[CallArgument]) -> TokenStream {
    let Some(place) = arguments.iter().position(|argument| !argument.cfgs.is_empty()) else {
        // Reported where the fallback is named: the signature has no part in a call that does not fit.
        let values = arguments.iter().map(|argument| relocate(argument.value.clone(), path.span()));
        return quote_spanned!(path.span()=> #path(#(#values),*));
    };
    let with = |there: bool| {
        let arguments = arguments.iter().enumerate();
        let kept = arguments.filter(|(index, _)| there || *index != place);
        let plain = kept.map(|(index, argument)| CallArgument {
            cfgs: if index == place { Vec::new() } else { argument.cfgs.clone() },
            value: argument.value.clone(),
        });
        call(path, &plain.collect::<Vec<_>>())
    };
    let (there, absent) = (with(true), with(false));
    let conditions = arguments[place].cfgs.iter().filter_map(|cfg| cfg.meta.require_list().ok());
    let conditions = conditions.map(|list| &list.tokens).collect::<Vec<_>>();
    quote! {{
        #[cfg(all(#(#conditions),*))] { #there }
        #[cfg(not(all(#(#conditions),*)))] { #absent }
    }}
}
