//! Functions with patterns as arguments, of which the documentation shows the names.
//!
//! Each case is a module for each `// with:`, the options of the attribute.

#![allow(unused, async_fn_in_trait)]

use std::future::Future;
use std::pin::Pin;

use async_trait::async_trait;
use breaker_runtime::{BreakerError, circuit_breaker};
use futures::stream::{self, BoxStream, Stream, StreamExt};

#[derive(Debug)]
pub struct Error;

impl From<BreakerError> for Error {
    fn from(_: BreakerError) -> Self {
        Self
    }
}

pub type Answer = Result<usize, Error>;

/// A value with a destructor.
pub struct Watched(pub String);

impl Drop for Watched {
    fn drop(&mut self) {}
}

pub struct Point {
    pub x: Watched,
    pub y: Watched,
}

pub fn some_key() -> u8 {
    7
}

async fn pause() {}
