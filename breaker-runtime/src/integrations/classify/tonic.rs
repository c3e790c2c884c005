//! Statuses of gRPC.

use std::error::Error;
use std::time::Duration;

use tonic::metadata::MetadataMap;
use tonic::{Code, Status};

use crate::integrations::classify::errors::of_breaker;
use crate::integrations::classify::{Class, Classify, RetryAfter, http};
use crate::time::clock::system_time;

impl Classify for Status {
    fn class(&self) -> Class {
        let code = self.code();
        if let Some(source) = self.source() {
            // It came from no server: from a breaker, or from the transport, which cancels what times
            // out.
            if let Some(class) = of_breaker(source) {
                return class;
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

const PUSHBACK: &str = "grpc-retry-pushback-ms";

impl RetryAfter for Status {
    /// Returns the longer of `retry-after` and `grpc-retry-pushback-ms`.
    fn retry_after(&self) -> Option<Duration> {
        let metadata = self.metadata();
        let header = metadata.get("retry-after").and_then(|value| value.to_str().ok());
        let header = header.and_then(|text| http::parse(text, system_time()));
        header.max(pushbacks(metadata).flatten().max())
    }

    /// Returns whether a `grpc-retry-pushback-ms` is negative or cannot be read (gRPC proposal A6).
    fn refuses_retry(&self) -> bool {
        pushbacks(self.metadata()).any(|pushback| pushback.is_none())
    }
}

/// Reads a signed number of 32 bits from each entry; `None` for a negative one and for invalid text.
fn pushbacks(metadata: &MetadataMap) -> impl Iterator<Item = Option<Duration>> {
    metadata.get_all(PUSHBACK).iter().map(|value| {
        let milliseconds: i32 = value.to_str().ok()?.trim().parse().ok()?;
        u64::try_from(milliseconds).ok().map(Duration::from_millis)
    })
}
