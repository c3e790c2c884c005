//! Responses and errors of the crate `reqwest`.

use std::any::Any;
use std::time::Duration;

use reqwest::{Error, Response};

use crate::integrations::classify::errors::{chain, of_breaker};
use crate::integrations::classify::http::{of_headers, of_status};
use crate::integrations::classify::via::{HasClass, Itself};
use crate::integrations::classify::{Class, Classify, RetryAfter};
use crate::time::clock::system_time;

pub(super) fn of_known(answer: &dyn Any) -> Option<Class> {
    #[cfg(not(target_arch = "wasm32"))]
    if let Some(response) = answer.downcast_ref::<reqwest::blocking::Response>() {
        return Some(response.class_of());
    }
    answer.downcast_ref::<Response>().map(HasClass::class_of)
}

#[diagnostic::do_not_recommend]
impl HasClass<Itself> for Response {
    fn class_of(&self) -> Class {
        of_status(self.status())
    }
}

impl RetryAfter for Response {
    fn retry_after(&self) -> Option<Duration> {
        of_headers(self.headers(), system_time())
    }
}

#[cfg(not(target_arch = "wasm32"))]
#[diagnostic::do_not_recommend]
impl HasClass<Itself> for reqwest::blocking::Response {
    fn class_of(&self) -> Class {
        of_status(self.status())
    }
}

#[cfg(not(target_arch = "wasm32"))]
impl RetryAfter for reqwest::blocking::Response {
    fn retry_after(&self) -> Option<Duration> {
        of_headers(self.headers(), system_time())
    }
}

impl Classify for Error {
    fn class(&self) -> Class {
        if let Some(status) = self.status() {
            return of_status(status);
        }
        // From a layer of the client's connector.
        if let Some(class) = of_breaker(self) {
            return class;
        }
        // Reading the body fails as decoding it does, with hyper's error inside.
        let broken_off = self.is_request() || self.is_body() || self.is_decode() && is_of_hyper(self);
        if broken_off || self.is_timeout() { Class::NoAnswer } else { Class::Neutral }
    }
}

fn is_of_hyper(error: &Error) -> bool {
    chain(error).any(<dyn std::error::Error>::is::<hyper::Error>)
}
