//! Errors of the crate `reqwest-middleware`.

use std::error;

use reqwest_middleware::Error;

use crate::integrations::classify::errors::{chain, known};
use crate::integrations::classify::{Class, Classify};

impl Classify for Error {
    /// Returns the class of the `reqwest::Error`, or of the first known error among the sources of a
    /// middleware's error; [no answer](Class::NoAnswer) if there is none.
    fn class(&self) -> Class {
        match self {
            Self::Reqwest(error) => error.class(),
            Self::Middleware(error) => {
                let error: &(dyn error::Error + 'static) = error.as_ref();
                chain(error).find_map(known).unwrap_or(Class::NoAnswer)
            }
        }
    }
}
