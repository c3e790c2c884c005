//! Ready-made rules for what an output says of the dependency: the option `classify`, and predicates for
//! `failure_if` and `ignore_if`.
//!
//! ```
//! # #[cfg(feature = "http")] {
//! use breaker_runtime::{BreakerError, State, breaker_of, circuit_breaker};
//! use http::{Response, StatusCode};
//!
//! #[circuit_breaker(failure_threshold = 2, classify)]
//! fn fetch(status: StatusCode) -> Result<Response<String>, BreakerError> {
//!     let mut page = Response::new(String::from("a page"));
//!     *page.status_mut() = status;
//!     Ok(page)
//! }
//!
//! for status in [404, 404, 503, 200, 503] {
//!     fetch(StatusCode::from_u16(status)?)?;
//! }
//! assert_eq!(breaker_of(fetch).state(), State::Closed); // no two failures in a row
//! fetch(StatusCode::TOO_MANY_REQUESTS)?;
//! assert_eq!(breaker_of(fetch).state(), State::Open);
//! # }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! With the option `classify`, the [class](Class) of an output decides how the call
//! [counts](Class::outcome):
//!
//! | class | counts as |
//! |---|---|
//! | `Success`, `ClientError` | a success: the dependency has answered. A 404 closes a half-open breaker, and reaches the caller as it is |
//! | `ServerError`, `NoAnswer`, `RateLimited` | a failure |
//! | `Neutral` | nothing: it is ignored |
//!
//! Where something else is wanted there are predicates, for which `classify` is left out:
//!
//! - [`server_error`] for `failure_if`: a dependency that is down or overloaded fails, and one that
//!   answers `404 Not Found` has answered. Alone, it makes a success of all else, of what is neutral
//!   too.
//! - [`client_error`] for `ignore_if`: a request that is itself at fault, and what is neutral, says
//!   nothing for or against the dependency.
//! - [`no_answer`] and [`rate_limited`] are parts of [`server_error`], and [`class()`] returns the class
//!   itself: `failure_if = |output| matches!(classify::class(output), Class::ServerError |
//!   Class::NoAnswer)`.
//!
//! # What can be classified
//!
//! | output | by | feature |
//! |---|---|---|
//! | `http::StatusCode`, `http::Response<B>` | the status | `http` |
//! | `Result<http::Response<B>, E>` | the status; any `Err` is [no answer](Class::NoAnswer) | `http` |
//! | `reqwest::Response`, also of `reqwest::blocking` | the status | `reqwest` |
//! | `Result<T, reqwest::Error>` | the status of the response or of the error, or what went wrong | `reqwest` |
//! | `Result<T, reqwest_middleware::Error>` | the same, also of an error inside of the middleware's | `reqwest-middleware` |
//! | `Result<T, tonic::Status>` | the code | `tonic` |
//! | `Result<T, E>` with `sqlx::Error`, `tokio_postgres::Error`, `rusqlite::Error` or `redis::RedisError` | what went wrong: [the tables](crate::guide::databases) | `sqlx`, `tokio-postgres`, `rusqlite`, `redis` |
//! | `Result<T, E>` with your own `E:` [`Classify`] | what you say of `E`, and the status of a response in `Ok` | |
//! | `Result<T, BreakerError>`, `Result<T, CallError<E>>` | [see below](#a-breaker-inside-a-breaker) | |
//!
//! An `Ok` that is neither a response nor a status is a [success](Class::Success). The features are
//! those of the crates `http` 1, `reqwest` 0.13 and `tonic` 0.14.
//!
//! # Your own errors
//!
//! Most functions return an error type of the program's. It says what it is of, and passes on the rest:
//!
//! ```
//! # #[cfg(feature = "reqwest")] {
//! use breaker_runtime::classify::{Class, Classify};
//! use breaker_runtime::{BreakerError, circuit_breaker};
//!
//! enum ShopError {
//!     Http(reqwest::Error),
//!     NotTried(BreakerError),
//! }
//!
//! impl Classify for ShopError {
//!     fn class(&self) -> Class {
//!         match self {
//!             Self::Http(error) => error.class(),
//!             Self::NotTried(error) => error.class(),
//!         }
//!     }
//! }
//!
//! #[circuit_breaker(classify)]
//! async fn items(client: &reqwest::Client) -> Result<Vec<u8>, ShopError> {
//!     let page = client.get("http://shop/items").send().await?.error_for_status()?;
//!     Ok(page.bytes().await?.to_vec())
//! }
//!
//! impl From<reqwest::Error> for ShopError {
//!     fn from(error: reqwest::Error) -> Self {
//!         Self::Http(error)
//!     }
//! }
//!
//! impl From<BreakerError> for ShopError {
//!     fn from(rejection: BreakerError) -> Self {
//!         Self::NotTried(rejection)
//!     }
//! }
//! # }
//! ```
//!
//! An error that is not typed, such as `anyhow::Error` or `Box<dyn Error + Send + Sync>`, can be
//! searched for one that is known:
//!
//! ```
//! # use breaker_runtime::{circuit_breaker, classify};
//! # #[cfg(any(feature = "reqwest", feature = "tonic"))] {
//! #[circuit_breaker(
//!     failure_if = |output| output.as_ref().is_err_and(|error| classify::server_error(&**error))
//! )]
//! fn items() -> Result<u32, Box<dyn std::error::Error + Send + Sync>> {
//!     Ok(7)
//! }
//! # }
//! ```
//!
//! # A breaker inside a breaker
//!
//! A protected call may make other protected calls. What an inner breaker does says this of the outer
//! one's dependency:
//!
//! - A rejection says nothing: nothing was asked. A [`BreakerError`](crate::BreakerError) of a rejection
//!   is [neutral](Class::Neutral). Counted as a failure it would open one breaker after the other, and
//!   as a success it would close an outer one that is half-open.
//! - A time-out is [no answer](Class::NoAnswer): the outer call depends on what hangs.
//!
//! That takes `classify`, as by default an `Err` is a failure, whatever is in it. An error type passes
//! on what the `BreakerError` in it says, as above. A `tonic::Status`, an `io::Error` in a source and an
//! axum response that were made of a `BreakerError` still know it.
//!
//! ```
//! use breaker_runtime::{BreakerError, CallError, CircuitBreaker, breaker_of, circuit_breaker};
//!
//! #[circuit_breaker(classify)]
//! fn order(payments: &CircuitBreaker) -> Result<u32, BreakerError> {
//!     match payments.call(|| Ok::<_, std::convert::Infallible>(7)) {
//!         Ok(charged) => Ok(charged),
//!         Err(CallError::Breaker(error)) => Err(error),
//!         Err(CallError::Inner(never)) => match never {},
//!     }
//! }
//!
//! let payments = CircuitBreaker::builder("payments").build()?;
//! payments.force_open();
//! assert!(order(&payments).is_err());
//! let totals = breaker_of(order).snapshot().totals;
//! assert_eq!((totals.failure, totals.success, totals.ignored), (0, 0, 1));
//! # Ok::<(), breaker_runtime::ConfigError>(())
//! ```
//!
//! # Where the predicates need help
//!
//! The option `classify` finds the parts of a `Result` by itself, and takes an `Ok` that borrows. The
//! predicates are functions, and find them from the type alone:
//!
//! - A `Result` with an error that implements [`Classify`] asks its `Ok` for its type, so the `Ok` must
//!   be `'static`. For one that borrows: `failure_if = |output|
//!   output.as_ref().is_err_and(classify::server_error)`.
//! - A `Result` of which both sides implement [`Classify`], such as
//!   `Result<http::Response<B>, ShopError>` or `Result<http::Response<B>, BreakerError>`, has to say
//!   that both are meant: `failure_if = classify::server_error::<_, classify::via::Both>`.
//! - A `reqwest::Response` or a status is not enough beside an error without a class:
//!   `failure_if = |output| output.as_ref().map_or(true, classify::server_error)`.
//!
//! # When to come back
//!
//! With `honour_retry_after = true` a failure that says for how long the dependency wants to be left
//! alone, by HTTP's `Retry-After` or gRPC's pushback, lengthens the open period. See [`RetryAfter`] for
//! who can say so.
//!
//! ```
//! # #[cfg(feature = "http")] {
//! use breaker_runtime::{BreakerError, breaker_of, circuit_breaker};
//! use http::{HeaderValue, Response, StatusCode, header};
//!
//! #[circuit_breaker(
//!     failure_threshold = 1,
//!     timeout = "30s",
//!     max_timeout = "10m",
//!     classify,
//!     honour_retry_after = true
//! )]
//! fn fetch() -> Result<Response<()>, BreakerError> {
//!     let mut busy = Response::new(());
//!     *busy.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
//!     busy.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("120"));
//!     Ok(busy)
//! }
//!
//! fetch()?;
//! let left = breaker_of(fetch).snapshot().retry_after;
//! assert!(left.is_some_and(|left| left.as_secs() > 110));
//! # }
//! # Ok::<(), breaker_runtime::BreakerError>(())
//! ```
//!
//! Only the failure that opens the breaker is asked, be it the last of a streak or a failed probe. A
//! wait that is shorter than `timeout` changes nothing, and one of more than 24 hours, or than
//! `max_timeout`, counts as that. On a shared breaker, `breaker = PATH`, the option is needed twice: on
//! the function, and where the breaker is built.

