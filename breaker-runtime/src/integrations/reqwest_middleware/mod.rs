//! A middleware for the clients of the crate `reqwest-middleware` 0.5, which takes `reqwest` 0.13.
//! By the feature `reqwest-middleware`.
//!
//! ```
//! use std::time::Duration;
//!
//! use breaker_runtime::CircuitBreaker;
//! use breaker_runtime::reqwest_middleware::{CircuitBreakerMiddleware, rejection};
//! use reqwest_middleware::ClientBuilder;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_all().build()?.block_on(async {
//! let hosts = CircuitBreaker::builder("hosts")
//!     .failure_threshold(3)
//!     .timeout(Duration::from_secs(30))
//!     .honour_retry_after(true)
//!     .keyed()
//!     .build()?;
//! let client = ClientBuilder::new(reqwest::Client::new())
//!     .with(CircuitBreakerMiddleware::per_host(hosts.clone()))
//!     .build();
//!
//! for _ in 0..3 {
//!     let error = client.get("http://down.invalid/").send().await.unwrap_err();
//!     assert!(rejection(&error).is_none());
//! }
//! let error = client.get("http://down.invalid/").send().await.unwrap_err();
//! let rejection = rejection(&error).expect("the breaker is open");
//! assert_eq!(rejection.key().unwrap().to_string(), "down.invalid");
//! assert!(rejection.retry_after().is_some());
//! # Ok::<(), breaker_runtime::ConfigError>(())
//! # })?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! The breaker's options apply as in [`call_async`](crate::CircuitBreaker::call_async). Its
//! [`call_timeout`](crate::CircuitBreakerBuilder::call_timeout) is the deadline for the response's head,
//! [`total_timeout`](crate::CircuitBreakerBuilder::total_timeout) that of one attempt with its wait for
//! a permit, as other middleware retries; [`first_item`](crate::CircuitBreakerBuilder::first_item) and
//! [`idle`](crate::CircuitBreakerBuilder::idle) are for its body.
//!
//! # What counts
//!
//! | result | class | counts as |
//! |---|---|---|
//! | a 5xx | [`ServerError`](crate::classify::Class::ServerError) | a failure |
//! | 429 | [`RateLimited`](crate::classify::Class::RateLimited) | a failure |
//! | 408, 425 | [`Neutral`](crate::classify::Class::Neutral) | nothing |
//! | any other status | | a success, when the body has ended |
//! | an error of `reqwest`: no connection, a time-out, a connection that ends early | [`NoAnswer`](crate::classify::Class::NoAnswer) | a failure |
//! | one that says nothing of the host, as of a URL that is none | [`Neutral`](crate::classify::Class::Neutral) | nothing |
//! | an error of a middleware inside of this one | that of the first known error among its sources; [`NoAnswer`](crate::classify::Class::NoAnswer) if there is none | a failure, if no known error says otherwise |
//! | a rejection by a breaker inside of this one | [`Neutral`](crate::classify::Class::Neutral) | nothing |
//!
//! [`classify_by`](CircuitBreakerMiddleware::classify_by) sets another rule. If the breakers are built
//! with [`honour_retry_after`](crate::CircuitBreakerBuilder::honour_retry_after), a failed response says
//! by its `Retry-After` for how long the breaker stays open.
//!
//! # Bodies
//!
//! The permit of a successful response lives until its body ends. An error in the body, or one that is
//! shorter than its length, is a failure, and so is a wait for it longer than `first_item` or `idle`. A
//! response that is dropped before is a cancelled call. A slow reader is never the host's fault. The
//! module [`stream`](crate::stream) has the rules.
//!
//! # What callers get
//!
//! A rejection, and a request that reached its `call_timeout`, is an
//! [`Error::Middleware`](reqwest_middleware::Error::Middleware). [`rejection`] returns the
//! [`BreakerError`](crate::BreakerError) in it: its kind, the key of the host, and when to try again.
//! With [`respond_to_rejection`](CircuitBreakerMiddleware::respond_to_rejection) callers get a response.
//! A body that was ended at `first_item` or `idle` ends with a `reqwest::Error` that has the
//! `BreakerError` among its sources.
//!
//! # Among other middlewares
//!
//! The first that is passed to `ClientBuilder::with` is the outermost.
//!
//! | middleware | where | otherwise |
//! |---|---|---|
//! | `reqwest-retry` | before the breaker, thus outside: every attempt counts, and a rejection is not retried, so that an open breaker ends the attempts | after it: a request counts once, by its last attempt, and an open breaker does not end the attempts of one that was admitted; a `call_timeout` covers them all |
//! | a cache | before the breaker: what it answers is no call | after it: its answers count as successes of the host |
//! | authentication, signing | after the breaker: a rejected request asks for no token | before it: a token is fetched for each |
//! | tracing, logging | before the breaker, to see rejections as well | after it, to see only what is sent |

mod error;
mod middleware;

pub use crate::integrations::reqwest_middleware::error::rejection;
pub use crate::integrations::reqwest_middleware::middleware::CircuitBreakerMiddleware;
pub use crate::integrations::select::KeyOf;
