//! The counts of breakers beside [`Totals`], for metrics: rejections by kind, changes of state, open
//! time.
//!
//! Every count only grows, and a sum over keys does so when a key is evicted: a reader that takes the
//! difference of two readings would see a restart otherwise.

use crate::time::Ticks;
use crate::types::error::ErrorKind;
use crate::types::reason::Reason;
#[cfg(feature = "shadow")]
use crate::types::shadow::ShadowCounts;
use crate::types::snapshot::State;
use crate::types::totals::Totals;
use crate::types::traffic::WindowTraffic;

/// Everything that one breaker has counted, or several together.
#[derive(Clone, Debug, Default)]
pub(crate) struct GroupCounts {
    pub(crate) totals: Totals,
    pub(crate) trips: u64,
    pub(crate) rejections: RejectionCounts,
    pub(crate) transitions: TransitionCounts,
    /// The time in the open state.
    pub(crate) open: Ticks,
    /// The calls in the windows of time; `None` without such a window.
    pub(crate) traffic: Option<WindowTraffic>,
    /// The counts of shadows; `None` without one.
    #[cfg(feature = "shadow")]
    pub(crate) shadow: Option<ShadowCounts>,
}

/// The counts of the changes of one breaker.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChangeCounts {
    pub(crate) transitions: TransitionCounts,
    pub(crate) open: Ticks,
}

/// The number of rejections of each kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RejectionCounts([u64; Self::KINDS.len()]);

/// The number of changes of state, for each pair of states and reason that has occurred.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TransitionCounts(Vec<(TransitionKind, u64)>);

/// The two states of a change and its reason.
pub(crate) type TransitionKind = (State, State, Reason);

impl GroupCounts {
    /// Adds the counts of another breaker; each saturates.
    pub(crate) fn add(&mut self, other: &Self) {
        self.totals += other.totals;
        self.trips = self.trips.saturating_add(other.trips);
        for (kind, count) in other.rejections.iter() {
            self.rejections.add(kind, count);
        }
        for (kind, count) in other.transitions.iter() {
            self.transitions.add(kind, count);
        }
        self.open = self.open.saturating_add(other.open);
        self.traffic = match (self.traffic, other.traffic) {
            (Some(one), Some(other)) => Some(one.with(other)),
            (one, other) => one.or(other),
        };
        #[cfg(feature = "shadow")]
        if let Some(shadow) = &other.shadow {
            self.shadow.get_or_insert_default().add(shadow);
        }
    }
}

impl RejectionCounts {
    /// The kinds of errors that are rejections.
    pub(crate) const KINDS: [ErrorKind; 6] = [
        ErrorKind::Open,
        ErrorKind::HalfOpen,
        ErrorKind::ForcedOpen,
        ErrorKind::Recovering,
        ErrorKind::Throttled,
        ErrorKind::Full,
    ];

    /// Adds to the count of a kind; does nothing for a kind that is no rejection.
    pub(crate) fn add(&mut self, kind: ErrorKind, more: u64) {
        if let Some(index) = Self::KINDS.iter().position(|of| *of == kind) {
            self.0[index] = self.0[index].saturating_add(more);
        }
    }

    /// Returns the count of each kind.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (ErrorKind, u64)> + '_ {
        Self::KINDS.into_iter().zip(self.0)
    }
}

impl TransitionCounts {
    /// Adds to the count of a change.
    pub(crate) fn add(&mut self, kind: TransitionKind, more: u64) {
        match self.0.iter_mut().find(|(of, _)| *of == kind) {
            Some((_, count)) => *count = count.saturating_add(more),
            None => self.0.push((kind, more)),
        }
    }

    /// Returns the count of each change that has occurred.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (TransitionKind, u64)> + '_ {
        self.0.iter().copied()
    }
}
