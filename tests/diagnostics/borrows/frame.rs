//! What the compiler says of borrows in the bare functions, it says of the annotated ones.
//!
//! Each case is a module; `// with:` lists the options with which it is annotated.

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

fn consume<T>(_value: T) {}

fn change<T>(_value: &mut T) {}
