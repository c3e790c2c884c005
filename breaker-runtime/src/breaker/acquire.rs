//! Waiting for a place in the bulkhead, in a future: [`Acquire`].

use std::pin::Pin;
use std::task::{Context, Poll};

use crate::breaker::inner::Inner;
use crate::breaker::permit::Permit;
use crate::types::error::BreakerError;

/// When a call runs that was not admitted at once: never, or when its turn has come. It stands in line from the moment
/// that this is made, and leaves when it is dropped.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub struct Acquire<'b>(Stage<'b>);

/// Small, as it is part of the user's future.
#[derive(Debug)]
enum Stage<'b> {
    /// Empty once it has been told.
    Over(Option<Result<Permit<'b>, BreakerError>>),
    #[cfg(feature = "tokio")]
    Waiting(Pin<Box<waiting::Waiting<'b>>>),
}

impl<'b> Acquire<'b> {
    /// Of the engine that gave the rejection.
    #[cfg(feature = "tokio")]
    pub(crate) fn after(engine: &'b Inner, rejection: BreakerError) -> Self {
        Self(if rejection.may_wait() {
            waiting::line_up(engine)
        } else {
            Stage::Over(Some(Err(rejection)))
        })
    }

    /// Nobody waits.
    #[cfg(not(feature = "tokio"))]
    pub(crate) fn after(_engine: &'b Inner, rejection: BreakerError) -> Self {
        Self(Stage::Over(Some(Err(rejection))))
    }
}

impl<'b> Future for Acquire<'b> {
    type Output = Result<Permit<'b>, BreakerError>;

    #[cfg_attr(not(feature = "tokio"), expect(unused_variables, reason = "nobody waits"))]
    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        match &mut self.0 {
            Stage::Over(told) => told.take().map_or(Poll::Pending, Poll::Ready),
            #[cfg(feature = "tokio")]
            Stage::Waiting(waiting) => {
                let told = std::task::ready!(waiting.as_mut().poll(context));
                self.0 = Stage::Over(None);
                Poll::Ready(told)
            }
        }
    }
}

#[cfg(feature = "tokio")]
mod waiting {
    use std::fmt;
    use std::pin::Pin;
    use std::task::{Context, Poll, ready};

    use pin_project_lite::pin_project;

    use super::Stage;
    use crate::breaker::admission::{Enqueued, QueuedCall};
    use crate::breaker::inner::Inner;
    use crate::breaker::permit::Permit;
    use crate::time::timer::{Sleep, sleep};
    use crate::types::error::BreakerError;

    pin_project! {
        pub(crate) struct Waiting<'b> {
            in_line: QueuedCall<'b>,
            #[pin]
            time_is_up: Sleep,
        }
    }

    pub(crate) fn line_up(engine: &Inner) -> Stage<'_> {
        let longest = engine.config().max_wait().unwrap_or_default();
        match engine.line_up() {
            Ok(Enqueued::Later(in_line)) => {
                Stage::Waiting(Box::pin(Waiting { in_line, time_is_up: sleep(longest) }))
            }
            Ok(Enqueued::Now(token)) => Stage::Over(Some(Ok(Permit::new(engine, token)))),
            Err(rejection) => Stage::Over(Some(Err(rejection))),
        }
    }

    impl<'b> Future for Waiting<'b> {
        type Output = Result<Permit<'b>, BreakerError>;

        fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            let this = self.project();
            let engine = this.in_line.engine();
            let told = if this.in_line.is_turn(context.waker()) {
                this.in_line.run()
            } else {
                ready!(this.time_is_up.poll(context));
                this.in_line.give_up()
            };
            Poll::Ready(told.map(|token| Permit::new(engine, token)))
        }
    }

    impl fmt::Debug for Waiting<'_> {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.debug_tuple("Waiting").field(&self.in_line.engine().name()).finish()
        }
    }
}
