//! Errors of `tokio-postgres`.

use std::error::Error as _;
use std::io;

use tokio_postgres::Error;

use crate::integrations::classify::errors::{chain, of_breaker};
use crate::integrations::classify::sqlstate::of_sqlstate;
use crate::integrations::classify::{Class, Classify};

impl Classify for Error {
    fn class(&self) -> Class {
        if let Some(code) = self.code() {
            return of_sqlstate(code.code());
        }
        if self.is_closed() {
            return Class::NoAnswer;
        }
        // The kind of the error is private: what is in it has to do.
        let Some(source) = self.source() else { return Class::Neutral };
        if let Some(class) = of_breaker(source) {
            return class;
        }
        match chain(source).find_map(|error| error.downcast_ref().map(io::Error::kind)) {
            // A message that could not be encoded: nothing was sent.
            None | Some(io::ErrorKind::InvalidInput) => Class::Neutral,
            Some(_) => Class::NoAnswer,
        }
    }
}
