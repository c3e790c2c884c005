//! Errors of recordings: [`RecordingError`].

use std::error::Error;
use std::{fmt, io};

/// A line that cannot be read, with its number.
///
/// ```
/// use breaker_runtime::lab::recording::Reader;
///
/// let error = Reader::new("no JSON\n".as_bytes()).next().and_then(Result::err);
/// assert_eq!(error.map(|error| error.line()), Some(1));
/// ```
#[derive(Clone, Debug)]
pub struct RecordingError {
    line: u64,
    text: String,
    /// Whether the log is too large at this line.
    #[cfg_attr(not(feature = "lab"), allow(dead_code, reason = "only the lab holds a whole log"))]
    pub(crate) is_limit: bool,
    /// Whether the file itself cannot be read.
    pub(crate) is_of_file: bool,
    /// Whether the file ends within the line.
    pub(crate) is_cut: bool,
}

impl RecordingError {
    pub(crate) fn new(line: u64, text: impl Into<String>) -> Self {
        Self { line, text: text.into(), is_limit: false, is_of_file: false, is_cut: false }
    }

    /// Creates the error of a file that cannot be read.
    pub(crate) fn of_file(line: u64, error: &io::Error) -> Self {
        Self { is_of_file: true, ..Self::new(line, format!("the file cannot be read: {error}")) }
    }

    /// Returns the number of the line, from 1.
    pub fn line(&self) -> u64 {
        self.line
    }

    /// Returns whether the file ends within the line, as after a crash of the process that wrote it.
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }
}

/// One line: `line 7: ..`.
impl fmt::Display for RecordingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}: {}", self.line, self.text)
    }
}

impl Error for RecordingError {}
