//! Replays of trips: the calls of a report, fed to a new breaker, open it at the same call.

use std::collections::BTreeMap;
use std::time::Duration;

use breaker_runtime::{
    CallResult, CircuitBreaker, ConfigUpdate, ManualClock, Mode, OwnedPermit, RecordedCall, State,
    TripCondition, TripReport,
};

const SLOW: Duration = Duration::from_millis(100);

/// The open period.
const TIMEOUT: Duration = Duration::from_secs(1);

/// The window of a policy.
#[derive(Clone, Copy, Debug)]
enum Window {
    Calls(u32),
    Span(Duration),
}

/// The options that decide about a trip.
#[derive(Clone, Copy, Debug)]
struct Options {
    threshold: Option<u32>,
    failure_rate: Option<f64>,
    slow_call_rate: Option<f64>,
    window: Window,
    min_calls: u32,
}

/// The kind of a policy.
#[derive(Clone, Copy, Debug)]
enum Kind {
    Streak,
    WindowOfCalls,
    WindowOfTime,
    StreakAndWindowOfCalls,
    StreakAndWindowOfTime,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Successes(u32),
    SlowSuccess,
    Failure,
    SlowFailure,
    Ignored,
    Cancelled,
    /// A call begins that ends at a later step.
    Begin,
    End(bool),
    Wait,
    Reset,
    Trip,
    /// Other options that decide about a trip, or only a new `timeout`.
    Reconfigure(bool),
}

/// Random numbers of a seed: the generator splitmix64.
struct Random(u64);

impl Random {
    /// Returns a number below `end`.
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % end
    }

    fn one_to(&mut self, last: u64) -> u32 {
        u32::try_from(1 + self.below(last)).expect("a small number")
    }

    fn is(&mut self, one_of: u64) -> bool {
        self.below(one_of) == 0
    }

    fn rate(&mut self) -> f64 {
        f64::from(self.one_to(10)) / 10.0
    }

    fn options(&mut self, kind: Kind) -> Options {
        let window = match kind {
            Kind::WindowOfTime | Kind::StreakAndWindowOfTime => {
                Window::Span(Duration::from_micros(1_000 + self.below(10_000_000)))
            }
            _ => Window::Calls(self.one_to(50)),
        };
        let rates = match (kind, self.below(3)) {
            (Kind::Streak, _) => (None, None),
            (_, 0) => (Some(self.rate()), None),
            (_, 1) => (None, Some(self.rate())),
            _ => (Some(self.rate()), Some(self.rate())),
        };
        let has_threshold = !matches!(kind, Kind::WindowOfCalls | Kind::WindowOfTime);
        let most_calls = if let Window::Calls(calls) = window { calls } else { 20 };
        Options {
            threshold: has_threshold.then(|| self.one_to(20)),
            failure_rate: rates.0,
            slow_call_rate: rates.1,
            window,
            min_calls: self.one_to(20).min(most_calls),
        }
    }

    fn step(&mut self) -> Step {
        match self.below(200) {
            0..60 => Step::Successes(self.one_to(12)),
            60..115 => Step::Failure,
            115..130 => Step::SlowSuccess,
            130..145 => Step::SlowFailure,
            145..155 => Step::Ignored,
            155..165 => Step::Cancelled,
            165..180 => Step::Begin,
            180..192 => Step::End(self.is(2)),
            192..196 => Step::Wait,
            196 => Step::Reset,
            197 => Step::Trip,
            _ => Step::Reconfigure(self.is(2)),
        }
    }
}

fn set(update: ConfigUpdate, options: Options) -> ConfigUpdate {
    let Options { threshold, failure_rate, slow_call_rate, window, min_calls } = options;
    let update = update.timeout(TIMEOUT).success_threshold(1);
    let update = match threshold {
        Some(threshold) => update.failure_threshold(threshold),
        None => update.without_failure_threshold(),
    };
    if failure_rate.or(slow_call_rate).is_none() {
        return update;
    }
    let update = match failure_rate {
        Some(rate) => update.failure_rate(rate),
        None => update.without_failure_rate(),
    };
    let update = match slow_call_rate {
        Some(rate) => update.slow_call(SLOW).slow_call_rate(rate),
        None => update.without_slow_call(),
    };
    let update = match window {
        Window::Calls(calls) => update.window(calls),
        Window::Span(span) => update.window(span),
    };
    update.min_calls(min_calls)
}

