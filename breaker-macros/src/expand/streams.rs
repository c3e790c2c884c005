//! Prints functions that return a stream, and those with an answer that carries one.
//!
//! The body runs at once, as that of a function that returns a future, and the permit goes into the
//! stream. Only a call that may have to wait for its permit leaves the body to the stream.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::spanned::Spanned;
use syn::{Ident, Type};

use super::arguments::Arguments;
use super::{Expansion, config, local};
use crate::function::{Carried, Shape, has_impl, may_hide_stream};
use crate::options::{Fallback, FallbackOn};

impl Expansion {
    pub(super) fn is_stream(&self) -> bool {
        matches!(self.shape, Shape::Stream { .. })
    }

    /// Returns whether the answer of an `async` function or of a returned future carries a stream.
    pub(super) fn carries(&self) -> bool {
        !matches!(self.shape, Shape::Sync) && self.function.carried().is_some()
    }

    /// Returns the stream in the answer of a sync function.
    fn carried_at_once(&self) -> Option<Carried> {
        matches!(self.shape, Shape::Sync).then(|| self.function.carried()).flatten()
    }

    /// Returns the body of a sync function, changed so that an `impl Stream` in its answer can hold the
    /// permit.
    pub(super) fn carriable(&self, body: TokenStream) -> TokenStream {
        if self.carried_at_once().is_none_or(|carried| carried.boxed) {
            return body;
        }
        let span = self.return_span();
        let runtime = self.runtime(span);
        quote_spanned!(span=> #runtime::carriable(#body))
    }

    /// Adds to the rules that the stream in the answer takes the permit along, if there is one. The type
    /// behind an alias is found by the order in which a method call removes references.
    pub(super) fn carrying(&self, rules: TokenStream) -> TokenStream {
        if self.is_stream() || self.carries() {
            return rules;
        }
        let span = self.return_span();
        let runtime = self.runtime(span);
        let owner = self.owner_argument();
        if let Some(Carried { boxed }) = self.carried_at_once() {
            let name = Ident::new(if boxed { "carries_boxed" } else { "carries_opaque" }, span);
            let limits = self.stream_limits();
            return quote_spanned!(span=> #runtime::#name(#limits).add(#rules, #owner));
        }
        match self.output_type().filter(|ty| self.may_carry(ty)) {
            Some(ty) => quote_spanned!(span=> #runtime::carrying!(carrying of #ty, add #rules, #owner)),
            None => rules,
        }
    }

    /// Returns whether an output is written in full, and may carry a stream that its type does not show.
    pub(super) fn may_carry(&self, ty: &Type) -> bool {
        !self.is_stream() && !self.carries() && may_hide_stream(ty) && !has_impl(ty)
    }

    /// Returns the owner of the breaker, as an argument.
    pub(super) fn owner_argument(&self) -> TokenStream {
        let (span, owner) = (self.return_span(), self.owner());
        let borrow = self.is_keyed().then(|| quote_spanned!(span=> &));
        quote_spanned!(span=> #borrow #owner)
    }

    /// Prints the rest of the function after `call_site` is set, which ends with the stream.
    pub(super) fn stream(
        &self,
        arguments: &Arguments,
        call_site_in_stream: &TokenStream,
    ) -> TokenStream {
        let Shape::Stream { boxed, .. } = self.shape else { return TokenStream::new() };
        let on = self.options.fallback_on.as_ref().map(|given| given.value).unwrap_or_default();
        let stream = match (&self.options.fallback, on) {
            (None, _) => self.only_stream(arguments),
            (Some(_), FallbackOn::Rejection) => {
                self.stream_or_replacement(arguments, call_site_in_stream)
            }
            (Some(_), on) => {
                self.stream_or_else(arguments, call_site_in_stream, on == FallbackOn::Failure)
            }
        };
        let stream = self.in_box(boxed, self.return_span(), &stream);
        let clone = &arguments.clone;
        quote!(#clone #stream)
    }

    fn only_stream(&self, arguments: &Arguments) -> TokenStream {
        let span = self.return_span();
        let (runtime, stream) = (self.runtime(span), self.variant("stream", "stream_later"));
        let (asked, run, limits) = (self.asked(), self.runnable(arguments), self.stream_limits());
        let rules = self.rules("protect_items", "protect_if");
        quote_spanned!(span=> #runtime::#stream(#asked, #run, #rules, #limits))
    }

    fn stream_or_else(
        &self,
        arguments: &Arguments,
        call_site_in_stream: &TokenStream,
        passes_rejections: bool,
    ) -> TokenStream {
        let span = self.return_span();
        let (runtime, item) = (self.runtime(span), self.output());
        let rules = self.rules("fallback_any_items", "fallback_any_if");
        let stream = self.variant("stream_or_else", "stream_later_or_else");
        let (asked, run, limits) = (self.asked(), self.runnable(arguments), self.stream_limits());
        let (cause, admitted) = (local("cause"), local("asked"));
        let (unclone, replacement) = (&arguments.unclone, self.replacement(arguments));
        quote_spanned! {span=> {
            let #admitted = #asked;
            #runtime::#stream(#admitted, #run, #rules, #limits, #runtime::error_items::<#item, _>(#passes_rejections), move |#cause| {
                #call_site_in_stream
                #unclone
                #replacement
            })
        }}
    }

    /// Prints body and fallback in two branches, so that each of them still has what the other one
    /// consumes.
    fn stream_or_replacement(
        &self,
        arguments: &Arguments,
        call_site_in_stream: &TokenStream,
    ) -> TokenStream {
        let span = self.return_span();
        let runtime = self.runtime(span);
        let (asked, run, limits) = (self.asked(), self.runnable(arguments), self.stream_limits());
        let (permit, cause) = (local("permit"), local("cause"));
        let (admitted, replacement) = (local("asked"), self.replacement(arguments));
        let rules = self.rules("protect_items", "protect_if");
        let begin = quote_spanned! {span=>
            match #admitted {
                ::core::result::Result::Ok(#permit) => #runtime::EitherStream::Left {
                    stream: #runtime::stream(::core::result::Result::Ok(#permit), #run, #rules, #limits),
                },
                ::core::result::Result::Err(#cause) => {
                    #call_site_in_stream
                    #runtime::EitherStream::Right { stream: #replacement }
                }
            }
        };
        if self.stream_may_wait() {
            let asking = local("asking");
            return quote_spanned! {span=> {
                let #asking = #asked;
                #runtime::begin_stream(#asking, move |#admitted| #begin)
            }};
        }
        quote_spanned!(span=> { let #admitted = #asked; #begin })
    }

    /// Returns the stream of the fallback. The fallback is in a closure, so that a `return` in it ends
    /// only the fallback.
    fn replacement(&self, arguments: &Arguments) -> TokenStream {
        let at = match self.fallback() {
            Some(Fallback::Function(path)) => path.span(),
            Some(Fallback::Method(method)) => method.span(),
            Some(Fallback::Closure(closure)) => closure.body.span(),
            Some(Fallback::Value(value)) => value.span(),
            None => self.function.return_span(),
        };
        let span = Span::mixed_site().located_at(at);
        let (runtime, item, fallback) =
            (self.runtime(span), self.output(), self.run_fallback(arguments));
        quote_spanned!(span=> #runtime::replacement::<#item, _>(move || { #fallback }))
    }

    /// Returns an expression for the answer of the breaker, in a form that can go into a stream.
    fn asked(&self) -> TokenStream {
        let (span, from, call_site) = (self.return_span(), self.owner(), local("call_site"));
        if self.stream_may_wait() {
            quote_spanned!(span=> #from.ask_stream())
        } else {
            quote_spanned!(span=> #from.own(#call_site.admit()))
        }
    }

    /// Returns the local that can keep the breaker for as long as a stream lives.
    pub(super) fn owner(&self) -> Ident {
        local(if self.is_keyed() { "keyed" } else { "call_site" })
    }

    fn stream_may_wait(&self) -> bool {
        self.options.policy.max_wait.is_some() || self.options.breaker.is_some()
    }

    fn variant(&self, now: &str, later: &str) -> Ident {
        Ident::new(if self.stream_may_wait() { later } else { now }, self.return_span())
    }

    /// Returns the limits of a stream. They are those of this function if it goes through another
    /// breaker, and none otherwise: the function's own breaker knows them.
    pub(super) fn stream_limits(&self) -> TokenStream {
        let policy = &self.options.policy;
        let (first_item, idle) = (policy.first_item.as_ref(), policy.idle.as_ref());
        let span = Span::mixed_site().located_at(self.function.return_span());
        let runtime = self.runtime(span);
        if self.options.breaker.is_none() || first_item.is_none() && idle.is_none() {
            return quote_spanned!(span=> #runtime::StreamLimits::NONE);
        }
        let limits = Self::default_config();
        let limits = Self::set(limits, "with_first_item", first_item, config::length);
        let limits = Self::set(limits, "with_idle", idle, config::length);
        quote_spanned!(span=> const { #runtime::StreamLimits::of(#runtime::config!(#limits).get()) })
    }

    /// Wraps the expansion of a function that has to do with streams. Without the feature it is one
    /// compile error.
    pub(super) fn needs_streams(&self, body: TokenStream) -> TokenStream {
        if !self.is_stream() && self.function.carried().is_none() {
            return body;
        }
        let runtime = self.runtime(self.return_span());
        quote!(#runtime::needs_streams! {{ #body }})
    }
}
