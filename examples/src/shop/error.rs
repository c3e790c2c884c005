//! The errors of the shop, and the answers that its customers get for them.

use std::fmt;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use breaker_runtime::CallError;

/// A reason why the shop cannot answer.
#[derive(Debug)]
pub(super) enum ShopError {
    /// A dependency failed.
    Dependency(reqwest::Error),
    /// The catalogue has no such product.
    NoSuchProduct(u32),
    /// The breaker did not run the call, and nothing is known that could replace its answer.
    NothingToShow(String),
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

impl From<CallError<ShopError>> for ShopError {
    fn from(cause: CallError<ShopError>) -> Self {
        match cause {
            CallError::Inner(error) => error,
            CallError::Breaker(rejection) => Self::NothingToShow(rejection.to_string()),
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
            Self::NothingToShow(rejection) => f.write_str(rejection),
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
            Self::NothingToShow(_) | Self::Disk(_) | Self::QueueFull | Self::Interrupted => {
                StatusCode::SERVICE_UNAVAILABLE
            }
        };
        (status, format!("{self}\n")).into_response()
    }
}
