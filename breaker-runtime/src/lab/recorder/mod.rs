//! The recorder: it takes calls from the queue of a [`CallFeed`], and a thread writes them.

mod options;
mod output;
mod writing;

use std::error::Error;
use std::io::{self, Write};
use std::panic::AssertUnwindSafe;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::{fmt, mem};

use crate::breaker::call_log::{self, CallFeed};
pub use crate::lab::recorder::options::RecordingOptions;
use crate::lab::recorder::writing::Progress;
use crate::registry::breakers_here;

/// Records the calls of all breakers, those that are built later included, until the [`Recording`] is
/// dropped or [stopped](Recording::stop).
///
/// `destination` is a path, or any [writer](Destination::writer). `sample` is the share of the plain
/// successes that have a line of their own: above 0.0, at most 1.0. The others are counted in the next
/// line of their breaker, so that all sums are exact; failures, rejections and all other calls always
/// have a line. [`RecordingOptions`] has more options.
///
/// The file has the format of [`lab::recording`](crate::lab::recording). A file of that name is kept, as
/// at a rotation. A line has the name of the breaker and the text of its key: leave out breakers with
/// keys that must not be in files by [`RecordingOptions::only`].
///
/// While a breaker is recorded each of its calls reads the precise clock twice. The start of a call is
/// rounded to 8 us to hold the number of its attempt; an attempt after the eighth counts as the eighth,
/// and a probe, a rejected call and an attempt during a game day as the first. Before and after the
/// recording a closed breaker pays nothing.
///
/// ```
/// use breaker_runtime::CircuitBreaker;
/// use breaker_runtime::lab::{Recording, RecordingStats, record_to};
///
/// let directory = tempfile::tempdir()?;
/// let path = directory.path().join("calls.jsonl");
/// let breaker = CircuitBreaker::builder("payments").build()?;
///
/// let recording: Recording = record_to(&path, 1.0)?;
/// let _ = breaker.call(|| "7".parse::<u32>());
/// let _ = breaker.call(|| "seven".parse::<u32>());
/// recording.flush();
/// assert_eq!(recording.stats().calls, 2);
/// let stats: RecordingStats = recording.stop();
///
/// assert_eq!((stats.calls, stats.dropped), (2, 0));
/// let text = std::fs::read_to_string(&path)?;
/// assert!(text.lines().nth(2).is_some_and(|line| line.contains(r#""o":"failure""#)), "{text}");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// [`RecordError`] if `sample` is out of range, if the file cannot be made, or if there is a recording
/// already. In a `testing::isolate` there can be one of the test's own breakers.
pub fn record_to(destination: impl Into<Destination>, sample: f64) -> Result<Recording, RecordError> {
    RecordingOptions::new().sample(sample).record_to(destination)
}

/// The file or the writer of a recording.
///
/// ```
/// use breaker_runtime::lab::{Destination, record_to};
///
/// let recording = record_to(Destination::writer(std::io::sink()), 0.01)?;
/// # drop(recording);
/// # Ok::<(), breaker_runtime::lab::RecordError>(())
/// ```
pub struct Destination(Target);

enum Target {
    File(PathBuf),
    Writer(Box<dyn Write + Send>),
}

impl Destination {
    /// Creates a destination of any writer. It is written to by a thread of its own, in pieces of whole
    /// lines; an error ends the recording, as part of a line may have been written.
    pub fn writer(writer: impl Write + Send + 'static) -> Self {
        Self(Target::Writer(Box::new(writer)))
    }
}

impl From<PathBuf> for Destination {
    fn from(path: PathBuf) -> Self {
        Self(Target::File(path))
    }
}

impl From<&Path> for Destination {
    fn from(path: &Path) -> Self {
        path.to_owned().into()
    }
}

impl From<&PathBuf> for Destination {
    fn from(path: &PathBuf) -> Self {
        path.clone().into()
    }
}

impl From<&str> for Destination {
    fn from(path: &str) -> Self {
        PathBuf::from(path).into()
    }
}

