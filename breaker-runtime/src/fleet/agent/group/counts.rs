//! The counts that a member reports to its group.

use crate::types::totals::Totals;

/// Totals of a breaker; they only grow.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct MemberCounts {
    pub(super) successes: u64,
    pub(super) failures: u64,
    pub(super) rejected: u64,
    pub(super) trips: u64,
}

impl MemberCounts {
    /// Makes counts of totals. Pings count as calls: they show how the dependency is, and one that may
    /// not begin wants the lease.
    pub(super) fn new(totals: &Totals, trips: u64, refused_pings: u64) -> Self {
        let Totals { success, failure, rejected, pings, failed_pings, .. } = *totals;
        Self {
            successes: success.saturating_add(pings),
            failures: failure.saturating_add(failed_pings),
            rejected: rejected.saturating_add(refused_pings),
            trips,
        }
    }

    pub(super) fn plus(self, other: Self) -> Self {
        Self {
            successes: self.successes.saturating_add(other.successes),
            failures: self.failures.saturating_add(other.failures),
            rejected: self.rejected.saturating_add(other.rejected),
            trips: self.trips.saturating_add(other.trips),
        }
    }

    pub(super) fn minus(self, other: Self) -> Self {
        Self {
            successes: self.successes.saturating_sub(other.successes),
            failures: self.failures.saturating_sub(other.failures),
            rejected: self.rejected.saturating_sub(other.rejected),
            trips: self.trips.saturating_sub(other.trips),
        }
    }

    /// Returns the number of calls that have ended.
    pub(super) fn calls(self) -> u64 {
        self.successes.saturating_add(self.failures)
    }
}
