//! Recordings of calls: what is written, what is lost, and that no decision changes.

#![cfg(feature = "record")]

#[path = "../support/memory.rs"]
mod memory;
#[path = "../support/wait.rs"]
mod wait;

use std::fs::File;
use std::io::{self, BufReader, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use breaker_runtime::lab::recording::{CallOutcome, Line, LoggedCall, Reader};
use breaker_runtime::lab::{Destination, RecordError, RecordingOptions, record_to};
use breaker_runtime::{CircuitBreaker, CircuitBreakerBuilder, ManualClock, Outcome};

use self::memory::Memory;
use self::wait::wait_until;

/// Waits until no other test records: a process has one recording at a time.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn lines(file: impl io::Read) -> Vec<Line> {
    Reader::new(BufReader::new(file)).collect::<Result<_, _>>().unwrap()
}

fn calls(lines: Vec<Line>) -> Vec<LoggedCall> {
    let call = |line| if let Line::Call(call) = line { Some(call) } else { None };
    lines.into_iter().filter_map(call).collect()
}

fn ms(length: u64) -> Duration {
    Duration::from_millis(length)
}

fn builder(clock: &ManualClock) -> CircuitBreakerBuilder {
    CircuitBreaker::builder("payments").failure_threshold(2).timeout(ms(1_000)).clock(clock.clone())
}

#[test]
fn recorded_call_has_its_start_length_and_outcome() {
    let _alone = alone();
    let clock = ManualClock::new();
    clock.advance(ms(77));
    let breaker = builder(&clock).max_concurrent(1).build().unwrap();
    let memory = Memory::default();
    let recording = record_to(Destination::writer(memory.clone()), 1.0).unwrap();

    // `None` is a call that is dropped.
    let call = |length, outcome: Option<Outcome>| {
        let permit = breaker.try_acquire().unwrap();
        clock.advance(ms(length));
        if let Some(outcome) = outcome {
            permit.record(outcome);
        }
    };
    call(3, Some(Outcome::Success));
    call(5, Some(Outcome::Ignored));
    call(7, None);
    let held = breaker.try_acquire().unwrap();
    assert!(breaker.try_acquire().is_err(), "full");
    held.success();
    call(11, Some(Outcome::Failure));
    call(13, Some(Outcome::Failure));
    assert!(breaker.try_acquire().is_err(), "open");
    clock.advance(ms(1_000));
    call(17, Some(Outcome::Success));
    assert_eq!(recording.stop().dropped, 0);

    let seen = calls(memory.lines()).into_iter().map(|call| {
        assert_eq!((call.breaker.as_str(), call.attempt, call.count), ("payments", 1, 1));
        (call.start.as_millis(), call.took.as_millis(), call.outcome)
    });
    assert_eq!(
        seen.collect::<Vec<_>>(),
        [
            (0, 3, CallOutcome::Success),
            (3, 5, CallOutcome::Ignored),
            (8, 7, CallOutcome::Cancelled),
            (15, 0, CallOutcome::Full),
            (15, 0, CallOutcome::Success),
            (15, 11, CallOutcome::Failure),
            (26, 13, CallOutcome::Failure),
            (39, 0, CallOutcome::Rejected),
            (1_039, 17, CallOutcome::Success),
        ]
    );
}

/// The low bits of the start of a call hold the number of its attempt.
#[cfg(feature = "tokio")]
#[test]
fn call_that_waited_in_a_future_is_a_first_attempt() {
    let _alone = alone();
    let clock = ManualClock::new();
    clock.advance(Duration::from_secs(1));
    let breaker = builder(&clock).max_concurrent(1).max_wait(ms(60_000)).build().unwrap();
    let memory = Memory::default();
    let recording = record_to(Destination::writer(memory.clone()), 1.0).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    // All values of the low bits.
    for _ in 0..8 {
        clock.advance(Duration::from_micros(1));
        let running = breaker.try_acquire().unwrap();
        runtime.block_on(async {
            let waiting = breaker.acquire();
            let release = async {
                tokio::task::yield_now().await;
                running.success();
            };
            let (waited, ()) = tokio::join!(waiting, release);
            waited.unwrap().success();
        });
    }
    recording.stop();
    let calls = calls(memory.lines());
    assert_eq!(calls.iter().map(|call| call.attempt).collect::<Vec<_>>(), [1; 16]);
}

