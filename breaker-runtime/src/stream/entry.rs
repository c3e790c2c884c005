//! The way from a call to its stream: [`StreamEntry`].

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::breaker::CircuitBreaker;
use crate::breaker::judge::Judge;
use crate::breaker::owned_admission::{OwnedAcquire, OwnedAdmission, admit};
use crate::breaker::owned_permit::OwnedPermit;
use crate::config::stream::StreamLimits;
use crate::stream::guard::{Guard, Step};
use crate::types::error::BreakerError;

pin_project! {
    /// A stream from the moment in which its breaker is asked. `F` makes it, once it may run.
    #[derive(Debug)]
    pub(crate) struct StreamEntry<F, S, J> {
        #[pin]
        stage: EntryStage<F, S, J>,
    }
}

pin_project! {
    #[project = StageProjection]
    enum EntryStage<F, S, J> {
        /// Not polled yet.
        Asking { call: Option<(CircuitBreaker, Making<F, J>)> },
        Waiting { turn: OwnedAcquire, making: Option<Making<F, J>> },
        Running { #[pin] stream: Guard<S, J> },
        Rejected { rejection: Option<BreakerError> },
        Over,
    }
}

#[derive(Debug)]
pub(crate) struct Making<F, J> {
    pub(crate) make: F,
    pub(crate) judge: J,
    pub(crate) limits: StreamLimits,
}

impl<F: FnOnce() -> S, S, J> Making<F, J> {
    fn start(self, permit: OwnedPermit) -> EntryStage<F, S, J> {
        let Self { make, judge, limits } = self;
        EntryStage::Running { stream: Guard::start(permit, make, judge, limits) }
    }
}

impl<F: FnOnce() -> S, S, J> StreamEntry<F, S, J> {
    /// Creates a stream that asks the breaker at the first poll.
    pub(crate) fn ask_later(breaker: CircuitBreaker, making: Making<F, J>) -> Self {
        Self { stage: EntryStage::Asking { call: Some((breaker, making)) } }
    }

    /// Creates a stream from the answer of the breaker.
    pub(crate) fn asked(asked: OwnedAdmission, making: Making<F, J>) -> Self {
        Self { stage: Self::after(asked, making) }
    }

    fn after(asked: OwnedAdmission, making: Making<F, J>) -> EntryStage<F, S, J> {
        match asked {
            OwnedAdmission::Admitted(permit) => making.start(permit),
            OwnedAdmission::Rejected(rejection) => EntryStage::Rejected { rejection: Some(rejection) },
            OwnedAdmission::Queued(turn) => EntryStage::Waiting { turn, making: Some(making) },
        }
    }
}

impl<F, S, J> StreamEntry<F, S, J> {
    /// Returns the stage, for `Debug`.
    pub(crate) fn stage(&self) -> &impl fmt::Debug {
        &self.stage
    }
}

impl<S, J> StreamEntry<fn() -> S, S, J> {
    /// Creates the stream at once if the call was admitted. For a call that does not wait.
    #[inline]
    pub(crate) fn begun(
        admitted: Result<OwnedPermit, BreakerError>,
        making: Making<impl FnOnce() -> S, J>,
    ) -> Self {
        let Making { make, judge, limits } = making;
        let stage = match admitted {
            Ok(permit) => EntryStage::Running { stream: Guard::start(permit, make, judge, limits) },
            Err(rejection) => EntryStage::Rejected { rejection: Some(rejection) },
        };
        Self { stage }
    }
}

impl<F: FnOnce() -> S, S: Stream, J: Judge<S::Item> + Clone> StreamEntry<F, S, J> {
    #[inline]
    pub(crate) fn poll_step(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Step<S::Item>> {
        loop {
            // Compared first: an item needs no jump by a table of the stages then.
            if matches!(self.stage, EntryStage::Running { .. }) {
                if let StageProjection::Running { stream } = self.as_mut().project().stage.project() {
                    return stream.poll_step(context);
                }
            }
            if let Some(step) = ready!(self.as_mut().poll_begin(context)) {
                return Poll::Ready(step);
            }
        }
    }

    /// Polls a stream that does not run. Returns a step, or `None` after a change of the stage.
    #[cold]
    fn poll_begin(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Step<S::Item>>> {
        let mut stage = self.project().stage;
        let next = match stage.as_mut().project() {
            StageProjection::Running { .. } => return Poll::Ready(None),
            StageProjection::Asking { call } => {
                // Gone if the call panicked at an earlier poll.
                let Some((breaker, making)) = call.take() else {
                    return Poll::Ready(Some(Step::End));
                };
                Self::after(admit(breaker.into_scoped(), true), making)
            }
            StageProjection::Waiting { turn, making } => {
                if making.is_none() {
                    return Poll::Ready(Some(Step::End));
                }
                let admitted = ready!(turn.as_mut().poll(context));
                let Some(making) = making.take() else { return Poll::Ready(Some(Step::End)) };
                match admitted {
                    Ok(permit) => making.start(permit),
                    Err(rejection) => EntryStage::Rejected { rejection: Some(rejection) },
                }
            }
            StageProjection::Rejected { rejection } => {
                let rejection = rejection.take();
                stage.set(EntryStage::Over);
                return Poll::Ready(Some(rejection.map_or(Step::End, Step::not_run)));
            }
            StageProjection::Over => return Poll::Ready(Some(Step::End)),
        };
        stage.set(next);
        Poll::Ready(None)
    }

    pub(crate) fn size_hint(&self) -> (usize, Option<usize>) {
        match &self.stage {
            EntryStage::Running { stream } => stream.size_hint(),
            EntryStage::Rejected { .. } => (1, Some(1)),
            EntryStage::Over => (0, Some(0)),
            EntryStage::Asking { .. } | EntryStage::Waiting { .. } => (0, None),
        }
    }

    pub(crate) fn is_over(&self) -> bool {
        match &self.stage {
            EntryStage::Running { stream } => stream.is_over(),
            EntryStage::Over => true,
            EntryStage::Asking { .. } | EntryStage::Waiting { .. } | EntryStage::Rejected { .. } => {
                false
            }
        }
    }
}

impl<F, S, J> fmt::Debug for EntryStage<F, S, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Asking { .. } => "asking",
            Self::Waiting { .. } => "waiting",
            Self::Running { .. } => "running",
            Self::Rejected { .. } => "rejected",
            Self::Over => "over",
        })
    }
}
