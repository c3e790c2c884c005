//! Bounds for tests that wait for other threads: a test with a condition that never holds fails and says
//! which, rather than hanging.

#![allow(
    dead_code,
    unreachable_pub,
    reason = "included by several test programs, none of which uses all of it"
)]

use std::sync::mpsc::Receiver;
use std::thread;
use std::time::{Duration, Instant};

/// Far longer than a busy machine takes for anything that these tests wait for.
const LIMIT: Duration = Duration::from_secs(90);

/// The time that a test may wait, from the moment on in which this is made.
#[derive(Clone, Copy, Debug)]
pub struct TimeLimit(Instant);

impl TimeLimit {
    /// Starts the time.
    #[must_use]
    pub fn start() -> Self {
        Self(Instant::now())
    }

    /// Fails the test if the time is over. For the head of a loop.
    ///
    /// # Panics
    ///
    /// With `what`, the event that has not happened, after 90 seconds.
    #[track_caller]
    pub fn check(self, what: &str) {
        assert!(self.0.elapsed() < LIMIT, "{what}: has not happened within {LIMIT:?}");
    }
}

/// Waits until a condition holds that other threads bring about.
///
/// # Panics
///
/// With `what`, the event that has not happened, after 90 seconds.
#[track_caller]
pub fn wait_until(what: &str, mut holds: impl FnMut() -> bool) {
    let limit = TimeLimit::start();
    while !holds() {
        limit.check(what);
        thread::yield_now();
    }
}

/// Waits for a message of another thread.
///
/// # Panics
///
/// With `what`, the event that has not happened, after 90 seconds, and if all senders are gone.
#[track_caller]
pub fn receive<T>(what: &str, receiver: &Receiver<T>) -> T {
    receiver.recv_timeout(LIMIT).unwrap_or_else(|error| panic!("{what}: has not happened ({error})"))
}
