//! The thread that writes a recording, and its [`Progress`].

use std::io;
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use crate::breaker::call_log::{CallEntry, CallFeed};
use crate::lab::recorder::output::LineOutput;
use crate::lab::recorder::{Destination, RecordingOptions, RecordingStats};
use crate::lab::recording::{CallOutcome, Header, LoggedCall, Writer};
use crate::support::log::warn_operator;
use crate::time::clock::{Instant, duration, system_time};

/// The pause of the thread when the queue is empty. It does not wait in the queue: a call would then
/// have to wake it.
const POLL: Duration = Duration::from_millis(5);

/// The most calls that are taken from the queue before requests are looked at.
const MOST_AT_ONCE: usize = 1 << 14;

/// The longest time that a line is collected before it is written.
const LONGEST_HELD: Duration = Duration::from_millis(100);

/// The time after the end in which calls that are just ending may still be recorded.
const LAST_CALLS: Duration = Duration::from_millis(500);

/// The requests to the thread, and what it has done.
#[derive(Debug)]
pub(super) struct Progress {
    /// The calls that found the queue full.
    dropped: Arc<AtomicU64>,
    state: Mutex<ProgressState>,
    changed: Condvar,
}

#[derive(Debug, Default)]
struct ProgressState {
    stats: RecordingStats,
    /// The number of flushes that were asked for, and of those that are done.
    asked: u64,
    flushed: u64,
    ended: bool,
    gone: bool,
}

