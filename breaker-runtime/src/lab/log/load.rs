//! Loading of a log: [`load`].

use std::error::Error;
use std::fmt;
use std::io::BufRead;
use std::time::{Duration, SystemTime};

use rayon::prelude::*;

use crate::lab::access_log::since_epoch;
use crate::lab::log::batch::{Format, LineBatch};
use crate::lab::log::{CallGroup, GroupIndex, LoadedLog, LogFacts, TimedCall};
use crate::lab::recording::raw::{ParsedCall, ParsedLine};
use crate::lab::recording::reader::{LineReader, NO_HEADER, started_at};
use crate::lab::recording::{MAX_TIME, RecordingError};

/// The usual [`LoadLimits::groups`].
pub(crate) const MAX_GROUPS: usize = 1_000_000;

/// The limits of a log.
#[derive(Clone, Debug)]
pub(crate) struct LoadLimits {
    /// The most calls: 24 bytes of memory each.
    pub(crate) calls: u64,
    /// The most breakers and keys.
    pub(crate) groups: usize,
    /// Whether lines that cannot be read are counted and skipped.
    pub(crate) skip_damaged: bool,
    /// The format, if it is not found by the first line.
    pub(crate) format: Option<Format>,
    /// The name of the breaker of an access log.
    pub(crate) name: String,
}

/// A file of a log.
pub(crate) struct LogSource<R> {
    pub(crate) name: String,
    pub(crate) input: R,
}

/// A log that cannot be used, with the file.
#[derive(Debug)]
pub(crate) struct LoadError {
    file: String,
    error: RecordingError,
}

impl fmt::Display for LoadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.file, self.error)
    }
}

impl Error for LoadError {}

/// Loads the files of a log. `progress` gets the number of bytes that were read since its last call.
///
/// # Errors
///
/// With the first line that cannot be read, unless such lines are skipped. A last line that is cut off
/// is never an error.
pub(crate) fn load<R: BufRead>(
    sources: impl IntoIterator<Item = LogSource<R>>,
    limits: &LoadLimits,
    mut progress: impl FnMut(u64),
) -> Result<LoadedLog, LoadError> {
    let mut loader = Loader {
        limits,
        index: GroupIndex::default(),
        groups: Vec::new(),
        found: LogFacts::default(),
        started: None,
        span: None,
    };
    for LogSource { name, input } in sources {
        let loaded = loader.add_file(input, &mut progress);
        loaded.map_err(|error| LoadError { file: name, error })?;
    }
    Ok(loader.finish())
}

struct Loader<'l> {
    limits: &'l LoadLimits,
    index: GroupIndex,
    /// The times of the calls count from the Unix epoch.
    groups: Vec<CallGroup>,
    found: LogFacts,
    /// The earliest start of a recording, in ns since the Unix epoch.
    started: Option<u64>,
    /// The first start and the last end.
    span: Option<(u64, u64)>,
}

