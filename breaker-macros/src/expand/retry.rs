//! Prints the option `retry` as calls of the runtime's `const` functions.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Ident;

use super::Expansion;
use super::config::{decimal, length};
use crate::options::{Given, Retry, Value};

impl Expansion {
    /// Returns an expression for the runtime's `Retry`, if the option is given. `max_backoff` is
    /// compared with `backoff`, so its setter comes later.
    pub(super) fn retry(&self) -> Option<TokenStream> {
        let Given { value, option } = self.options.retry.as_ref()?;
        let Retry { attempts, backoff, max_backoff, factor, jitter, budget, condition: _ } = value;
        let span = Span::mixed_site().located_at(*option);
        let runtime = self.runtime(span);
        let mut retry = quote_spanned!(span=> #runtime::Retry::new());
        retry = self.retry_with(retry, "with_attempts", attempts.as_ref(), |number| quote!(#number));
        let with_backoff = if max_backoff.is_some() { "with_backoff" } else { "with_backoff_alone" };
        retry = self.retry_with(retry, with_backoff, backoff.as_ref(), length);
        retry = self.retry_with(retry, "with_max_backoff", max_backoff.as_ref(), length);
        retry = self.retry_with(retry, "with_factor", factor.as_ref(), decimal);
        if let Some(Given { value: jitter, option }) = jitter {
            retry = self.retry_call(&retry, "with_jitter", *option, &quote!(#jitter));
        }
        retry = self.retry_with(retry, "with_budget", budget.as_ref(), decimal);
        Some(self.retry_within_total(retry, value))
    }

    /// Wraps the expression in a check against `total_timeout`, where the macro could not compare the
    /// two.
    fn retry_within_total(&self, retry: TokenStream, parts: &Retry) -> TokenStream {
        let Some(total) = &self.options.policy.total_timeout else { return retry };
        let is_exact = parts.jitter.as_ref().is_some_and(|given| !given.value);
        let given = parts.backoff.iter().chain([total]).map(|given| &given.value);
        let constant = given.into_iter().find(|value| value.literal().is_none());
        let Some(constant) = constant.map(Value::span) else { return retry };
        let total = match &total.value {
            Value::Literal(total, _) => length(*total),
            Value::Constant(total) => quote!(#total),
        };
        if is_exact { self.retry_call(&retry, "within", constant, &total) } else { retry }
    }

    fn retry_with<T: Copy>(
        &self,
        retry: TokenStream,
        setter: &str,
        given: Option<&Given<Value<T>>>,
        print: impl Fn(T) -> TokenStream,
    ) -> TokenStream {
        let Some(Given { value, .. }) = given else { return retry };
        let printed = match value {
            Value::Literal(value, _) => print(*value),
            Value::Constant(value) => quote!(#value),
        };
        self.retry_call(&retry, setter, value.span(), &printed)
    }

    /// Wraps the expression in a call with the span of the value, where an error is reported.
    fn retry_call(
        &self,
        retry: &TokenStream,
        setter: &str,
        at: Span,
        value: &TokenStream,
    ) -> TokenStream {
        let span = Span::mixed_site().located_at(at);
        let (runtime, setter) = (self.runtime(span), Ident::new(setter, span));
        quote_spanned!(span=> #runtime::Retry::#setter(#retry, #value))
    }
}
