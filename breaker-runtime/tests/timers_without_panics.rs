//! Timers in a runtime that has none. In a process of its own, which any panic ends at once, as it does in a build
//! with `panic = "abort"` or with a panic hook that exits.

#![cfg(feature = "tokio")]

use std::process::{Command, abort};
use std::time::Duration;
use std::{env, future, panic};

use breaker_runtime::{BreakerError, CallError, CircuitBreaker, ErrorKind};
use tokio::runtime::{Builder, Runtime};

const IS_CHILD: &str = "BREAKER_TIMERS_CHILD";
const SHORT: Duration = Duration::from_millis(20);

/// Runs the named test of this file in a process of its own.
fn in_child(test: &str, body: impl FnOnce()) {
    if env::var_os(IS_CHILD).is_some() {
        panic::set_hook(Box::new(|panic| {
            eprintln!("{panic}");
            abort();
        }));
        return body();
    }
    let program = env::current_exe().expect("the path of this program");
    let output = Command::new(program)
        .args(["--exact", test, "--nocapture", "--test-threads=1"])
        .env(IS_CHILD, "1")
        .output()
        .expect("this program runs");
    let messages = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{}: {messages}", output.status);
}

fn times_out_in(runtime: &Runtime) {
    let breaker = CircuitBreaker::builder("hangs").call_timeout(SHORT).build().expect("sound options");
    let result = runtime.block_on(breaker.call_async(future::pending::<Result<(), BreakerError>>));
    let Err(CallError::Breaker(error)) = result else { panic!("ended by the deadline") };
    assert_eq!(error.kind(), ErrorKind::TimedOut);
}

#[test]
fn current_thread_runtime_without_timers_times_out_without_a_panic() {
    in_child("current_thread_runtime_without_timers_times_out_without_a_panic", || {
        times_out_in(&Builder::new_current_thread().build().expect("a runtime"));
    });
}

#[test]
fn multi_thread_runtime_without_timers_times_out_without_a_panic() {
    in_child("multi_thread_runtime_without_timers_times_out_without_a_panic", || {
        times_out_in(&Builder::new_multi_thread().worker_threads(1).build().expect("a runtime"));
    });
}