fn breaker(name: &str, options: Options, clock: &ManualClock) -> CircuitBreaker {
    let breaker = CircuitBreaker::builder(name).clock(clock.clone()).build().expect("valid");
    breaker.reconfigure(|update| set(update, options)).expect("valid options");
    breaker
}

/// A breaker with random calls.
struct Run {
    kind: Kind,
    options: Options,
    random: Random,
    clock: ManualClock,
    breaker: CircuitBreaker,
    /// The calls that go on.
    begun: Vec<OwnedPermit>,
}

impl Run {
    fn new(kind: Kind, seed: u64) -> Self {
        let mut random = Random(seed);
        let (options, clock) = (random.options(kind), ManualClock::new());
        clock.advance(Duration::from_micros(random.below(100_000_000)));
        let breaker = breaker(&format!("recorded: {kind:?}"), options, &clock);
        Self { kind, options, random, clock, breaker, begun: Vec::new() }
    }

    /// Advances the clock, mostly within a tenth of the window.
    fn wait(&mut self, tenths: u64) {
        let tenth = if let Window::Span(span) = self.options.window { span / 10 } else { SLOW };
        let micros = u64::try_from(tenth.as_micros()).expect("short");
        self.clock.advance(Duration::from_micros(self.random.below(tenths * micros + 1)));
    }

    fn acquire(&self) -> OwnedPermit {
        self.breaker.try_acquire_owned().expect("closed")
    }

    fn succeed(&mut self, times: u32) {
        let spread = self.random.is(3);
        for _ in 0..times {
            if spread {
                let tenths = if self.random.is(8) { 6 } else { 1 };
                self.wait(tenths);
            }
            // One of them may open the breaker.
            let Ok(permit) = self.breaker.try_acquire() else { return };
            permit.success();
        }
    }

    fn step(&mut self, step: Step) {
        match step {
            Step::Successes(times) => self.succeed(times),
            Step::Begin => self.begun.push(self.acquire()),
            Step::End(works) if !self.begun.is_empty() => {
                let permit = self.begun.swap_remove(0);
                if works { permit.success() } else { permit.failure() }
            }
            Step::End(_) => {}
            Step::Wait => self.wait(40),
            Step::Reset => self.breaker.reset(),
            Step::Trip => self.breaker.trip(),
            Step::Reconfigure(decides) => {
                if decides {
                    self.options = self.random.options(self.kind);
                }
                let options = self.options;
                self.breaker.reconfigure(|update| set(update, options)).expect("valid options");
            }
            _ => self.call(step),
        }
    }

    fn call(&mut self, step: Step) {
        let permit = self.acquire();
        match step {
            Step::SlowSuccess | Step::SlowFailure => self.clock.advance(SLOW * 2),
            _ => self.wait(1),
        }
        match step {
            Step::SlowSuccess => permit.success(),
            Step::Failure | Step::SlowFailure => permit.failure(),
            Step::Ignored => permit.ignore(),
            _ => drop(permit),
        }
    }

    /// Runs until the breaker opens; returns its report. Closes the breaker again.
    fn trip(&mut self) -> Option<TripReport> {
        for _ in 0..self.random.one_to(80) {
            let step = self.random.step();
            self.step(step);
            if self.random.is(3) {
                self.wait(3);
            }
            if self.breaker.state() != State::Closed {
                let report = self.breaker.last_trip().expect("open");
                self.recover();
                return Some(report);
            }
        }
        None
    }

    fn recover(&mut self) {
        self.clock.advance(TIMEOUT);
        if self.random.is(2) {
            let permit = self.breaker.try_acquire().expect("a probe");
            permit.failure();
            self.clock.advance(TIMEOUT);
        }
        self.breaker.try_acquire().expect("a probe").success();
        assert_eq!(self.breaker.state(), State::Closed);
    }
}

/// A new breaker that receives the calls of a report.
struct Replay<'r> {
    report: &'r TripReport,
    breaker: CircuitBreaker,
    clock: ManualClock,
    now: Duration,
    /// The calls that have not begun, by the time when they do, the first one last.
    to_begin: Vec<(Duration, usize)>,
    begun: BTreeMap<usize, OwnedPermit>,
}

