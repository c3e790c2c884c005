//! A measured call, and its measurement.

use std::hint::black_box;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use std::time::{Duration, Instant};

use breaker_bench::{Answer, Trouble, poll_out_of_line};

/// The kind of a call. Ratios are taken among calls of one kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    Success,
    OneInTen,
    Open,
    CountWindow,
    CountWindowOneInTen,
    TimeWindow,
    TimeWindowOneInTen,
    SlowCall,
    AsyncSuccess,
    AsyncOneInTen,
    AsyncOpen,
    /// The future is pending once.
    AsyncPending,
    Layers,
    Keyed1k,
    Keyed100k,
    Keyed1m,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum By {
    Bare,
    Ours,
    Peer,
    /// A part of a hand-written stack.
    Part,
}

/// The call that a goal compares with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum To {
    Bare,
    /// The best peer of the same work.
    Peer,
    /// The case of this name, of the same work.
    Named(&'static str),
}

/// The most that a case may cost.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Goal {
    pub(crate) to: To,
    pub(crate) limit: f64,
}

pub(crate) struct Case {
    pub(crate) work: Work,
    pub(crate) by: By,
    pub(crate) name: &'static str,
    pub(crate) goals: Vec<Goal>,
    /// Makes ten calls this many times.
    run: Box<dyn Fn(u64)>,
}

impl Case {
    /// Makes a case that calls with ten inputs in sequence; with a zero among them one call in ten
    /// fails.
    pub(crate) fn sync(
        work: Work,
        by: By,
        name: &'static str,
        call: impl Fn(u64) -> Answer + 'static,
    ) -> Self {
        let first = first_input(work);
        check(work, name, &call);
        let run = Box::new(move |tens| {
            for _ in 0..tens {
                for input in first..first + 10 {
                    let _ = black_box(call(black_box(input)));
                }
            }
        });
        Self { work, by, name, goals: Vec::new(), run }
    }

    /// Makes a case like [`Case::sync`], of a future. It is polled out of line, as an executor does,
    /// until it is ready; no executor is measured.
    pub(crate) fn future<F: Future<Output = Answer>>(
        work: Work,
        by: By,
        name: &'static str,
        call: impl Fn(u64) -> F + 'static,
    ) -> Self {
        let first = first_input(work);
        check(work, name, |input| finish(call(input)));
        let run = Box::new(move |tens| {
            for _ in 0..tens {
                for input in first..first + 10 {
                    let _ = black_box(finish(call(black_box(input))));
                }
            }
        });
        Self { work, by, name, goals: Vec::new(), run }
    }

    /// Adds a goal.
    pub(crate) fn goal(mut self, to: To, limit: f64) -> Self {
        self.goals.push(Goal { to, limit });
        self
    }

    fn time(&self, tens: u64) -> Duration {
        let start = Instant::now();
        (self.run)(tens);
        start.elapsed()
    }
}

/// Polls a future until it is ready.
#[inline(always)]
#[expect(clippy::inline_always, reason = "a call of its own would count against the future")]
fn finish<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = poll_out_of_line(future.as_mut(), &mut context) {
            return output;
        }
    }
}

fn first_input(work: Work) -> u64 {
    let fails = matches!(
        work,
        Work::OneInTen | Work::CountWindowOneInTen | Work::TimeWindowOneInTen | Work::AsyncOneInTen
    );
    u64::from(!fails)
}

/// Checks that a breaker does the work of its row: some need a few failures until they are open.
fn check(work: Work, name: &str, call: impl Fn(u64) -> Answer) {
    match work {
        Work::Success
        | Work::CountWindow
        | Work::TimeWindow
        | Work::SlowCall
        | Work::AsyncSuccess
        | Work::AsyncPending
        | Work::Layers
        | Work::Keyed1k
        | Work::Keyed100k
        | Work::Keyed1m => {
            assert_eq!(call(1), Ok(1), "{name}");
        }
        Work::OneInTen | Work::CountWindowOneInTen | Work::TimeWindowOneInTen | Work::AsyncOneInTen => {
            assert_eq!(call(1), Ok(1), "{name}");
            assert_eq!(call(0), Err(Trouble::Failed), "{name}");
            assert_eq!(call(1), Ok(1), "{name}");
        }
        Work::Open | Work::AsyncOpen => {
            let opened = (0..10_000).any(|_| call(0) == Err(Trouble::Rejected));
            assert!(opened, "{name} does not open");
            assert_eq!(call(1), Err(Trouble::Rejected), "{name} is open");
        }
    }
}

/// Returns the median of each case, in nanoseconds for one call.
pub(crate) fn measure(cases: &[Case], rounds: usize) -> Vec<f64> {
    let tens: Vec<u64> = cases.iter().map(batch).collect();
    let mut times = vec![Vec::with_capacity(rounds); cases.len()];
    for _ in 0..rounds {
        for ((case, &tens), times) in cases.iter().zip(&tens).zip(&mut times) {
            let nanos = u32::try_from(case.time(tens).as_nanos()).expect("a batch is short");
            let calls = u32::try_from(tens * 10).expect("a batch is short");
            times.push(f64::from(nanos) / f64::from(calls));
        }
    }
    times.into_iter().map(median).collect()
}

/// Returns a number of calls that is long enough for the clock, and short enough to end undisturbed.
fn batch(case: &Case) -> u64 {
    let mut tens = 16;
    while case.time(tens) < Duration::from_micros(200) {
        tens *= 2;
    }
    tens
}

pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
