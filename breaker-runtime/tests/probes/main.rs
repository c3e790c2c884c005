//! Background probes: pings in place of users' calls while a breaker is open.

#![cfg(feature = "test-util")]

mod keyed;
mod lifetime;
mod published;
mod recovery;
#[path = "../support/wait.rs"]
mod wait;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, CircuitBreakerBuilder};
use tokio::task::yield_now;

const SECOND: Duration = Duration::from_secs(1);

/// A dependency that a test takes down, and its pings.
#[derive(Clone, Default)]
struct Dependency {
    down: Arc<AtomicBool>,
    pings: Arc<AtomicU32>,
}

impl Dependency {
    fn down() -> Self {
        let dependency = Self::default();
        dependency.set_down(true);
        dependency
    }

    fn set_down(&self, down: bool) {
        self.down.store(down, Ordering::Relaxed);
    }

    fn pings(&self) -> u32 {
        self.pings.load(Ordering::Relaxed)
    }

    fn ping(&self) -> Result<(), &'static str> {
        self.pings.fetch_add(1, Ordering::Relaxed);
        if self.down.load(Ordering::Relaxed) { Err("down") } else { Ok(()) }
    }

    /// Returns a builder of a breaker that pings this dependency: open for 10 s, closed by two pings.
    fn builder(&self, name: &str) -> CircuitBreakerBuilder {
        let this = self.clone();
        let ping = move || {
            let this = this.clone();
            async move { this.ping() }
        };
        CircuitBreaker::builder(name).failure_threshold(1).timeout(10 * SECOND).probe(ping)
    }
}

/// Moves the paused time on in small steps, so that tasks run when their timers end.
async fn pass(time: Duration) {
    for _ in 0..time.as_millis() / 100 {
        tokio::time::advance(Duration::from_millis(100)).await;
        settle().await;
    }
}

/// Lets the other tasks run.
async fn settle() {
    for _ in 0..5 {
        yield_now().await;
    }
}

/// Returns the number of tasks of the current runtime.
fn tasks() -> usize {
    tokio::runtime::Handle::current().metrics().num_alive_tasks()
}
