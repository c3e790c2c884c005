//! The `#[circuit_breaker]` attribute. Use it through `breaker-runtime`, which exports it and holds all
//! that it expands to.
//!
//! `options` reads what the user wrote into a typed model that keeps the spans; `function` reads the
//! function, its body left as tokens; `check` holds the one against the other, and the options against each
//! other; `expand` prints. Errors are collected, so that all mistakes are told at once, and the original
//! function is still emitted.

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
#[allow(dead_code, reason = "the same file serves the settings")]
mod words;

#[cfg(test)]
use options::names as option_names;

/// # Expansion
///
/// The function keeps its signature. Its body goes through hidden functions of `breaker-runtime`, by absolute paths:
/// no `use`, no `unsafe`, no `cfg` on features, and nothing of `std` in the crate that uses it.
#[proc_macro_attribute]
pub fn circuit_breaker(options: TokenStream, item: TokenStream) -> TokenStream {
    let item = proc_macro2::TokenStream::from(item);
    match expand::circuit_breaker(options.into(), item.clone()) {
        Ok(expansion) => expansion,
        Err(error) => {
            // With the function itself, so that its callers have no errors of their own.
            let error = error.into_compile_error();
            quote!(#item #error)
        }
    }
    .into()
}

/// Declares `static` breakers that several functions share.
///
/// ```text
/// breaker_runtime::declare! {
///     /// Everything that asks the database.
///     pub static DB: failure_threshold = 3, timeout = "10s";
///
///     static SEARCH: name = "search", failure_rate = 0.5, window = "10s";
/// }
///
/// #[circuit_breaker(breaker = DB)]
/// fn load(id: u32) -> Result<Row, DbError> { .. }
/// ```
///
/// Each declaration ends with `;`, and the last one may do without. After `:` stand options of [`circuit_breaker`],
/// with the same values and checks; without `:` all have their defaults. Attributes and documentation comments stay
/// with the `static`, which is a `CircuitBreaker`: `DB.state()`, `DB.call(..)`, or `breaker = DB` and
/// `breaker = crate::pool::DB` in functions.
///
/// It is listed from the start, without an initialiser that runs first, and takes part in settings under its `name`,
/// which is `module::path::DB` by default.
///
/// The options are those of the policy, and `name` and `crate`. What is about single calls, such as `fallback`,
/// `retry` or `failure_if`, stands at the functions. Not for breakers with a `key`: for several functions that share
/// those, use `CircuitBreaker::builder(..).keyed()`.
#[proc_macro]
pub fn declare(input: TokenStream) -> TokenStream {
    declare::declare(input.into()).into()
}
