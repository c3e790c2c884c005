//! The log of one breaker: [`CallLog`].

use std::fmt;
use std::sync::Arc;

use crate::breaker::call_log::feed::CallFeed;
use crate::breaker::inner::Inner;
use crate::state::counters::left_out::LeftOut;
use crate::support::contain::contained;
use crate::time::Ticks;
use crate::time::clock::TimeSource;
use crate::types::call_outcome::CallOutcome;

/// The most bytes of the text of a key.
const MAX_KEY: usize = 1024;

/// The breaker of a call in the queue.
#[derive(Debug)]
pub(crate) struct CallSource {
    pub(crate) name: &'static str,
    pub(crate) key: Option<String>,
}

/// A call in the queue, or several successes.
#[derive(Debug)]
pub(crate) struct CallEntry {
    pub(crate) source: Arc<CallSource>,
    /// The start, in ticks since the start of the recording.
    pub(crate) start: Ticks,
    pub(crate) took: Ticks,
    pub(crate) outcome: CallOutcome,
    pub(crate) attempt: u32,
    /// The number of calls that it stands for.
    pub(crate) count: u64,
}

/// The log of one breaker's calls, in a feed.
pub(crate) struct CallLog {
    source: Arc<CallSource>,
    feed: Arc<CallFeed>,
    /// The time of the breaker's clock at the start of the recording. Negative for a clock that is
    /// younger.
    origin: i64,
    /// The successes since the last entry for one.
    left_out: LeftOut,
}

impl CallLog {
    /// Makes the log of a breaker. Prints its key, which is code of the user's.
    pub(super) fn new(inner: &Inner, feed: Arc<CallFeed>) -> Self {
        let key = inner.key().map(|key| cut(contained(|| key.to_string()).unwrap_or_default()));
        let source = Arc::new(CallSource { name: inner.name(), key });
        let origin = if inner.time.is_default() {
            signed(feed.started)
        } else {
            // A clock of the user's counts from where it is when the breaker joins.
            let passed = TimeSource::DEFAULT.now().saturating_sub(feed.started);
            let passed = if feed.is_starting() { 0 } else { passed };
            signed(contained(|| inner.now()).unwrap_or_default()) - signed(passed)
        };
        Self { source, feed, origin, left_out: LeftOut::default() }
    }

    /// Returns whether this is the log of a breaker in this feed.
    pub(super) fn is_of(&self, feed: &Arc<CallFeed>) -> bool {
        Arc::ptr_eq(&self.feed, feed)
    }

    /// Lets the breaker of a key join the recording of its template, which has this log.
    pub(super) fn pass_on(&self, member: &Inner) {
        self.feed.join(member);
    }

    /// Adds a call. Of the successes that are not slow it adds some, each with those before it.
    pub(super) fn add(&self, outcome: CallOutcome, began: Ticks, took: Ticks, attempt: u32, slow: bool) {
        let start = self.since_start(began);
        let is_plain = outcome == CallOutcome::Success && !slow;
        if is_plain && self.feed.leaves_out() {
            self.left_out.add(start, took, 1);
            return;
        }
        if is_plain {
            let count = self.left_out.take().saturating_add(1);
            self.send_successes(start, took, attempt, count);
            return;
        }
        // Before any other call, so that a failure follows the successes that it followed.
        self.flush();
        let source = Arc::clone(&self.source);
        if !self.feed.send(CallEntry { source, start, took, outcome, attempt, count: 1 }) {
            self.feed.add_dropped(1);
        }
    }

    /// Adds the successes that were left out.
    pub(crate) fn flush(&self) {
        let count = self.left_out.take();
        if count > 0 {
            let (start, took) = self.left_out.last();
            self.send_successes(start, took, 1, count);
        }
    }

    /// Sends successes, or keeps their number for a later entry if the queue is full.
    fn send_successes(&self, start: Ticks, took: Ticks, attempt: u32, count: u64) {
        let source = Arc::clone(&self.source);
        let entry = CallEntry { source, start, took, outcome: CallOutcome::Success, attempt, count };
        if !self.feed.send(entry) {
            self.left_out.add(start, took, count);
        }
    }

    /// Returns a time of the breaker's clock as the time since the start of the recording.
    fn since_start(&self, at: Ticks) -> Ticks {
        u64::try_from(signed(at) - self.origin).unwrap_or_default()
    }
}

impl Drop for CallLog {
    /// Adds the successes that were left out: the breaker of a key may be evicted.
    fn drop(&mut self) {
        self.flush();
        self.feed.add_dropped(self.left_out.take());
    }
}

impl fmt::Debug for CallLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CallLog").field("source", &self.source).finish_non_exhaustive()
    }
}

/// Returns a time as a number with a sign. Ticks have 47 bits.
fn signed(at: Ticks) -> i64 {
    i64::try_from(at).unwrap_or(i64::MAX / 2)
}

/// Cuts a text to [`MAX_KEY`] bytes.
fn cut(mut text: String) -> String {
    if text.len() > MAX_KEY {
        let end = (0..=MAX_KEY).rev().find(|end| text.is_char_boundary(*end)).unwrap_or_default();
        text.truncate(end);
    }
    text
}
