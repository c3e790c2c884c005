//! The lines of a recording: [`Line`], and what it can be.

use std::time::{Duration, SystemTime};

use crate::types::call_outcome::CallOutcome;

/// The first line of each file of a recording.
///
/// ```
/// use std::time::SystemTime;
/// use breaker_runtime::lab::recording::Header;
///
/// assert_eq!(Header::new(SystemTime::UNIX_EPOCH).sample, 1.0);
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub struct Header {
    /// The wall-clock time from which the times of the calls count: from 1970 to 9999.
    pub started: SystemTime,
    /// The share of the successes that have a line: above 0.0, at most 1.0. The number of calls is exact
    /// in any case, by [`LoggedCall::count`].
    pub sample: f64,
}

impl Header {
    /// Creates the header of a recording of all calls.
    pub fn new(started: SystemTime) -> Self {
        Self { started, sample: 1.0 }
    }
}

/// One line of a recording.
///
/// ```
/// use breaker_runtime::lab::recording::{Line, Reader};
///
/// let header = "{\"breaker_recording\":1,\"started\":\"2026-11-29T08:00:00Z\"}\n";
/// let file = format!("{header}{{\"dropped\":17,\"t\":5}}\n");
/// let mut lines = Reader::new(file.as_bytes());
/// assert!(matches!(lines.next(), Some(Ok(Line::Header(_)))));
/// assert!(matches!(lines.next(), Some(Ok(Line::Dropped { calls: 17, .. }))));
/// assert!(lines.next().is_none());
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Line {
    /// The beginning of a file.
    Header(Header),
    /// A call, or several that are alike.
    Call(LoggedCall),
    /// Calls that the recorder has lost, as its queue was full.
    #[non_exhaustive]
    Dropped {
        /// The time since the start of the recording.
        at: Duration,
        /// The number of calls.
        calls: u64,
    },
}

/// A call in a recording.
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::lab::recording::{CallOutcome, LoggedCall};
///
/// let call = LoggedCall::new("payments", Duration::from_secs(1), CallOutcome::Success);
/// assert_eq!((call.took, call.attempt, call.count), (Duration::ZERO, 1, 1));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LoggedCall {
    /// When the call began, since the start of the recording; to the nanosecond.
    pub start: Duration,
    /// How long it took; zero for a call that was rejected.
    pub took: Duration,
    /// How it ended.
    pub outcome: CallOutcome,
    /// The name of the breaker: 1 to 1,024 bytes.
    pub breaker: String,
    /// The key as a text, of a breaker with keys: at most 1,024 bytes.
    pub key: Option<String>,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The number of calls that this one stands for, from 1.
    pub count: u64,
}

impl LoggedCall {
    /// Creates a first attempt without a key, of no length.
    pub fn new(breaker: impl Into<String>, start: Duration, outcome: CallOutcome) -> Self {
        let breaker = breaker.into();
        Self { start, took: Duration::ZERO, outcome, breaker, key: None, attempt: 1, count: 1 }
    }
}