pub(super) mod errors;
#[cfg(feature = "http")]
mod http;
#[cfg(feature = "redis")]
mod redis;
#[cfg(feature = "reqwest")]
mod reqwest;
#[cfg(feature = "reqwest-middleware")]
mod reqwest_middleware;
#[cfg(not(breaker_loom))]
#[doc(hidden)]
pub mod retry_after;
#[cfg(feature = "rusqlite")]
mod rusqlite;
#[cfg(any(feature = "rusqlite", feature = "sqlx", feature = "tokio-postgres"))]
mod sqlstate;
#[cfg(feature = "sqlx")]
mod sqlx;
#[cfg(feature = "tokio-postgres")]
mod tokio_postgres;
#[cfg(feature = "tonic")]
mod tonic;
pub mod via;

use std::time::Duration;

pub use crate::integrations::classify::via::HasClass;

pub use crate::types::class::Class;
use crate::types::outcome::Outcome;

/// An error or a response that says what it means for the dependency that it came from. Implement it for
/// your own.
///
/// The [module](self) has an example. Where only the other variants of an error type matter, as with
/// [`io::Error`](std::io::Error), any rule will do:
///
/// ```
/// use breaker_runtime::classify::{self, Class, Classify};
///
/// enum CacheError {
///     Io(std::io::Error),
///     NoSuchKey,
/// }
///
/// impl Classify for CacheError {
///     fn class(&self) -> Class {
///         match self {
///             Self::Io(_) => Class::NoAnswer,
///             Self::NoSuchKey => Class::ClientError,
///         }
///     }
/// }
///
/// let refused = CacheError::Io(std::io::ErrorKind::ConnectionRefused.into());
/// assert!(classify::server_error(&Err::<(), _>(refused)));
/// assert!(classify::client_error(&CacheError::NoSuchKey));
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not show how the dependency answered",
    label = "this cannot be classified",
    note = "write `impl breaker_runtime::classify::Classify for {Self}`, or use a closure"
)]
pub trait Classify {
    /// Returns how the dependency answered.
    fn class(&self) -> Class;
}

