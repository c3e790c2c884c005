//! The policy, as calls of the runtime's `const` functions.

use std::time::Duration;

use proc_macro2::{Literal, Span, TokenStream};
use quote::{quote, quote_spanned};
use syn::Ident;

use super::{Expansion, local};
use crate::function::Shape;
use crate::options::{Given, Policy, Value, Window};

impl Expansion {
    /// What is held against another option comes after it: `min_calls` after the window, `max_timeout` after
    /// all that makes an open period.
    pub(super) fn config(&self) -> TokenStream {
        let Policy { window, honour_retry_after, max_timeout, throttle, .. } = &self.options.policy;
        let mut config = self.default_config();
        if let Some(Given { value, .. }) = window {
            let span = value.span();
            config = self.call(&config, "with_window", span, &self.window(value));
        }
        config = self.counts(config);
        config = self.decimals(config);
        config = self.lengths(config);
        if let Some(Given { value: true, option }) = honour_retry_after {
            config = self.call(&config, "with_honour_retry_after", *option, &quote!(true));
        }
        config = self.set(config, "with_max_timeout", max_timeout.as_ref(), length);
        if let Some(Given { value: throttle, option }) = throttle {
            config = self.call(&config, "with_throttle", *option, &TokenStream::new());
            config = self.set(config, "with_throttle_k", throttle.k.as_ref(), decimal);
            config = self.set(config, "with_throttle_window", throttle.window.as_ref(), length);
        }
        config
    }

    fn default_config(&self) -> TokenStream {
        let runtime = &self.runtime;
        quote!(#runtime::ConstConfig::DEFAULT)
    }

    /// Whether the configuration is the default.
    pub(super) fn has_no_policy(&self) -> bool {
        self.config().to_string() == self.default_config().to_string()
    }

    fn counts(&self, mut config: TokenStream) -> TokenStream {
        let Policy { failure_threshold, min_calls, success_threshold, max_probes, .. } =
            &self.options.policy;
        let Policy { max_concurrent, max_pending, .. } = &self.options.policy;
        for (setter, given) in [
            ("with_failure_threshold", failure_threshold),
            ("with_min_calls", min_calls),
            ("with_success_threshold", success_threshold),
            ("with_max_probes", max_probes),
            ("with_max_concurrent", max_concurrent),
            ("with_max_pending", max_pending),
        ] {
            config = self.set(config, setter, given.as_ref(), |number| quote!(#number));
        }
        config
    }

    fn decimals(&self, mut config: TokenStream) -> TokenStream {
        let Policy { failure_rate, slow_call_rate, timeout_factor, timeout_jitter, .. } =
            &self.options.policy;
        for (setter, given) in [
            ("with_failure_rate", failure_rate),
            ("with_slow_call_rate", slow_call_rate),
            ("with_timeout_factor", timeout_factor),
            ("with_timeout_jitter", timeout_jitter),
        ] {
            config = self.set(config, setter, given.as_ref(), decimal);
        }
        config
    }

    fn lengths(&self, mut config: TokenStream) -> TokenStream {
        let Policy { slow_call, timeout, probe_timeout, call_timeout, ramp, max_wait, .. } =
            &self.options.policy;
        let Policy { first_item, idle, .. } = &self.options.policy;
        let max_wait_setter = match self.shape {
            Shape::Sync => "with_max_wait",
            Shape::Async | Shape::Future { .. } | Shape::Stream { .. } => "with_max_wait_async",
        };
        for (setter, given) in [
            ("with_slow_call", slow_call),
            ("with_timeout", timeout),
            ("with_probe_timeout", probe_timeout),
            ("with_call_timeout", call_timeout),
            ("with_first_item", first_item),
            ("with_idle", idle),
            ("with_ramp", ramp),
            (max_wait_setter, max_wait),
        ] {
            config = self.set(config, setter, given.as_ref(), length);
        }
        config
    }

    pub(super) fn set<T: Copy>(
        &self,
        config: TokenStream,
        setter: &str,
        given: Option<&Given<Value<T>>>,
        print: impl Fn(T) -> TokenStream,
    ) -> TokenStream {
        self.set_of("ConstConfig", config, setter, given, print)
    }

    fn call(&self, config: &TokenStream, setter: &str, at: Span, value: &TokenStream) -> TokenStream {
        self.call_of("ConstConfig", config, setter, at, value)
    }

    /// A setter of one of the runtime's types, if the option is given.
    pub(super) fn set_of<T: Copy>(
        &self,
        ty: &str,
        so_far: TokenStream,
        setter: &str,
        given: Option<&Given<Value<T>>>,
        print: impl Fn(T) -> TokenStream,
    ) -> TokenStream {
        let Some(Given { value: given, .. }) = given else { return so_far };
        let value = match given {
            Value::Literal(value, _) => print(*value),
            Value::Constant(value) => quote!(#value),
        };
        self.call_of(ty, &so_far, setter, given.span(), &value)
    }

    /// A call around what there is so far. It is placed at the value, where the compiler tells that a constant is
    /// out of range.
    pub(super) fn call_of(
        &self,
        ty: &str,
        so_far: &TokenStream,
        setter: &str,
        at: Span,
        value: &TokenStream,
    ) -> TokenStream {
        let span = Span::mixed_site().located_at(at);
        let (runtime, ty, setter) = (self.runtime(span), Ident::new(ty, span), Ident::new(setter, span));
        quote_spanned!(span=> #runtime::#ty::#setter(#so_far, #value))
    }

    fn window(&self, value: &Value<Window>) -> TokenStream {
        let span = Span::mixed_site().located_at(value.span());
        let runtime = self.runtime(span);
        match value {
            Value::Literal(Window::Calls(calls), _) => {
                quote_spanned!(span=> #runtime::Window::Calls(#calls))
            }
            Value::Literal(Window::Span(length_of_time), _) => {
                let length = length(*length_of_time);
                quote_spanned!(span=> #runtime::Window::Span(#length))
            }
            Value::Constant(value) => {
                let mut constant = local("constant");
                constant.set_span(span);
                quote_spanned! {span=>
                    match #value { #constant => #runtime::window_kind(&#constant).window(#constant) }
                }
            }
        }
    }
}

pub(super) fn decimal(number: f64) -> TokenStream {
    let number = Literal::f64_unsuffixed(number);
    quote!(#number)
}

pub(super) fn length(length: Duration) -> TokenStream {
    let (seconds, nanos) = (length.as_secs(), length.subsec_nanos());
    quote!(::core::time::Duration::new(#seconds, #nanos))
}
