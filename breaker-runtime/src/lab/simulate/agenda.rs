//! The occurrences to come, in order: [`Agenda`].

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// An occurrence in a simulated system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Occurrence {
    /// A request of a user arrives.
    Arrival,
    /// A worker has done a call, which began before so many crashes.
    Done {
        call: u32,
        crashes: u32,
    },
    /// The caller waits for a call no longer.
    Deadline {
        call: u32,
    },
    /// A request tries again.
    Retry {
        request: u32,
    },
    TriggerBegins,
    TriggerEnds,
}

/// Occurrences with their times in ns. Those of one time come in the order in which they were added, so
/// that a run is the same each time.
#[derive(Debug, Default)]
pub(crate) struct Agenda {
    occurrences: BinaryHeap<Reverse<(u64, u64, Occurrence)>>,
    added: u64,
}

impl Agenda {
    /// Adds an occurrence.
    pub(crate) fn add(&mut self, at: u64, occurrence: Occurrence) {
        self.added += 1;
        self.occurrences.push(Reverse((at, self.added, occurrence)));
    }

    /// Removes the first occurrence, and returns it with its time.
    pub(crate) fn next(&mut self) -> Option<(u64, Occurrence)> {
        self.occurrences.pop().map(|Reverse((at, _, occurrence))| (at, occurrence))
    }
}
