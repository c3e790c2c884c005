//! The view of a breaker from outside.

use crate::state::model::reference::{Counts, Last, Micros, Phase, Reference};
use crate::{Mode, Reason, State};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) sequence: u64,
    pub(crate) from: State,
    pub(crate) to: State,
    pub(crate) mode: Mode,
    pub(crate) reason: Reason,
    pub(crate) at: Micros,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    pub(crate) success: u64,
    pub(crate) failure: u64,
    pub(crate) ignored: u64,
    pub(crate) cancelled: u64,
    pub(crate) late: u64,
    pub(crate) slow: u64,
    pub(crate) rejected: u64,
    pub(crate) would_reject: u64,
    pub(crate) pings: u64,
    pub(crate) failed_pings: u64,
    pub(crate) ignored_pings: u64,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) struct View {
    pub(crate) state: State,
    pub(crate) mode: Mode,
    pub(crate) in_state: Micros,
    pub(crate) retry_after: Option<Micros>,
    pub(crate) streak: u64,
    pub(crate) window: Option<Counts>,
    pub(crate) failure_rate: Option<f64>,
    pub(crate) slow_call_rate: Option<f64>,
    pub(crate) throttle: Option<f64>,
    pub(crate) in_flight: usize,
    pub(crate) trips: u64,
    pub(crate) sums: Sums,
}

impl Reference {
    pub(crate) fn view(&self) -> View {
        let window = self.window();
        let judged = window.filter(|counts| counts.calls >= self.rules.rates.min_calls as u64);
        View {
            state: self.state_for_calls(),
            mode: self.mode,
            in_state: match self.phase {
                Phase::Open { .. } if self.is_pinged => self.now - self.since,
                _ => self.time_in_state(),
            },
            retry_after: self.retry_after(),
            streak: match &self.phase {
                Phase::Closed(closed) => closed.streak,
                _ => 0,
            },
            window,
            failure_rate: judged.map(|counts| counts.failure_rate()),
            slow_call_rate: self.rules.slow_call.and(judged).map(|counts| counts.slow_rate()),
            throttle: self.rejection(),
            in_flight: match &self.phase {
                Phase::HalfOpen { probes, .. } => probes.len(),
                _ => 0,
            },
            trips: self.trips,
            sums: self.sums,
        }
    }

    /// Returns the state that a call meets: open after the period as well until the ping in flight has
    /// ended.
    fn state_for_calls(&self) -> State {
        match self.phase {
            Phase::Open { .. } if self.is_pinged => State::Open,
            _ => self.state(),
        }
    }

    fn window(&self) -> Option<Counts> {
        match &self.phase {
            Phase::Closed(closed) if self.decides() && self.rules.judges_rates() => {
                Some(Counts::of(&closed.ran, self.rules.rates.window, self.tick()))
            }
            _ => None,
        }
    }

    fn rejection(&self) -> Option<f64> {
        match (&self.phase, &self.rules.throttle) {
            (Phase::Closed(closed), Some(rule)) if self.decides() => {
                let requests = Counts::of(&closed.requests, Last::Span(rule.span), self.tick());
                Some(requests.rejection(rule.k))
            }
            _ => None,
        }
    }
}
