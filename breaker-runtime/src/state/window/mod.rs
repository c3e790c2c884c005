//! The sliding windows that rates are judged by: the last N results ([`count`]) or those of a span of
//! time ([`time`]). Plain data with no lock, atomic or clock; whoever owns one keeps it under a mutex.
//!
//! # The odometer
//!
//! Almost every result is a *plain success*, neither a failure nor slow, and a window is never told of one:
//! that would put a shared write on the path of every call. Threads count their own plain successes
//! elsewhere, and the sum of these counters is the odometer, a number that only grows. Whenever a window is
//! touched it is given the reading, `passed`, and what this has gained since the last touch is the number of
//! plain successes that it missed. Which of them came first is all the same, as they are all alike. Only
//! failures and slow results are recorded, as [`Entry`]s.
//!
//! A reading below an earlier one counts as the earlier one.
//!
//! # What is exact
//!
//! - A window of N calls holds the last N results, neither more nor fewer. An entry comes after the plain
//!   successes that the odometer shows when it is recorded: of calls that end at the same time, in an order in
//!   which they can have ended.
//! - A window of a span is divided in ten buckets of time. What is at least as old as the span is out, what is
//!   no older than nine tenths of it is in, and in between a bucket goes as a whole. Plain successes are in
//!   the bucket that was current at the touch before them, so the owner has to call [`SlidingWindow::advance`] before
//!   it counts one that ended at [`SlidingWindow::quiet_until`] or later.
//! - Time does not go back: before the latest time seen counts as the latest time seen. A clock that is found
//!   more than a span behind has been set back, and waiting for it could take for ever; the window goes on from
//!   the clock's time, and all that is in it counts as having just happened. A plain success that finds the
//!   window quiet does not touch it, so this is noticed by the next entry or look.

mod count;
mod time;

#[cfg(all(test, not(breaker_loom)))]
mod ages;
#[cfg(all(test, not(breaker_loom)))]
mod model;
#[cfg(all(test, not(breaker_loom)))]
mod tests;

use crate::state::window::count::CountWindow;
use crate::state::window::time::SpanWindow;
use crate::time::{TICKS_MAX, Ticks};
use crate::types::snapshot::WindowCounts;

const MAX_CALLS: u32 = 1_000_000;
const MIN_SPAN: Ticks = 1_000;

/// What a window holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// The last so many results, 1 to 1,000,000.
    Calls(u32),
    /// The results of so much time, a millisecond or more.
    Span(Ticks),
}

impl Shape {
    /// Options out of range are refused long before this; here they must not lead to a division by zero.
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

/// What is in a window. A slow failure is in all three numbers.
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

/// A sliding window of either [`Shape`]. Its memory is allocated when it is made and never grows.
#[derive(Debug)]
pub(crate) struct SlidingWindow {
    /// The odometer at the last touch.
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

    /// Empties the window. Plain successes up to `passed` are not in it.
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

    /// What is in the window at `now`.
    pub(crate) fn tally(&mut self, success_count: u64, now: Ticks) -> Tally {
        self.advance(success_count, now);
        match &self.kind {
            Kind::Calls(window) => window.tally(),
            Kind::Span(window) => window.tally(),
        }
    }

    /// Whether something holds of what the window holds, or will hold when it has slid on with no more failures.
    /// More successes must not make it true.
    pub(crate) fn now_or_later(&self, holds: impl Fn(Tally) -> bool) -> bool {
        match &self.kind {
            Kind::Calls(window) => holds(window.tally()),
            Kind::Span(window) => window.remainders().any(holds),
        }
    }

    /// Takes in the plain successes up to `passed`, and then slides to `now`.
    pub(crate) fn advance(&mut self, success_count: u64, now: Ticks) {
        let missed = success_count.saturating_sub(self.success_count);
        self.success_count += missed;
        match &mut self.kind {
            Kind::Calls(window) => window.add_successes(missed),
            Kind::Span(window) => {
                window.add_successes(missed);
                window.slide(now);
            }
        }
    }

    /// A plain success that ends before this time needs nothing but the odometer; for one that ends then or
    /// later, [`advance`](Self::advance) comes first.
    pub(crate) fn quiet_until(&self) -> Ticks {
        match &self.kind {
            Kind::Calls(_) => Ticks::MAX,
            Kind::Span(window) => window.bucket_end(),
        }
    }

    pub(crate) fn shape(&self) -> Shape {
        match &self.kind {
            Kind::Calls(window) => Shape::Calls(window.size()),
            Kind::Span(window) => Shape::Span(window.span()),
        }
    }

    /// Changes the shape. Of a count window the newest results stay, as many as fit.
    ///
    /// Of a span the buckets stay that *begin* within the new span: nothing older than the new span is in, but
    /// what is as young as nine tenths of it can be lost when its bucket, a tenth of the old span, began too
    /// early. Between a count and a span nothing can be kept.
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
