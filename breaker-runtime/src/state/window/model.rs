//! Random runs of a window beside a naive list of results with their times.

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::{TestCaseError, TestRunner};

use crate::state::window::{Entry, Shape, SlidingWindow, Tally};
use crate::time::{TICKS_MAX, Ticks};

#[derive(Clone, Copy, Debug)]
struct Settled {
    at: Ticks,
    failed: bool,
    slow: bool,
}

/// A window as a list of all results since the start, with the rules as a filter.
#[derive(Debug)]
struct Naive {
    shape: Shape,
    latest: Ticks,
    results: Vec<Settled>,
    set_back: u64,
}

fn bucket(at: Ticks, span: Ticks) -> u64 {
    at * 10 / span
}

impl Naive {
    fn add(&mut self, entry: Entry, now: Ticks) {
        let at = now.max(self.latest);
        self.results.push(Settled { at, failed: entry.failed, slow: entry.slow });
    }

    fn window(&self) -> Vec<Settled> {
        match self.shape {
            Shape::Calls(calls) => {
                let gone = self.results.len().saturating_sub(calls as usize);
                self.results[gone..].to_vec()
            }
            Shape::Span(span) => {
                let is_in = |at| bucket(self.latest, span).saturating_sub(bucket(at, span)) <= 9;
                self.results.iter().copied().filter(|result| is_in(result.at)).collect()
            }
        }
    }

    fn advance(&mut self, now: Ticks) {
        match self.shape {
            Shape::Span(span) if now + span < self.latest => {
                self.results = self.window();
                self.results.iter_mut().for_each(|result| result.at = now);
                self.latest = now;
                self.set_back += 1;
            }
            Shape::Span(_) => self.latest = self.latest.max(now),
            Shape::Calls(_) => {}
        }
    }

    fn reshape(&mut self, shape: Shape, now: Ticks) {
        self.results = self.window();
        match (self.shape, shape) {
            (Shape::Calls(_), Shape::Calls(_)) => {}
            (Shape::Span(old), Shape::Span(_)) => {
                for result in &mut self.results {
                    result.at = (bucket(result.at, old) * old).div_ceil(10);
                }
            }
            _ => {
                self.results.clear();
                self.latest = now;
            }
        }
        self.shape = shape;
        self.results = self.window();
    }

    fn tally(&self) -> Tally {
        tally(&self.window())
    }
}

fn tally(results: &[Settled]) -> Tally {
    let count = |what: fn(&Settled) -> bool| results.iter().filter(|result| what(result)).count() as u64;
    Tally { calls: results.len() as u64, failures: count(|r| r.failed), slow: count(|r| r.slow) }
}

#[derive(Clone, Debug)]
enum Op {
    PlainSuccesses(u64),
    Entry(Entry),
    Tally,
    Advance,
    /// Waits, in hundredths of the span.
    Wait(u64),
    /// Waits until the current bucket ends, or one tick less.
    WaitForEdge {
        short: u64,
    },
    Back(u64),
    /// Steps back by the span, which a window waits for, or by one tick more, which it does not.
    BackByTheSpan {
        over: u64,
    },
    Restart,
    Reshape(Shape),
}

// Choices are made from numbers: a strategy for each choice would take many times as long as the runs.

fn calls(number: u64) -> Shape {
    const EDGES: [u32; 9] = [1, 63, 64, 65, 127, 128, 129, 192, 1_000_000];
    let (choice, number) = (number % 7, number / 7);
    Shape::Calls(match choice {
        0..3 => 1 + number as u32 % 10,
        3..5 => EDGES[number as usize % EDGES.len()],
        _ => 1 + number as u32 % 300,
    })
}

fn span(number: u64) -> Shape {
    const EDGES: [Ticks; 5] = [1_000, 10_000_000, 10_000_001, TICKS_MAX / 2, TICKS_MAX];
    let (choice, number) = (number % 7, number / 7);
    Shape::Span(match choice {
        0..4 => 1_000 + number % 100,
        4..6 => 1_000 + number % 100_000,
        _ => EDGES[number as usize % EDGES.len()],
    })
}

fn either(number: u64) -> Shape {
    if number % 2 == 0 { calls(number / 2) } else { span(number / 2) }
}

fn op(choice: u8, number: u64, shape: fn(u64) -> Shape) -> Op {
    match choice {
        0..6 => Op::PlainSuccesses(1 + number % 3),
        6..9 => Op::PlainSuccesses(1 + number % 30),
        9 => Op::PlainSuccesses(1 + number % 300),
        10..17 => Op::Entry(Entry { failed: true, slow: false }),
        17..21 => Op::Entry(Entry { failed: false, slow: true }),
        21..25 => Op::Entry(Entry { failed: true, slow: true }),
        25..31 => Op::Tally,
        31 => Op::Advance,
        32..38 => Op::Wait(number % 21),
        38..40 => Op::Wait(70 + number % 61),
        40 => Op::Wait(number % 3_000),
        41..45 => Op::WaitForEdge { short: number % 2 },
        45..47 => Op::Back(1 + number % 30),
        47 => Op::Back(1 + number % 300),
        48 => Op::BackByTheSpan { over: number % 2 },
        49 => Op::Restart,
        _ => Op::Reshape(shape(number)),
    }
}

/// The numbers of events in a run.
#[derive(Debug, Default)]
struct Seen {
    slid: u64,
    set_back: u64,
    cut: u64,
    kept: u64,
}

struct Run {
    window: SlidingWindow,
    naive: Naive,
    success_count: u64,
    now: Ticks,
    seen: Seen,
}

