//! The deadline of a call.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

#[cfg(feature = "tokio")]
use crate::time::timer::{Sleep as CallTimer, sleep};

/// Without timers there is no `call_timeout`: the builder refuses it.
#[cfg(not(feature = "tokio"))]
type CallTimer = std::future::Pending<()>;

#[cfg(not(feature = "tokio"))]
fn sleep(_: Duration) -> CallTimer {
    std::future::pending()
}

/// A deadline that begins when it is first polled. Its timer is in a box, as only calls that are not
/// ready at once need it.
pub(crate) enum Deadline {
    /// With the length of time in place of the breaker's `call_timeout`.
    NotBegun(Option<Duration>),
    Begun(Pin<Box<CallTimer>>),
}

impl Deadline {
    /// Polls the timer. `length` is called once, if the deadline has no length of its own.
    pub(crate) fn poll(
        &mut self,
        length: impl FnOnce() -> Option<Duration>,
        context: &mut Context<'_>,
    ) -> Poll<()> {
        if let Self::NotBegun(own) = self {
            let Some(length) = own.or_else(length) else { return Poll::Pending };
            *self = Self::Begun(Box::pin(sleep(length)));
        }
        match self {
            Self::NotBegun(_) => Poll::Pending,
            Self::Begun(sleep) => sleep.as_mut().poll(context),
        }
    }

    /// Returns whether it has begun and is over.
    pub(crate) fn is_over(&self) -> bool {
        match self {
            Self::NotBegun(_) => false,
            #[cfg(feature = "tokio")]
            Self::Begun(sleep) => sleep.is_over(),
            #[cfg(not(feature = "tokio"))]
            Self::Begun(_) => false,
        }
    }
}

impl fmt::Debug for Deadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Begun(_)) { "Deadline(begun)" } else { "Deadline" })
    }
}
