//! A stream that follows a script.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use breaker_runtime::{BreakerError, CircuitBreaker, ErrorKind, Totals};
use futures::Stream;
use tokio::time::{Sleep, sleep};

/// The error of the tests' functions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    Broken,
    Refused,
    Breaker(ErrorKind),
}

impl From<BreakerError> for Fault {
    fn from(error: BreakerError) -> Self {
        Self::Breaker(error.kind())
    }
}

pub(crate) type Item = Result<u32, Fault>;

/// A step of a [`Script`].
#[derive(Clone, Debug)]
pub(crate) enum Act {
    Yield(Item),
    Wait(Duration),
    Hang,
    Panic,
}

/// A stream that does one act after the other, and then ends.
#[derive(Debug)]
pub(crate) struct Script {
    acts: VecDeque<Act>,
    sleep: Option<Pin<Box<Sleep>>>,
}

pub(crate) fn script(acts: impl IntoIterator<Item = Act>) -> Script {
    Script { acts: acts.into_iter().collect(), sleep: None }
}

pub(crate) fn numbers(count: u32) -> Script {
    script((1..=count).map(|number| Act::Yield(Ok(number))))
}

impl Stream for Script {
    type Item = Item;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Item>> {
        loop {
            if let Some(sleep) = &mut self.sleep {
                std::task::ready!(sleep.as_mut().poll(context));
                self.sleep = None;
            }
            match self.acts.pop_front() {
                None => return Poll::Ready(None),
                Some(Act::Yield(item)) => return Poll::Ready(Some(item)),
                Some(Act::Wait(length)) => self.sleep = Some(Box::pin(sleep(length))),
                Some(Act::Hang) => {
                    self.acts.push_front(Act::Hang);
                    return Poll::Pending;
                }
                Some(Act::Panic) => panic!("the stream panics"),
            }
        }
    }
}

/// Polls a stream once.
pub(crate) fn poll<S: Stream + Unpin>(stream: &mut S) -> Poll<Option<S::Item>> {
    Pin::new(stream).poll_next(&mut Context::from_waker(Waker::noop()))
}

/// Returns the numbers of settled calls: success, failure, ignored, cancelled.
pub(crate) fn settled(breaker: &CircuitBreaker) -> (u64, u64, u64, u64) {
    let Totals { success, failure, ignored, cancelled, .. } = breaker.snapshot().totals;
    (success, failure, ignored, cancelled)
}

pub(crate) const fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}
