//! Prints the policy as calls of the runtime's `const` functions.

use std::time::Duration;

use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens, quote, quote_spanned};
use syn::Ident;

use super::{Expansion, local};
use crate::function::Shape;
use crate::options::{Given, Group, Quorum, Setting, Throttle, Value, Window};

impl Expansion {
    /// Prints the policy as calls of setters. A setter that checks its value against another option
    /// comes after it: `min_calls` after the window, `max_timeout` after all options of an open period.
    pub(super) fn config(&self) -> TokenStream {
        let mut settings = self.options.policy.settings();
        settings.sort_by_key(|(setter, _)| *setter == "with_max_timeout");
        let config = match &self.options.probe {
            // First, as an interval of pings needs it.
            Some(given) => {
                Self::call(&Self::default_config(), "with_probe", given.option, &TokenStream::new())
            }
            None => Self::default_config(),
        };
        settings.into_iter().fold(config, |config, (setter, value)| match value {
            Setting::Count(value) => Self::set_value(&config, setter, value, |number| quote!(#number)),
            Setting::Off(without, option) => Self::call(&config, without, option, &TokenStream::new()),
            Setting::Decimal(value) => Self::set_value(&config, setter, value, decimal),
            Setting::Length(value) => {
                Self::set_value(&config, self.setter_of_shape(setter), value, length)
            }
            Setting::Window(value) => Self::call(&config, setter, value.span(), &self.window(value)),
            Setting::Flag(true, option) => Self::call(&config, setter, option, &quote!(true)),
            Setting::Flag(false, _) => config,
            Setting::Throttle(throttle, option) => Self::throttle(&config, setter, throttle, option),
            Setting::Group(group, option) => {
                let at = group.as_ref().map_or(option, Value::span);
                Self::call(&config, setter, at, &self.group(group, at))
            }
            Setting::Quorum(value) => Self::call(&config, setter, value.span(), &self.quorum(value)),
        })
    }

    /// Returns the setter for a function of this shape. A `max_wait` in a future or stream needs timers.
    fn setter_of_shape(&self, setter: &'static str) -> &'static str {
        match (setter, &self.shape) {
            ("with_max_wait", Shape::Async | Shape::Future { .. } | Shape::Stream { .. }) => {
                "with_max_wait_async"
            }
            _ => setter,
        }
    }

    fn throttle(config: &TokenStream, setter: &str, throttle: &Throttle, option: Span) -> TokenStream {
        let config = Self::call(config, setter, option, &TokenStream::new());
        let config = Self::set(config, "with_throttle_k", throttle.k.as_ref(), decimal);
        Self::set(config, "with_throttle_window", throttle.window.as_ref(), length)
    }

    fn set_value<T: Copy>(
        config: &TokenStream,
        setter: &str,
        value: &Value<T>,
        print: impl Fn(T) -> TokenStream,
    ) -> TokenStream {
        let printed = match value {
            Value::Literal(value, _) => print(*value),
            Value::Constant(value) => quote!(#value),
        };
        Self::call(config, setter, value.span(), &printed)
    }

    /// Begins a list of setters for the macros of the runtime, with the name of the value that they
    /// change. Each setter is an expression with that name.
    pub(super) fn default_config() -> TokenStream {
        local("old").into_token_stream()
    }

    /// Adds the call of a setter if the option is given.
    pub(super) fn set<T: Copy>(
        so_far: TokenStream,
        setter: &str,
        given: Option<&Given<Value<T>>>,
        print: impl Fn(T) -> TokenStream,
    ) -> TokenStream {
        match given {
            Some(Given { value, .. }) => Self::set_value(&so_far, setter, value, print),
            None => so_far,
        }
    }

    /// Adds the call of a setter. All its tokens have the span of the value, where the compiler then
    /// reports a constant that is out of range. In a chain of calls it would report the chain.
    pub(super) fn call(
        so_far: &TokenStream,
        setter: &str,
        at: Span,
        value: &TokenStream,
    ) -> TokenStream {
        let span = Span::mixed_site().located_at(at);
        let (setter, mut config) = (Ident::new(setter, span), local("old"));
        config.set_span(span);
        quote_spanned!(span=> #so_far, #config.#setter(#value))
    }

    fn group(&self, group: &Group, at: Span) -> TokenStream {
        let span = Span::mixed_site().located_at(at);
        let runtime = self.runtime(span);
        match group {
            None => quote_spanned!(span=> #runtime::SharedGroup::OfName),
            Some(Value::Literal(name, _)) => quote_spanned!(span=> #runtime::SharedGroup::Named(#name)),
            Some(Value::Constant(name)) => quote_spanned!(span=> #runtime::SharedGroup::Named(#name)),
        }
    }

    fn quorum(&self, value: &Value<Quorum>) -> TokenStream {
        let span = Span::mixed_site().located_at(value.span());
        let runtime = self.runtime(span);
        match value {
            Value::Literal(Quorum::Processes(processes), _) => {
                quote_spanned!(span=> #runtime::Quorum::Processes(#processes))
            }
            Value::Literal(Quorum::Share(share), _) => {
                let share = decimal(*share);
                quote_spanned!(span=> #runtime::Quorum::Share(#share))
            }
            Value::Constant(value) => {
                let mut constant = local("constant");
                constant.set_span(span);
                quote_spanned! {span=>
                    match #value { #constant => #runtime::quorum_kind(&#constant).quorum(#constant) }
                }
            }
        }
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
