//! The recording of calls: its format, a reader and a writer.
//!
//! # The format, version 1
//!
//! Lines of JSON in UTF-8. The first line is the [`Header`], and each further line is one call, a
//! [`LoggedCall`], or the number of calls that the recorder has lost:
//!
//! ```text
//! {"breaker_recording":1,"started":"2026-11-29T08:00:00.000000000Z","sample":1.0}
//! {"t":1500000,"d":4500000,"o":"success","f":"recommendations"}
//! {"t":2500000,"d":90000000,"o":"failure","f":"recommendations","k":"eu","a":2}
//! {"dropped":17,"t":90000000}
//! ```
//!
//! | field | meaning | without it |
//! |---|---|---|
//! | `breaker_recording` | the version of the format | the line is no header |
//! | `started` | the wall-clock time from which `t` counts, in RFC 3339 | an error |
//! | `sample` | the share of the successes that are written, above 0.0, at most 1.0 | 1.0 |
//! | `t` | the start of the call, in ns since `started` | an error |
//! | `d` | how long the call took, in ns | 0 |
//! | `o` | how the call ended: a [`CallOutcome`] | an error |
//! | `f` | the name of the breaker | an error |
//! | `k` | the key, of a breaker with keys | no key |
//! | `a` | the number of the attempt, from 1 | 1 |
//! | `n` | the number of calls that the line stands for, from 1 | 1 |
//! | `dropped` | the number of calls that were lost at the time `t` | no call was lost |
//!
//! - Fields with other names are ignored. Another version is an error.
//! - Lines stand in the order in which the calls ended. A reader sorts them.
//! - With a `sample` below 1.0 a success stands for itself and those of the same breaker and key that
//!   were left out since its last line, so that sums are exact. Successes that were left out before a
//!   call of another outcome have a line of their own before it: a failure then follows the successes
//!   that it followed.
//! - Files in a row are one recording: each begins with its own header.
//! - A line has at most 64 KiB, the name of a breaker and a key at most 1 KiB each, and a call ends at
//!   most four years after `started`.
//!
//! ```
//! use breaker_runtime::lab::recording::{CallOutcome, Header, Line, LoggedCall, Reader, Writer};
//! use std::time::{Duration, SystemTime};
//!
//! let mut writer = Writer::new(Vec::new(), &Header::new(SystemTime::UNIX_EPOCH))?;
//! let call = LoggedCall::new("payments", Duration::from_millis(3), CallOutcome::Failure);
//! writer.call(&call)?;
//!
//! let lines: Vec<Line> = Reader::new(writer.into_inner().as_slice()).collect::<Result<_, _>>()?;
//! assert_eq!(lines[1], Line::Call(call));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod error;
mod line;
pub(crate) mod raw;
pub(crate) mod reader;
#[cfg(test)]
mod tests;
mod writer;

pub use crate::lab::recording::error::RecordingError;
pub use crate::lab::recording::line::{Header, Line, LoggedCall};
pub use crate::lab::recording::reader::Reader;
pub use crate::lab::recording::writer::Writer;
pub use crate::types::call_outcome::CallOutcome;

/// The version of the format that this crate reads and writes.
///
/// ```
/// assert_eq!(breaker_runtime::lab::recording::VERSION, 1);
/// ```
pub const VERSION: u32 = 1;

/// The most bytes of a line, its end not counted.
pub(crate) const MAX_LINE: usize = 64 * 1024;

/// The most bytes of the name of a breaker, and of a key.
pub(crate) const MAX_TEXT: usize = 1024;

/// The latest end of a call, in ns since the start of the recording: four years of 365 days.
pub(crate) const MAX_TIME: u64 = 4 * 365 * 24 * 60 * 60 * 1_000_000_000;
