//! The options of a recording: [`RecordingOptions`].

use crate::lab::recorder::{Destination, RecordError, Recording};

/// The largest number of entries in the queue.
const MAX_QUEUE: usize = 1 << 24;

/// The smallest size at which a file is rotated, in bytes.
const MIN_FILE: u64 = 4096;

/// The largest number of old files.
const MAX_OLD_FILES: u32 = 1000;

/// The options of a recording.
///
/// ```
/// use breaker_runtime::lab::RecordingOptions;
///
/// let directory = tempfile::tempdir()?;
/// let recording = RecordingOptions::new()
///     .sample(0.01)
///     .only(["payments", "shop::*"])
///     .rotate_at(64 * 1024 * 1024)
///     .old_files(4)
///     .queue(1 << 18)
///     .record_to(directory.path().join("calls.jsonl"))?;
/// # drop(recording);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct RecordingOptions {
    pub(super) sample: f64,
    pub(super) queue: usize,
    pub(super) rotate_at: u64,
    pub(super) old_files: u32,
    pub(super) only: Vec<String>,
}

impl Default for RecordingOptions {
    fn default() -> Self {
        Self::new()
    }
}

impl RecordingOptions {
    /// Creates the defaults: all calls of all breakers, files of 256 MiB.
    pub fn new() -> Self {
        Self { sample: 1.0, queue: 1 << 16, rotate_at: 256 << 20, old_files: 3, only: Vec::new() }
    }

    /// Sets the share of the plain successes that have a line of their own: above 0.0, at most 1.0.
    /// Default: 1.0.
    #[must_use]
    pub fn sample(self, sample: f64) -> Self {
        Self { sample, ..self }
    }

    /// Sets how many calls the queue holds, from 1 to 2^24. Default: 65,536, which takes 4 MiB and is
    /// written in well under a second.
    #[must_use]
    pub fn queue(self, queue: usize) -> Self {
        Self { queue, ..self }
    }

    /// Sets the size in bytes at which a file is rotated, from 4,096: `calls.jsonl` is renamed to
    /// `calls.jsonl.1`, that to `calls.jsonl.2`, and so on. Each file begins with a header, and times
    /// count from the same start in all of them. Default: 256 MiB. Without effect on a writer.
    #[must_use]
    pub fn rotate_at(self, bytes: u64) -> Self {
        Self { rotate_at: bytes, ..self }
    }

    /// Sets how many rotated files are kept beside the present one, from 0 to 1,000; the oldest is
    /// deleted. Default: 3.
    #[must_use]
    pub fn old_files(self, files: u32) -> Self {
        Self { old_files: files, ..self }
    }

    /// Sets the breakers that are recorded: names, or beginnings of names before a `*`. Default: all.
    #[must_use]
    pub fn only<S: Into<String>>(self, names: impl IntoIterator<Item = S>) -> Self {
        Self { only: names.into_iter().map(Into::into).collect(), ..self }
    }

    /// Starts the recording, as [`record_to`](crate::lab::record_to) does.
    ///
    /// # Errors
    ///
    /// [`RecordError`] if an option is out of range, if the file cannot be made, or if there is a
    /// recording already.
    pub fn record_to(self, destination: impl Into<Destination>) -> Result<Recording, RecordError> {
        let sample = self.sample;
        if !(sample > 0.0 && sample <= 1.0) {
            return Err(RecordError::InvalidOption(
                "recording: `sample` is out of range; give a share above 0.0 and at most 1.0",
            ));
        }
        if self.queue == 0 || self.queue > MAX_QUEUE {
            return Err(RecordError::InvalidOption(
                "recording: `queue` is out of range; give a number from 1 to 16777216",
            ));
        }
        if self.rotate_at < MIN_FILE || self.old_files > MAX_OLD_FILES {
            return Err(RecordError::InvalidOption(
                "recording: the rotation is out of range; give at least 4096 bytes and at most 1000 files",
            ));
        }
        Recording::start(&self, destination.into(), sample)
    }
}
