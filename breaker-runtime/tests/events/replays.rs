//! Replays of trips: the calls of a report, fed to a new breaker, open it at the same call.

use std::time::Duration;

use breaker_runtime::{
    CallResult, CircuitBreaker, ConfigUpdate, ManualClock, Mode, Permit, RecordedCall, State, TripReport,
};

const SLOW: Duration = Duration::from_millis(100);

/// Options under which a breaker trips by what is recorded. A window of time is not among them: the
/// record has no times of the successes in between.
#[derive(Clone, Copy, Debug)]
struct Options {
    threshold: Option<u32>,
    failure_rate: Option<f64>,
    slow_call_rate: Option<f64>,
    window: u32,
    min_calls: u32,
}

#[derive(Clone, Copy, Debug)]
enum Step {
    Successes(u32),
    SlowSuccess,
    Failure,
    SlowFailure,
    Ignored,
    Cancelled,
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

    fn rate(&mut self) -> Option<f64> {
        (self.below(2) == 0).then(|| f64::from(self.one_to(10)) / 10.0)
    }

    fn options(&mut self) -> Options {
        let (failure_rate, slow_call_rate) = (self.rate(), self.rate());
        let window = self.one_to(50);
        // Something has to open the breaker.
        let has_threshold = self.below(2) == 0 || failure_rate.or(slow_call_rate).is_none();
        Options {
            threshold: has_threshold.then(|| self.one_to(20)),
            failure_rate,
            slow_call_rate,
            window,
            min_calls: self.one_to(20).min(window),
        }
    }

    fn step(&mut self) -> Step {
        match self.below(11) {
            0..3 => Step::Successes(self.one_to(12)),
            3..7 => Step::Failure,
            7 => Step::SlowSuccess,
            8 => Step::SlowFailure,
            9 => Step::Ignored,
            _ => Step::Cancelled,
        }
    }
}

fn breaker(options: Options, clock: &ManualClock) -> CircuitBreaker {
    let breaker = CircuitBreaker::builder("replayed").clock(clock.clone()).build().expect("valid");
    let set = |update: ConfigUpdate| {
        let Options { threshold, failure_rate, slow_call_rate, window, min_calls } = options;
        let update = match threshold {
            Some(threshold) => update.failure_threshold(threshold),
            None => update.without_failure_threshold(),
        };
        let update = failure_rate.into_iter().fold(update, ConfigUpdate::failure_rate);
        // Timed, so that the record has the times of calls, also without a rate.
        let update = update.slow_call(SLOW).slow_call_rate(slow_call_rate.unwrap_or(1.0));
        update.window(window).min_calls(min_calls)
    };
    breaker.reconfigure(set).expect("valid options");
    breaker
}

fn run(breaker: &CircuitBreaker, clock: &ManualClock, step: Step) {
    if let Step::Successes(number) = step {
        // One of them may open the breaker.
        (0..number).map_while(|_| breaker.try_acquire().ok()).for_each(Permit::success);
        return;
    }
    let permit = breaker.try_acquire().expect("closed");
    match step {
        Step::SlowSuccess | Step::SlowFailure => clock.advance(SLOW * 2),
        _ => clock.advance(Duration::from_millis(1)),
    }
    match step {
        Step::SlowSuccess | Step::Successes(_) => permit.success(),
        Step::Failure | Step::SlowFailure => permit.failure(),
        Step::Ignored => permit.ignore(),
        Step::Cancelled => drop(permit),
    }
}

/// Runs one recorded call, with the successes before it; returns whether the breaker is open then.
fn replay(breaker: &CircuitBreaker, clock: &ManualClock, call: &RecordedCall) -> bool {
    (0..call.successes_before).for_each(|_| breaker.try_acquire().expect("closed").success());
    let permit = breaker.try_acquire().expect("closed");
    clock.advance(call.took.expect("timed"));
    match call.result {
        CallResult::Success => permit.success(),
        CallResult::Failure => permit.failure(),
        CallResult::Ignored => permit.ignore(),
        CallResult::Cancelled => drop(permit),
        result => panic!("{result} is in no run"),
    }
    breaker.state() == State::Open
}

fn check(options: Options, report: &TripReport, seed: u64) {
    let clock = ManualClock::new();
    let again = breaker(options, &clock);
    let (last, before) = report.calls.split_last().expect("a call opened it");
    for call in before {
        assert!(!replay(&again, &clock, call), "seed {seed}: {call:?} opens too early: {report}");
    }
    assert!(replay(&again, &clock, last), "seed {seed}: the last call does not open: {report}");
    let replayed = again.last_trip().expect("open");
    assert_eq!((replayed.calls.len(), replayed.condition), (report.calls.len(), report.condition));
    assert_eq!((replayed.mode, replayed.end), (Mode::Automatic, None));
}

#[test]
fn report_replayed_opens_at_the_same_call() {
    let mut replayed = 0;
    for seed in 0..100_000 {
        let mut random = Random(seed);
        let (options, clock) = (random.options(), ManualClock::new());
        let breaker = breaker(options, &clock);
        for _ in 0..random.one_to(80) {
            if breaker.state() != State::Closed {
                break;
            }
            run(&breaker, &clock, random.step());
        }
        // A longer run has lost its first calls.
        if let Some(report) = breaker.last_trip().filter(|report| report.earlier_calls == 0) {
            check(options, &report, seed);
            replayed += 1;
        }
    }
    assert!(replayed > 40_000, "{replayed} runs of 100,000 have tripped");
}
