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
/// # Policy
///
/// What opens the breaker. Several may stand side by side, and the first one that is met opens it. The
/// [guide](../breaker_runtime/guide/index.html) says when each is right, and which numbers to start with.
///
/// | option | default | meaning | for a dependency that |
/// |---|---|---|---|
/// | `failure_threshold = 5` | 5; off if `failure_rate`, `slow_call_rate` or `throttle` is given | failures in a row | is down |
/// | `failure_rate = 0.5` | off | the share of failures in the window, or more; above 0.0, at most 1.0 | fails some of its calls |
/// | `window = 100`, `window = "10s"` | 100 | the calls that rates are taken of: the last 1 to 1,000,000, or those of a span of at least 1 ms | |
/// | `min_calls = 20` | 20, or a smaller window | no rate is judged below this; at most the window | is seldom called |
/// | `slow_call = "2s"` | off | a call that took longer is slow; it still runs to its end | hangs rather than failing |
/// | `slow_call_rate = 0.5` | 1.0 with `slow_call` | the share of slow calls in the window, or more | is slow some of the time |
///
/// How long it stays open:
///
/// | option | default | meaning | for a dependency that |
/// |---|---|---|---|
/// | `timeout = "30s"` | 60 s | how long; at exactly this time the next call probes | |
/// | `timeout_factor = 2.0` | 1.0 | each failed probe multiplies the period; 1.0 to 1000.0 | stays down for long |
/// | `max_timeout = "10m"` | none | the longest period, at least `timeout` | comes back some time |
/// | `timeout_jitter = 0.1` | 0.0 | the share of the period that is left to chance; 0.0 to 1.0 | many processes probe |
/// | `honour_retry_after = true` | `false` | a failure that says when to come back decides, if it asks for longer; the output, or a side of it, implements `classify::RetryAfter` | says when to come back |
///
/// How it closes, and what it does instead of opening:
///
/// | option | default | meaning | for a dependency that |
/// |---|---|---|---|
/// | `success_threshold = 2` | 2 | successful probes that close it | |
/// | `max_probes = 1` | `success_threshold` | probes in flight at once, 1 to 1024 | |
/// | `probe_timeout = "5s"` | `timeout` | after this a probe that has not ended loses its place | |
/// | `ramp = "30s"` | off | after it closes, calls are admitted little by little over this time | full load would bring down again |
/// | `throttle(k = 2.0, window = "2m")` | off | only about `k` calls are let through for each one that succeeded in the window, the rest rejected at random; `k` is 1.0 to 1000.0, the span at least 1 s; each part may be left out | is overloaded |
///
/// Counts are whole numbers, shares and factors numbers such as `0.5` or `2`, and lengths of time texts such as
/// `"1m 30s"`, `"1.5s"` or `"250ms"`; each may be a constant expression instead, of type `u32`, `f64` or
/// `Duration`. A value out of range is a compile error, and so is an option that could have no effect, such as a
/// `window` that no rate is taken of. The builder, `CircuitBreaker::builder`, has all of these under the same
/// names.
///
/// # A breaker per key
///
/// | option | default | meaning |
/// |---|---|---|
/// | `key = host` | one breaker for all calls | one for each value of this expression: a host, a tenant, a shard |
/// | `max_keys = 10_000` | 10,000 | the most keys with a breaker of their own at once; 1 to 10,000,000 |
/// | `key_idle = "10m"` | 10 min | a breaker that was not used for this long may go |
/// | `max_open_keys = "50%"` | off | the largest share of the breakers that may open, where one always may; a constant of type `f64` is a share: 0.5 |
///
/// The expression sees the arguments, such as `key = self.shard` or `key = (region, shard)`, and is evaluated for each
/// call before it is admitted. It lends them: what it names is there for the body. It is a text, a number, a tuple
/// of keys, a reference to one, or any type that is `Hash`, `Eq`, `Clone`, `Debug`, `Send`, `Sync` and `'static`; to look up a
/// key that has a breaker allocates nothing.
///
/// A breaker that is not closed never goes, nor one with a call in flight. If that leaves no room, further keys share one
/// breaker. All have the function's name; `breaker_of` finds the one that stands for all, `keyed_breakers_of` those of the
/// keys. `KeyedBreakers` says more.
///
/// # Other options
///
/// | option | default | meaning |
/// |---|---|---|
/// | `name = "payments"` | the function's path | the name in the registry |
/// | `failure_if = expr` | `Err` | a closure or function from `&Output` to `bool`, such as `classify::server_error` |
/// | `ignore_if = expr` | nothing | outputs that count neither way, such as `classify::client_error`; asked before `failure_if` |
/// | `fallback = path` | none | called with the arguments, and awaited if it is `async` |
/// | <code>fallback = \|cause\| expr</code> | | sees the cause and the arguments |
/// | `fallback = expr` | | sees the arguments; a path that ends in upper case is a value |
/// | `fallback_on = "any"` | `"any"` | or `"rejection"`, or `"failure"` |
/// | `clone(user, cart)` | nothing | arguments that the body consumes and the fallback needs |
/// | `accessor = fetch_breaker` | none | makes `fn fetch_breaker() -> &'static CircuitBreaker`, which returns what `breaker_of` finds; `Self::fetch_breaker` for a method, but not in a trait's `impl`, which takes no other functions |
/// | `breaker = PATH` | | a `static` breaker of your own; excludes `key`, the name and the policy, except `honour_retry_after`, which is about this function's output |
/// | `crate = path` | `::breaker_runtime` | where the runtime is |
///
/// The cause is a `CallError<E>`: `CallError::Breaker(BreakerError)` for a rejection, `CallError::Inner(error)`
/// for a failure. With `failure_if` a failure may be any output, and `CallError::Inner` holds the output
/// itself. With `fallback_on = "rejection"` the cause is the `BreakerError`.
///
/// # Cancel safety
///
/// A future that is dropped before it ends counts neither as a success nor as a failure, and gives a
/// probe's place back. One that had run for longer than `slow_call` by then is a failure. A function that returns a future is admitted when it is called, an `async fn` when
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
