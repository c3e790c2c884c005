//! The counters behind [`Totals`] that few calls add to. What nearly every call counts is in
//! [`crate::state::counters::striped`].

use std::sync::atomic::{AtomicU64, Ordering};

use crate::types::error::ErrorKind;
use crate::types::totals::Totals;

/// One number for each [`Count`]. Relaxed: the counters order nothing, they are only read.
#[derive(Debug)]
pub(crate) struct RareCounters([AtomicU64; Count::ALL]);

/// A kind of call that [`RareCounters`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Count {
    /// A success that the success count of the windows does not have: of a slow call, a probe, or a call
    /// in a dry run.
    OtherSuccess,
    Ignored,
    Cancelled,
    /// A dropped call that counts as a failure. Apart from
    /// [`HotCounter::Failure`](super::striped::HotCounter::Failure), as it is not a call that ended.
    Abandoned,
    Late,
    Slow,
    WouldReject,
    TimedOut,
    Ping,
    FailedPing,
    IgnoredPing,
    RejectedHalfOpen,
    RejectedForcedOpen,
    RejectedRecovering,
    RejectedThrottled,
    RejectedFull,
}

impl Count {
    const ALL: usize = 16;

    /// The rejections by other causes than an open breaker, which
    /// [`HotCounter::Rejected`](super::striped::HotCounter::Rejected) counts.
    pub(crate) const REJECTIONS: [(ErrorKind, Self); 5] = [
        (ErrorKind::HalfOpen, Self::RejectedHalfOpen),
        (ErrorKind::ForcedOpen, Self::RejectedForcedOpen),
        (ErrorKind::Recovering, Self::RejectedRecovering),
        (ErrorKind::Throttled, Self::RejectedThrottled),
        (ErrorKind::Full, Self::RejectedFull),
    ];

    /// Returns the count of rejections of this kind; `None` for an open breaker.
    pub(crate) fn of_rejection(kind: ErrorKind) -> Option<Self> {
        Self::REJECTIONS.into_iter().find(|(of, _)| *of == kind).map(|(_, count)| count)
    }
}

impl RareCounters {
    pub(crate) const fn new() -> Self {
        Self([const { AtomicU64::new(0) }; Count::ALL])
    }

    #[inline]
    pub(crate) fn add(&self, what: Count) {
        self.0[what as usize].fetch_add(1, Ordering::Relaxed);
    }

    pub(crate) fn get(&self, what: Count) -> u64 {
        self.0[what as usize].load(Ordering::Relaxed)
    }

    pub(crate) fn read(&self) -> Totals {
        let of = |what| self.get(what);
        Totals {
            success: of(Count::OtherSuccess),
            failure: of(Count::Abandoned),
            ignored: of(Count::Ignored),
            cancelled: of(Count::Cancelled),
            late: of(Count::Late),
            slow: of(Count::Slow),
            would_reject: of(Count::WouldReject),
            timed_out: of(Count::TimedOut),
            pings: of(Count::Ping),
            failed_pings: of(Count::FailedPing),
            ignored_pings: of(Count::IgnoredPing),
            rejected: Count::REJECTIONS.into_iter().map(|(_, count)| of(count)).sum(),
            ..Totals::default()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_count_is_read_as_its_own_total() {
        let counters = RareCounters::new();
        for (times, what) in (1..).zip([
            Count::OtherSuccess,
            Count::Ignored,
            Count::Cancelled,
            Count::Late,
            Count::Slow,
            Count::WouldReject,
            Count::TimedOut,
            Count::Ping,
            Count::FailedPing,
            Count::RejectedHalfOpen,
            Count::RejectedForcedOpen,
            Count::RejectedRecovering,
            Count::RejectedThrottled,
            Count::RejectedFull,
            Count::Abandoned,
            Count::IgnoredPing,
        ]) {
            (0..times).for_each(|_| counters.add(what));
        }
        let expected = Totals {
            success: 1,
            ignored: 2,
            cancelled: 3,
            late: 4,
            slow: 5,
            would_reject: 6,
            timed_out: 7,
            pings: 8,
            failed_pings: 9,
            rejected: 10 + 11 + 12 + 13 + 14,
            failure: 15,
            ignored_pings: 16,
            ..Totals::default()
        };
        assert_eq!(counters.read(), expected);
    }
}
