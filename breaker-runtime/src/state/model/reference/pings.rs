//! Pings of the background task.

use crate::state::model::reference::{End, Pass, PassOf, Phase, Reference};
use crate::{Mode, Outcome};

#[cfg_attr(not(feature = "tokio"), allow(dead_code, reason = "only a task of tokio pings"))]
impl Reference {
    /// Begins a ping, if a probe may run: of a breaker that is half-open by itself, with a free slot.
    pub(crate) fn begin_ping(&mut self) -> Option<Pass> {
        let is_forced = matches!(self.mode, Mode::ForcedOpen | Mode::ForcedClosed);
        if !self.rules.pinged || self.is_pinged || is_forced {
            return None;
        }
        self.end_open_period();
        let Phase::HalfOpen { probes, .. } = &self.phase else { return None };
        if probes.len() >= self.rules.max_probes {
            return None;
        }
        self.is_pinged = true;
        Some(self.begin_probe(true))
    }

    /// Ends a ping: a probe that counts for itself, and not as a call.
    pub(crate) fn end_ping(&mut self, pass: Pass, end: End) {
        self.is_pinged = false;
        let PassOf::Probe { generation, id } = pass.of else { return };
        if generation != self.generation || !self.remove_probe(id) {
            self.sums.ignored_pings += 1;
            return;
        }
        let slow = self.rules.is_slow(self.now - pass.began);
        let outcome = match end {
            End::Success if slow => Outcome::Failure,
            End::Success => Outcome::Success,
            End::Failure => Outcome::Failure,
            End::Ignored | End::Cancelled => Outcome::Ignored,
        };
        match outcome {
            Outcome::Success => self.sums.pings += 1,
            Outcome::Failure => self.sums.failed_pings += 1,
            Outcome::Ignored => self.sums.ignored_pings += 1,
        }
        if outcome != Outcome::Ignored {
            self.judge(end == End::Failure, slow);
        }
    }
}
