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
/// How many calls run at once, whatever the breaker's state:
///
/// | option | default | meaning | for a dependency that |
/// |---|---|---|---|
/// | `max_concurrent = 64` | any number | calls whose body runs, 1 to 1,000,000; one more is rejected with `ErrorKind::Saturated`, which is no failure | hangs, and must not take up everything |
/// | `max_wait = "50ms"` | not at all | how long a call waits for its turn first, in the order in which calls came; a sync function blocks its thread; not on a function that returns a future, which is rejected at once | is called in bursts |
/// | `max_pending = 10` | any number | calls that wait, 1 to 1,000,000; one more is rejected at once | |
///
/// A call has its place until the body really ends: until it has returned or unwound, or its future is complete or
/// dropped. The breaker comes first: what it rejects needs no place, what waits is no probe, and a call that has waited
/// asks it again when its turn comes. On an `async fn` `max_wait` needs the feature `tokio` of `breaker-runtime`, which
/// is on by default, and works on any executor; a `max_wait` that is set at run time has an effect on an `async fn`
/// only if the attribute has that option or `breaker`.
///
/// Counts are whole numbers, shares and factors numbers such as `0.5` or `2`, and lengths of time texts such as
/// `"1m 30s"`, `"1.5s"` or `"250ms"`; each may be a constant expression instead, of type `u32`, `f64` or
/// `Duration`. A value out of range is a compile error, and so is an option that could have no effect, such as a
/// `window` that no rate is taken of. The builder, `CircuitBreaker::builder`, has all of these under the same
/// names.
///
/// # Other options
///
/// | option | default | meaning |
/// |---|---|---|
/// | `name = "payments"` | the function's path | the name in the registry |
/// | `failure_if = expr` | `Err` | a closure or function from `&Output` to `bool`, such as `classify::server_error` |
/// | `ignore_if = expr` | nothing | outputs that count neither way, such as `classify::client_error`; asked before `failure_if` |
/// | `retry(..)` | off | runs a call that failed again: see [retries](#retries) |
/// | `fallback = path` | none | called with the arguments, and awaited if it is `async` |
/// | <code>fallback = \|cause\| expr</code> | | sees the cause and the arguments |
/// | `fallback = expr` | | sees the arguments; a path that ends in upper case is a value |
/// | `fallback_on = "any"` | `"any"` | or `"rejection"`, or `"failure"` |
/// | `last_good(key = user.id, max_age = "10m", capacity = 10_000)` | off; 10 min; 10,000 | the last success with this key answers where a fallback would run, and the fallback only where there is none so recent; by the feature `last-good` |
/// | `clone(user, cart)` | nothing | arguments that the body consumes, and the fallback or a retry needs |
/// | `accessor = fetch_breaker` | none | makes `fn fetch_breaker() -> &'static CircuitBreaker`; `Self::fetch_breaker` for a method, but not in a trait's `impl`, which takes no other functions |
/// | `breaker = PATH` | | a `static` breaker of your own; excludes the name and the policy, except `honour_retry_after`, which is about this function's output |
/// | `crate = path` | `::breaker_runtime` | where the runtime is |
///
/// The cause is a `CallError<E>`: `CallError::Breaker(BreakerError)` for a rejection, `CallError::Inner(error)`
/// for a failure. With `failure_if` a failure may be any output, and `CallError::Inner` holds the output
/// itself. With `fallback_on = "rejection"` the cause is the `BreakerError`.
///
/// # Retries
///
/// `retry`, or `retry(attempts = 3, backoff = "100ms")`, runs the body of a call that failed again. Each attempt passes
/// the breaker and counts there by itself. An ignored outcome is not retried, nor is a rejection: retries stop at an
/// open breaker. The last attempt's output is that of the call, and goes to the fallback.
///
/// | part | default | meaning |
/// |---|---|---|
/// | `attempts = 3` | 3 | the runs of the body in all, the first one included; 2 to 100 |
/// | `backoff = "100ms"` | 100 ms | the pause before the first retry |
/// | `max_backoff = "5s"` | 5 s | the longest pause, at least `backoff` |
/// | `factor = 2.0` | 2.0 | what each pause is longer than the one before it; 1.0 to 1000.0 |
/// | `jitter = true` | `true` | each pause ends at random between now and its end ([full jitter]), so that many callers do not come back together |
/// | `budget = 0.2` | 0.2 | retries as a share of the recent calls; 0.0 to 1.0 |
/// | `if = expr` | every failure | a closure or function from `&Output` to `bool`, for failures that pass |
///
/// A failure that says when to come back, as HTTP's `Retry-After` does, is not retried before that time, and not at
/// all if it asks for more than `max_backoff`.
///
/// The budget is the breaker's: in the last ten seconds there are at most `budget` retries for each call, and ten more,
/// so that a function that is seldom called can be retried at all. A call counts once, whether it was admitted or
/// not, and its retries are none. This is the rule of [Finagle's `RetryBudget`], with a reserve of one retry a second
/// where Finagle's default is ten. [Envoy's `retry_budget`] is another one: it limits the retries in flight to a share
/// of the requests in flight. Functions that share a breaker share its budget: each has its own share of the calls of
/// all of them, less the retries that the others took.
///
/// On a function that is not `async` a pause blocks the thread.
///
/// Each attempt begins with the arguments as they were passed. What the body consumes is named in `clone(..)`, and so
/// is a `mut` argument.
///
/// [full jitter]: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
/// [Finagle's `RetryBudget`]: https://twitter.github.io/finagle/guide/Clients.html#retries
/// [Envoy's `retry_budget`]: https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/cluster/v3/circuit_breaker.proto
///
/// # The last good answer
///
/// `last_good` keeps a clone of each success, under a `key` that sees the arguments and leaves them to the body:
/// `key = user`, `key = (tenant, url)`, `key = format!("{a}/{b}")`. What is borrowed, such as a `&str`, is kept in
/// its owned form. A function without arguments needs no key, and others can share one answer by `key = ()`. Each
/// instantiation of a generic function has answers of its own; the type and the fields of `self` are not part of
/// the key unless they stand there.
///
/// Of a `Result` the `Ok` is kept, of anything else the whole output; it is `Clone`, `Send`, `Sync` and has no
/// borrowed parts. An answer is good until it is older than `max_age`. There are never more than `capacity`, from 1 to
/// 10,000,000, and those that are seldom renewed go first. A function that returns `Result<Stale<T>, E>` tells its
/// callers how old the answer is.
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
