//! The reader of a recording: [`Reader`].

use std::io::{BufRead, Read};
use std::time::{Duration, SystemTime};

use crate::lab::recording::raw::{ParsedLine, parse};
use crate::lab::recording::{Header, Line, LoggedCall, MAX_LINE, RecordingError};

/// A reader of a recording: an iterator over its lines, in their order in the file.
///
/// It holds one line in memory. A line that cannot be read is an error with its number, and the next
/// line comes after it; an error of the file ends the iteration. Empty lines are skipped.
///
/// ```
/// use breaker_runtime::lab::recording::{Line, Reader};
///
/// let file = concat!(
///     "{\"breaker_recording\":1,\"started\":\"2026-11-29T08:00:00Z\"}\n",
///     "{\"t\":5,\"d\":7,\"o\":\"success\",\"f\":\"payments\"}\n",
///     "{\"t\":5,\"d\":7,\"o\":\"succe", // the process was killed here
/// );
/// let mut lines = Reader::new(file.as_bytes()).skip(1);
/// assert!(matches!(lines.next(), Some(Ok(Line::Call(call))) if call.breaker == "payments"));
/// assert!(matches!(lines.next(), Some(Err(error)) if error.line() == 3 && error.is_cut()));
/// ```
#[derive(Debug)]
pub struct Reader<R> {
    lines: LineReader<R>,
    has_header: bool,
    has_ended: bool,
}

impl<R: BufRead> Reader<R> {
    /// Creates a reader.
    pub fn new(input: R) -> Self {
        Self { lines: LineReader::new(input), has_header: false, has_ended: false }
    }

    /// Returns how many bytes it holds.
    #[cfg(test)]
    pub(super) fn memory(&self) -> usize {
        self.lines.buffer.capacity()
    }

    fn read(&mut self) -> Option<Result<Line, RecordingError>> {
        let line = match self.lines.next() {
            Ok(line) => line?,
            Err(error) => {
                self.has_ended = error.is_of_file;
                return Some(Err(error));
            }
        };
        let NumberedLine { number, bytes, is_whole } = line;
        let parsed = parse(bytes).and_then(|line| owned(line, self.has_header));
        self.has_header |= matches!(parsed, Ok(Line::Header(_)));
        Some(parsed.map_err(|text| {
            let mut error = RecordingError::new(number, text);
            error.is_cut = !is_whole;
            error
        }))
    }
}

impl<R: BufRead> Iterator for Reader<R> {
    type Item = Result<Line, RecordingError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        self.read()
    }
}

/// The fault of a line before the first header.
pub(crate) const NO_HEADER: &str =
    "no header yet; a recording begins with {\"breaker_recording\":1,\"started\":\"..\"}";

fn owned(line: ParsedLine<'_>, has_header: bool) -> Result<Line, String> {
    Ok(match line {
        ParsedLine::Header { started, sample } => {
            Line::Header(Header { started: started_at(&started)?, sample })
        }
        _ if !has_header => return Err(NO_HEADER.to_owned()),
        ParsedLine::Call(call) => Line::Call(LoggedCall {
            start: Duration::from_nanos(call.start),
            took: Duration::from_nanos(call.took),
            outcome: call.outcome,
            breaker: call.breaker.into_owned(),
            key: call.key.map(Into::into),
            attempt: call.attempt,
            count: call.count,
        }),
        ParsedLine::Dropped { at, calls } => Line::Dropped { at: Duration::from_nanos(at), calls },
    })
}

/// Reads the time of a header.
pub(crate) fn started_at(text: &str) -> Result<SystemTime, String> {
    humantime::parse_rfc3339(text)
        .map_err(|error| format!("`started` is no time such as 2026-11-29T08:00:00Z: {error}"))
}

/// The lines of a file, with at most [`MAX_LINE`] bytes each.
#[derive(Debug)]
pub(crate) struct LineReader<R> {
    input: R,
    buffer: Vec<u8>,
    number: u64,
}

/// A line, and whether its end was found.
#[derive(Debug)]
pub(crate) struct NumberedLine<'b> {
    pub(crate) number: u64,
    pub(crate) bytes: &'b [u8],
    pub(crate) is_whole: bool,
}

impl<R: BufRead> LineReader<R> {
    pub(crate) fn new(input: R) -> Self {
        Self { input, buffer: Vec::new(), number: 0 }
    }

    /// Returns the next line that is not blank, without its end. A line that is too long is an error,
    /// and is skipped.
    pub(crate) fn next(&mut self) -> Result<Option<NumberedLine<'_>>, RecordingError> {
        loop {
            self.number += 1;
            self.buffer.clear();
            let most = MAX_LINE as u64 + 2;
            let read = (&mut self.input).take(most).read_until(b'\n', &mut self.buffer);
            if read.map_err(|error| RecordingError::of_file(self.number, &error))? == 0 {
                return Ok(None);
            }
            let is_whole = self.buffer.ends_with(b"\n");
            let length = self.buffer.trim_ascii_end().len();
            if length > MAX_LINE || (!is_whole && self.buffer.len() as u64 == most) {
                if !is_whole {
                    let skipped = self.input.skip_until(b'\n');
                    skipped.map_err(|error| RecordingError::of_file(self.number, &error))?;
                }
                let text = format!("longer than {MAX_LINE} bytes; is this a log of calls?");
                return Err(RecordingError::new(self.number, text));
            }
            if length > 0 {
                let bytes = &self.buffer[..length];
                return Ok(Some(NumberedLine { number: self.number, bytes, is_whole }));
            }
        }
    }
}