/// An output that may say when to come back, for `honour_retry_after = true`. Implement it for your own
/// error and response types.
///
/// `http::Response` and `reqwest::Response` implement it by the header `Retry-After`, in seconds or as a
/// date, and `tonic::Status` by the metadata `retry-after` and `grpc-retry-pushback-ms`: a pushback that
/// is negative or cannot be read [refuses a retry](Self::refuses_retry), a `retry-after` that cannot be
/// read says nothing. A `Result` is asked on the side that implements it, or on both.
///
/// A `reqwest::Error` does not: `error_for_status` drops the headers. Keep what they say in an error of
/// your own:
///
/// ```
/// # #[cfg(feature = "reqwest")] {
/// use std::time::Duration;
///
/// use breaker_runtime::classify::RetryAfter;
///
/// struct ShopError {
///     retry_after: Option<Duration>,
///     error: reqwest::Error,
/// }
///
/// impl RetryAfter for ShopError {
///     fn retry_after(&self) -> Option<Duration> {
///         self.retry_after
///     }
/// }
///
/// fn checked(page: reqwest::Response) -> Result<reqwest::Response, ShopError> {
///     let retry_after = page.retry_after();
///     page.error_for_status().map_err(|error| ShopError { retry_after, error })
/// }
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot say when to come back",
    label = "there is no `Retry-After` in this",
    note = "write `impl breaker_runtime::classify::RetryAfter for {Self}`"
)]
pub trait RetryAfter {
    /// Returns how long, from now on, the dependency asks callers to wait; `None` if the output does not
    /// say, or names a time that has passed.
    fn retry_after(&self) -> Option<Duration>;

