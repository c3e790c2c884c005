//! The deadline of a running call.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
#[cfg(not(feature = "tokio"))]
use std::time::Duration;

use crate::breaker::future::total::{Allowance, BreakerLimits, CallLimit, Cut};
#[cfg(feature = "tokio")]
use crate::time::timer::{Sleep as CallTimer, sleep};

/// Without timers there is no deadline: the builder refuses it.
#[cfg(not(feature = "tokio"))]
type CallTimer = std::future::Pending<()>;

#[cfg(not(feature = "tokio"))]
fn sleep(_: Duration) -> CallTimer {
    std::future::pending()
}

/// A deadline that begins when it is first polled: only calls that are not ready at once need a timer.
///
/// Its tag is a whole word: one of a byte is copied with the bytes beside it, which waits for the store
/// of each.
#[repr(u64)]
pub(crate) enum Deadline<L> {
    NotBegun(L),
    /// A timer, and what its end means: one for `call_timeout` and `total_timeout` together.
    Begun {
        timer: CallTimer,
        cut: Option<Cut>,
    },
}

impl<L: CallLimit> Deadline<L> {
    /// Polls the timer. `of_breaker` is called once, if a limit is set.
    pub(crate) fn poll(
        &mut self,
        of_breaker: impl FnOnce() -> BreakerLimits,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        if let Self::NotBegun(limit) = self {
            let Some(Allowance { length, cut }) = limit.allowance(of_breaker()) else {
                return Poll::Pending;
            };
            *self = Self::Begun { timer: sleep(length), cut };
        }
        match self {
            Self::NotBegun(_) => Poll::Pending,
            Self::Begun { timer, .. } => Pin::new(timer).poll(context),
        }
    }
}

impl<L> Deadline<L> {
    /// Returns whether it has begun and is over.
    pub(crate) fn is_over(&self) -> bool {
        match self {
            Self::NotBegun(_) => false,
            #[cfg(feature = "tokio")]
            Self::Begun { timer, .. } => timer.is_over(),
            #[cfg(not(feature = "tokio"))]
            Self::Begun { .. } => false,
        }
    }

    /// Ends it, by a function of its own if it has begun. By value: one that is dropped where it is
    /// would hold the whole call in memory.
    #[inline(always)]
    pub(crate) fn end(self) {
        match self {
            Self::NotBegun(limit) => drop(limit),
            Self::Begun { timer, .. } => drop_timer(timer),
        }
    }

    /// Returns what the end means if it is that of the whole call, `None` if it is that of an attempt.
    pub(crate) fn cut(&self) -> Option<Cut> {
        match self {
            Self::NotBegun(_) => None,
            Self::Begun { cut, .. } => *cut,
        }
    }
}

#[cold]
#[inline(never)]
fn drop_timer(timer: CallTimer) {
    drop(timer);
}

impl<L> fmt::Debug for Deadline<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Begun { .. }) { "Deadline(begun)" } else { "Deadline" })
    }
}
