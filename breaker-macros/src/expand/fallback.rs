//! The fallback, spliced in behind the body: `?`, `return` and `.await` in it are the function's own.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::ext::IdentExt;
use syn::spanned::Spanned;
use syn::{Expr, Pat};

use super::arguments::{Arguments, CallArgument};
use super::{Expansion, local, relocate};
use crate::function::Shape;
use crate::options::Fallback;

impl Expansion {
    pub(super) fn run_fallback(&self, arguments: &Arguments) -> TokenStream {
        let (cause, runtime) = (local("cause"), &self.runtime);
        let fallback = self.options.fallback.as_ref().map(|given| &given.value);
        match fallback {
            Some(Fallback::Function(path)) => {
                let call = call(path, &arguments.call.iter().collect::<Vec<_>>());
                let call = self.end_of_call(&self.awaited(path.span(), call));
                quote!(#runtime::done(#cause); #call)
            }
            Some(Fallback::Method(method)) => {
                let others: Vec<_> =
                    arguments.call.iter().filter(|argument| !argument.is_self).collect();
                let call = self.end_of_call(&self.awaited(method.span(), call(method, &others)));
                quote!(#runtime::done(#cause); #call)
            }
            Some(Fallback::Closure(closure)) => {
                let body = self.spliced(&closure.body);
                match &closure.inputs[0] {
                    Pat::Wild(_) => quote!(#runtime::done(#cause); #body),
                    // Handed over by a function: lints ask why an unused name is bound to a mere variable.
                    pat => quote!(let #pat = #runtime::given(#cause); #body),
                }
            }
            Some(Fallback::Value(value)) => {
                let value = self.spliced(value);
                quote!(#runtime::done(#cause); #value)
            }
            None => TokenStream::new(),
        }
    }

    /// A call as the end of the function. A fallback that never returns leaves the rest unreached.
    fn end_of_call(&self, call: &TokenStream) -> TokenStream {
        let end = self.end(call);
        if self.is_never() {
            return end;
        }
        quote!(#[allow(unreachable_code, clippy::diverging_sub_expression)] #end)
    }

    /// The value as the end of the function. Of what may never end, such as a macro, it is not returned: the `return`
    /// would be unreachable.
    fn spliced(&self, value: &Expr) -> TokenStream {
        match value {
            // Lints have a word for a unit of the user's.
            Expr::Tuple(tuple) if tuple.elems.is_empty() => {
                self.end(&quote_spanned!(Span::mixed_site().located_at(value.span())=> ()))
            }
            Expr::Array(_)
            | Expr::Binary(_)
            | Expr::Cast(_)
            | Expr::Field(_)
            | Expr::Lit(_)
            | Expr::Path(_)
            | Expr::Reference(_)
            | Expr::Struct(_)
            | Expr::Tuple(_)
            | Expr::Unary(_) => self.end(&quote!(#value)),
            Expr::Call(call) if makes_value(&call.func) => self.end(&quote!(#value)),
            _ => spliced(value),
        }
    }

    /// An `async` function takes a fallback of either kind.
    fn awaited(&self, at: Span, call: TokenStream) -> TokenStream {
        if matches!(self.shape, Shape::Sync | Shape::Stream { .. }) {
            return call;
        }
        let span = Span::mixed_site().located_at(at);
        let (runtime, output) = (self.runtime(span), self.output());
        let answer = local("answer").into_token_stream();
        let answer = relocate(answer, span);
        quote_spanned! {span=>
            match #call {
                #answer => {
                    // All but one are unused.
                    #[allow(unused_imports)]
                    use #runtime::{AnswerLater as _, AnswerNever as _, AnswerNow as _};
                    (&&&#runtime::answer::<#output, _>(&#answer)).answer_form().answer(#answer)
                }
            }
            .await
        }
    }
}

/// The statements of a block. As a block at the end of another one, it would have braces too many.
pub(super) fn spliced(value: &Expr) -> TokenStream {
    match value {
        Expr::Block(block) if block.attrs.is_empty() && block.label.is_none() => {
            let statements = &block.block.stmts;
            quote!(#(#statements)*)
        }
        _ => quote!(#value),
    }
}

/// Whether this is the name of a variant or of a struct, such as `Ok`.
fn makes_value(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let last = path.path.segments.last().map(|last| last.ident.unraw().to_string());
    last.is_some_and(|last| last.starts_with(char::is_uppercase))
}

/// Calls a function or a method; an argument under a `cfg` is there or not.
fn call(function: &impl ToTokens, arguments: &[&CallArgument]) -> TokenStream {
    let span = function.span();
    let Some(index) = arguments.iter().position(|argument| !argument.cfgs.is_empty()) else {
        // Reported where the fallback is named: the signature has no part in a call that does not fit. The parentheses
        // are the macro's, as the compiler would suggest changes of a call that the user wrote.
        let values = arguments.iter().map(|argument| relocate(argument.value.clone(), span));
        let ours = Span::mixed_site().located_at(span);
        return quote_spanned!(ours=> #function(#(#values),*));
    };
    let CallArgument { cfgs, value, is_self } = arguments[index];
    let with = |there: bool| {
        let plain = CallArgument { cfgs: Vec::new(), value: value.clone(), is_self: *is_self };
        let mut arguments = arguments.to_vec();
        arguments.splice(index..=index, there.then_some(&plain));
        call(function, &arguments)
    };
    let (there, absent) = (with(true), with(false));
    let conditions = cfgs.iter().filter_map(|cfg| cfg.meta.require_list().ok());
    let conditions = conditions.map(|list| &list.tokens).collect::<Vec<_>>();
    quote! {{
        #[cfg(all(#(#conditions),*))] { #there }
        #[cfg(not(all(#(#conditions),*)))] { #absent }
    }}
}
