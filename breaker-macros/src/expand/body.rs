//! Prints the body, and the call that runs it for each shape of function.

use proc_macro2::{Group, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Lifetime;

use super::arguments::Arguments;
use super::{Expansion, local};
use crate::function::{Shape, in_body, is_never, is_result, split_items};
use crate::options::FallbackOn;

impl Expansion {
    /// Prints the statements that follow after `call_site` is set.
    pub(super) fn body(&self, arguments: &Arguments, call_site_in_future: &TokenStream) -> TokenStream {
        let run = if self.is_layered() {
            self.layered(arguments, call_site_in_future)
        } else {
            self.run(arguments)
        };
        if self.retries() && matches!(self.shape, Shape::Async) {
            return run;
        }
        let edge = self.edge();
        quote!(#edge #run)
    }

    fn run(&self, arguments: &Arguments) -> TokenStream {
        if self.options.fallback.is_none() {
            return self.without_fallback(arguments);
        }
        match self.options.fallback_on.as_ref().map(|given| given.value).unwrap_or_default() {
            FallbackOn::Rejection => self.fallback_on_rejection(arguments),
            FallbackOn::Failure => {
                self.fallback_after(arguments, &self.rules("fallback_failure", "fallback_failure_if"))
            }
            FallbackOn::Any => {
                self.fallback_after(arguments, &self.rules("fallback_any", "fallback_any_if"))
            }
        }
    }

    fn without_fallback(&self, arguments: &Arguments) -> TokenStream {
        let (span, admission) = (self.return_span(), self.plain_admission());
        let runtime = self.runtime(span);
        let run = self.runnable(arguments);
        if let Some(judge) = self.judge_of_result().filter(|_| !self.has_call_timeout_alone()) {
            if self.runs_at_once() {
                return self
                    .end(&quote_spanned!(span=> #runtime::call_result(#admission, #run, #judge)));
            }
            let (permit, cause) = (local("permit"), local("cause"));
            let refused = quote_spanned!(span=> #runtime::refused(#cause));
            let answer = self.end(&quote_spanned!(span=> #runtime::watch(#permit, #run, #judge).await));
            return self.begun(&admission, &refused, &answer);
        }
        let rules = self.rules("protect", "protect_if");
        match self.shape {
            _ if self.runs_at_once() => {
                self.end(&quote_spanned!(span=> #runtime::call(#admission, #run, #rules)))
            }
            Shape::Sync | Shape::Async => {
                // At the attribute it would draw a lifetime error of the body there.
                let kept = self.local_at_return("rules");
                let (permit, cause) = (local("permit"), local("cause"));
                let watch = if self.has_call_timeout_alone() {
                    let limit = self.limit();
                    quote_spanned!(span=> #runtime::watch_within(#permit, #run, #kept #limit).await)
                } else {
                    quote_spanned!(span=> #runtime::watch(#permit, #run, #kept.into_judge()).await)
                };
                let answer = self.end(&watch);
                let refused = quote_spanned!(span=> #kept.refuse(#cause));
                let begun = self.begun(&admission, &refused, &answer);
                quote_spanned!(span=> let #kept = #rules; #begun)
            }
            // The module `streams` prints this shape.
            Shape::Stream { .. } => TokenStream::new(),
            Shape::Future { boxed, .. } => {
                let future = quote_spanned!(span=> #runtime::guard_future(#admission, #run, #rules));
                self.end(&self.in_box(boxed, span, &future))
            }
        }
    }

    /// Returns the statements of a call that ends with a rejection before there is a future to poll. One
    /// future for both would check at each poll which of them it is.
    fn begun(
        &self,
        admission: &TokenStream,
        refused: &TokenStream,
        answer: &TokenStream,
    ) -> TokenStream {
        let (span, permit, cause) = (self.return_span(), local("permit"), local("cause"));
        quote_spanned! {span=>
            let #permit = match #admission {
                ::core::result::Result::Ok(#permit) => #permit,
                ::core::result::Result::Err(#cause) => return #refused,
            };
            #answer
        }
    }

    /// Returns the judge of a plain function with a return type that is called `Result`. Whether it is
    /// one is not looked up, so that the compiler has less to do.
    fn judge_of_result(&self) -> Option<TokenStream> {
        let options = &self.options;
        let judges = options.classify.is_some()
            || options.failure_if.is_some()
            || options.ignore_if.is_some()
            || options.exclude.is_some()
            || options.policy.honour_retry_after.is_some();
        let carries = matches!(self.shape, Shape::Sync) && self.function.carried().is_some();
        let is_plain = matches!(self.shape, Shape::Sync | Shape::Async) && !judges && !carries;
        let ty = self.output_type().filter(|ty| is_plain && is_result(ty))?;
        let span = self.return_span();
        let runtime = self.runtime(span);
        let judge = self.of_output("result_judge");
        if !self.may_carry(&ty) {
            return Some(judge);
        }
        let owner = self.owner_argument();
        Some(quote_spanned!(span=> #runtime::carrying!(carrying of #ty, judge #judge, #owner)))
    }

    /// Runs the body, and then the fallback after a rejection or a failure, as the rules decide.
    fn fallback_after(&self, arguments: &Arguments, rules: &TokenStream) -> TokenStream {
        let span = self.return_span();
        let runtime = self.runtime(span);
        let (admitted, admission) = (local("admitted"), self.plain_admission());
        let run = self.runnable(arguments);
        let Arguments { clone, unclone, .. } = arguments;
        let begin = |attempt: TokenStream| {
            let rest = self.answer_or_fall_back(&attempt, arguments);
            quote!(let #admitted = #admission; #clone #rest)
        };
        match self.shape {
            _ if self.runs_at_once() => {
                begin(quote_spanned!(span=> #runtime::call_or_cause(#admitted, #run, #rules)))
            }
            Shape::Sync | Shape::Async => {
                begin(quote_spanned!(span=> #runtime::guard(#admitted, #run, #rules).await))
            }
            Shape::Stream { .. } => TokenStream::new(),
            Shape::Future { boxed, .. } => {
                let (call, cause, edge) = (local("call"), local("cause"), self.return_edge());
                let fallback = self.run_fallback(arguments);
                let attempt = quote_spanned!(span=> #runtime::future_or_cause(#admission, #run, #rules));
                let future = quote_spanned! {span=>
                    #runtime::otherwise(#call, move |#cause| async move { #edge #unclone #fallback })
                };
                let future = self.end(&self.in_box(boxed, span, &future));
                quote! {
                    #clone
                    let #call = #attempt;
                    #future
                }
            }
        }
    }

    /// Prints body and fallback in two branches, so that each of them still has what the other one
    /// consumes.
    fn fallback_on_rejection(&self, arguments: &Arguments) -> TokenStream {
        let span = self.return_span();
        let runtime = self.runtime(span);
        let (permit, cause) = (local("permit"), local("cause"));
        let admission = self.admission();
        let rejection = Lifetime::new("'rejection", Span::mixed_site());
        let judge = self.rules("fallback_any", "fallback_any_if");
        let judge = quote_spanned!(span=> #judge.into_judge());
        let run = self.runnable(arguments);
        let fallback = self.run_fallback(arguments);
        let run = match self.shape {
            _ if self.runs_at_once() => quote_spanned!(span=> #runtime::run(#permit, #run, #judge)),
            Shape::Sync | Shape::Async => {
                quote_spanned!(span=> #runtime::watch(#permit, #run, #judge).await)
            }
            Shape::Stream { .. } => return TokenStream::new(),
            Shape::Future { .. } => quote_spanned!(span=> #runtime::run_future(#permit, #run, #judge)),
        };
        let Shape::Future { boxed, .. } = self.shape else {
            let run = self.end(&run);
            // The result of the admission is dropped before the body is awaited, so that the future does
            // not store it meanwhile.
            return quote_spanned! {span=>
                let #cause = #rejection: {
                    let #permit = match #admission {
                        ::core::result::Result::Ok(#permit) => #permit,
                        ::core::result::Result::Err(#cause) => break #rejection #cause,
                    };
                    #run
                };
                #fallback
            };
        };
        let edge = self.return_edge();
        let rejected = quote_spanned!(span=> async move { #edge #fallback });
        let (run, rejected) = if boxed {
            (self.in_box(true, span, &run), self.in_box(true, span, &rejected))
        } else {
            // Both branches must have the same type.
            (
                quote_spanned!(span=> #runtime::Either::Left { future: #run }),
                quote_spanned!(span=> #runtime::Either::Right { future: #rejected }),
            )
        };
        self.end(&quote_spanned! {span=>
            match #admission {
                ::core::result::Result::Ok(#permit) => #run,
                ::core::result::Result::Err(#cause) => #rejected,
            }
        })
    }

    /// Returns the body as a closure, or as a future that has not begun.
    pub(super) fn runnable(&self, arguments: &Arguments) -> TokenStream {
        let Arguments { move_all, into_body, .. } = arguments;
        let body = self.function.body.as_ref().expect("a body was checked for");
        let typed = self.body_with_typed_closures(&body.stream()).map(|statements| {
            let mut typed = Group::new(body.delimiter(), statements);
            typed.set_span(body.span());
            typed
        });
        let body = typed.as_ref().unwrap_or(body);
        let ty = self.function.return_type_in_body();
        let span = self.body_span();
        match &self.shape {
            _ if self.runs_at_once() => {
                let ty = in_body(&ty);
                let body = with_statements(body, &quote!(#into_body));
                self.carriable(quote_spanned!(span=> #move_all || -> #ty #body))
            }
            Shape::Future { boxed: true, .. } | Shape::Stream { boxed: true, .. } => {
                let ty = in_body(&ty);
                let body = with_statements(body, &quote!(#into_body));
                quote_spanned!(span=> #move_all || -> #ty #body)
            }
            Shape::Future { boxed: false, .. } | Shape::Stream { boxed: false, .. } => {
                let body = with_statements(body, &quote!(#into_body));
                quote_spanned!(span=> #move_all || #body)
            }
            Shape::Sync | Shape::Async => {
                let edge = self.return_edge();
                let body = with_statements(body, &quote!(#into_body #edge));
                quote_spanned!(span=> async #move_all #body)
            }
        }
    }

    /// Names the type for a `return` that is never taken, and so gives the compiler the type of an
    /// `async` block. The block is the body, or surrounds the fallback or the layers of a function that
    /// returns a future.
    pub(super) fn edge(&self) -> TokenStream {
        if !self.has_edge() {
            return TokenStream::new();
        }
        let (span, edge, ty) = (self.return_span(), local("ty"), self.output());
        let runtime = self.runtime(span);
        quote_spanned!(span=> let #edge = #runtime::edge::<#ty>();)
    }

    pub(super) fn return_edge(&self) -> TokenStream {
        if !self.has_edge() {
            return TokenStream::new();
        }
        let (span, edge) = (self.return_span(), local("ty"));
        let runtime = self.runtime(span);
        quote_spanned!(span=> #runtime::return_edge!(#edge);)
    }

    pub(super) fn in_box(&self, boxed: bool, span: Span, future: &TokenStream) -> TokenStream {
        if !boxed {
            return future.clone();
        }
        // The path goes through the runtime, as the user's crate may be `no_std`.
        let runtime = self.runtime(span);
        quote_spanned!(span=> #runtime::Box::pin(#future))
    }

    fn has_edge(&self) -> bool {
        match &self.shape {
            _ if self.runs_at_once() => false,
            Shape::Stream { .. } => false,
            Shape::Sync | Shape::Async => !is_never(&self.function.return_type()),
            Shape::Future { output, .. } => {
                (self.options.fallback.is_some() || self.is_layered())
                    && !output.as_deref().is_some_and(is_never)
            }
        }
    }
}

/// Returns the same braces, with statements before the user's, so that errors still point at the body.
/// Items at the start of the body stay first, as lints want them.
fn with_statements(body: &Group, first: &TokenStream) -> Group {
    let (items, rest) = split_items(body.stream());
    let mut group = Group::new(body.delimiter(), quote!(#items #first #rest));
    group.set_span(body.span());
    group
}
