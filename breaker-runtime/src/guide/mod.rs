//! A guide: the layers around a call, and pages on policies, numbers, streams, fallbacks and operations.
//!
//! - [`policies`]: what opens the breaker, for how long, and how it comes back.
//! - [`numbers`]: from what you measure to the number in each option.
//! - [`streams`]: the same for answers that are streamed.
//! - [`fallbacks`]: the forms of a fallback, and errors without one.
//! - [`databases`]: which of their errors are failures.
//! - [`operations`]: looking at breakers, controlling them, and changing their options while the process
//!   runs.
//! - [`lab`]: a program that tries policies on recorded calls.
//! - [`game_days`]: faults from the settings file, to see what callers get in an outage.
//! - [`fleet`]: breakers with a state that processes share through Redis.
//! - [`dashboard`]: a page that shows all breakers live, and how to mount it safely.
//! - [`metrics`]: the figures for Prometheus and OpenTelemetry, a board and alerts.
//! - [`without_attribute`]: handles, breakers for keys, snapshots.
//! - [`comparison`]: this crate beside others.
//! - [`limits`]: ranges and approximations.
//! - [`internals`]: how the crate is built, for its contributors; [`api_guidelines`]: which of the Rust
//!   API guidelines hold, and what checks each.
//!
//! # The layers
//!
//! An annotated function can have more than a breaker around its body. From the outside to the inside:
//!
//! ```text
//! fallback( last_good( retry( breaker( bulkhead( call_timeout( body ))))))
//! ```
//!
//! | layer | option | against | [number](numbers) |
//! |---|---|---|---|
//! | fallback | `fallback` | an error where another answer is good enough | |
//! | last good answer | `last_good` | an error where an old answer is good enough | [`max_age`](numbers#last-good-answers) |
//! | retry | `retry` | a failure that passes in a moment | [`attempts`, `budget`](numbers#retries) |
//! | breaker | the [policy](policies) | waiting for a dependency that is down, and burdening it | [thresholds](numbers#thresholds) |
//! | bulkhead | `max_concurrent`, `max_wait`, `max_pending` | one slow dependency taking up all threads, connections and memory | [permits](numbers#the-bulkhead) |
//! | deadline | `call_timeout` | a call that never ends | [`call_timeout`](numbers#the-deadline) |
//! | deadline of all | `total_timeout` | attempts, waits and pauses that together take too long | the time that the caller has |
//! | limits of a stream | `first_item`, `idle` | an answer that stops | [`first_item`, `idle`](streams#start-with-these) |
//!
//! A layer exists only if its option is given, and the order is always this one. It follows that:
//!
//! - **Each attempt passes every layer inside `retry`** and is recorded: three attempts that fail are
//!   three failures, and each has its own permit and its own deadline.
//! - **Rejections are not retried**, and neither are ignored outcomes. A failed attempt that opens the
//!   breaker is the last one, and its output is that of the call. It is returned without a pause.
//! - **A rejection means that nothing has run.** If a retry is rejected, by a breaker that opened during
//!   the pause or by a full bulkhead, the call ends with the result of the attempt before it. That is a
//!   failure: `fallback_on = "failure"` takes it, and `fallback_on = "rejection"` does not.
//! - **The breaker comes before the bulkhead**: an open one rejects whether or not a permit is free, and
//!   no call waits for it. A call that waited for its permit asks the breaker once more.
//! - **A rejection by the bulkhead is never a failure.** A full queue here says nothing about the
//!   dependency.
//! - **The deadline is inside the bulkhead**: waiting for a permit takes none of the body's time. The
//!   caller waits for both, as [`numbers`](numbers#the-deadline) counts it.
//! - **A time-out is a failure**: it counts, is retried, and goes to the fallback. With
//!   `fallback_on = "rejection"` the caller gets it, as
//!   [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut).
//! - **A fallback and an answer from memory do not influence the breaker's decisions.** They are
//!   counted in [`Totals::fallback`](crate::Totals::fallback) and
//!   [`Totals::last_good`](crate::Totals::last_good).
//!
//! ```
//! # #[cfg(all(feature = "tokio", feature = "retry"))] {
//! use std::time::Duration;
//!
//! use breaker_runtime::{BreakerError, State, breaker_of, circuit_breaker};
//! use tokio::time::{Instant, sleep};
//!
//! #[circuit_breaker(
//!     fallback = Ok("instead"),
//!     retry(attempts = 3, backoff = "50ms", jitter = false),
//!     failure_threshold = 3,
//!     max_concurrent = 8,
//!     call_timeout = "200ms"
//! )]
//! async fn hangs() -> Result<&'static str, BreakerError> {
//!     sleep(Duration::from_secs(3600)).await;
//!     Ok("never")
//! }
//!
//! #[tokio::main(flavor = "current_thread", start_paused = true)]
//! async fn main() {
//!     let began = Instant::now();
//!     assert_eq!(hangs().await, Ok("instead"));
//!     // Three deadlines and two pauses, and the third failure opened the breaker.
//!     assert_eq!(began.elapsed(), Duration::from_millis(200 + 50 + 200 + 100 + 200));
//!     let seen = breaker_of(hangs).snapshot();
//!     assert_eq!((seen.state, seen.totals.timed_out, seen.totals.retried), (State::Open, 3, 2));
//!
//!     let began = Instant::now();
//!     assert_eq!(hangs().await, Ok("instead"));
//!     assert_eq!(began.elapsed(), Duration::ZERO); // open: neither a deadline nor a pause
//! }
//! # main();
//! # }
//! ```
//!
//! # The whole stack
//!
//! ```
//! # #[cfg(all(feature = "tokio", feature = "retry", feature = "last-good", feature = "reqwest"))] {
//! use breaker_runtime::{Aged, circuit_breaker};
//!
//! #[circuit_breaker(
//!     // The answer if nothing else is left:
//!     fallback = Ok(Aged::fresh("tea, honey".into())),
//!     // Before that, this user's last answer, if it is at most ten minutes old:
//!     last_good(key = user, max_age = "10m"),
//!     // One more attempt, for at most a tenth of the calls:
//!     retry(attempts = 2, backoff = "50ms", budget = 0.1),
//!     // Each attempt goes through the breaker and is recorded there:
//!     failure_threshold = 10,
//!     failure_rate = 0.5,
//!     window = "10s",
//!     timeout = "5s",
//!     timeout_factor = 2.0,
//!     max_timeout = "1m",
//!     ramp = "10s",
//!     classify,
//!     // .. waits briefly for one of 24 permits, in the order of arrival:
//!     max_concurrent = 24,
//!     max_wait = "20ms",
//!     max_pending = 24,
//!     // .. and has this deadline:
//!     call_timeout = "250ms"
//! )]
//! async fn recommendations(
//!     client: &reqwest::Client,
//!     user: u32,
//! ) -> Result<Aged<String>, reqwest::Error> {
//!     let answer = client.get(format!("http://recommendations/{user}")).send().await?;
//!     Ok(Aged::fresh(answer.error_for_status()?.text().await?))
//! }
//! # }
//! ```
//!
//! The error type needs no `From<BreakerError>`, as the fallback takes every rejection and time-out. A
//! caller waits at most for two permits, two answers and a pause, which is 590 ms. [`numbers`] derives
//! these numbers.
//!
//! | the dependency | the caller gets | the dependency gets |
//! |---|---|---|
//! | fails sometimes | an answer, up to 50 ms later | one more call for a failure: for a tenth of the calls at most, and one a second |
//! | is down | the last good answer, or tea and honey; at once when the breaker is open | a probe or two after 5 s, then after 10 s, 20 s, 40 s and each minute |
//! | hangs | the same, after two deadlines at first | at most 24 calls at a time, each dropped after 250 ms |
//! | gets too many calls | an answer; without a permit within 20 ms, or with a full queue, the last good one | 24 calls at a time |
//! | has recovered | fresh answers, more of them each second; [`Aged::age`](crate::Aged::age) shows which are not | two probes, then load that grows for 10 s |
//!
//! # A breaker inside a breaker
//!
//! A function with a breaker may call others that have one. A call that the inner breaker rejects was
//! never sent. It says nothing about the dependency of the outer one and is ignored there; a time-out of
//! the inner one counts as a failure. The option
//! [`classify`](crate::classify#a-breaker-inside-a-breaker) does that. Without it every `Err` is a
//! failure: an open inner breaker then opens the outer one, and that one its callers' breakers.
//!
//! Retry in only one of the two: with three attempts in each, one call is sent nine times.
//!
//! # What a deadline cannot do
//!
//! `call_timeout` drops the body's future. Work that the body has handed on continues: a task that it
//! spawned, a closure given to `spawn_blocking`, a request that the other side has already received.
//! Code that blocks its thread is not ended either; the deadline is checked when it returns. So
//!
//! - a call that changes something may have been carried out although it timed out: retry it only if the
//!   other side recognises the repetition, by an idempotency key;
//! - a sync function has no `call_timeout`. Give the client inside it a time-out, and the function
//!   [`slow_call`](policies#slow-calls).
//!
//! # Why there is no hedge
//!
//! A hedged request is sent a second time before the first one has failed, because that one takes long;
//! the first answer counts ([Dean and Barroso, *The Tail at Scale*, 2013][tail]). There is no option for
//! it, for these reasons:
//!
//! - It adds calls when the dependency is slow. A breaker does the opposite, so the two would work
//!   against each other.
//! - It is for calls that may be carried out twice, and the loser has to be cancelled at the other side.
//!   An attribute cannot know whether either holds; dropping a future does not take a request back.
//! - The copies are not independent trials. If both fail, is that one failure or two? Either choice
//!   changes the meaning of streaks and rates.
//! - The second copy helps if it goes elsewhere, to another replica. That choice is made in the client
//!   library or in the proxy, where the replicas and their latencies are known. gRPC and Envoy have it
//!   there.
//!
//! If you need it, put it **outside** the annotated function. Both copies then pass the
//! breaker, which rejects them when it is open, and `max_concurrent` limits what they add:
//!
//! ```
//! # #[cfg(feature = "tokio")] {
//! use std::time::Duration;
//!
//! use breaker_runtime::{BreakerError, breaker_of, circuit_breaker};
//! use tokio::time::sleep;
//!
//! #[circuit_breaker(max_concurrent = 32, call_timeout = "300ms")]
//! async fn lookup(replica: u32) -> Result<u32, BreakerError> {
//!     if replica == 0 {
//!         sleep(Duration::from_millis(250)).await; // a straggler
//!     }
//!     Ok(replica)
//! }
//!
//! async fn hedged() -> Result<u32, BreakerError> {
//!     let first = lookup(0);
//!     tokio::pin!(first);
//!     tokio::select! {
//!         answer = &mut first => return answer,
//!         () = sleep(Duration::from_millis(80)) => {} // longer than 95 of 100 calls take
//!     }
//!     tokio::select! {
//!         answer = &mut first => answer,
//!         answer = lookup(1) => answer,
//!     }
//! }
//!
//! #[tokio::main(flavor = "current_thread", start_paused = true)]
//! async fn main() {
//!     assert_eq!(hedged().await, Ok(1));
//!     let totals = breaker_of(lookup).snapshot().totals;
//!     assert_eq!((totals.success, totals.cancelled), (1, 1)); // the loser counts neither way
//! }
//! # main();
//! # }
//! ```
//!
//! That counts one success for one answer, as the loser is dropped, unless it had run for longer than
//! `slow_call`: then it is a failure, so keep `slow_call` above the time after which you hedge and the
//! time that a second copy takes. It is no sign of a hang either: the winner ends between two losers, so
//! that [`abandoned_threshold`](crate::circuit_breaker#abandoned_threshold) is not reached.
//!
//! [tail]: https://research.google/pubs/the-tail-at-scale/
//!
//! # One breaker for several functions
//!
//! Functions that call the same dependency should open together: a breaker that sees all calls needs
//! less time to judge, and each function profits from the calls of the others.
//! [`declare!`](crate::declare) makes the breaker, `breaker = DB` names it:
//!
//! ```
//! use breaker_runtime::{BreakerError, State, circuit_breaker};
//!
//! breaker_runtime::declare! {
//!     /// The breaker of everything that asks the database.
//!     pub static DB: failure_threshold = 1, timeout = "10s";
//! }
//!
//! #[circuit_breaker(breaker = DB)]
//! fn load(id: u32) -> Result<u32, BreakerError> {
//!     Ok(id)
//! }
//!
//! #[circuit_breaker(breaker = DB, fallback = |_| Ok(()))]
//! fn store(id: u32) -> Result<(), BreakerError> {
//!     load(id).map(drop)
//! }
//!
//! DB.trip();
//! assert_eq!(DB.state(), State::Open);
//! assert!(load(7).is_err() && store(7).is_ok());
//! ```
//!
//! Functions that have the same `name` do not share: the second breaker is called `payments#2`, with a
//! warning.

pub mod api_guidelines;
pub mod comparison;
#[cfg(feature = "dashboard")]
pub mod dashboard;
pub mod databases;
pub mod fallbacks;
pub mod fleet;
pub mod game_days;
pub mod internals;
#[cfg(feature = "lab")]
pub mod lab;
pub mod limits;
pub mod metrics;
pub mod numbers;
pub mod operations;
pub mod policies;
pub mod streams;
pub mod without_attribute;
