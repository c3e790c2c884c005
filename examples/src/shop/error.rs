//! What can go wrong in the shop, and how its customers are told.

use std::fmt;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use breaker_runtime::CallError;

/// Why the shop cannot answer.
#[derive(Debug)]
pub(super) enum ShopError {
    /// A dependency failed.
    Dependency(reqwest::Error),
    /// The catalogue does not know it.
    NoSuchProduct(u32),
    /// The breaker did not run the call, and there is nothing to show instead.
    NothingToShow(String),
    /// Payments does not charge this customer, now or later.
    Declined,
    /// The orders cannot be read or written.
    Disk(rusqlite::Error),
    /// Payments is down, and too many orders wait for it already.
    QueueFull,
    /// The task that handled the request is gone.
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
                write!(f, "the shop cannot get at its orders ({error}); try again later")
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
