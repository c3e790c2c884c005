//! Streamed answers: which options to give, with which numbers to start, and when to leave `idle` out.
//!
//! The module [`stream`](crate::stream) says which functions are guarded and what counts as what. This page is about a
//! model gateway, a change feed, or a large download behind one of them.
//!
//! # What to give
//!
//! | option | against | leave it out if |
//! |---|---|---|
//! | `call_timeout`, on an `async fn` that returns a `Result` of a stream | a connection that does not come | the function returns the stream itself: it is a compile error there |
//! | [`first_item`](crate::circuit_breaker#first_item) | a gateway that accepts the request and never answers | the first item may take any time, as in a feed of rare changes |
//! | [`idle`](crate::circuit_breaker#idle) | an answer that stops in the middle | [silence is normal](#when-not-to-use-idle) |
//! | `slow_call`, `slow_call_rate` | a dependency that still answers, but too slowly to read | the pauses between items say nothing about its health |
//! | `max_concurrent` | open streams that take up all connections and memory | readers are few |
//! | `probe_timeout` | nothing: its default is for short calls | an answer never takes longer than the default |
//!
//! And two rules for the body of the function, as no option can know the protocol:
//!
//! - **Make a cut visible.** A stream that ends early without an `Err` looks complete. If the protocol has an end mark,
//!   yield an `Err` when the stream ends without it, and end the stream at the mark.
//! - **Turn error events into `Err` items.** Many gateways answer `200 OK` and send the error as an event of the stream.
//!
//! # Start with these
//!
//! | | a model gateway | a change feed | a download |
//! |---|---|---|---|
//! | `call_timeout` | 5 s | 5 s | 5 s |
//! | `first_item` | 3 x p99 of the time to the first item, at least 10 s: long prompts take long | none | 10 s |
//! | `idle` | 3 x p99.9 of the longest pause within an answer, at least 20 s | 3 x the interval of its heartbeats; none without them | 10 s |
//! | `slow_call` | 2 x p99 of the time to the first item | none | none |
//! | `max_concurrent` | streams per second x p99 of their length x 1.5 | one for each reader | as the link allows |
//! | `failure_threshold` | 5 | 3 | 5 |
//! | `probe_timeout` | the longest answer, with a quarter on top | the time after which the body ends the stream, with a quarter on top | the longest download, with a quarter on top |
//!
//! A stream is a success when it ends. One that never ends cannot close the breaker again, so let the body of a feed end its
//! stream after some minutes, and the reader call again.
//!
//! Measure the pauses where the stream is read and the reader waits, not where the server writes: proxies gather items and
//! send them together. `first_item` and `idle` count the time for which the reader waits and nothing else, so they need no
//! allowance for a reader that is slow.
//!
//! ```
//! # #[cfg(all(feature = "tokio", feature = "stream"))] {
//! use std::time::Duration;
//!
//! use breaker_runtime::{BreakerError, ErrorKind, breaker_of, circuit_breaker};
//! use futures::stream::{self, BoxStream, StreamExt};
//! use tokio::time::{Instant, sleep};
//!
//! #[circuit_breaker(call_timeout = "5s", first_item = "10s", idle = "20s", probe_timeout = "5m", max_concurrent = 64)]
//! async fn answer() -> Result<BoxStream<'static, Result<&'static str, BreakerError>>, BreakerError> {
//!     // Stops after the first word.
//!     Ok(stream::iter([Ok("Hello")]).chain(stream::pending()).boxed())
//! }
//!
//! #[tokio::main(flavor = "current_thread", start_paused = true)]
//! async fn main() {
//!     let mut words = answer().await.expect("closed");
//!     assert_eq!(words.next().await, Some(Ok("Hello")));
//!     sleep(Duration::from_secs(3600)).await; // the reader is busy: not the dependency's time
//!     let began = Instant::now();
//!     let stopped = words.next().await.expect("an item").expect_err("a time-out");
//!     assert_eq!((stopped.kind(), began.elapsed()), (ErrorKind::TimedOut, Duration::from_secs(20)));
//!     assert_eq!(breaker_of(answer).snapshot().totals.timed_out, 1);
//! }
//! # main();
//! # }
//! ```
//!
//! # When not to use `idle`
//!
//! - **A feed that is silent while nothing changes.** Silence is its normal state: with `idle` every quiet night opens the
//!   breaker. Ask the server for heartbeats, let the body of the function pass them on as items, and give `idle` three of
//!   their intervals. Filter them out behind the function, not in it: an item that the body drops does not end the wait.
//! - **A model that thinks before it goes on**, or runs a tool in the middle of its answer, and sends nothing meanwhile.
//!   Choose `idle` for the longest such pause, or leave it out and rely on `first_item` and on the client's own limit.
//! - **A reader that polls only now and then**, without waiting to be woken. The time of `idle` runs from a poll that finds
//!   nothing to the moment in which the stream wakes its reader, so that it is the dependency's time in any case; but the
//!   end of the time is noticed at the next poll.
//!
//! # How to check them
//!
//! | figure | it should be | or else |
//! |---|---|---|
//! | `totals.timed_out` of all calls | 1 of 1000 | `first_item` or `idle` is too short, or the dependency is ill |
//! | `totals.cancelled` of all calls | the share of readers that leave early | readers stop at the end mark, and the body does not end the stream there |
//! | `totals.late` | 0, but in outages | `probe_timeout` is shorter than answers take |
//! | `bulkhead.running` | the number of open streams | streams are kept and not read: drop them |
