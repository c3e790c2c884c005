//! The end of the time that a call may take.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

#[cfg(feature = "tokio")]
use crate::time::timer::{Sleep, sleep};

/// Without timers there is no `call_timeout` either: the builder refuses it.
#[cfg(not(feature = "tokio"))]
type Sleep = std::future::Pending<()>;

#[cfg(not(feature = "tokio"))]
fn sleep(_: Duration) -> Sleep {
    std::future::pending()
}

/// Begins when it is first polled, and is in a box, as only calls that have to wait need it.
pub(crate) enum Deadline {
    /// After this length of time, or the breaker's `call_timeout`.
    NotBegun(Option<Duration>),
    Begun(Pin<Box<Sleep>>),
}

impl Deadline {
    /// `length` is asked once.
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

    /// Whether it has begun and is over.
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
