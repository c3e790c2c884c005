//! The `#[circuit_breaker]` attribute. Use it through `breaker-runtime`, which exports it and has all
//! items that it expands to.
//!
//! `options` parses the options into a typed model that keeps the spans. `function` parses the function,
//! and leaves its body as tokens. `check` compares the two, and the options with each other. `expand`
//! prints the result. Errors are collected and reported together, and the original function is emitted
//! with them.

use proc_macro::TokenStream;
use quote::quote;

mod check;
mod declare;
mod duration;
mod errors;
mod expand;
mod function;
mod nesting;
mod options;
mod similar;
#[allow(dead_code, reason = "the settings of the runtime use the same file")]
mod words;

#[cfg(test)]
use options::names as option_names;

/// # Expansion
///
/// The function keeps its signature. Its body goes through hidden functions of `breaker-runtime`, by
/// absolute paths: no `use`, no `unsafe`, no `cfg` on features, and nothing of `std` in the crate that
/// uses it.
#[proc_macro_attribute]
pub fn circuit_breaker(options: TokenStream, item: TokenStream) -> TokenStream {
    let item = proc_macro2::TokenStream::from(item);
    match expand::circuit_breaker(options.into(), item.clone()) {
        Ok(expansion) => expansion,
        Err(error) => {
            // Without the function itself its callers would have errors of their own.
            let error = error.into_compile_error();
            quote!(#item #error)
        }
    }
    .into()
}

/// # Expansion
///
/// Each declaration becomes a `static` with its attributes and visibility. What lists the breaker is
/// part of the value: a declaration under a `cfg` that does not hold leaves nothing behind.
#[proc_macro]
pub fn declare(input: TokenStream) -> TokenStream {
    declare::declare(input.into()).into()
}