impl<'r> Replay<'r> {
    fn new(kind: Kind, options: Options, report: &'r TripReport) -> Self {
        let clock = ManualClock::new();
        clock.advance(report.clock_start);
        let calls = report.calls.iter().enumerate();
        let begin = |call: &RecordedCall| call.at.saturating_sub(call.took.unwrap_or_default());
        let mut to_begin: Vec<_> = calls.map(|(index, call)| (begin(call), index)).collect();
        to_begin.sort();
        to_begin.reverse();
        let breaker = breaker(&format!("replayed: {kind:?}"), options, &clock);
        let now = report.clock_start;
        Self { report, breaker, clock, now, to_begin, begun: BTreeMap::new() }
    }

    fn advance(&mut self, time: Duration) {
        self.clock.advance(time.saturating_sub(self.now));
        self.now = self.now.max(time);
    }

    fn wait_until(&mut self, time: Duration) {
        while let Some((begin, index)) = self.to_begin.last().copied().filter(|next| next.0 <= time) {
            self.to_begin.pop();
            self.advance(begin);
            let permit = self.breaker.try_acquire_owned().expect("closed");
            self.begun.insert(index, permit);
        }
        self.advance(time);
    }

    fn succeed(&self, times: u64) {
        (0..times).for_each(|_| self.breaker.try_acquire().expect("closed").success());
    }

    /// Runs one recorded call, with the successes before it.
    fn call(&mut self, index: usize) {
        let report = self.report;
        let call = &report.calls[index];
        let mut successes = call.successes_before;
        for slice in report.slices_before(index) {
            self.wait_until(slice.at);
            self.succeed(slice.successes);
            successes -= slice.successes;
        }
        self.wait_until(call.at);
        self.succeed(successes);
        let permit = self.begun.remove(&index).expect("it has begun");
        match call.result {
            CallResult::Success => permit.success(),
            CallResult::Failure => permit.failure(),
            CallResult::Ignored | CallResult::Late => permit.ignore(),
            CallResult::Cancelled => drop(permit),
            result => panic!("{result} is in no run"),
        }
    }
}

fn check(kind: Kind, options: Options, report: &TripReport, seed: u64) {
    let mut replay = Replay::new(kind, options, report);
    let last = report.calls.len() - 1;
    for index in 0..=last {
        replay.call(index);
        let is_open = replay.breaker.state() == State::Open;
        assert_eq!(is_open, index == last, "seed {seed}, {options:?}: call {index}: {report:#?}");
    }
    let again = replay.breaker.last_trip().expect("open");
    assert_eq!((again.condition, again.complete), (report.condition, true), "seed {seed}");
    assert_eq!((again.mode, again.end), (Mode::Automatic, None));
    let ends = |report: &TripReport| -> Vec<_> {
        report.calls.iter().map(|call| (call.at, call.successes_before, call.slow)).collect()
    };
    assert_eq!(ends(&again), ends(report), "seed {seed}");
}

/// Runs random calls under policies of a kind, and replays each complete report.
fn check_all(kind: Kind) {
    let (mut trips, mut complete) = (0, 0);
    for seed in 0..20_000 {
        let mut run = Run::new(kind, seed);
        for _ in 0..2 {
            let Some(report) = run.trip() else { break };
            if report.condition == TripCondition::Command {
                assert!(!report.complete, "seed {seed}");
                continue;
            }
            trips += 1;
            if report.complete {
                complete += 1;
                check(kind, run.options, &report, seed);
            }
        }
    }
    println!("{kind:?}: {complete} of {trips} reports are complete");
    assert!(trips > 6_000, "{trips} trips");
    assert!(complete * 10 > trips * 9, "{complete} of {trips} reports are complete");
}

macro_rules! kinds {
    ($($name:ident: $kind:ident;)*) => {$(
        /// With 20,000 runs; 100,000 in all tests of this file.
        #[test]
        fn $name() {
            check_all(Kind::$kind);
        }
    )*};
}

kinds! {
    report_of_a_streak_replayed_opens_at_the_same_call: Streak;
    report_of_a_window_of_calls_replayed_opens_at_the_same_call: WindowOfCalls;
    report_of_a_window_of_time_replayed_opens_at_the_same_call: WindowOfTime;
    report_of_a_streak_with_a_window_of_calls_replayed_opens_at_the_same_call: StreakAndWindowOfCalls;
    report_of_a_streak_with_a_window_of_time_replayed_opens_at_the_same_call: StreakAndWindowOfTime;
}