#[test]
fn sampled_successes_of_two_threads_add_up() {
    const CALLS: u64 = 20_000;
    let _alone = alone();
    let breaker = CircuitBreaker::builder("busy").failure_threshold(u32::MAX >> 4).build().unwrap();
    let memory = Memory::default();
    let options = RecordingOptions::new().sample(0.01).queue(1 << 18);
    let recording = options.record_to(Destination::writer(memory.clone())).unwrap();
    thread::scope(|scope| {
        for _ in 0..2 {
            scope.spawn(|| {
                for number in 0..CALLS {
                    let permit = breaker.try_acquire().unwrap();
                    permit.record(if number % 100 == 0 { Outcome::Failure } else { Outcome::Success });
                }
            });
        }
    });
    let stats = recording.stop();
    let calls = calls(memory.lines());
    let sum = |outcome| calls.iter().filter(|call| call.outcome == outcome).map(|call| call.count).sum();
    let (successes, failures): (u64, u64) = (sum(CallOutcome::Success), sum(CallOutcome::Failure));
    assert_eq!((successes, failures), (2 * CALLS / 100 * 99, 2 * CALLS / 100));
    assert_eq!((stats.calls, stats.dropped, stats.lost), (2 * CALLS, 0, 0));
    // A line for each failure, for the successes before it, and for one success of a hundred.
    assert!(calls.len() < 2_000, "{}", calls.len());
}

/// A replay would otherwise see failures in a row that were none.
#[test]
fn failure_follows_the_successes_that_were_left_out() {
    let _alone = alone();
    let clock = ManualClock::new();
    let breaker = builder(&clock).build().unwrap();
    let memory = Memory::default();
    let recording = record_to(Destination::writer(memory.clone()), 1e-12).unwrap();
    for outcome in [Outcome::Success, Outcome::Success, Outcome::Failure, Outcome::Success] {
        clock.advance(ms(10));
        breaker.try_acquire().unwrap().record(outcome);
    }
    drop(recording);
    let seen = calls(memory.lines()).into_iter().map(|call| (call.start, call.outcome, call.count));
    assert_eq!(
        seen.collect::<Vec<_>>(),
        [
            (ms(20), CallOutcome::Success, 2),
            (ms(30), CallOutcome::Failure, 1),
            (ms(40), CallOutcome::Success, 1)
        ]
    );
}

/// A writer that waits until it may go on.
struct Blocked(Receiver<()>, Memory);

impl Blocked {
    fn new() -> (Sender<()>, Self) {
        let (release, blocked) = channel();
        (release, Self(blocked, Memory::default()))
    }
}

