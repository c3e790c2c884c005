//! The sliding windows of the rates: the last N results ([`count`]) or those of a span of time
//! ([`time`]). They are plain data with no lock, atomic or clock; the owner keeps them under a mutex.
//!
//! # The success count
//!
//! Almost every result is a *plain success*, neither a failure nor slow. A window does not record those:
//! that would put a shared write on the path of every call. Threads count their own plain successes
//! elsewhere, and the sum of these counters is the success count, a number that only grows. Each access
//! to a window passes the present `success_count`, and its growth since the last access is the number of
//! plain successes to add. Their order does not matter, as they are all alike. Only failures and slow
//! results are recorded, as [`Entry`]s.
//!
//! A count below an earlier one counts as the earlier one.
//!
//! # What is exact
//!
//! - A window of N calls holds exactly the last N results. An entry comes after the plain successes that
//!   are counted when it is recorded. For calls that end at the same time, this is an order in which
//!   they can have ended.
//! - A window of a span is divided into ten buckets of time. Results as old as the span or older are
//!   out, results of at most nine tenths of the span are in, and between the two a bucket leaves as a
//!   whole. Plain successes are in the bucket that was current at the access before them, so the owner
//!   must call [`SlidingWindow::advance`] before it counts one that ended at
//!   [`SlidingWindow::quiet_until`] or later.
//! - Time does not go back: a time before the latest one seen counts as the latest one. A clock that is
//!   more than a span behind has been set back, and to wait for it could take for ever. The window then
//!   goes on from the clock's time, and all its results count as having just happened. A plain success
//!   before `quiet_until` does not access the window, so the next entry or tally detects this.

mod count;
pub(crate) mod slices;
pub(crate) mod time;

#[cfg(all(test, not(breaker_loom)))]
mod ages;
#[cfg(all(test, not(breaker_loom)))]
mod model;
#[cfg(all(test, not(breaker_loom)))]
mod tests;

use crate::state::window::count::CountWindow;
use crate::state::window::slices::{SliceLog, TakenSlices};
use crate::state::window::time::SpanWindow;
use crate::time::{TICKS_MAX, Ticks};
use crate::types::snapshot::WindowCounts;
use crate::types::traffic::WindowTraffic;

const MAX_CALLS: u32 = 1_000_000;
const MIN_SPAN: Ticks = 1_000;

/// The size of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The last so many results, 1 to 1,000,000.
    Calls(u32),
    /// The results of so much time, a millisecond or more.
    Span(Ticks),
}

impl Shape {
    /// Returns the nearest valid shape. Options are checked long before this, but a size of 0 must not
    /// lead to a division by zero here.
    fn in_range(self) -> Self {
        match self {
            Self::Calls(calls) => Self::Calls(calls.clamp(1, MAX_CALLS)),
            Self::Span(span) => Self::Span(span.clamp(MIN_SPAN, TICKS_MAX)),
        }
    }
}

/// A result that is not a plain success: a failure, slow, or both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) failed: bool,
    pub(crate) slow: bool,
}

/// The numbers of results in a window. A slow failure is in all three.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    /// All results, plain successes included.
    pub(crate) calls: u64,
    pub(crate) failures: u64,
    pub(crate) slow: u64,
}

impl From<Tally> for WindowCounts {
    fn from(Tally { calls, failures, slow }: Tally) -> Self {
        Self { calls, failures, slow }
    }
}

/// A sliding window of either [`Shape`]. It allocates its memory when it is made, and never grows.
#[derive(Debug)]
pub(crate) struct SlidingWindow {
    /// The success count at the last access.
    success_count: u64,
    kind: Kind,
}

#[derive(Debug)]
enum Kind {
    Calls(CountWindow),
    Span(SpanWindow),
}

impl SlidingWindow {
    pub(crate) fn new(shape: Shape, success_count: u64, now: Ticks) -> Self {
        let kind = match shape.in_range() {
            Shape::Calls(calls) => Kind::Calls(CountWindow::new(calls)),
            Shape::Span(span) => Kind::Span(SpanWindow::new(span, now)),
        };
        Self { success_count, kind }
    }

    /// Empties the window. Plain successes up to `success_count` are not in it.
    pub(crate) fn restart(&mut self, success_count: u64, now: Ticks) {
        self.advance(success_count, now);
        match &mut self.kind {
            Kind::Calls(window) => window.clear(),
            Kind::Span(window) => window.clear(),
        }
    }

    pub(crate) fn record(&mut self, entry: Entry, success_count: u64, now: Ticks) {
        self.advance(success_count, now);
        match &mut self.kind {
            Kind::Calls(window) => window.record(entry),
            Kind::Span(window) => window.record(entry),
        }
    }

