//! Errors of `rusqlite`.

use std::error::Error as _;

use rusqlite::{Error, ffi};

use crate::integrations::classify::sqlstate::of_sqlite;
use crate::integrations::classify::{Class, Classify};

impl Classify for Error {
    fn class(&self) -> Class {
        // In the source, whatever the variant: with a feature of `rusqlite` there is one for syntax
        // errors, which this crate cannot name.
        if let Some(error) = self.source().and_then(|error| error.downcast_ref::<ffi::Error>()) {
            return of_sqlite(error.extended_code);
        }
        match self {
            Self::QueryReturnedNoRows
            | Self::QueryReturnedMoreThanOneRow
            | Self::StatementChangedRows(_) => Class::ClientError,
            _ => Class::Neutral,
        }
    }
}
