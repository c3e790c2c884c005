//! Errors of `sqlx`.

use sqlx_core::error::{DatabaseError, Error};

use crate::integrations::classify::errors::of_breaker;
use crate::integrations::classify::sqlstate::{of_sqlite, of_sqlstate};
use crate::integrations::classify::{Class, Classify};

impl Classify for Error {
    fn class(&self) -> Class {
        match self {
            Self::Database(error) => of_database(&**error),
            Self::Io(error) => of_breaker(error).unwrap_or(Class::NoAnswer),
            Self::Tls(_) | Self::PoolTimedOut => Class::NoAnswer,
            Self::Protocol(_) | Self::WorkerCrashed => Class::ServerError,
            Self::RowNotFound | Self::TypeNotFound { .. } => Class::ClientError,
            _ => Class::Neutral,
        }
    }
}

/// A SQLSTATE has five characters. The codes of `SQLite` are numbers with at most four digits.
fn of_database(error: &dyn DatabaseError) -> Class {
    match error.code() {
        Some(code) if code.len() == 5 => of_sqlstate(&code),
        Some(code) => code.parse().map_or(Class::Neutral, of_sqlite),
        None => Class::Neutral,
    }
}
