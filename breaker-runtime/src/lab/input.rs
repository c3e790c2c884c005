//! The arguments of commands that read a log, and the reading with a progress bar.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};

use crate::lab::log::{Format, LoadLimits, LoadedLog, LogFacts, LogSource, MAX_GROUPS, load};
use crate::time::duration;

/// The log to read.
#[derive(Debug, Args)]
pub(crate) struct LogArgs {
    /// Files of recorded calls, or access logs, which are read as one log; `-` is standard input
    #[arg(required = true, value_name = "LOG")]
    logs: Vec<PathBuf>,
    /// The format of the log; by default found by its first line
    #[arg(long, value_enum)]
    format: Option<Format>,
    /// The name of the breaker of an access log
    #[arg(long, value_name = "NAME", default_value = "access-log")]
    breaker: String,
    /// The longest time that a good call takes, such as 2s: longer ones count as bad calls
    #[arg(long, value_name = "TIME", value_parser = duration::parse)]
    pub(crate) slow: Option<Duration>,
    /// The most calls to read, at 24 bytes of memory each
    #[arg(long, value_name = "N", default_value_t = 100_000_000)]
    max_calls: u64,
    /// Skips lines that cannot be read, and counts them
    #[arg(long)]
    skip_damaged: bool,
    /// The seed of jitter and throttle
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
}

impl LogArgs {
    /// Returns the arguments that read these files, all others being the defaults.
    pub(crate) fn of_files(logs: Vec<PathBuf>) -> Self {
        Self {
            logs,
            format: None,
            breaker: "access-log".to_owned(),
            slow: None,
            max_calls: 100_000_000,
            skip_damaged: false,
            seed: 1,
        }
    }

    /// Reads the log. A progress bar shows on a terminal.
    ///
    /// # Errors
    ///
    /// With the file and the line that cannot be read.
    pub(crate) fn read(&self) -> Result<LoadedLog, String> {
        let size = self.logs.iter().filter_map(|path| path.metadata().ok()).map(|file| file.len()).sum();
        let bar = bar(size);
        let limits = LoadLimits {
            calls: self.max_calls,
            groups: MAX_GROUPS,
            skip_damaged: self.skip_damaged,
            format: self.format,
            name: self.breaker.clone(),
        };
        let sources: Result<Vec<_>, _> = self.logs.iter().map(|path| open(path)).collect();
        let log = load(sources?, &limits, |bytes| bar.inc(bytes)).map_err(|error| error.to_string());
        bar.finish_and_clear();
        let log = log?;
        if log.groups.is_empty() {
            return Err(format!("{}: no calls", self.logs[0].display()));
        }
        Ok(log)
    }
}

fn open(path: &Path) -> Result<LogSource<Box<dyn BufRead>>, String> {
    let name = path.display().to_string();
    if name == "-" {
        return Ok(LogSource { name: "standard input".to_owned(), input: Box::new(io::stdin().lock()) });
    }
    let file = File::open(path).map_err(|error| format!("{name}: {error}"))?;
    Ok(LogSource { name, input: Box::new(BufReader::with_capacity(1 << 20, file)) })
}

/// Returns a progress bar on standard error, which shows nothing unless that is a terminal.
pub(crate) fn bar(length: u64) -> ProgressBar {
    if !io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let bar = ProgressBar::new(length);
    let style = ProgressStyle::with_template("{msg} [{wide_bar}] {percent} % {eta}");
    if let Ok(style) = style {
        bar.set_style(style);
    }
    bar
}

/// Returns what a reader of the results has to know about the log, a sentence each.
pub(crate) fn remarks(found: &LogFacts) -> Vec<String> {
    let parts = [
        (found.dropped > 0, format!("The recorder lost {} calls: they are not here.", found.dropped)),
        (found.damaged > 0, format!("{} lines could not be read and were skipped.", found.damaged)),
        (
            found.sampled_away > 0,
            format!(
                "{} successes were not written one by one: their times are spread evenly.",
                found.sampled_away
            ),
        ),
        (found.is_cut, "The last line was cut off and left out.".to_owned()),
        (
            found.to_the_second,
            "The log has times to the second: shorter times in the results mean nothing.".to_owned(),
        ),
    ];
    parts.into_iter().filter(|(is_so, _)| *is_so).map(|(_, text)| text).collect()
}