    /// Returns whether the dependency asks not to be sent this request again, as gRPC's pushback can.
    /// The option `retry` then makes no further attempt, whatever [`retry_after`](Self::retry_after)
    /// returns. It does not lengthen an open period. Default: `false`.
    ///
    /// A type around one that implements it passes on both.
    fn refuses_retry(&self) -> bool {
        false
    }
}

/// Returns how the dependency answered, as an output shows it.
///
/// ```
/// # #[cfg(feature = "http")] {
/// use breaker_runtime::classify::{self, Class};
///
/// assert_eq!(classify::class(&http::StatusCode::BAD_GATEWAY), Class::ServerError);
/// # }
/// ```
pub fn class<Output, Via>(output: &Output) -> Class
where
    Output: HasClass<Via> + ?Sized,
{
    output.class_of()
}

/// Returns how a call with this output counts, by its [class](class()): what the dependency answered is
/// a success, also [that the request is at fault](Class::ClientError); a [failure](Class::ServerError),
/// [no answer](Class::NoAnswer) and [too much to do](Class::RateLimited) are failures; and what says
/// [nothing](Class::Neutral) is ignored.
///
/// For [`call_classified`](crate::CircuitBreaker::call_classified).
///
/// ```
/// # #[cfg(feature = "http")] {
/// use breaker_runtime::{Outcome, classify};
/// use http::StatusCode;
///
/// assert_eq!(classify::outcome(&StatusCode::NOT_FOUND), Outcome::Success);
/// assert_eq!(classify::outcome(&StatusCode::BAD_GATEWAY), Outcome::Failure);
/// assert_eq!(classify::outcome(&StatusCode::REQUEST_TIMEOUT), Outcome::Ignored);
/// # }
/// ```
pub fn outcome<Output, Via>(output: &Output) -> Outcome
where
    Output: HasClass<Via> + ?Sized,
{
    output.class_of().outcome()
}

/// Returns whether the dependency is at fault: it [failed](Class::ServerError), gave [no
/// answer](Class::NoAnswer), or has [too much to do](Class::RateLimited). For `failure_if`.
///
/// Not among these: other client errors, redirects, and what went wrong before the request was sent or
/// after the whole answer had come. Alone, `failure_if` counts all that as successes: the option
/// `classify`, or [`client_error`] for `ignore_if`, ignores what is [neutral](Class::Neutral).
pub fn server_error<Output, Via>(output: &Output) -> bool
where
    Output: HasClass<Via> + ?Sized,
{
    output.class_of().outcome() == Outcome::Failure
}

/// Returns whether an output is no evidence about the dependency: the request was [at
/// fault](Class::ClientError), or it is [neutral](Class::Neutral), such as the rejection by an inner
/// breaker. For `ignore_if`. [`class()`] separates the two.
pub fn client_error<Output, Via>(output: &Output) -> bool
where
    Output: HasClass<Via> + ?Sized,
{
    matches!(output.class_of(), Class::ClientError | Class::Neutral)
}

/// Returns whether [no answer](Class::NoAnswer) came: an outage, not an error that the dependency
/// reports.
///
/// ```
/// use breaker_runtime::classify::{self, Class, Classify};
///
/// struct Refused;
///
/// impl Classify for Refused {
///     fn class(&self) -> Class {
///         Class::NoAnswer
///     }
/// }
///
/// assert!(classify::no_answer(&Err::<u32, _>(Refused)));
/// assert!(!classify::no_answer(&Ok::<_, Refused>(7)));
/// ```
pub fn no_answer<Output, Via>(output: &Output) -> bool
where
    Output: HasClass<Via> + ?Sized,
{
    output.class_of() == Class::NoAnswer
}

/// Returns whether the dependency has [too much to do](Class::RateLimited).
///
/// ```
/// use breaker_runtime::classify::{self, Class, Classify};
///
/// struct Busy;
///
/// impl Classify for Busy {
///     fn class(&self) -> Class {
///         Class::RateLimited
///     }
/// }
///
/// assert!(classify::rate_limited(&Err::<u32, _>(Busy)));
/// ```
pub fn rate_limited<Output, Via>(output: &Output) -> bool
where
    Output: HasClass<Via> + ?Sized,
{
    output.class_of() == Class::RateLimited
}