impl Run {
    fn new(shape: Shape, success_count: u64, now: Ticks) -> Self {
        let naive = Naive { shape, latest: now, results: Vec::new(), set_back: 0 };
        Self {
            window: SlidingWindow::new(shape, success_count, now),
            naive,
            success_count,
            now,
            seen: Seen::default(),
        }
    }

    fn step(&mut self, op: &Op) -> Result<(), TestCaseError> {
        let span = if let Shape::Span(span) = self.naive.shape { span } else { 1_000 };
        match *op {
            Op::PlainSuccesses(many) => (0..many).for_each(|_| self.succeed()),
            Op::Entry(entry) => {
                self.naive.advance(self.now);
                self.naive.add(entry, self.now);
                // Both ways in turn, for a failure that has two.
                let is_next = entry.failed && !entry.slow && self.success_count % 2 == 0;
                if is_next {
                    let tally = self.window.tally_with_failure(self.success_count, self.now);
                    prop_assert_eq!(tally, self.naive.tally(), "{:?}", self.naive);
                    self.window.add_failure();
                } else {
                    self.window.record(entry, self.success_count, self.now);
                }
            }
            Op::Tally => self.compare()?,
            Op::Advance => {
                self.naive.advance(self.now);
                self.window.advance(self.success_count, self.now);
            }
            Op::Wait(hundredths) => self.set_clock(self.now + span / 100 * hundredths),
            Op::WaitForEdge { short } => {
                self.set_clock(self.now.max(self.window.quiet_until().min(TICKS_MAX) - short));
            }
            Op::Back(hundredths) => self.set_clock(self.now.saturating_sub(span / 100 * hundredths)),
            Op::BackByTheSpan { over } => self.set_clock(self.naive.latest.saturating_sub(span + over)),
            Op::Restart => {
                self.naive.advance(self.now);
                self.naive.results.clear();
                self.window.restart(self.success_count, self.now);
            }
            Op::Reshape(shape) => {
                self.naive.advance(self.now);
                let before = self.naive.window().len();
                self.naive.reshape(shape, self.now);
                let after = self.naive.results.len();
                self.seen.cut += u64::from(after < before);
                self.seen.kept += u64::from(after > 0);
                self.window.reshape(shape, self.success_count, self.now);
            }
        }
        Ok(())
    }

    fn set_clock(&mut self, now: Ticks) {
        self.now = now.min(TICKS_MAX);
    }

    /// Counts a plain success as the owner of a window must do it.
    fn succeed(&mut self) {
        if self.now >= self.window.quiet_until() {
            self.naive.advance(self.now);
            self.window.advance(self.success_count, self.now);
        }
        self.success_count += 1;
        self.naive.add(Entry { failed: false, slow: false }, self.now);
    }

    fn compare(&mut self) -> Result<(), TestCaseError> {
        self.naive.advance(self.now);
        let expected = self.naive.tally();
        prop_assert_eq!(self.window.tally(self.success_count, self.now), expected, "{:?}", self.naive);
        prop_assert_eq!(self.window.shape(), self.naive.shape);
        let end = self.window.quiet_until();
        match self.naive.shape {
            Shape::Calls(_) => prop_assert_eq!(end, Ticks::MAX),
            Shape::Span(span) => {
                let current = bucket(self.naive.latest, span);
                prop_assert_eq!((bucket(end - 1, span), bucket(end, span)), (current, current + 1));
            }
        }
        self.seen.slid += u64::from((expected.calls as usize) < self.naive.results.len());
        Ok(())
    }
}

fn run((shape, success_count, now): (Shape, u64, Ticks), ops: &[Op]) -> Result<Seen, TestCaseError> {
    let mut run = Run::new(shape, success_count, now);
    for op in ops {
        run.step(op)?;
    }
    run.compare()?;
    Ok(Seen { set_back: run.naive.set_back, ..run.seen })
}

fn start(number: u64, shape: fn(u64) -> Shape) -> (Shape, u64, Ticks) {
    let success_count = [0, number, u64::MAX - 100_000][number as usize % 3];
    let now = [number % 3_000, 864_000_000_000, TICKS_MAX - 3_000][number as usize / 3 % 3];
    (shape(number / 9), success_count, now)
}

fn scenario(shape: fn(u64) -> Shape) -> impl Strategy<Value = ((Shape, u64, Ticks), Vec<Op>)> {
    let number = || any::<u32>().prop_map(u64::from);
    let op = (0..52_u8, number()).prop_map(move |(choice, number)| op(choice, number, shape));
    (number().prop_map(move |number| start(number, shape)), prop::collection::vec(op, 1..80))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn count_window_holds_the_last_results((start, ops) in scenario(calls)) {
        run(start, &ops)?;
    }

    #[test]
    fn span_window_holds_the_last_ten_buckets((start, ops) in scenario(span)) {
        run(start, &ops)?;
    }

    #[test]
    fn window_that_changes_its_kind_matches_the_list((start, ops) in scenario(either)) {
        run(start, &ops)?;
    }
}

/// Without these events in its runs a model would agree with any window.
#[test]
fn random_runs_slide_step_back_and_reshape() {
    let mut runner = TestRunner::deterministic();
    let mut seen = Seen::default();
    for _ in 0..200 {
        let (start, ops) = scenario(either).new_tree(&mut runner).expect("no filters").current();
        let one = run(start, &ops).expect("a run as the rules say");
        seen.slid += one.slid;
        seen.set_back += one.set_back;
        seen.cut += one.cut;
        seen.kept += one.kept;
    }
    assert!(seen.slid > 100 && seen.set_back > 20 && seen.cut > 50 && seen.kept > 20, "{seen:?}");
}
