//! The counts of a breaker's changes of state, and the time that it was open: [`ChangeLog`].

use crate::state::cell::Transition;
use crate::state::transition;
use crate::state::word::StateWord;
use crate::time::{TICKS_MAX, Ticks};
use crate::types::counts::{ChangeCounts, TransitionCounts};
use crate::types::snapshot::{Mode, State};

/// The counts of one breaker's changes.
#[derive(Debug, Default)]
pub(crate) struct ChangeLog {
    transitions: TransitionCounts,
    /// The length of the open periods that have ended.
    ended: Ticks,
    /// The begin of the current open period, and when it ends if nothing changes.
    current: Option<(Ticks, Ticks)>,
    /// The open time that was last reported. A clock that steps back must not lower a count.
    reported: Ticks,
}

impl ChangeLog {
    /// Counts a change, which comes after all those that were counted.
    pub(crate) fn append(&mut self, change: &Transition, from: State, to: State) {
        self.transitions.add((from, to, change.reason), 1);
        let since = change.since();
        self.ended = self.open_time(since);
        self.current = (to == State::Open).then(|| (since, open_until(change.after)));
    }

    #[cfg(any(feature = "metrics", feature = "metrics-facade", feature = "opentelemetry"))]
    /// Adds the open time until `now`.
    pub(crate) fn extend_open(&mut self, now: Ticks) {
        self.reported = self.open_time(now).max(self.reported);
    }

    /// Returns the counts, with the open time as of the last [`extend_open`](Self::extend_open).
    pub(crate) fn counts(&self) -> ChangeCounts {
        let open = self.ended.max(self.reported);
        ChangeCounts { transitions: self.transitions.clone(), open }
    }

    fn open_time(&self, now: Ticks) -> Ticks {
        let current = self.current.map(|(since, until)| now.min(until).saturating_sub(since));
        self.ended.saturating_add(current.unwrap_or_default())
    }
}

/// Returns when an open word becomes half-open by the clock alone.
fn open_until(open: StateWord) -> Ticks {
    match transition::mode(open) {
        Mode::ForcedOpen => TICKS_MAX,
        _ => open.payload(),
    }
}
