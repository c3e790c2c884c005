//! Pings beside the calls of a run.

use proptest::test_runner::TestCaseError;

#[cfg(feature = "tokio")]
use crate::breaker::background::DrivenPing;
#[cfg(feature = "tokio")]
use crate::state::cell::CallEnd;
use crate::state::model::Run;
use crate::state::model::reference::End;
#[cfg(feature = "tokio")]
use crate::state::model::reference::Pass;
use crate::state::model::rules::Micros;

/// The ping in flight.
pub(super) struct PingInFlight {
    #[cfg(feature = "tokio")]
    ping: DrivenPing,
    #[cfg(feature = "tokio")]
    pass: Pass,
    left: Micros,
}

impl PingInFlight {
    /// Returns the time until its limit.
    pub(super) fn left(&self) -> Micros {
        self.left
    }

    /// Lets time pass.
    pub(super) fn pass(&mut self, time: Micros) {
        self.left -= time;
    }
}

#[cfg(feature = "tokio")]
impl Run<'_> {
    pub(super) fn begin_ping(&mut self) -> Result<(), TestCaseError> {
        if self.ping.is_some() {
            return Ok(());
        }
        match (self.breaker.inner().begin_driven_ping(), self.reference.begin_ping()) {
            (Some(ping), Some(pass)) => {
                let left = ping.limit;
                self.ping = Some(PingInFlight { ping, pass, left });
            }
            (None, None) => {}
            (ours, expected) => {
                let ours = ours.is_some();
                return Err(TestCaseError::fail(format!(
                    "a ping begins: {ours}, expected {expected:?}"
                )));
            }
        }
        Ok(())
    }

    pub(super) fn end_ping(&mut self, end: End) {
        let Some(PingInFlight { ping, pass, .. }) = self.ping.take() else { return };
        let ended = match end {
            End::Success => CallEnd::Success,
            End::Failure => CallEnd::Failure,
            End::Ignored | End::Cancelled => CallEnd::Ignored,
        };
        self.breaker.inner().end_driven_ping(&ping, ended);
        self.reference.end_ping(pass, end);
    }
}

/// Without tokio there is no task, and no breaker with a `probe`.
#[cfg(not(feature = "tokio"))]
impl Run<'_> {
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "as with tokio")]
    pub(super) fn begin_ping(&mut self) -> Result<(), TestCaseError> {
        Ok(())
    }

    pub(super) fn end_ping(&mut self, _: End) {
        self.ping = None;
    }
}
