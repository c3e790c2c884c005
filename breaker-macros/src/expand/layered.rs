//! Prints functions with more than a breaker around the body:
//! `fallback( last_good( retry( breaker( bulkhead( call_timeout( body ))))))`.
//!
//! Each attempt returns how it ended. The code that handles the end is behind the attempt, in the
//! function itself, where `return`, `?` and `.await` are the function's own.

use proc_macro2::{Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::{Ident, Lifetime};

use super::arguments::Arguments;
use super::{Expansion, local, relocate};
use crate::function::Shape;
use crate::options::FallbackOn;

impl Expansion {
    /// Returns whether the plain expansions are not enough.
    pub(super) fn is_layered(&self) -> bool {
        let waits = matches!(self.shape, Shape::Async) && self.waits_with_body();
        let timed = self.is_in_time() && !self.has_call_timeout_alone();
        timed || self.retries() || self.remembers_answers() || self.is_lazy() || waits
    }

    /// Returns whether `call_timeout` is all that there is around the breaker of an `async` function.
    pub(super) fn has_call_timeout_alone(&self) -> bool {
        let options = &self.options;
        let plain = options.fallback.is_none() && !self.retries() && !self.remembers_answers();
        let awaits = self.has_total() || self.carries() || self.may_wait();
        options.policy.call_timeout.is_some() && matches!(self.shape, Shape::Async) && plain && !awaits
    }

    /// Returns whether an `async` function awaits a permit, a pause, a deadline or a stream.
    pub(super) fn awaits_around_body(&self) -> bool {
        self.is_in_time() || self.retries() || self.may_wait()
    }

    pub(super) fn retries(&self) -> bool {
        self.options.retry.is_some()
    }

    fn remembers_answers(&self) -> bool {
        self.options.last_good.is_some()
    }

    pub(super) fn is_in_time(&self) -> bool {
        self.options.policy.call_timeout.is_some() || self.has_total() || self.carries()
    }

    pub(super) fn has_total(&self) -> bool {
        self.options.policy.total_timeout.is_some()
    }

    /// Prints the statement that makes the deadline of the whole call. It begins there if something is
    /// awaited before the attempt, and otherwise with that.
    fn total(&self) -> TokenStream {
        let Some(given) = &self.options.policy.total_timeout else { return TokenStream::new() };
        let (span, call_site, total) = (self.return_span(), local("call_site"), local("total"));
        let begin = if self.retries() || self.may_wait() { "total" } else { "total_later" };
        let (begin, limit) = (Ident::new(begin, span), self.limit_of(given, "total_timeout"));
        quote_spanned!(span=> let #total = #call_site.#begin(#limit);)
    }

    /// Returns whether a function that returns a future must leave everything to that future: a part
    /// that began earlier could not go into the future, would have to be awaited, or would not be for
    /// one attempt only.
    pub(super) fn is_lazy(&self) -> bool {
        let branches = self.options.fallback.is_some() && self.on() == FallbackOn::Rejection;
        let waits = self.options.policy.max_wait.is_some() || self.is_keyed();
        matches!(self.shape, Shape::Future { .. })
            && (self.retries() || waits || branches && (self.is_in_time() || self.remembers_answers()))
    }

    /// Returns whether the fallback answers an injected failure although it takes rejections only. It
    /// does not where the expansion has a conversion of the runtime's error at hand.
    pub(super) fn answers_injected(&self) -> bool {
        let has_fallback = self.options.fallback.is_some();
        let converts = self.is_in_time() && (self.retries() || self.waits_with_body());
        has_fallback && self.on() == FallbackOn::Rejection && !converts
    }

    pub(super) fn on(&self) -> FallbackOn {
        self.options.fallback_on.as_ref().map(|given| given.value).unwrap_or_default()
    }

    pub(super) fn layered(
        &self,
        arguments: &Arguments,
        call_site_in_future: &TokenStream,
    ) -> TokenStream {
        let Shape::Future { boxed, .. } = self.shape else { return self.layers(arguments) };
        let (span, edge) = (self.return_span(), self.return_edge());
        let (first, rest) = if self.is_lazy() {
            (TokenStream::new(), self.layers(arguments))
        } else {
            self.begun_layers(arguments)
        };
        let future = quote_spanned!(span=> async move { #edge #call_site_in_future #rest });
        if boxed {
            let future = self.end(&self.in_box(true, span, &future));
            return quote!(#first #future);
        }
        // The name is at the end of the function, where the lint `missing_errors_doc` looks for the
        // future of an `async` block.
        let name = self.local_at_return("future");
        quote! {
            #first
            let #name = #future;
            #[allow(clippy::implicit_return, clippy::let_and_return)]
            #name
        }
    }

    /// Prints the steps from the admission to the end, in a function or in a future.
    fn layers(&self, arguments: &Arguments) -> TokenStream {
        if self.retries() {
            return self.attempts(arguments);
        }
        let span = self.return_span();
        let total = self.total();
        let (admitted, attempt_end) = (local("admitted"), local("attempt_end"));
        if self.waits_with_body() {
            let attempt = self.attempt_in_turn(arguments);
            let (split, clone) = (self.split(&self.layered_rules()), &arguments.clone);
            let (remember, conclude) = (self.remember(), self.conclude(arguments));
            return quote_spanned! {span=>
                #total
                #remember
                #clone
                #split
                let #attempt_end = #attempt;
                #conclude
            };
        }
        if self.options.fallback.is_some() && self.on() == FallbackOn::Rejection {
            return self.branches(arguments);
        }
        let attempt = self.attempt(arguments, &quote!(#admitted));
        let (split, clone, admit) =
            (self.split(&self.layered_rules()), &arguments.clone, self.admission());
        let (remember, conclude) = (self.remember(), self.conclude(arguments));
        quote_spanned! {span=>
            #total
            #remember
            let #admitted = #admit;
            #clone
            #split
            let #attempt_end = #attempt;
            #conclude
        }
    }

    /// Prints a loop in the function itself, so that the borrow checker sees what each attempt takes
    /// from the next one. A failed attempt is kept until the next one is admitted, and ends the call if
    /// the next one is rejected (see `keep`).
    fn attempts(&self, arguments: &Arguments) -> TokenStream {
        let span = self.return_span();
        let (runtime, call_site) = (self.runtime(span), local("call_site"));
        let (attempts, pause, failed) = (local("attempts"), local("pause"), local("failed"));
        let cause = local("cause");
        let (permit, attempt_end, disposition) =
            (local("permit"), local("attempt_end"), local("disposition"));
        let (attempt, edge, admitted) =
            (self.attempt(arguments, &quote!(#permit)), self.edge_of_body(), local("admitted"));
        let (split, clone, admit) =
            (self.split(&self.layered_rules()), &arguments.clone, self.admission());
        let (retry, again, conclude) = (self.retry(), self.again(), self.conclude(arguments));
        let (total, within) = (self.total(), self.within());
        let next = Ident::new(if self.has_total() { "next_within" } else { "next" }, span);
        let (remember, keep) = (self.remember(), self.keep());
        let (wait, in_future) = match self.shape {
            Shape::Sync => (quote_spanned!(span=> #call_site.sleep(#pause);), TokenStream::new()),
            _ => (quote_spanned!(span=> #runtime::pause(#pause).await;), quote!(.in_future())),
        };
        quote_spanned! {span=>
            #total
            #remember
            let mut #attempts = #runtime::attempts!(#call_site, #retry #in_future);
            let mut #failed = ::core::option::Option::None;
            let (#attempt_end, #disposition) = loop {
                // Everything else that an attempt leaves behind is dropped before the pause.
                let #pause = {
                    #edge
                    let #admitted = #admit;
                    #split
                    let #permit = match #attempts.admitted(#admitted) {
                        ::core::result::Result::Ok(#permit) => #permit,
                        ::core::result::Result::Err(#cause) => {
                            break (#attempts.rejected(#cause, #failed), #disposition);
                        }
                    };
                    #clone
                    let #attempt_end = #attempt;
                    let ::core::option::Option::Some(#pause) = #attempts.#next(&#attempt_end, #again #within) else {
                        break (#attempt_end, #disposition);
                    };
                    #failed = ::core::option::Option::Some(#keep);
                    #pause
                };
                #wait
            };
            #conclude
        }
    }

    /// Returns an expression for what is kept of a failed attempt. A future keeps only an output that is
    /// `Send`, unless there is no other answer: a fallback for rejections must not run after a failure.
    fn keep(&self) -> TokenStream {
        let (span, attempt_end) = (self.return_span(), local("attempt_end"));
        let must_keep = self.options.fallback.is_some() && self.on() == FallbackOn::Rejection;
        if matches!(self.shape, Shape::Sync) || must_keep {
            return quote!(#attempt_end);
        }
        let runtime = self.runtime(span);
        quote_spanned!(span=> #runtime::find!(kept of #attempt_end))
    }

    /// Prints two parts of a function that returns a future: the statements that run at once, and those
    /// of the future.
    fn begun_layers(&self, arguments: &Arguments) -> (TokenStream, TokenStream) {
        let span = self.return_span();
        let runtime = self.runtime(span);
        let (call, attempt_end, judge) = (local("call"), local("attempt_end"), local("judge"));
        let (start, limit) = (self.way("start", "start_within", "start"), self.limit());
        let (split, clone, admit) =
            (self.split(&self.layered_rules()), &arguments.clone, self.owned(self.admission()));
        let body = self.runnable(arguments);
        let (remember, conclude) = (self.remember(), self.conclude(arguments));
        let total = self.total();
        let first = quote_spanned! {span=>
            #total
            #remember
            #clone
            #split
            let #call = #runtime::#start(#admit, #body, #judge #limit);
        };
        (first, quote_spanned!(span=> let #attempt_end = #call.await; #conclude))
    }

    /// Prints body and fallback in two branches, so that each of them still has what the other one
    /// consumes.
    fn branches(&self, arguments: &Arguments) -> TokenStream {
        let span = self.return_span();
        let runtime = self.runtime(span);
        let (permit, cause) = (local("permit"), local("cause"));
        let rejection = Lifetime::new("'rejection", Span::mixed_site());
        let (admit, fallback) = (self.admission(), self.run_fallback(arguments));
        let (attempt_end, disposition) = (local("attempt_end"), local("disposition"));
        let (remember, learn) = (self.remember(), self.learn(&quote!(#attempt_end)));
        let run = if self.is_in_time() {
            let split = self.split(&self.rules("protect", "protect_if"));
            let admitted = quote_spanned!(span=> ::core::result::Result::Ok(#permit));
            let attempt = self.attempt(arguments, &admitted);
            let answer = self
                .end(&quote_spanned!(span=> #runtime::answered(#disposition.conclude(#attempt_end))));
            quote_spanned! {span=>
                #split
                let #attempt_end = #attempt;
                #learn
                #answer
            }
        } else {
            let rules = self.rules("fallback_any", "fallback_any_if");
            let run = match self.shape {
                _ if self.runs_at_once() => {
                    let body = self.runnable(arguments);
                    quote_spanned!(span=> #runtime::complete(#permit, #body, #rules.into_judge()))
                }
                _ => {
                    let body = self.future_of_body(arguments);
                    quote_spanned!(span=> #runtime::complete_async(#permit, #body, #rules.into_judge()).await)
                }
            };
            let answer = self.end(&quote_spanned!(span=> #attempt_end.output));
            quote_spanned! {span=>
                let #attempt_end = #run;
                #learn
                #answer
            }
        };
        let (recall, total) = (self.recall(), self.total());
        quote_spanned! {span=>
            #total
            #remember
            let #cause = #rejection: {
                let #permit = match #admit {
                    ::core::result::Result::Ok(#permit) => #permit,
                    ::core::result::Result::Err(#cause) => break #rejection #cause,
                };
                #run
            };
            #recall
            #fallback
        }
    }

    /// Prints the statements from the end of the last attempt to the answer.
    fn conclude(&self, arguments: &Arguments) -> TokenStream {
        let span = self.return_span();
        let runtime = self.runtime(span);
        let (attempt_end, disposition) = (local("attempt_end"), local("disposition"));
        let memory = local("memory");
        let answered = if self.remembers_answers() {
            let on = self.on_variant();
            quote_spanned!(span=> #disposition.conclude_with(#attempt_end, #memory, #on))
        } else {
            quote_spanned!(span=> #disposition.conclude(#attempt_end))
        };
        if self.options.fallback.is_none() {
            return self.end(&quote_spanned!(span=> #runtime::answered(#answered)));
        }
        self.answer_or_fall_back(&answered, arguments)
    }

    /// Returns the runtime's name for `fallback_on`.
    fn on_variant(&self) -> TokenStream {
        let span = self.return_span();
        let runtime = self.runtime(span);
        match self.on() {
            FallbackOn::Rejection => quote_spanned!(span=> #runtime::On::Rejection),
            FallbackOn::Failure => quote_spanned!(span=> #runtime::On::Failure),
            FallbackOn::Any => quote_spanned!(span=> #runtime::On::Any),
        }
    }

    /// Prints the statements that make the key and the `Memory`, before the body has the arguments.
    fn remember(&self) -> TokenStream {
        let memory = local("memory");
        let key = self.options.last_good.as_ref().and_then(|given| given.value.key.as_ref());
        let key = key.map(|key| key.value.to_token_stream()).unwrap_or_default();
        let Some(made) = self.memory() else { return TokenStream::new() };
        let (form, made) = (self.output_form(), self.look_at_arguments(&memory, &made, &key));
        quote!(#form #made)
    }

    fn learn(&self, attempt_end: &TokenStream) -> TokenStream {
        if !self.remembers_answers() {
            return TokenStream::new();
        }
        let (span, memory, answer) = (self.return_span(), local("memory"), local("answer"));
        quote_spanned! {span=>
            if let ::core::option::Option::Some(#answer) = #attempt_end.success() {
                #memory.learn(#answer);
            }
        }
    }

    fn recall(&self) -> TokenStream {
        if !self.remembers_answers() {
            return TokenStream::new();
        }
        let (span, memory) = (self.return_span(), local("memory"));
        let answer = relocate(local("answer").into_token_stream(), span);
        quote_spanned! {span=>
            if let ::core::option::Option::Some(#answer) = #memory.recall() {
                return #answer;
            }
        }
    }

    /// Returns the predicate for the failures that are worth another attempt.
    fn again(&self) -> TokenStream {
        match self.options.retry.as_ref().and_then(|given| given.value.condition.as_ref()) {
            Some(given) => self.predicate(&given.value),
            None => quote!(|_| true),
        }
    }

    /// Prints the edge of an `async` function inside the loop, as each attempt consumes one.
    fn edge_of_body(&self) -> TokenStream {
        if matches!(self.shape, Shape::Async) { self.edge() } else { TokenStream::new() }
    }

    fn split(&self, rules: &TokenStream) -> TokenStream {
        let (span, judge, disposition) = (self.return_span(), local("judge"), local("disposition"));
        quote_spanned!(span=> let (#judge, #disposition) = #rules.split();)
    }

    fn layered_rules(&self) -> TokenStream {
        if self.options.fallback.is_none() {
            return self.rules("protect", "protect_if");
        }
        match self.on() {
            FallbackOn::Any => self.rules("fallback_any", "fallback_any_if"),
            FallbackOn::Failure => self.rules("fallback_failure", "fallback_failure_if"),
            FallbackOn::Rejection if self.is_in_time() => {
                self.rules("replace_rejection_in_time", "replace_rejection_in_time_if")
            }
            FallbackOn::Rejection => self.rules("replace_rejection", "replace_rejection_if"),
        }
    }
}
