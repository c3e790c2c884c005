//! Statuses of gRPC.

use std::error::Error;
use std::time::Duration;

use tonic::metadata::MetadataMap;
use tonic::{Code, Status};

use super::errors::chain;
use super::{Class, Classify, RetryAfter, http};
use crate::clock::system_time;
use crate::error::BreakerError;

impl Classify for Status {
    fn class(&self) -> Class {
        let code = self.code();
        if let Some(source) = self.source() {
            // It came from no server: from a breaker, or from the transport, which cancels what times out.
            if chain(source).any(<dyn Error>::is::<BreakerError>) {
                return Class::Neutral;
            }
            if matches!(code, Code::Cancelled | Code::Internal | Code::Unavailable | Code::Unknown) {
                return Class::NoAnswer;
            }
        }
        of_code(code)
    }
}

fn of_code(code: Code) -> Class {
    match code {
        Code::Ok => Class::Success,
        Code::Cancelled => Class::Neutral,
        Code::DeadlineExceeded => Class::NoAnswer,
        Code::ResourceExhausted => Class::RateLimited,
        Code::InvalidArgument
        | Code::NotFound
        | Code::AlreadyExists
        | Code::PermissionDenied
        | Code::Unauthenticated
        | Code::FailedPrecondition
        | Code::Aborted
        | Code::OutOfRange => Class::ClientError,
        Code::Unknown | Code::Internal | Code::Unavailable | Code::Unimplemented | Code::DataLoss => {
            Class::ServerError
        }
    }
}

impl RetryAfter for Status {
    /// The longer of `retry-after` and `grpc-retry-pushback-ms`, of which a negative one says nothing.
    fn retry_after(&self) -> Option<Duration> {
        let metadata = self.metadata();
        let header = text(metadata, "retry-after").and_then(|text| http::parse(text, system_time()));
        header.max(text(metadata, "grpc-retry-pushback-ms").and_then(milliseconds))
    }
}

fn text<'m>(metadata: &'m MetadataMap, key: &'static str) -> Option<&'m str> {
    metadata.get(key)?.to_str().ok()
}

fn milliseconds(text: &str) -> Option<Duration> {
    text.trim().parse().ok().map(Duration::from_millis)
}
