//! Streams that hold the permit of their call until they end.
//!
//! A dependency that streams its answer, as a model gateway or a change feed does, fails mostly after it
//! has begun to answer. A breaker that settles the call at the first item sees successes only, and never
//! opens. So the permit goes into the stream.
//!
//! ```
//! use breaker_runtime::{BreakerError, State, breaker_of, circuit_breaker};
//! use futures::{Stream, StreamExt, stream};
//!
//! #[circuit_breaker(failure_threshold = 1, first_item = "5s", idle = "20s", max_concurrent = 64)]
//! fn tokens(prompt: &str) -> impl Stream<Item = Result<String, ModelError>> + use<> {
//!     let words: Vec<_> = prompt.split(' ').map(|word| Ok(word.to_owned())).collect();
//!     stream::iter(words).chain(stream::once(async { Err(ModelError::ConnectionReset) }))
//! }
//!
//! #[derive(Debug, PartialEq)]
//! enum ModelError {
//!     ConnectionReset,
//!     Breaker(BreakerError),
//! }
//!
//! impl From<BreakerError> for ModelError {
//!     fn from(error: BreakerError) -> Self {
//!         Self::Breaker(error)
//!     }
//! }
//!
//! # futures::executor::block_on(async {
//! let answer: Vec<_> = tokens("to be").collect().await;
//! assert_eq!(answer, [Ok("to".into()), Ok("be".into()), Err(ModelError::ConnectionReset)]);
//! assert_eq!(breaker_of(tokens).state(), State::Open);
//!
//! let rejected: Vec<_> = tokens("or not").collect().await;
//! assert!(matches!(rejected[..], [Err(ModelError::Breaker(_))]));
//! # });
//! ```
//!
//! # Which functions
//!
//! | returns | the call |
//! |---|---|
//! | `impl Stream<Item = Result<T, E>>`, also `TryStream` and `FusedStream`; `Pin<Box<dyn Stream<..>>>`, `BoxStream`, `LocalBoxStream` | is admitted when the function is called, and its body runs then |
//! | `Result` of one of these, from an `async fn` or a function that returns a future (so under `#[async_trait]`, boxed) | is admitted as any `async` call; to connect is its first part, and the permit goes into the stream |
//! | `Result` of one of these, from any other function | is admitted when the function is called; to connect is its first part |
//!
//! `E` is `From<BreakerError>`. The first row is recognised by the text of the return type. In a
//! `Result` the compiler finds a boxed stream under an alias as well, of the stream or of the whole
//! `Result`; `first_item` and `idle` still ask for the type to be written out. A stream that cannot take
//! a permit along, as it is of another named type or its items are no such `Result`, is a warning of the
//! compiler: return `impl Stream` or a boxed one, or put `#[allow(deprecated)]` on the function, to
//! protect the connection alone. A type parameter that stands for a stream only where the function is
//! called is not found.
//!
//! A stream inside of another type, such as a response, is guarded by the function that makes the
//! stream; the body of a response by `CircuitBreakerLayer::streamed` of the module `tower`, or by
//! `CircuitBreaker::call_response`. [`CircuitBreaker::call_stream`](crate::CircuitBreaker::call_stream)
//! is the same without the attribute. The feature `stream` brings all of it, with the crate
//! `futures-core`.
//!
//! # What counts
//!
//! Each call is settled once, by the first of these:
//!
//! | | counts as |
//! |---|---|
//! | the stream ends | a success; ignored, if an item was ignored |
//! | an item is a failure | a failure, at once; the item is passed on, and so is what follows it |
//! | the reader waits longer than `first_item` or `idle` | a failure; the stream is dropped, and ends with an `Err` item made of a `BreakerError` of the kind [`TimedOut`](crate::ErrorKind::TimedOut) |
//! | `poll_next`, the body or a predicate panics | a failure; unwinding goes on, and the stream has ended |
//! | the reader drops the stream | cancelled; a failure if the reader waited for its item for longer than `slow_call`, `first_item` or `idle`, or no item has come after [`abandoned_threshold`](crate::circuit_breaker#abandoned_threshold) such calls |
//! | the breaker rejects the call | rejected; the stream yields one `Err` item, and ends |
//!
//! - An `Err` item is a failure. `failure_if`, `ignore_if` and `honour_retry_after` judge each item, as
//!   `&Result<T, E>`; on a function that connects first they judge its own `Result`, and an `Err` item
//!   is a failure.
//! - A stream that ends early without an `Err` looks complete to everyone. If the protocol has an end
//!   mark, such as `[DONE]` or `message_stop`, let the body yield an `Err` when the stream ends without
//!   it.
//! - A reader that stops at the end mark drops the stream, which is a cancelled call and no success. Let
//!   the body end the stream at the mark.
//! - The permit for `max_concurrent` is held until the stream is gone, after a failed item as well. A
//!   call with `max_wait` waits in the stream, and its body runs after that.
//! - A probe is lost after `probe_timeout` like any other: give one that is longer than the longest
//!   answer.
//!
//! # Time of the reader
//!
//! A slow reader is never the dependency's fault. The clock of `first_item`, `idle` and `slow_call` runs
//! only while the reader has polled the stream and found nothing. It stops when the stream wakes the
//! reader, whether or not that comes back soon. The time between two items is one wait, in however many
//! steps the item comes.
//!
//! # The other options
//!
//! | option | on a function that returns a stream | on one that connects first |
//! |---|---|---|
//! | `call_timeout` | a compile error: it would end a stream that is read slowly | the deadline of the connection |
//! | `total_timeout` | a compile error, as `call_timeout` | the deadline until the stream is returned, retries included |
//! | `retry` | a compile error: items that were read cannot be taken back | retries the connection |
//! | `slow_call` | the longest wait for one item, or for the end | the same; the connection is not measured |
//! | `last_good` | a compile error: a stream is gone once it is read | a compile error |
//! | `fallback` | another stream of the same items, in place of one that has not begun: after a rejection, or if the first item is a failure or does not come. Later failures are passed on | the same boxed type, in place of a connection that failed |
//!
//! # Cost
//!
//! At most 3 ns for an item that is there when it is polled for, and no allocation. With `first_item`,
//! `idle` or `slow_call` a stream is polled twice where it has nothing, allocates its clock when that
//! first happens, and reads the time twice for each wait.

#[cfg(feature = "http-body")]
mod body;
mod call;
mod entry;
mod guard;
mod waits;

#[doc(hidden)]
pub use crate::config::stream::StreamLimits;
#[cfg(feature = "http-body")]
pub use crate::stream::body::{BodyError, GuardedBody};
pub use crate::stream::call::CallStream;
pub(crate) use crate::stream::entry::{Making, StreamEntry};
pub(crate) use crate::stream::guard::{Guard, Step};
