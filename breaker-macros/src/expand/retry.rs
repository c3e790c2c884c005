//! The option `retry`, as calls of the runtime's `const` functions.

use proc_macro2::{Span, TokenStream};
use quote::{quote, quote_spanned};

use super::Expansion;
use super::config::{decimal, length};
use crate::options::{Given, Retry};

impl Expansion {
    /// What makes the runtime's `Retry`, if the option is there. `max_backoff` is held against `backoff`, and so
    /// comes after it.
    pub(super) fn retry(&self) -> Option<TokenStream> {
        const TYPE: &str = "Retry";
        let Given { value, option } = self.options.retry.as_ref()?;
        let Retry { attempts, backoff, max_backoff, factor, jitter, budget, condition: _ } = value;
        let span = Span::mixed_site().located_at(*option);
        let runtime = self.runtime(span);
        let mut retry = quote_spanned!(span=> #runtime::Retry::new());
        retry = self.set_of(TYPE, retry, "with_attempts", attempts.as_ref(), |number| quote!(#number));
        let with_backoff = if max_backoff.is_some() { "with_backoff" } else { "with_backoff_alone" };
        retry = self.set_of(TYPE, retry, with_backoff, backoff.as_ref(), length);
        retry = self.set_of(TYPE, retry, "with_max_backoff", max_backoff.as_ref(), length);
        retry = self.set_of(TYPE, retry, "with_factor", factor.as_ref(), decimal);
        if let Some(Given { value: jitter, option }) = jitter {
            retry = self.call_of(TYPE, &retry, "with_jitter", *option, &quote!(#jitter));
        }
        Some(self.set_of(TYPE, retry, "with_budget", budget.as_ref(), decimal))
    }
}