impl Write for Blocked {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let _ = self.0.recv();
        self.1.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn full_queue_loses_counted_calls_and_blocks_none() {
    let _alone = alone();
    let clock = ManualClock::new();
    let breaker = builder(&clock).failure_threshold(1_000).build().unwrap();
    let (release, blocked) = Blocked::new();
    let memory = blocked.1.clone();
    let options = RecordingOptions::new().queue(8);
    let recording = options.record_to(Destination::writer(blocked)).unwrap();
    // Calls go on while the thread is blocked, until some were dropped.
    let (mut failures, mut successes) = (0_u64, 0_u64);
    wait_until("a dropped call", || {
        for _ in 0..16 {
            breaker.try_acquire().unwrap().failure();
            breaker.try_acquire().unwrap().success();
            (failures, successes) = (failures + 1, successes + 1);
        }
        recording.stats().dropped > 0
    });
    drop(release);
    let stats = recording.stop();
    let lines = memory.lines();
    let dropped =
        lines.iter().map(|line| if let Line::Dropped { calls, .. } = line { *calls } else { 0 });
    assert_eq!(dropped.sum::<u64>(), stats.dropped);
    let calls = calls(lines);
    let sum = |outcome| calls.iter().filter(|call| call.outcome == outcome).map(|call| call.count).sum();
    let (written, written_failures): (u64, u64) = (sum(CallOutcome::Success), sum(CallOutcome::Failure));
    assert_eq!(written + written_failures + stats.dropped, failures + successes);
    assert!(written_failures < failures);
}

/// The kernel's device for a disk that is full.
#[cfg(target_os = "linux")]
#[test]
fn full_disk_loses_lines_and_no_call() {
    let _alone = alone();
    let breaker = builder(&ManualClock::new()).build().unwrap();
    let recording = record_to("/dev/full", 1.0).unwrap();
    breaker.try_acquire().unwrap().success();
    recording.flush();
    breaker.try_acquire().unwrap().success();
    let stats = recording.stop();
    assert_eq!((stats.calls, stats.lost, breaker.snapshot().totals.success), (0, 2, 2));
    assert!(stats.last_error.is_some_and(|error| error.contains("space")));
}

/// A writer that takes a few bytes, and fails from then on.
struct Closing(usize, Memory);

impl Write for Closing {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let room = self.0.min(bytes.len());
        self.0 -= room;
        if room == 0 { Err(io::ErrorKind::BrokenPipe.into()) } else { self.1.write(&bytes[..room]) }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn closed_writer_gets_no_line_after_a_part_of_one() {
    let _alone = alone();
    let breaker = builder(&ManualClock::new()).build().unwrap();
    let memory = Memory::default();
    let recording = record_to(Destination::writer(Closing(120, memory.clone())), 1.0).unwrap();
    for _ in 0..3 {
        breaker.try_acquire().unwrap().success();
        recording.flush();
    }
    assert_eq!(recording.stop().lost, 3);
    assert_eq!(memory.0.lock().unwrap().len(), 120);
}

fn read(path: &Path) -> Vec<Line> {
    lines(File::open(path).unwrap())
}

#[test]
fn file_rotates_at_its_size_and_old_ones_go() {
    let _alone = alone();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("calls.jsonl");
    std::fs::write(&path, "{}\n").unwrap();
    let breaker = builder(&ManualClock::new()).build().unwrap();
    let recording = RecordingOptions::new().rotate_at(4_096).old_files(2).record_to(&path).unwrap();
    let first = directory.path().join("calls.jsonl.1");
    assert_eq!(std::fs::read_to_string(&first).unwrap(), "{}\n", "a file of that name is kept");
    for _ in 0..1_000 {
        breaker.try_acquire().unwrap().success();
    }
    let stats = recording.stop();
    assert_eq!((stats.calls, stats.lost, stats.last_error), (1_000, 0, None));
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 3);
    let files = [directory.path().join("calls.jsonl.2"), first, path];
    let files = files.each_ref().map(|path| {
        let size = std::fs::metadata(path).unwrap().len();
        assert!(size <= 4_096 + 200, "{size}");
        let lines = read(path);
        assert!(matches!(lines[0], Line::Header(_)));
        lines
    });
    let starts = files.into_iter().flat_map(calls).map(|call| call.start);
    assert!(starts.is_sorted(), "all times count from the same start");
}

#[test]
fn breakers_built_later_and_keys_are_recorded() {
    let _alone = alone();
    let memory = Memory::default();
    let options = RecordingOptions::new().only(["host*", "late"]);
    let hosts = CircuitBreaker::builder("hosts").keyed().build().unwrap();
    hosts.get("eu").try_acquire().unwrap().success();
    let recording = options.record_to(Destination::writer(memory.clone())).unwrap();
    let late = CircuitBreaker::builder("late").build().unwrap();
    let other = CircuitBreaker::builder("other").build().unwrap();
    hosts.get("eu").try_acquire().unwrap().success();
    hosts.get("us").try_acquire().unwrap().failure();
    late.try_acquire().unwrap().success();
    other.try_acquire().unwrap().success();
    late.reconfigure(|settings| settings.failure_threshold(1)).unwrap();
    late.try_acquire().unwrap().failure();
    assert!(late.try_acquire().is_err());
    drop(recording);
    late.reset();
    late.try_acquire().unwrap().success();
    let seen =
        calls(memory.lines()).into_iter().map(|call| (call.breaker, call.key, call.outcome.to_string()));
    let seen: Vec<_> = seen.map(|(name, key, end)| format!("{name} {key:?} {end}")).collect();
    assert_eq!(
        seen,
        [
            "hosts Some(\"eu\") success",
            "hosts Some(\"us\") failure",
            "late None success",
            "late None failure",
            "late None rejected",
        ]
    );
}

/// Returns the states after calls with pseudo-random ends and lengths.
fn states(number: usize) -> Vec<String> {
    let clock = ManualClock::new();
    let builder =
        CircuitBreaker::builder("decides").clock(clock.clone()).random(|| 0.25).timeout(ms(100));
    let breaker = match number {
        0 => builder.failure_threshold(3),
        1 => builder.failure_rate(0.4).window(10),
        2 => builder.failure_rate(0.4).window(ms(3_000)).min_calls(5),
        3 => builder.slow_call(ms(20)).slow_call_rate(0.4).window(10),
        _ => builder.failure_threshold(2).max_concurrent(1).success_threshold(2),
    }
    .build()
    .unwrap();
    let mut seed = 7_u64;
    let mut draw = move |limit: u64| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % limit
    };
    let step = |_| {
        clock.advance(ms(draw(8)));
        if let Ok(permit) = breaker.try_acquire() {
            clock.advance(ms(draw(40)));
            match draw(5) {
                0 | 1 => permit.failure(),
                2 => permit.ignore(),
                _ => permit.success(),
            }
        }
        let snapshot = breaker.snapshot();
        format!("{} {} {:?}", snapshot.state, snapshot.trips, snapshot.totals)
    };
    (0..2_000).map(step).collect()
}

#[test]
fn recorded_breaker_decides_as_any_other() {
    let _alone = alone();
    for policy in 0..5 {
        let expected = states(policy);
        let recording = record_to(Destination::writer(io::sink()), 0.5).unwrap();
        assert_eq!(states(policy), expected);
        assert_eq!(recording.stop().dropped, 0);
    }
}

#[test]
fn second_recording_and_wrong_options_are_refused() {
    let _alone = alone();
    let sink = || Destination::writer(io::sink());
    for sample in [0.0, -1.0, 1.1, f64::NAN] {
        assert!(matches!(record_to(sink(), sample), Err(RecordError::InvalidOption(_))));
    }
    let recording = record_to(sink(), 1.0).unwrap();
    assert!(matches!(record_to(sink(), 1.0), Err(RecordError::AlreadyRecording)));
    drop(recording);
    assert!(matches!(record_to("/no/such/folder/calls.jsonl", 1.0), Err(RecordError::Io(_))));
    drop(record_to(sink(), 1.0).unwrap());
}
