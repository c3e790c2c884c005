//! Borrow errors: the messages for the annotated functions are those for the bare ones.
//!
//! Each case is a module for each `// with:`, the options with which it is annotated.

#![allow(dead_code, unused_imports, unused_mut, unused_variables, unused_assignments)]

use std::future::Future;
use std::pin::Pin;

use breaker_runtime::{BreakerError, CircuitBreaker, circuit_breaker};

pub struct Error;

impl From<BreakerError> for Error {
    fn from(_: BreakerError) -> Self {
        Self
    }
}

async fn pause() {}

fn some_key() -> u8 {
    7
}

fn kept(s: &String) -> Result<usize, Error> {
    Ok(s.len())
}

fn consume<T>(_value: T) {}

fn change<T>(_value: &mut T) {}
