//! Batches of lines, parsed on all cores.

use std::borrow::Cow;
use std::io::BufRead;

use rayon::prelude::*;

use crate::lab::access_log::{AccessedCall, envoy, nginx};
use crate::lab::recording::RecordingError;
use crate::lab::recording::raw::{ParsedCall, ParsedLine, parse};
use crate::lab::recording::reader::LineReader;

/// The bytes of a batch.
const BATCH: usize = 4 << 20;

/// The format of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Format {
    /// A recording of this crate.
    Recording,
    /// nginx's `combined` with `$request_time` at the end.
    Nginx,
    /// Envoy's default format.
    Envoy,
}

impl Format {
    /// Returns the format of a log by its first line.
    pub(crate) fn of_line(line: &[u8]) -> Self {
        match line.trim_ascii_start().first() {
            Some(b'{') => Self::Recording,
            Some(b'[') => Self::Envoy,
            _ => Self::Nginx,
        }
    }

    /// Parses a line. The time of a call in an access log counts from the Unix epoch.
    pub(crate) fn parse<'l>(self, line: &'l [u8], name: &'l str) -> Result<ParsedLine<'l>, String> {
        let access = match self {
            Self::Recording => return parse(line),
            Self::Nginx => nginx(&String::from_utf8_lossy(line))?,
            Self::Envoy => envoy(&String::from_utf8_lossy(line))?,
        };
        let AccessedCall { start, took, outcome } = access;
        Ok(ParsedLine::Call(ParsedCall {
            start,
            took,
            outcome,
            breaker: Cow::Borrowed(name),
            key: None,
            attempt: 1,
            count: 1,
        }))
    }
}

/// The lines of a batch, in one piece of memory.
#[derive(Debug, Default)]
pub(crate) struct LineBatch {
    bytes: Vec<u8>,
    lines: Vec<BatchLine>,
    /// The error after the last line, if there is one.
    pub(crate) error: Option<RecordingError>,
}

#[derive(Clone, Copy, Debug)]
struct BatchLine {
    start: usize,
    end: usize,
    number: u64,
    is_whole: bool,
}

impl LineBatch {
    /// Fills the batch with the next lines; returns whether there were any, or an error.
    pub(crate) fn fill(&mut self, lines: &mut LineReader<impl BufRead>) -> bool {
        self.bytes.clear();
        self.lines.clear();
        self.error = None;
        while self.bytes.len() < BATCH {
            match lines.next() {
                Ok(None) => break,
                Ok(Some(line)) => {
                    let start = self.bytes.len();
                    self.bytes.extend_from_slice(line.bytes);
                    let end = self.bytes.len();
                    self.lines.push(BatchLine {
                        start,
                        end,
                        number: line.number,
                        is_whole: line.is_whole,
                    });
                }
                Err(error) => {
                    self.error = Some(error);
                    break;
                }
            }
        }
        !self.lines.is_empty() || self.error.is_some()
    }

    /// Returns the first line.
    pub(crate) fn first(&self) -> Option<&[u8]> {
        self.lines.first().map(|line| &self.bytes[line.start..line.end])
    }

    /// Returns the size of the lines.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() + self.lines.len()
    }

    /// Parses all lines, on all cores.
    pub(crate) fn parse<'b>(
        &'b self,
        format: Format,
        name: &'b str,
    ) -> Vec<(u64, Result<ParsedLine<'b>, RecordingError>)> {
        let parse = |line: &BatchLine| {
            let parsed = format.parse(&self.bytes[line.start..line.end], name);
            let parsed = parsed.map_err(|text| {
                let mut error = RecordingError::new(line.number, text);
                error.is_cut = !line.is_whole;
                error
            });
            (line.number, parsed)
        };
        self.lines.par_iter().with_min_len(512).map(parse).collect()
    }
}
