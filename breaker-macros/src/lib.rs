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
mod options;
mod similar;
mod words;

#[cfg(test)]
use options::names as option_names;

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
/// | `probe_timeout = "5s"` | `timeout`, or twice `call_timeout` if that is longer | after this a probe that has not ended loses its place | |
/// | `ramp = "30s"` | off | after it closes, calls are admitted little by little over this time | full load would bring down again |
/// | `throttle(k = 2.0, window = "2m")` | off | only about `k` calls are let through for each one that succeeded in the window, the rest rejected at random; `k` is 1.0 to 1000.0, the span at least 1 s; each part may be left out | is overloaded |
///
/// How many calls run at once, and for how long, whatever its state ([bulkhead](#the-bulkhead),
/// [deadline](#the-deadline)):
///
/// | option | default | meaning | for a dependency that |
/// |---|---|---|---|
/// | `max_concurrent = 64` | any number | calls that run at once, 1 to 1,000,000; others are rejected, or wait | must not take up everything when it hangs |
/// | `max_wait = "50ms"` | no wait | how long a call waits for a place | is called in bursts |
/// | `max_pending = 64` | any number | calls that wait at once, 1 to 1,000,000; needs `max_wait` | |
/// | `call_timeout = "2s"` | off | after this an `async` call is dropped, as a failure; by the feature `tokio`, which is on by default | hangs |
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
/// | `name = "payments"` | the function's path | the name in the registry; two functions with one name do not share a breaker, the second one is called `payments#2` |
/// | `failure_if = expr` | `Err` | a closure or function from `&Output` to `bool`, such as `classify::server_error` |
/// | `ignore_if = expr` | nothing | outputs that count neither way, such as `classify::client_error`; asked before `failure_if` |
/// | `key = host` | one breaker for all calls | a breaker for each value: see [keys](#a-breaker-for-each-key) |
/// | `max_keys = 10_000` | 10,000 | breakers of keys at once, 1 to 10,000,000 |
/// | `key_idle = "10m"` | 10 min | after this, one that nobody uses may go |
/// | `max_open_keys = "50%"` | all | the largest share of them that may be open; a text with a percentage, or an `f64` above 0.0, at most 1.0 |
/// | `retry(..)` | off | runs a call that failed again: see [retries](#retries); by the feature `retry`, which is on by default |
/// | `fallback = path` | none | called with the arguments, and awaited if it is `async` |
/// | <code>fallback = \|cause\| expr</code> | | sees the cause and the arguments |
/// | `fallback = expr` | | sees the arguments; a path that ends in upper case is a value |
/// | `fallback_on = "any"` | `"any"` | or `"rejection"`, or `"failure"` |
/// | `last_good(key = user.id, max_age = "10m", capacity = 10_000)` | off; 10 min; 10,000 | the last success with this key answers where a fallback would run, and the fallback only where there is none so recent: see [below](#the-last-good-answer); by the feature `last-good` |
/// | `clone(user, cart)` | nothing | arguments that the body consumes, and the fallback or a retry needs |
/// | `accessor = fetch_breaker` | none | makes `fn fetch_breaker() -> &'static CircuitBreaker`, which returns what `breaker_of` finds; `Self::fetch_breaker` for a method, but not in a trait's `impl`, which takes no other functions |
/// | `breaker = PATH` | | a `static` breaker of your own, from `declare!` or in a `LazyLock`; excludes `key`, the name and the policy, except `honour_retry_after` and `call_timeout`, which are about this function's calls |
/// | `crate = path` | `::breaker_runtime` | where the runtime is |
///
/// The cause is a `CallError<E>`: `CallError::Breaker(BreakerError)` for a rejection and for a time-out, whose
/// `kind()` is `ErrorKind::TimedOut`, and `CallError::Inner(error)` for a failure. With `failure_if` a failure may be
/// any output, and `CallError::Inner` holds the output itself. With `fallback_on = "rejection"` the cause is the
/// `BreakerError`, and a time-out goes to the caller, as the body has run by then.
///
/// # The order of the layers
///
/// `fallback( last_good( retry( breaker( bulkhead( call_timeout( body ))))))`, in whatever order the options stand.
/// The [guide](../breaker_runtime/guide/index.html#the-layers) has what follows from it, and its page of
/// [numbers](../breaker_runtime/guide/numbers/index.html) what to write into each option.
///
/// | both | what wins |
/// |---|---|
/// | an open breaker and a free place, or none | the breaker: the rejection says `Open`, and nobody waits |
/// | a retry and an open breaker | the breaker: rejections are not retried, nor is the failure that opens it |
/// | a retry and an ignored outcome | the outcome: it is the answer |
/// | `retry(if = ..)` and a time-out | the retry: `if` is asked about outputs, and a time-out has none |
/// | a `Retry-After` and `backoff` | the longer one, up to `max_backoff`; none is tried if more is asked for |
/// | an output and the deadline at the same poll | the output |
/// | `last_good` and `fallback` | `last_good`, where it has an answer that is recent enough |
/// | `call_timeout` here and at the breaker that `breaker` names | the one here |
/// | `max_wait` and `call_timeout` | neither: the deadline begins after the wait |
///
/// # The bulkhead
///
/// With `max_concurrent` a call takes a place when the breaker has admitted it, and holds it until the body is gone:
/// returned, unwound or dropped. A call that finds none is rejected with `ErrorKind::Full`, or waits for up to
/// `max_wait`, in the order of arrival, sync and async calls together. Then the breaker is asked once more, as it may
/// have opened meanwhile. A call that finds `max_pending` others waiting is rejected at once. None of that is a
/// failure.
///
/// A sync function waits on its thread, an `async` one in its future. A function that returns a future and has a
/// `max_wait` begins when that is first polled.
///
/// # The deadline
///
/// With `call_timeout` a call ends when that time has passed: the body is dropped, a failure is counted, and the call
/// ends with a `BreakerError` whose kind is `TimedOut`, which can be retried, and goes to the fallback. It is for
/// `async` functions and those that return a future, on any executor. The time begins when the body first has to
/// wait: one that is ready at its first poll needs neither a timer nor a look at the clock.
///
/// It stops nothing but the body. Code that blocks the thread goes on, and so does what was spawned or sent.
///
/// # A breaker for each key
///
/// `key` sees the arguments, and leaves them to the body, of a tuple by a clone of each part (`(tenant.as_str(), shard)`
/// allocates nothing): `key = host`, `key = (tenant, shard)` or `key =
/// request.host()`. A key is a text, a number, a tuple of keys, or a type that is `Hash`, `Eq`, `Clone`, `Debug`,
/// `Send`, `Sync` and `'static`; for another one implement `BreakerKey`. Each key has a breaker with this policy from
/// its first call on, its own `max_concurrent` and its own budget of retries. `keyed_breakers_of(function)` has them
/// all, and `breaker_of(function)` is the one that stands for them: what it is told to do, all do.
///
/// There are at most `max_keys`. A breaker goes when it has been idle for `key_idle` and further keys come, or when
/// there is no room, but never while it is not closed or in use; further keys then share one. With `max_open_keys` a
/// breaker opens by itself only if with it no more than that share of them are open, or if none else is.
///
/// A function that returns a future and has a `key` finds its breaker when it is called, and asks it when the future is
/// first polled.
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
/// A future can be dropped at any point. What that means depends on where it was:
///
/// | in | what is recorded | what is given back |
/// |---|---|---|
/// | the line for a place | nothing | its place in the line: those behind it move up |
/// | the body | cancelled, neither a success nor a failure; a failure if it had run for longer than `slow_call`, or to its `call_timeout` | its place in the bulkhead and that of a probe, after the body has been dropped |
/// | a pause between attempts | the attempts that have ended | nothing is held in a pause, but the retry stays taken from the budget |
/// | the fallback | what came before it | |
///
/// A function that returns a future is admitted when it is called, and an `async fn` when its future is first polled.
/// With `retry` or `max_wait`, and with `fallback_on = "rejection"` beside `call_timeout` or `last_good`, a function
/// that returns a future does all of it, its body included, when that is first polled.
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
