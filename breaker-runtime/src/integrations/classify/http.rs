//! Statuses and responses of the crate `http`, and the header `Retry-After` (RFC 9110, section 10.2.3).

use std::any::Any;
use std::time::{Duration, SystemTime};

use http::header::RETRY_AFTER;
use http::{HeaderMap, Response, StatusCode};

use crate::integrations::classify::via::{HasClass, Itself};
use crate::integrations::classify::{Class, Classify, RetryAfter};
use crate::time::clock::system_time;
use crate::types::error::BreakerError;

pub(super) fn of_status(status: StatusCode) -> Class {
    match status {
        StatusCode::TOO_MANY_REQUESTS => Class::RateLimited,
        // The request came too slowly, or too early: it may be sent again as it is.
        StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_EARLY => Class::Neutral,
        _ if status.is_client_error() => Class::ClientError,
        // A number that is no status counts as a 5xx (RFC 9110, section 15).
        _ if status.as_u16() >= 500 => Class::ServerError,
        _ => Class::Success,
    }
}

pub(super) fn of_known(answer: &dyn Any) -> Option<Class> {
    answer.downcast_ref().copied().map(of_status)
}

#[diagnostic::do_not_recommend]
impl HasClass<Itself> for StatusCode {
    fn class_of(&self) -> Class {
        of_status(*self)
    }
}

impl<B> Classify for Response<B> {
    /// Classifies by the status, unless the response was made of a [`BreakerError`] in this process.
    fn class(&self) -> Class {
        let error = self.extensions().get::<BreakerError>();
        error.map_or_else(|| of_status(self.status()), Classify::class)
    }
}

impl<B> RetryAfter for Response<B> {
    fn retry_after(&self) -> Option<Duration> {
        of_headers(self.headers(), system_time())
    }
}

pub(super) fn of_headers(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    parse(headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}

/// Reads a number of seconds of any size, or a date, which is past if there is nothing to wait for.
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

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use proptest::prelude::*;

    use super::*;

    /// 1994-11-06 08:49:07, half a minute before the date that the RFC has for its examples.
    const NOW: Duration = Duration::from_secs(784_111_747);

    fn wait(text: &str) -> Option<Duration> {
        parse(text, UNIX_EPOCH + NOW)
    }

    #[test]
    fn seconds() {
        assert_eq!(wait("120"), Some(Duration::from_secs(120)));
        assert_eq!(wait(" 007\t"), Some(Duration::from_secs(7)));
        assert_eq!(wait("0"), Some(Duration::ZERO));
        for text in ["", " ", "-1", "+1", "1.5", "1,5", "1s", "0x10", "1 2", "soon", "٣"] {
            assert_eq!(wait(text), None, "{text:?}");
        }
    }

    #[test]
    fn seconds_saturate() {
        let most = Some(Duration::from_secs(u64::MAX));
        assert_eq!(wait("18446744073709551615"), most);
        assert_eq!(wait("18446744073709551616"), most);
        assert_eq!(wait(&"9".repeat(10_000)), most);
    }

    #[test]
    fn a_date_in_each_of_its_three_forms() {
        let dates = [
            "Sun, 06 Nov 1994 08:49:37 GMT",
            "Sunday, 06-Nov-94 08:49:37 GMT",
            "Sun Nov  6 08:49:37 1994",
        ];
        for date in dates {
            assert_eq!(wait(date), Some(Duration::from_secs(30)), "{date}");
        }
        assert!(wait("Fri, 31 Dec 9999 23:59:59 GMT").is_some());
    }

    #[test]
    fn a_date_that_has_passed_is_none() {
        let past = [
            "Sun, 06 Nov 1994 08:49:06 GMT",
            "Thu, 01 Jan 1970 00:00:00 GMT",
            "Mon, 01 Jan 0001 00:00:00 GMT",
        ];
        for date in past {
            assert_eq!(wait(date), None, "{date}");
        }
    }

    #[test]
    fn a_header_that_is_not_a_text_is_none() {
        let mut headers = HeaderMap::new();
        headers.insert(RETRY_AFTER, http::HeaderValue::from_bytes(b"12\xff").expect("opaque bytes"));
        assert_eq!(of_headers(&headers, system_time()), None);
    }

    proptest! {
        #[test]
        fn nothing_that_is_sent_makes_it_panic(
            text in ".*",
            date in "(Sun|Mon)(day)?,? [0-9]{0,3}[ -](Feb|Dec|xyz)[ -][0-9]{0,5} [0-9:]{0,9}( GMT)?",
        ) {
            let _ = (wait(&text), wait(&date));
        }
    }
}