    /// Returns the tally at `now` with one more failure, which is not slow.
    #[inline(always)]
    pub(crate) fn tally_with_failure(&mut self, success_count: u64, now: Ticks) -> Tally {
        self.advance(success_count, now);
        match &self.kind {
            Kind::Calls(window) => window.tally_with_failure(),
            Kind::Span(window) => {
                let sum = window.tally();
                Tally { calls: sum.calls + 1, failures: sum.failures + 1, ..sum }
            }
        }
    }

    /// Adds the failure of [`tally_with_failure`](Self::tally_with_failure), which was called before.
    #[inline(always)]
    pub(crate) fn add_failure(&mut self) {
        let failure = Entry { failed: true, slow: false };
        match &mut self.kind {
            Kind::Calls(window) => window.record(failure),
            Kind::Span(window) => window.record(failure),
        }
    }

    /// Returns the numbers of results in the window at `now`.
    pub(crate) fn tally(&mut self, success_count: u64, now: Ticks) -> Tally {
        self.advance(success_count, now);
        match &self.kind {
            Kind::Calls(window) => window.tally(),
            Kind::Span(window) => window.tally(),
        }
    }

    /// Returns whether a condition holds for the window, or will hold after it has slid on without
    /// further entries. Further successes must not make the condition true.
    pub(crate) fn now_or_later(&self, holds: impl Fn(Tally) -> bool) -> bool {
        match &self.kind {
            Kind::Calls(window) => holds(window.tally()),
            Kind::Span(window) => window.remainders().any(holds),
        }
    }

    /// Adds the plain successes up to `success_count`, and then slides to `now`.
    pub(crate) fn advance(&mut self, success_count: u64, now: Ticks) {
        let missed = success_count.saturating_sub(self.success_count);
        self.success_count += missed;
        match &mut self.kind {
            Kind::Calls(window) if missed > 0 => window.add_successes(missed),
            Kind::Calls(_) => {}
            Kind::Span(window) => {
                if missed > 0 {
                    window.add_successes(missed);
                }
                window.slide(now);
            }
        }
    }

    /// Slides to `now`, and returns the plain successes since the last call of this that fell in earlier
    /// slices; `None` if this is no window of time.
    pub(crate) fn take_slices(&mut self, success_count: u64, now: Ticks) -> Option<SliceLog> {
        self.advance(success_count, now);
        match &mut self.kind {
            Kind::Calls(_) => None,
            Kind::Span(window) => Some(window.take_slices()),
        }
    }

    /// Returns the slices of [`take_slices`](Self::take_slices) after a result was recorded, if they are
    /// few.
    pub(crate) fn take_few_slices(&mut self) -> Option<TakenSlices> {
        match &mut self.kind {
            Kind::Calls(_) => None,
            Kind::Span(window) => window.take_few_slices(),
        }
    }

    /// Returns the time before which a plain success needs no access to the window. Before one that ends
    /// then or later is counted, [`advance`](Self::advance) must be called.
    pub(crate) fn quiet_until(&self) -> Ticks {
        match &self.kind {
            Kind::Calls(_) => Ticks::MAX,
            Kind::Span(window) => window.bucket_end(),
        }
    }

    /// Returns the results since a window of time was made; `None` for a window of calls.
    pub(crate) fn traffic(&self, success_count: u64) -> Option<WindowTraffic> {
        match &self.kind {
            Kind::Calls(_) => None,
            Kind::Span(window) => Some(window.traffic(success_count.saturating_sub(self.success_count))),
        }
    }

    pub(crate) fn shape(&self) -> Shape {
        match &self.kind {
            Kind::Calls(window) => Shape::Calls(window.size()),
            Kind::Span(window) => Shape::Span(window.span()),
        }
    }

    /// Changes the shape. A window of calls keeps its newest results, as many as fit.
    ///
    /// A window of a span keeps the buckets that *begin* within the new span. It holds no result older
    /// than the new span, but can lose one that is as young as nine tenths of it, if the bucket of that
    /// result, a tenth of the old span, began too early. A change between calls and a span keeps
    /// nothing.
    pub(crate) fn reshape(&mut self, shape: Shape, success_count: u64, now: Ticks) {
        self.advance(success_count, now);
        match (&mut self.kind, shape.in_range()) {
            (Kind::Calls(window), Shape::Calls(calls)) => *window = window.resized(calls),
            (Kind::Span(window), Shape::Span(span)) => *window = window.rebucketed(span),
            (Kind::Calls(_), Shape::Span(_)) | (Kind::Span(_), Shape::Calls(_)) => {
                *self = Self::new(shape, self.success_count, now);
            }
        }
    }
}
