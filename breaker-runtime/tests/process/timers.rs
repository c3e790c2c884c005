//! Timers in a runtime that has none: the breaker does not panic, because that would end a process that
//! is built with `panic = "abort"` or has a panic hook that exits.

#![cfg(feature = "tokio")]

use std::process::abort;
use std::time::Duration;
use std::{future, panic};

use breaker_runtime::{BreakerError, CallError, CircuitBreaker, ErrorKind};
use tokio::runtime::{Builder, Runtime};

use crate::child::in_child;

const SHORT: Duration = Duration::from_millis(20);

/// Runs the test in a process that any panic ends at once.
fn without_panics(test: &str, body: impl FnOnce()) {
    in_child(test, || {
        panic::set_hook(Box::new(|panic| {
            eprintln!("{panic}");
            abort();
        }));
        body();
    });
}

fn times_out_in(runtime: &Runtime) {
    let breaker = CircuitBreaker::builder("hangs").call_timeout(SHORT).build().expect("sound options");
    let result = runtime.block_on(breaker.call_async(future::pending::<Result<(), BreakerError>>));
    let Err(CallError::Breaker(error)) = result else { panic!("ended by the deadline") };
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn current_thread_runtime_without_timers_times_out_without_a_panic() {
    without_panics("timers::current_thread_runtime_without_timers_times_out_without_a_panic", || {
        times_out_in(&Builder::new_current_thread().build().expect("a runtime"));
    });
}

#[test]
fn multi_thread_runtime_without_timers_times_out_without_a_panic() {
    without_panics("timers::multi_thread_runtime_without_timers_times_out_without_a_panic", || {
        times_out_in(&Builder::new_multi_thread().worker_threads(1).build().expect("a runtime"));
    });
}
