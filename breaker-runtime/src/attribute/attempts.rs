//! The loop around the attempts of a function with `retry`.

use std::time::Duration;

use super::ended::{Ended, Ran};
use crate::engine::Engine;
use crate::outcome::Outcome;
use crate::retry::{Retry, Tries};

/// One call's attempts.
#[derive(Debug)]
pub struct Attempts<'e>(Tries<'e>);

/// What follows an attempt.
#[derive(Debug)]
pub enum Next<Output> {
    /// It was the last one.
    Enough(Ended<Output>),
    /// Another one, after a pause. The output is gone: it need not be kept, nor be `Send`, meanwhile.
    Again(Duration),
}

impl<'e> Attempts<'e> {
    pub(super) fn new(engine: &'e Engine, retry: &'static Retry) -> Self {
        Self(Tries::new(engine, retry))
    }

    /// Only a failure and a time-out are retried. `again` is asked about the output of a failure.
    #[inline]
    pub fn next<Output>(
        &mut self,
        ended: Ended<Output>,
        again: impl FnOnce(&Output) -> bool,
    ) -> Next<Output> {
        let pause = match &ended {
            Ended::Ran(Ran { output, verdict }) if verdict.outcome == Outcome::Failure => {
                if again(output) { self.0.pause(verdict.retry_after) } else { None }
            }
            Ended::TimedOut(_) => self.0.pause(None),
            Ended::Ran(_) | Ended::Rejected(_) => None,
        };
        match pause {
            Some(pause) => Next::Again(pause),
            None => Next::Enough(ended),
        }
    }
}

/// Waits for the next attempt.
#[cfg(feature = "tokio")]
pub fn pause(length: Duration) -> impl Future<Output = ()> + Send + Sync {
    crate::timer::sleep(length)
}

/// Never called: [`Retry::in_future`] refuses to be made.
#[cfg(not(feature = "tokio"))]
pub fn pause(_: Duration) -> impl Future<Output = ()> + Send + Sync {
    std::future::pending()
}