impl From<String> for Destination {
    fn from(path: String) -> Self {
        PathBuf::from(path).into()
    }
}

impl fmt::Debug for Destination {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Target::File(path) => f.debug_tuple("Destination").field(path).finish(),
            Target::Writer(_) => f.write_str("Destination(writer)"),
        }
    }
}

/// A recording that goes on. It ends when this is dropped.
///
/// A process that ends without dropping it, as by `std::process::exit`, loses the calls of the last
/// 100 ms and the number of the successes that were left out since.
#[must_use = "the recording ends when this is dropped"]
pub struct Recording {
    feed: Option<Arc<CallFeed>>,
    progress: Arc<Progress>,
    /// Asserted, as a handle of a thread is only joined.
    thread: Option<AssertUnwindSafe<JoinHandle<()>>>,
}

/// The figures of a recording: what it has written, and what it has lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RecordingStats {
    /// The calls that were written, with the successes that a line stands for.
    pub calls: u64,
    /// The lines that were written, headers included.
    pub lines: u64,
    /// The bytes that were written.
    pub bytes: u64,
    /// The calls that were left out as they found the queue full.
    pub dropped: u64,
    /// The calls that were lost as the file could not be written.
    pub lost: u64,
    /// The last error of the file or the writer. A file is tried again, a writer is not.
    pub last_error: Option<String>,
}

impl Recording {
    fn start(
        options: &RecordingOptions,
        destination: Destination,
        sample: f64,
    ) -> Result<Self, RecordError> {
        let RecordingOptions { queue, only, .. } = options;
        let started = call_log::start(*queue, sample, only.clone());
        let (feed, entries) = started.ok_or(RecordError::AlreadyRecording)?;
        let writing = writing::spawn(options, destination, entries, &feed);
        let (thread, progress) = match writing {
            Ok(started) => started,
            Err(error) => {
                call_log::stop(&feed);
                return Err(RecordError::Io(error));
            }
        };
        for breaker in breakers_here() {
            feed.join(breaker.inner());
        }
        feed.end_start();
        Ok(Self { feed: Some(feed), progress, thread: Some(AssertUnwindSafe(thread)) })
    }

    /// Returns what it has written so far.
    pub fn stats(&self) -> RecordingStats {
        self.progress.stats()
    }

    /// Waits until all calls are written that ended before, and the file is flushed. Blocks the thread
    /// for a few milliseconds.
    pub fn flush(&self) {
        if let Some(thread) = &self.thread {
            self.progress.flush(thread);
        }
    }

    /// Ends the recording, waits until all is written, and returns what it has written. Blocks the
    /// thread for a few milliseconds.
    pub fn stop(mut self) -> RecordingStats {
        self.end()
    }

    fn end(&mut self) -> RecordingStats {
        let Some(feed) = self.feed.take() else { return self.progress.stats() };
        call_log::stop(&feed);
        for breaker in breakers_here() {
            feed.leave(breaker.inner());
        }
        self.progress.end(feed, mem::take(&mut self.thread).map(|thread| thread.0))
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        let _ = self.end();
    }
}

impl fmt::Debug for Recording {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recording").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

/// The reason why a recording could not start.
#[derive(Debug)]
#[non_exhaustive]
pub enum RecordError {
    /// An option is out of range.
    InvalidOption(&'static str),
    /// There is a recording already.
    AlreadyRecording,
    /// The file could not be made, or the thread could not start.
    Io(io::Error),
}

/// One line that says what to do.
impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::InvalidOption(text) => f.write_str(text),
            Self::AlreadyRecording => {
                f.write_str("recording: one goes on already; stop it, or use its file")
            }
            Self::Io(error) => write!(f, "recording: {error}; check the path and its directory"),
        }
    }
}

impl Error for RecordError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Io(error) => Some(error),
            Self::InvalidOption(_) | Self::AlreadyRecording => None,
        }
    }
}
