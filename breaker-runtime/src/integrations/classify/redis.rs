//! Errors of `redis`.

use redis::{ErrorKind, RedisError, ServerErrorKind};

use crate::integrations::classify::errors::of_breaker;
use crate::integrations::classify::{Class, Classify};

impl Classify for RedisError {
    fn class(&self) -> Class {
        match self.kind() {
            ErrorKind::Io => of_breaker(self).unwrap_or(Class::NoAnswer),
            ErrorKind::MasterNameNotFoundBySentinel
            | ErrorKind::NoValidReplicasFoundBySentinel
            | ErrorKind::ClusterConnectionNotFound => Class::NoAnswer,
            ErrorKind::Parse => Class::ServerError,
            ErrorKind::AuthenticationFailed | ErrorKind::RESP3NotSupported => Class::ClientError,
            ErrorKind::Server(kind) => of_server(kind, self.detail()),
            ErrorKind::Extension => of_code(self.code().unwrap_or_default()),
            _ => Class::Neutral,
        }
    }
}

fn of_server(kind: ServerErrorKind, detail: Option<&str>) -> Class {
    match kind {
        ServerErrorKind::BusyLoading
        | ServerErrorKind::ClusterDown
        | ServerErrorKind::MasterDown
        | ServerErrorKind::ReadOnly => Class::ServerError,
        ServerErrorKind::TryAgain => Class::Neutral,
        ServerErrorKind::ResponseError if is_full(detail) => Class::RateLimited,
        _ => Class::ClientError,
    }
}

/// The server has no code for this.
fn is_full(detail: Option<&str>) -> bool {
    detail.is_some_and(|detail| detail.contains("max number of clients"))
}

/// Returns the class of a code that the crate does not know.
fn of_code(code: &str) -> Class {
    match code {
        "BUSY" | "MISCONF" | "NOREPLICAS" | "OOM" => Class::ServerError,
        "" => Class::Neutral,
        _ => Class::ClientError,
    }
}
