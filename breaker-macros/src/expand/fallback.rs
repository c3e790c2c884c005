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
    /// Returns what follows a call with an answer, or with the cause of the fallback.
    pub(super) fn answer_or_fall_back(
        &self,
        answered: &TokenStream,
        arguments: &Arguments,
    ) -> TokenStream {
        let (span, unclone, answer) = (self.return_span(), &arguments.unclone, local("answer"));
        let cause = local("cause");
        let leave = self.leave(&relocate(quote!(#answer), span));
        let fallback = self.run_fallback(arguments);
        quote_spanned! {span=>
            let #cause = match #answered {
                ::core::result::Result::Ok(#answer) => #leave,
                ::core::result::Result::Err(#cause) => #cause,
            };
            #unclone
            #fallback
        }
    }

    /// Counts the fallback, and runs it with the cause.
    pub(super) fn run_fallback(&self, arguments: &Arguments) -> TokenStream {
        let (call_site, cause) = (local("call_site"), local("cause"));
        let fallback = self.replacement_of_answer(arguments);
        match self.fallback() {
            // Returned by a function: lints ask why an unused name is bound to a mere variable.
            Some(Fallback::Closure(closure)) if !matches!(closure.inputs[0], Pat::Wild(_)) => {
                let pat = &closure.inputs[0];
                quote!(let #pat = #call_site.cause(#cause); #fallback)
            }
            _ => quote!(#call_site.fall_back(#cause); #fallback),
        }
    }

    /// Returns the fallback itself, after its cause.
    fn replacement_of_answer(&self, arguments: &Arguments) -> TokenStream {
        match self.fallback() {
            Some(Fallback::Function(path)) => {
                let call = call(path, &arguments.call.iter().collect::<Vec<_>>());
                self.end_of_call(&self.awaited(path.span(), call))
            }
            Some(Fallback::Method(method)) => {
                let others: Vec<_> =
                    arguments.call.iter().filter(|argument| !argument.is_self).collect();
                self.end_of_call(&self.awaited(method.span(), call(method, &others)))
            }
            Some(Fallback::Closure(closure)) => self.spliced(&closure.body),
            Some(Fallback::Value(value)) => self.spliced(value),
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
                #answer => #runtime::find!(answer of #output, &#answer).answer(#answer),
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
