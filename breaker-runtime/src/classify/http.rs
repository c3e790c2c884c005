//! Statuses and responses of the crate `http`, and the header `Retry-After` (RFC 9110, section 10.2.3).

use std::any::Any;
use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, Response, StatusCode};

use super::via::{Itself, TellsClass};
use super::{Class, Classify, RetryAfter};

pub(super) fn of_status(status: StatusCode) -> Class {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Class::RateLimited,
        // The request came too slowly, or too early: it may be sent again as it is.
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => Class::Neutral,
        _ if status.is_client_error() => Class::ClientError,
        // What is no status at all is to be taken for a 5xx (RFC 9110, section 15).
        _ if status.as_u16() >= 500 => Class::ServerError,
        _ => Class::Success,
    }
}

pub(super) fn of_known(answer: &dyn Any) -> Option<Class> {
    answer.downcast_ref().copied().map(of_status)
}

impl TellsClass<Itself> for StatusCode {
    fn class_of(&self) -> Class {
        of_status(*self)
    }
}

impl<B> Classify for Response<B> {
    fn class(&self) -> Class {
        of_status(self.status())
    }
}

impl<B> RetryAfter for Response<B> {
    fn retry_after(&self) -> Option<Duration> {
        of_headers(self.headers(), SystemTime::now())
    }
}

pub(super) fn of_headers(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    parse(headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}

/// Seconds, however many, or a date, which is past if there is nothing to wait for.
pub(super) fn parse(text: &str, now: SystemTime) -> Option<Duration> {
    let text = text.trim_matches([' ', '\t']);
    if text.is_empty() {
        None
    } else if text.bytes().all(|digit| digit.is_ascii_digit()) {
        // Nothing but digits: what does not parse is too large.
        Some(Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
    } else {
        httpdate::parse_http_date(text).ok()?.duration_since(now).ok()
    }
}