impl Progress {
    fn lock(&self) -> MutexGuard<'_, ProgressState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn stats(&self) -> RecordingStats {
        let stats = self.lock().stats.clone();
        RecordingStats { dropped: self.dropped.load(Ordering::Relaxed), ..stats }
    }

    pub(super) fn flush(&self, thread: &JoinHandle<()>) {
        let mut state = self.lock();
        state.asked += 1;
        let number = state.asked;
        thread.thread().unpark();
        while state.flushed < number && !state.gone {
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Ends the thread once it has written all calls.
    pub(super) fn end(&self, feed: Arc<CallFeed>, thread: Option<JoinHandle<()>>) -> RecordingStats {
        self.lock().ended = true;
        drop(feed);
        if let Some(thread) = thread {
            thread.thread().unpark();
            let _ = thread.join();
        }
        self.stats()
    }
}

/// Starts the thread.
pub(super) fn spawn(
    options: &RecordingOptions,
    destination: Destination,
    entries: Receiver<CallEntry>,
    feed: &Arc<CallFeed>,
) -> io::Result<(JoinHandle<()>, Arc<Progress>)> {
    let header = Header { sample: options.sample, ..Header::new(system_time()) };
    let output = Writer::new(LineOutput::open(destination, options)?, &header)?;
    let progress =
        Progress { dropped: feed.dropped(), state: Mutex::default(), changed: Condvar::new() };
    let progress = Arc::new(progress);
    let writing = Writing {
        output: Some(output),
        header,
        entries,
        dropped: 0,
        latest: Duration::ZERO,
        held: Held { lines: 1, calls: 0, since: Some(Instant::now()) },
        call: LoggedCall::new("", Duration::ZERO, CallOutcome::Success),
        progress: Arc::clone(&progress),
        is_failing: false,
    };
    let thread =
        thread::Builder::new().name("breaker-record".to_owned()).spawn(move || writing.run())?;
    Ok((thread, progress))
}

/// The work of the thread.
struct Writing {
    /// `None` if it could not be made again.
    output: Option<Writer<LineOutput>>,
    header: Header,
    entries: Receiver<CallEntry>,
    /// The dropped calls that have a line.
    dropped: u64,
    /// The latest end of a call.
    latest: Duration,
    held: Held,
    call: LoggedCall,
    progress: Arc<Progress>,
    is_failing: bool,
}

/// The lines that are collected.
#[derive(Clone, Copy, Default)]
struct Held {
    lines: u64,
    calls: u64,
    since: Option<Instant>,
}

impl Writing {
    fn run(mut self) {
        let mut ended_at = None;
        loop {
            // Read before the queue: what was put there before the request is written.
            let (asked, ended) = {
                let state = self.progress.lock();
                (state.asked, state.ended)
            };
            let seen = self.drain();
            self.note_dropped();
            if seen == Seen::More {
                continue;
            }
            let is_asked = self.progress.lock().flushed < asked;
            if self.held.is_due() || is_asked || ended || seen == Seen::End {
                self.send();
            }
            if is_asked {
                self.progress.lock().flushed = asked;
                self.progress.changed.notify_all();
            }
            if ended {
                // Calls that are just ending hold the feed for a moment.
                let since = *ended_at.get_or_insert_with(Instant::now);
                if seen == Seen::End || since.elapsed() >= LAST_CALLS {
                    break;
                }
            }
            thread::park_timeout(if ended { POLL / 10 } else { POLL });
        }
        self.progress.lock().gone = true;
        self.progress.changed.notify_all();
    }

    /// Writes calls of the queue, up to [`MOST_AT_ONCE`].
    fn drain(&mut self) -> Seen {
        for _ in 0..MOST_AT_ONCE {
            match self.entries.try_recv() {
                Ok(entry) => self.add(&entry),
                Err(TryRecvError::Empty) => return Seen::Empty,
                Err(TryRecvError::Disconnected) => return Seen::End,
            }
        }
        self.send();
        Seen::More
    }

    fn add(&mut self, entry: &CallEntry) {
        let call = &mut self.call;
        call.start = duration(entry.start);
        call.took = duration(entry.took);
        call.outcome = entry.outcome;
        call.breaker.clear();
        call.breaker.push_str(entry.source.name);
        call.key.clone_from(&entry.source.key);
        call.attempt = entry.attempt;
        call.count = entry.count;
        self.latest = self.latest.max(call.start.saturating_add(call.took));
        // Collected in memory, so there is no error.
        if let Some(output) = &mut self.output {
            let _ = output.call(&self.call);
        }
        self.hold(entry.count);
        if self.output.as_mut().is_some_and(|output| output.output().is_full()) {
            self.send();
        }
    }

    /// Writes how many calls were dropped since the last line about that.
    fn note_dropped(&mut self) {
        let dropped = self.progress.dropped.load(Ordering::Relaxed);
        if dropped > self.dropped {
            if let Some(output) = &mut self.output {
                let _ = output.dropped(self.latest, dropped - self.dropped);
            }
            self.dropped = dropped;
            self.hold(0);
        }
    }

    fn hold(&mut self, calls: u64) {
        self.held.lines += 1;
        self.held.calls += calls;
        self.held.since.get_or_insert_with(Instant::now);
    }

    /// Sends the collected lines, and begins a new file where one is due.
    fn send(&mut self) {
        let held = mem::take(&mut self.held);
        let Some(mut writer) = self.output.take() else {
            self.progress.lock().stats.lost += held.calls;
            return;
        };
        let output = writer.output();
        let sent = if output.is_empty() { Ok(0) } else { output.send() };
        self.count(held, sent);
        let output = writer.output();
        let rotated = output.rotate().unwrap_or_else(|error| {
            self.note_error(&error);
            false
        });
        let begins = rotated || output.needs_header();
        // The header is collected in memory, so there is no error.
        self.output =
            if begins { Writer::new(writer.into_inner(), &self.header).ok() } else { Some(writer) };
        if begins {
            self.hold(0);
        }
    }

    fn count(&mut self, held: Held, sent: io::Result<u64>) {
        match sent {
            Ok(bytes) => {
                self.is_failing &= bytes == 0;
                let stats = &mut self.progress.lock().stats;
                stats.calls += held.calls;
                stats.lines += held.lines;
                stats.bytes += bytes;
            }
            Err(error) => {
                self.progress.lock().stats.lost += held.calls;
                self.note_error(&error);
            }
        }
    }

    /// Keeps an error for the figures, and warns of the first in a row.
    fn note_error(&mut self, error: &io::Error) {
        let text = error.to_string();
        if !self.is_failing {
            self.is_failing = true;
            warn_operator!(
                "recording_failed", error = text.clone();
                "the recording cannot be written: {text}; calls are lost until it can"
            );
        }
        self.progress.lock().stats.last_error = Some(text);
    }
}

impl Held {
    fn is_due(&self) -> bool {
        self.since.is_some_and(|since| since.elapsed() >= LONGEST_HELD)
    }
}

/// The state of the queue, as the thread has found it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    Empty,
    More,
    /// No call can come any more.
    End,
}
