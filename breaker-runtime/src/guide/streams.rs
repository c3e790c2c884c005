//! Streamed answers: the options, the numbers to start with, and the cases without `idle`.
//!
//! The module [`stream`](crate::stream) lists the functions that are guarded and how a stream counts.
//! This page is about a model gateway, a change feed, or a large download.
//!
//! # Options
//!
//! | option | against | leave it out if |
//! |---|---|---|
//! | `call_timeout`, on an `async fn` that returns a `Result` of a stream | a connection that is not established | the function returns the stream itself: it is a compile error there |
//! | [`first_item`](crate::circuit_breaker#first_item) | a gateway that accepts the request and never answers | the first item may take any time, as in a feed of rare changes |
//! | [`idle`](crate::circuit_breaker#idle) | an answer that stops in the middle | [silence is normal](#when-not-to-use-idle) |
//! | `slow_call`, `slow_call_rate` | a dependency that still answers, but too slowly to read | the pauses between items say nothing about its health |
//! | `max_concurrent` | open streams that take up all connections and memory | readers are few |
//! | `probe_timeout` | losing the slot of a long answer: the default is for short calls | an answer never takes longer than the default |
//!
//! Two rules for the body of the function, as no option knows the protocol:
//!
//! - **Make a cut visible.** A stream that ends early without an `Err` looks complete. If the protocol
//!   has an end mark, yield an `Err` when the stream ends without it, and end the stream at the mark.
//! - **Turn error events into `Err` items.** Many gateways answer `200 OK` and send the error as an
//!   event of the stream.
//!
//! ```
//! # #[cfg(all(feature = "tokio", feature = "stream"))] {
//! use breaker_runtime::{BreakerError, circuit_breaker};
//! use futures::stream::{self, BoxStream, StreamExt};
//!
//! #[circuit_breaker(failure_threshold = 5, call_timeout = "2s", first_item = "5s", idle = "20s")]
//! async fn answer(prompt: String) -> Result<BoxStream<'static, Word>, ModelError> {
//!     let events = connect(prompt).await?;
//!     // Only an answer that is complete ends with the mark. One without it ends with this error.
//!     let cut = stream::once(async { Err(ModelError::Cut) });
//!     let events = events.chain(cut).take_while(|event| {
//!         let done = matches!(event, Ok(event) if event == "[DONE]");
//!         async move { !done }
//!     });
//!     Ok(events.boxed())
//! }
//!
//! type Word = Result<String, ModelError>;
//!
//! async fn connect(_prompt: String) -> Result<BoxStream<'static, Word>, ModelError> {
//!     Ok(stream::iter([Ok("Hello".into()), Ok("[DONE]".into())]).boxed())
//! }
//!
//! #[derive(Debug)]
//! enum ModelError {
//!     Cut,
//!     Breaker(BreakerError),
//! }
//!
//! impl From<BreakerError> for ModelError {
//!     fn from(error: BreakerError) -> Self {
//!         ModelError::Breaker(error)
//!     }
//! }
//!
//! # use futures::executor::block_on;
//! # let words: Vec<_> = block_on(async { answer("hi".into()).await.unwrap().collect().await });
//! # assert!(matches!(&words[..], [Ok(word)] if word == "Hello"));
//! # let _ = |error: ModelError| match error {
//! #     ModelError::Cut => None,
//! #     ModelError::Breaker(error) => Some(error),
//! # };
//! # }
//! ```
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
//! A stream is a success when it ends. One that never ends cannot close the breaker, so the body of a
//! feed should end its stream after some minutes, and the reader should call again.
//!
//! Measure the pauses at the reader, not at the server: proxies gather items and send them together.
//! `first_item` and `idle` count only the time for which the reader waits, so they need no allowance for
//! a slow reader.
//!
//! ```
//! # #[cfg(all(feature = "tokio", feature = "stream"))] {
//! use std::time::Duration;
//!
//! use breaker_runtime::{BreakerError, ErrorKind, breaker_of, circuit_breaker};
//! use futures::stream::{self, BoxStream, StreamExt};
//! use tokio::time::{Instant, sleep};
//!
//! #[circuit_breaker(
//!     call_timeout = "5s",
//!     first_item = "10s",
//!     idle = "20s",
//!     probe_timeout = "5m",
//!     max_concurrent = 64
//! )]
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
//! - **A feed that is silent while nothing changes.** Silence is its normal state: with `idle` every
//!   quiet night opens the breaker. Ask the server for heartbeats, return them as items, and set `idle`
//!   to three of their intervals. Filter them out after the function, not in it: an item that the body
//!   drops does not end the wait.
//! - **A model that pauses to think**, or runs a tool in the middle of its answer, and sends nothing
//!   meanwhile. Choose `idle` for the longest such pause, or leave it out and rely on `first_item` and
//!   on the client's own limit.
//! - **A reader that polls at intervals**, without waiting to be woken. The time of `idle` runs from a
//!   poll that finds nothing until the stream wakes its reader, so it is always the dependency's time;
//!   but its end is noticed only at the next poll.
//!
//! # How to check them
//!
//! | figure | it should be | otherwise |
//! |---|---|---|
//! | `totals.timed_out` of all calls | 1 of 1000 | `first_item` or `idle` is too short, or the dependency has a problem |
//! | `totals.cancelled` of all calls | the share of readers that leave early | readers stop at the end mark, and the body does not end the stream there |
//! | `totals.late` | 0, except in outages | `probe_timeout` is shorter than the answers |
//! | `bulkhead.running` | the number of open streams | streams are kept and not read: drop them |
