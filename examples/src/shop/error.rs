//! The errors of the shop, and the answers that its customers get for them.

use std::fmt;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use breaker_runtime::BreakerError;
use breaker_runtime::classify::{Class, Classify};

/// A reason why the shop cannot answer.
#[derive(Debug)]
pub(super) enum ShopError {
    /// A dependency failed.
    Dependency(reqwest::Error),
    /// The catalogue has no such product.
    NoSuchProduct(u32),
    /// The breaker did not run the call or ended it, and nothing is known that could replace its answer.
    Breaker(BreakerError),
    /// Payments does not charge this customer, now or later.
    Declined,
    /// The orders cannot be read or written.
    Disk(rusqlite::Error),
    /// Payments is down, and too many orders wait for it already.
    QueueFull,
    /// The task that handled the request has ended.
    Interrupted,
}

impl From<reqwest::Error> for ShopError {
    fn from(error: reqwest::Error) -> Self {
        Self::Dependency(error)
    }
}

impl From<rusqlite::Error> for ShopError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Disk(error)
    }
}

impl From<BreakerError> for ShopError {
    fn from(error: BreakerError) -> Self {
        Self::Breaker(error)
    }
}

/// How a call that ended in this error counts: an answer that the customer does not like is a success of
/// the dependency, and what failed in the shop itself is ignored.
impl Classify for ShopError {
    fn class(&self) -> Class {
        match self {
            Self::Dependency(error) => error.class(),
            Self::Breaker(error) => error.class(),
            Self::NoSuchProduct(_) | Self::Declined => Class::ClientError,
            Self::Disk(_) | Self::QueueFull | Self::Interrupted => Class::Neutral,
        }
    }
}

impl fmt::Display for ShopError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Dependency(error) if error.is_timeout() => {
                write!(f, "a dependency did not answer in time ({error}); try again later")
            }
            Self::Dependency(error) => write!(f, "a dependency failed ({error}); try again later"),
            Self::NoSuchProduct(id) => write!(f, "there is no product {id}; ask for one of 1 to 20"),
            Self::Breaker(error) => error.fmt(f),
            Self::Declined => f.write_str("the card was declined; pay by another one"),
            Self::Disk(error) => {
                write!(f, "the orders cannot be read or written ({error}); try again later")
            }
            Self::QueueFull => f.write_str("too many orders wait to be paid; try again later"),
            Self::Interrupted => f.write_str("the shop is closing; try again later"),
        }
    }
}

impl IntoResponse for ShopError {
    fn into_response(self) -> Response {
        let status = match self {
            Self::Dependency(_) => StatusCode::BAD_GATEWAY,
            Self::NoSuchProduct(_) => StatusCode::NOT_FOUND,
            Self::Declined => StatusCode::PAYMENT_REQUIRED,
            Self::Disk(_) | Self::QueueFull | Self::Interrupted => StatusCode::SERVICE_UNAVAILABLE,
            // It is a response, with `Retry-After`.
            Self::Breaker(error) => return error.into_response(),
        };
        (status, format!("{self}\n")).into_response()
    }
}
