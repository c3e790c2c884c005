//! The order of drops: a program that prints when the bare functions and the annotated ones drop their
//! arguments.
//!
//! Each case is a module for each `// with:`, the options with which it is annotated.

#![allow(dead_code, unused, path_statements)]

use std::cell::RefCell;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, LazyLock};
use std::task::{Context, Poll, Waker};

use breaker_runtime::{BreakerError, CircuitBreaker, circuit_breaker};

#[derive(Debug)]
pub struct Error;

impl From<BreakerError> for Error {
    fn from(_: BreakerError) -> Self {
        Self
    }
}

pub type Answer = Result<(), Error>;

/// A value that is not `Copy` and prints its name when it is dropped.
#[derive(Debug)]
pub struct D(&'static str);

impl Drop for D {
    fn drop(&mut self) {
        print!(" {}", self.0);
    }
}

pub struct Pair {
    a: D,
    b: D,
}

impl Pair {
    fn new() -> Self {
        Pair { a: D("pair.a"), b: D("pair.b") }
    }
}

pub fn keep<T>(_: &T) {}

pub fn consume<T>(_: T) {}

/// Works, fails or panics.
pub fn step(how: u8) -> Result<(), Error> {
    print!(" step");
    match how {
        0 => Ok(()),
        1 => Err(Error),
        _ => panic!("as asked for"),
    }
}

/// Waits for one poll.
pub async fn pause() {
    let mut polled = false;
    std::future::poll_fn(|_| {
        if polled {
            return Poll::Ready(());
        }
        polled = true;
        Poll::Pending
    })
    .await
}

pub fn some_key() -> u8 {
    7
}

pub fn sync(name: &str, hows: &[u8], call: impl Fn(u8) -> Answer) {
    for how in hows {
        print!("{} {}:", name, how);
        let _ = catch_unwind(AssertUnwindSafe(|| {
            let answer = call(*how);
            print!(" answered");
        }));
        println!();
    }
}

/// Prints the drops of a call that runs to its end, and of calls that are cut off before the first poll
/// and in the middle.
pub fn future<F: Future<Output = Answer>>(name: &str, hows: &[u8], call: impl Fn(u8) -> F) {
    let mut context = Context::from_waker(Waker::noop());
    for polls in 0..3 {
        for how in hows {
            print!("{} {} polled {}:", name, how, polls);
            let _ = catch_unwind(AssertUnwindSafe(|| {
                let mut future = Box::pin(call(*how));
                for _ in 0..polls {
                    if future.as_mut().poll(&mut context).is_ready() {
                        print!(" answered");
                        break;
                    }
                }
                print!(" left");
            }));
            println!();
        }
    }
}

pub static SHARED: LazyLock<CircuitBreaker> =
    LazyLock::new(|| CircuitBreaker::builder("shared").failure_threshold(1_000_000).build().expect("valid"));