impl Loader<'_> {
    fn add_file(
        &mut self,
        input: impl BufRead,
        progress: &mut impl FnMut(u64),
    ) -> Result<(), RecordingError> {
        let mut lines = LineReader::new(input);
        let (mut batch, mut format, mut origin) = (LineBatch::default(), self.limits.format, None);
        while batch.fill(&mut lines) {
            let of_first = || batch.first().map_or(Format::Recording, Format::of_line);
            let format = *format.get_or_insert_with(of_first);
            self.found.to_the_second |= format == Format::Nginx;
            if format != Format::Recording {
                origin = Some(0);
            }
            for (number, line) in batch.parse(format, &self.limits.name) {
                let added = line.and_then(|line| self.add_line(number, line, &mut origin));
                self.judge(added)?;
            }
            if let Some(error) = batch.error.take() {
                let is_of_file = error.is_of_file;
                if is_of_file {
                    return Err(error);
                }
                self.judge(Err(error))?;
            }
            progress(batch.len() as u64);
        }
        Ok(())
    }

    /// Counts a line that cannot be read, or returns its error.
    fn judge(&mut self, added: Result<(), RecordingError>) -> Result<(), RecordingError> {
        match added {
            Err(error) if error.is_cut => self.found.is_cut = true,
            Err(error) if self.limits.skip_damaged && !error.is_limit => self.found.damaged += 1,
            other => return other,
        }
        Ok(())
    }

    fn add_line(
        &mut self,
        number: u64,
        line: ParsedLine<'_>,
        origin: &mut Option<u64>,
    ) -> Result<(), RecordingError> {
        let error = |text: &str| RecordingError::new(number, text);
        match line {
            ParsedLine::Header { started, .. } => {
                let started = started_at(&started).map_err(|text| error(&text))?;
                let started = since_epoch(started).filter(|started| *started < u64::MAX - 2 * MAX_TIME);
                let started = started.ok_or_else(|| error("`started` is not from 1970 to 2500"))?;
                *origin = Some(started);
                self.started = Some(self.started.map_or(started, |earlier| earlier.min(started)));
            }
            ParsedLine::Dropped { calls, .. } => {
                self.found.dropped = self.found.dropped.saturating_add(calls);
            }
            ParsedLine::Call(call) => {
                let origin = origin.ok_or_else(|| error(NO_HEADER))?;
                self.add_call(number, origin, &call)?;
            }
        }
        Ok(())
    }

    fn add_call(
        &mut self,
        number: u64,
        origin: u64,
        call: &ParsedCall<'_>,
    ) -> Result<(), RecordingError> {
        let limit = |text: String| {
            let mut error = RecordingError::new(number, text);
            error.is_limit = true;
            error
        };
        let most = self.limits.calls.min(u32::MAX.into());
        if call.count > most - self.found.calls {
            return Err(limit(format!(
                "the log has more than {most} calls; cut it, or raise `--max-calls` (24 bytes of memory a call)"
            )));
        }
        let next = self.groups.len();
        let index = self.index.get_or_insert(&call.breaker, call.key.as_deref(), next);
        if index == next {
            let most = self.limits.groups;
            if next == most {
                return Err(limit(format!("the log has more than {most} breakers and keys; cut it")));
            }
            let (breaker, key) = (call.breaker.to_string(), call.key.as_ref().map(ToString::to_string));
            self.groups.push(CallGroup { breaker, key, calls: Vec::new() });
        }
        let start = origin.saturating_add(call.start);
        let span = self.span.get_or_insert((start, start));
        *span = (span.0.min(start), span.1.max(start.saturating_add(call.took)));
        if span.1 - span.0 > MAX_TIME {
            let text = "more than four years from another call of the log; is its time right?";
            return Err(RecordingError::new(number, text));
        }
        let Some(group) = self.groups.get_mut(index) else { return Ok(()) };
        self.found.calls += call.count;
        self.found.sampled_away += call.count - 1;
        let earlier = group.calls.last().map_or(start, |last| last.start.min(start));
        for nth in 1..=call.count {
            let spread = u128::from(start - earlier) * u128::from(nth) / u128::from(call.count);
            let start = earlier + u64::try_from(spread).unwrap_or_default();
            let position = u32::try_from(group.calls.len()).unwrap_or(u32::MAX);
            group.calls.push(TimedCall { start, took: call.took, position, outcome: call.outcome });
        }
        Ok(())
    }

    /// Sorts the calls, and counts their times from the first one of the log.
    fn finish(mut self) -> LoadedLog {
        let first = self.span.map_or(0, |(first, _)| first);
        let started = self.started.unwrap_or(first).min(first);
        self.groups.par_iter_mut().for_each(|group| {
            group.calls.iter_mut().for_each(|call| call.start -= started);
            group.calls.sort_by_key(|call| (call.start, call.position));
        });
        let started = SystemTime::UNIX_EPOCH + Duration::from_nanos(started);
        LoadedLog { started, groups: self.groups, found: self.found }
    }
}
