//! Prints one attempt: the body with the permit, and the deadline that it has.

use std::time::Duration;

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Ident;

use super::arguments::Arguments;
use super::{Expansion, local};
use crate::function::Shape;
use crate::options::{FallbackOn, Given, Value};

impl Expansion {
    /// Runs the body once, and returns how the attempt ended.
    pub(super) fn attempt(&self, arguments: &Arguments, admitted: &TokenStream) -> TokenStream {
        let span = self.return_span();
        let (runtime, judge) = (self.runtime(span), local("judge"));
        if self.runs_at_once() {
            let body = self.runnable(arguments);
            return quote_spanned!(span=> #runtime::attempt(#admitted, #body, #judge));
        }
        let attempt = self.way("attempt_async", "attempt_within", "attempt");
        let admitted = self.owned(admitted.clone());
        let (body, limit) = (self.future_of_body(arguments), self.limit());
        quote_spanned!(span=> #runtime::#attempt(#admitted, #body, #judge #limit).await)
    }

    /// Returns the name of the runtime's function for an attempt: without a deadline, with a deadline,
    /// or of a call that answers with a stream.
    pub(super) fn way(&self, plain: &str, in_time: &str, carries: &str) -> TokenStream {
        let span = self.return_span();
        let Some(carried) = self.function.carried() else {
            let name = Ident::new(if self.is_in_time() { in_time } else { plain }, span);
            return quote!(#name);
        };
        let name = format!("{carries}_{}stream", if carried.boxed { "boxed_" } else { "" });
        let name = Ident::new(&name, span);
        quote!(#name)
    }

    /// Wraps an admission so that its permit can go into a stream, if the answer carries one.
    pub(super) fn owned(&self, admission: TokenStream) -> TokenStream {
        if !self.carries() {
            return admission;
        }
        let (span, owner) = (self.return_span(), self.owner());
        quote_spanned!(span=> #owner.own(#admission))
    }

    /// Returns whether the body is made before the permit, and waits together with it. The future then
    /// stores the arguments only once. A fallback that takes rejections alone may need the arguments
    /// itself.
    pub(super) fn waits_with_body(&self) -> bool {
        let branches = self.on() == FallbackOn::Rejection && self.fallback_keeps_arguments();
        self.may_wait() && !self.retries() && !self.carries() && !branches
    }

    pub(super) fn attempt_in_turn(&self, arguments: &Arguments) -> TokenStream {
        let span = self.return_span();
        let (runtime, call_site, judge) = (self.runtime(span), local("call_site"), local("judge"));
        let wait = Ident::new(if self.is_in_time() { "wait_within" } else { "wait" }, span);
        let (body, limit) = (self.future_of_body(arguments), self.limit());
        quote_spanned!(span=> #runtime::#wait(#call_site, #body, #judge #limit).await)
    }

    /// Returns the body as a future that has not begun.
    pub(super) fn future_of_body(&self, arguments: &Arguments) -> TokenStream {
        let body = self.runnable(arguments);
        if matches!(self.shape, Shape::Async) {
            return body;
        }
        let (span, move_all) = (self.return_span(), &arguments.move_all);
        quote_spanned!(span=> async #move_all { (#body)().await })
    }

    /// Returns the limits of an attempt as further arguments. The breaker's own `call_timeout` may
    /// change at run time, so it is not printed. A function that goes through another breaker prints its
    /// `call_timeout`, which that breaker does not know.
    pub(super) fn limit(&self) -> Option<TokenStream> {
        let call_timeout = self.options.policy.call_timeout.as_ref();
        let limit = call_timeout.map(|given| self.limit_of(given, "call_timeout"));
        let (span, total) = (self.return_span(), local("total"));
        let none = || quote_spanned!(span=> ::core::option::Option::None);
        if !self.has_total() && !self.carries() {
            return limit.map(|limit| quote_spanned!(span=> , #limit));
        }
        let limit = limit.unwrap_or_else(none);
        let limit = if self.has_total() { quote_spanned!(span=> #total.limit(#limit)) } else { limit };
        if !self.carries() {
            return Some(quote_spanned!(span=> , #limit));
        }
        let limits = self.stream_limits();
        Some(quote_spanned!(span=> , #limit, #limits))
    }

    /// Returns the deadline of the whole call as a further argument, if there is one.
    pub(super) fn within(&self) -> Option<TokenStream> {
        let total = local("total");
        self.has_total().then(|| quote!(, #total))
    }

    pub(super) fn limit_of(&self, given: &Given<Value<Duration>>, option: &str) -> TokenStream {
        if self.options.breaker.is_none() {
            // At the attribute it would draw errors of the whole call there.
            return quote_spanned!(self.return_span()=> ::core::option::Option::None);
        }
        let span = Span::mixed_site().located_at(given.value.span());
        let (runtime, getter) = (self.runtime(span), Ident::new(option, span));
        let setter = format!("with_{option}");
        let config = Self::set(Self::default_config(), &setter, Some(given), super::config::length);
        quote_spanned!(span=> const { #runtime::config!(#config).get() }.#getter())
    }
}
