//! Which options are for what, in which order they work, and with which numbers to start.
//!
//! - [`policies`]: what opens the breaker, for how long, and how it comes back.
//! - [`numbers`]: from what you measure to the number in each option.
//! - [`streams`]: the same for answers that are streamed.
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
//! | fallback | `fallback` | an error where something else would do as well | |
//! | last good answer | `last_good` | an error where an old answer would do | [`max_age`](numbers#last-good-answers) |
//! | retry | `retry` | a failure that is gone a moment later | [`attempts`, `budget`](numbers#retries) |
//! | breaker | the [policy](policies) | waiting for a dependency that is down, and burdening it | [thresholds](numbers#thresholds) |
//! | bulkhead | `max_concurrent`, `max_wait`, `max_pending` | one slow dependency taking up all threads, connections and memory | [places](numbers#the-bulkhead) |
//! | deadline | `call_timeout` | a call that never ends | [`call_timeout`](numbers#the-deadline) |
//! | limits of a stream | `first_item`, `idle` | an answer that stops | [`first_item`, `idle`](streams#start-with-these) |
//!
//! Each is there only if its option is given, and the order is always this one. What follows from it:
//!
//! - **Each attempt passes all that stands inside `retry`**, and is recorded by itself: three attempts that fail are
//!   three failures, and each has its own place and its own deadline.
//! - **Rejections are not retried**, and neither are ignored outcomes. A failed attempt that opens the breaker is the
//!   last one, and its output that of the call; there is no pause before it is returned.
//! - **A rejection means that nothing has run.** If a retry is rejected, by a breaker that has opened during the pause
//!   or by a full bulkhead, the call ends with the result of the attempt before it. That is a failure:
//!   `fallback_on = "failure"` takes it, and `fallback_on = "rejection"` does not.
//! - **The breaker comes before the bulkhead**: an open one rejects whether or not a place is free, and nobody
//!   waits for it. A call that waited for its place asks the breaker once more.
//! - **What the bulkhead rejects is never a failure.** A full house here says nothing of the dependency.
//! - **The deadline is inside of the bulkhead**: waiting for a place takes none of the body's time. The
//!   caller waits for both, as [`numbers`](numbers#the-deadline) counts it.
//! - **A time-out is a failure**: it counts, is retried, and goes to the fallback. With `fallback_on = "rejection"`
//!   the caller gets it, as [`ErrorKind::TimedOut`](crate::ErrorKind::TimedOut).
//! - **A fallback and an answer from memory are not recorded** in what the breaker decides by. They are counted in
//!   [`Totals::fallback`](crate::Totals::fallback) and [`Totals::last_good`](crate::Totals::last_good).
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
//! # A breaker inside a breaker
//!
//! A function with a breaker may call others that have one. What the inner breaker rejects was never sent, so it says
//! nothing for or against the dependency of the outer one, and is ignored there; a time-out of the inner one counts as
//! a failure. The option [`classify`](crate::integrations::classify#a-breaker-inside-a-breaker) does that. Without it an `Err` is a
//! failure, whatever is in it: an open inner breaker then opens the outer one, and the callers of that with it.
//!
//! Retry in one of the two only: with three attempts in each, one call is sent nine times.
//!
//! # What a deadline cannot do
//!
//! `call_timeout` drops the body's future. What that has handed on goes on: a task that it spawned, a closure given to
//! `spawn_blocking`, a request that the other side has received already. Code that blocks its thread is not ended
//! either, as nobody else can run there; the deadline is looked at when it is back. So
//!
//! - a call that changes something may have been carried out although it timed out: retry it only if the other side
//!   knows it again, by an idempotency key;
//! - a sync function has no `call_timeout`. Give the client inside it a time-out, and the function
//!   [`slow_call`](policies#slow-calls).
//!
//! # Why there is no hedge
//!
//! A hedged request is sent a second time before the first one has failed, because that one takes long; the first
//! answer counts ([Dean and Barroso, *The Tail at Scale*, 2013][tail]). There is no option for it, on purpose:
//!
//! - It adds calls just when the dependency is slow. A breaker does the opposite, and the two would
//!   work against each other in the moment that both are made for.
//! - It is for calls that may be carried out twice, and the loser has to be cancelled at the other side. A
//!   function's attribute can know neither; dropping a future does not take a request back.
//! - The copies are not independent trials. If both fail, is that one failure or two? Whichever is chosen, streaks
//!   and rates mean something else than without.
//! - The second copy helps if it goes elsewhere, to another replica. That choice is made in the client library or in
//!   the proxy, where the replicas and their latencies are known, and where gRPC and Envoy have it.
//!
//! To have it all the same, put it **outside** of the annotated function. Both copies then pass the breaker, which
//! rejects them when it is open, and `max_concurrent` keeps a limit to what they add:
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
//!     assert_eq!((totals.success, totals.cancelled), (1, 1)); // who loses counts neither way
//! }
//! # main();
//! # }
//! ```
//!
//! That counts one success for one answer, as the loser is dropped, unless it had run for longer than `slow_call`: then
//! it is a failure, so keep `slow_call` above the time after which you hedge and the time that a second copy takes.
//!
//! [tail]: https://research.google/pubs/the-tail-at-scale/
//!
//! # One breaker for several functions
//!
//! Functions that call the same dependency should open together: what one of them learns helps the others, and a breaker
//! that sees all calls needs less time to judge. [`declare!`](crate::declare) makes the breaker, `breaker = DB` names it:
//!
//! ```
//! use breaker_runtime::{BreakerError, State, circuit_breaker};
//!
//! breaker_runtime::declare! {
//!     /// Everything that asks the database.
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
//! Functions that have the same `name` do not share: the second breaker is called `payments#2`, with a warning.

pub mod numbers;
pub mod policies;
pub mod streams;
