//! The `#[circuit_breaker]` attribute. Use it through `breaker-runtime`, which exports it and holds all
//! that it expands to.
//!
//! `options` reads what the user wrote into a typed model that keeps the spans; `function` reads the
//! function, its body left as tokens; `check` holds the one against the other; `expand` prints. Errors
//! are collected, so that all mistakes are told at once, and the original function is still emitted.

use proc_macro::TokenStream;
use quote::quote;

mod check;
mod duration;
mod errors;
mod expand;
mod function;
mod options;
mod similar;

/// Runs a function through a circuit breaker of its own.
///
/// ```text
/// #[circuit_breaker(failure_threshold = 5, timeout = "30s", fallback = popular_items)]
/// async fn recommendations(user: UserId) -> Result<Vec<Item>, ShopError> { .. }
/// ```
///
/// It takes sync and `async` functions, methods, trait methods with a body, and functions that return a
/// future. An `Err` is a failure, and so is a panic. A rejected call answers with the fallback, or with
/// an `Err` made of the `BreakerError`.
///
/// Put it above other attributes: what stands below it, such as `#[tracing::instrument]`, then sees the
/// rejected calls as well, and what stands above it may make copies of the function, each of which would
/// have a breaker of its own. On a function that returns a future, and so on the methods of an
/// `#[async_trait]`, `#[tracing::instrument]` becomes part of the body wherever it stands, and sees the calls
/// that run.
///
/// | option | default | meaning |
/// |---|---|---|
/// | `name = "payments"` | the function's path | the name in the registry |
/// | `failure_threshold = 5` | 5 | failures in a row that open the breaker |
/// | `timeout = "30s"` | 60 s | how long it stays open; at exactly this time the next call probes |
/// | `success_threshold = 2` | 2 | successful probes that close it |
/// | `max_probes = 1` | `success_threshold` | probes in flight at once, 1 to 1024 |
/// | `probe_timeout = "5s"` | `timeout` | after this a probe that has not ended loses its place |
/// | `failure_if = expr` | `Err` | a closure or function from `&Output` to `bool` |
/// | `ignore_if = expr` | nothing | outputs that count neither way; asked before `failure_if` |
/// | `fallback = path` | none | called with the arguments, and awaited if it is `async` |
/// | <code>fallback = \|cause\| expr</code> | | sees the cause and the arguments |
/// | `fallback = expr` | | sees the arguments; a path that ends in upper case is a value |
/// | `fallback_on = "any"` | `"any"` | or `"rejection"`, or `"failure"` |
/// | `clone(user, cart)` | nothing | arguments that the body consumes and the fallback needs |
/// | `accessor = fetch_breaker` | none | makes `fn fetch_breaker() -> &'static CircuitBreaker`; `Self::fetch_breaker` for a method, but not in a trait's `impl`, which takes no other functions |
/// | `breaker = PATH` | | a `static` breaker of your own; excludes the name and the policy |
/// | `crate = path` | `::breaker_runtime` | where the runtime is |
///
/// Numbers are literals or constant expressions; lengths of time are texts such as `"1m 30s"`, `"1.5s"` or
/// `"250ms"`, or constant expressions of type `Duration`. A value out of range is a compile error.
///
/// The cause is a `CallError<E>`: `CallError::Breaker(BreakerError)` for a rejection, `CallError::Inner(error)`
/// for a failure. With `failure_if` a failure may be any output, and `CallError::Inner` holds the output
/// itself. With `fallback_on = "rejection"` the cause is the `BreakerError`.
///
/// # Cancel safety
///
/// A future that is dropped before it ends counts neither as a success nor as a failure, and gives a
/// probe's place back. A function that returns a future is admitted when it is called, an `async fn` when
/// its future is first polled.
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
