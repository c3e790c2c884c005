//! Probes that cost no user: a ping that a background task sends while a breaker is open.
//!
//! # How it works
//!
//! - A breaker with the option `probe` has a [`BackgroundLink`]. When it opens, or when a call finds it
//!   open, it enlists with the task of the current tokio runtime ([`home`]), which is started for that.
//! - The task (`task`) sleeps until the end of an open period. Then it takes a probe slot of the state
//!   machine, runs the ping, and settles the slot as a call would: all rules of probes hold for pings.
//!   The state machine knows nothing of the task.
//! - While the task owns the breaker's [gate](crate::state::ping_gate), the environment of users' calls
//!   says that no call may probe, as it does while another process of a fleet probes. Only the task's
//!   own environment asks the fleet alone.
//! - The gate has one owner. If the task dies with its runtime, it frees its gates; if its runtime is
//!   not driven, the owner is overdue, and calls probe as they do without the option. Nothing stays open
//!   for want of a task.
//! - A task that has no breaker left ends. The lock of its inbox decides between that end and a breaker
//!   that opens in the same moment.
//!
//! One task for each runtime rather than one for the process: a ping belongs to the runtime that its
//! connections belong to, and in a test to the time of that test; and a task for the process would end
//! with the runtime that it happens to run in. A process with one runtime, as most are, has one task. In
//! one with more, a breaker has one owner all the same, so that no period has two pings.
//!
//! # Bounds
//!
//! A breaker has one ping at a time, and a task at most [`MOST_PINGS`]; further ones wait. Pings are
//! polled by the task itself. One that blocks its thread delays the others.

mod home;
mod link;
mod ping;
mod running;
mod task;

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

pub(crate) use crate::breaker::background::link::BackgroundLink;
#[cfg(all(test, not(breaker_loom)))]
pub(crate) use crate::breaker::background::ping::DrivenPing;
use crate::types::key::Key;
use crate::types::outcome::Outcome;
use crate::types::probe_result::ProbeResult;

/// The largest number of pings that one task runs at once.
pub(crate) const MOST_PINGS: usize = 256;

/// The future of one ping.
pub type PingFuture = Pin<Box<dyn Future<Output = Outcome> + Send>>;

/// A function of the user's that makes a ping, for the key if the breaker has one.
type MakePing = dyn Fn(Option<&Key>) -> PingFuture + Send + Sync;

/// The function that makes a ping. That of keyed breakers gets the key.
#[derive(Clone)]
pub(crate) struct BackgroundProbe {
    make: Arc<MakePing>,
    /// Whether it needs a key.
    needs_key: bool,
}

impl BackgroundProbe {
    /// Makes that of a function without arguments.
    pub(crate) fn new<Fut>(probe: impl Fn() -> Fut + Send + Sync + 'static) -> Self
    where
        Fut: Future<Output: ProbeResult> + Send + 'static,
    {
        Self { make: Arc::new(move |_| boxed(probe())), needs_key: false }
    }

    /// Makes that of a function of the key.
    pub(crate) fn of_key<Fut>(probe: impl Fn(Key) -> Fut + Send + Sync + 'static) -> Self
    where
        Fut: Future<Output: ProbeResult> + Send + 'static,
    {
        let make = move |key: Option<&Key>| match key {
            Some(key) => boxed(probe(key.clone())),
            // The builder refuses it without keys.
            None => boxed(std::future::ready(Outcome::Ignored)),
        };
        Self { make: Arc::new(make), needs_key: true }
    }

    /// Makes that of an annotated function.
    pub(crate) fn registered(make: fn(Option<&Key>) -> PingFuture) -> Self {
        Self { make: Arc::new(make), needs_key: false }
    }

    /// Returns whether it is of use to a breaker without a key.
    pub(crate) fn needs_key(&self) -> bool {
        self.needs_key
    }

    /// Makes a ping. Runs code of the user's.
    fn call(&self, key: Option<&Key>) -> PingFuture {
        (self.make)(key)
    }
}

/// Boxes the future of a ping, and judges its output.
pub(crate) fn boxed<Fut>(ping: Fut) -> PingFuture
where
    Fut: Future<Output: ProbeResult> + Send + 'static,
{
    Box::pin(async move { ping.await.outcome() })
}

impl fmt::Debug for BackgroundProbe {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackgroundProbe").finish_non_exhaustive()
    }
}
