//! Prints the fallback behind the body, in the function itself: `?`, `return` and `.await` in it are the
//! function's own. The fallback of a function that returns a future is in an `async` block, and that of
//! a stream is in a closure.

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
    /// Returns the statements after a call: they leave the function with the answer, or run the fallback
    /// with its cause.
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
            // A function returns the cause: lints report an unused name that is bound to a mere
            // variable.
            Some(Fallback::Closure(closure)) if !matches!(closure.inputs[0], Pat::Wild(_)) => {
                let pat = &closure.inputs[0];
                quote!(let #pat = #call_site.cause(#cause); #fallback)
            }
            _ => quote!(#call_site.fall_back(#cause); #fallback),
        }
    }

    /// Returns the fallback itself, without the binding of its cause.
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

    /// Ends the function with a call. A fallback that never returns makes the rest unreachable.
    fn end_of_call(&self, call: &TokenStream) -> TokenStream {
        let end = self.end(call);
        if self.is_never() {
            return end;
        }
        quote!(#[allow(unreachable_code, clippy::diverging_sub_expression)] #end)
    }

    /// Ends the function with a value. An expression that may never end, such as a macro call, gets no
    /// `return`, which would be unreachable.
    fn spliced(&self, value: &Expr) -> TokenStream {
        match value {
            // Lints report a unit that the user wrote.
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

    /// Awaits the call in a function that is `async` or returns a future, where a fallback may be
    /// `async` or not.
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

/// Returns the statements of a block, or any other expression as it is. A block at the end of another
/// one would have superfluous braces.
pub(super) fn spliced(value: &Expr) -> TokenStream {
    match value {
        Expr::Block(block) if block.attrs.is_empty() && block.label.is_none() => {
            let statements = &block.block.stmts;
            quote!(#(#statements)*)
        }
        _ => quote!(#value),
    }
}

/// Returns whether an expression is the name of a variant or of a struct, such as `Ok`.
fn makes_value(function: &Expr) -> bool {
    let Expr::Path(path) = function else { return false };
    let last = path.path.segments.last().map(|last| last.ident.unraw().to_string());
    last.is_some_and(|last| last.starts_with(char::is_uppercase))
}

/// Calls a function or a method. If an argument has a `cfg`, the call is printed with it and without it.
fn call(function: &impl ToTokens, arguments: &[&CallArgument]) -> TokenStream {
    let span = function.span();
    let Some(index) = arguments.iter().position(|argument| !argument.cfgs.is_empty()) else {
        // An error is reported at the name of the fallback, as the signature is not the cause of a call
        // that does not fit. The parentheses are the macro's: the compiler would suggest changes to a
        // call that the user wrote.
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
