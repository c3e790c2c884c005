//! The progress of the story: a line for each second, and one for each change of a breaker.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, Event, OpenAnswers, State, Subscription};
use tokio::time::Instant;

use super::calls;
use super::load::{Outcome, Samples};
use super::report::Length;
use super::script::Phase;
use super::service::{Breakers, Shop};
use super::workers::STUCK_AFTER;

/// A change of a breaker.
#[derive(Clone, Debug)]
pub(super) struct Change {
    /// The time since the start of the run.
    pub(super) at: Duration,
    pub(super) event: Event,
}

/// Prints each change of a breaker, until it is dropped.
pub(super) struct Changes {
    kept: Arc<Mutex<Vec<Change>>>,
    _subscriptions: Vec<Subscription>,
}

impl Changes {
    /// Prints the changes, and keeps them.
    pub(super) fn keep(started: Instant) -> Self {
        Self::watch(started, true)
    }

    /// Prints the changes, for a run without an end.
    pub(super) fn print(started: Instant) -> Self {
        Self::watch(started, false)
    }

    fn watch(started: Instant, keep: bool) -> Self {
        let kept = Arc::default();
        let subscriptions = calls::breakers().map(|breaker| {
            let kept: Arc<Mutex<Vec<Change>>> = Arc::clone(&kept);
            breaker.on_event(move |event| {
                let at = started.elapsed();
                print_event(at, event);
                if keep {
                    let change = Change { at, event: event.clone() };
                    kept.lock().unwrap_or_else(PoisonError::into_inner).push(change);
                }
            })
        });
        Self { kept, _subscriptions: subscriptions.into() }
    }

    pub(super) fn so_far(&self) -> Vec<Change> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Prints a trip as the line of its report, and the end of one with what the callers got.
fn print_event(at: Duration, event: &Event) {
    let at = at.as_secs_f64();
    match &event.trip {
        Some(report) if event.to == State::Open => println!("{at:>7.2} s  | {}", report.summary()),
        Some(report) => {
            let OpenAnswers { rejected, fallback, last_good, .. } = report.answers;
            let counts = [
                (rejected, "calls rejected"),
                (fallback, "fallbacks"),
                (last_good, "last good answers"),
                (report.failed_probes.into(), "failed probes"),
            ];
            let counts = counts.into_iter().filter(|(count, _)| *count > 0);
            let counts: Vec<_> = counts.map(|(count, what)| format!("{count} {what}")).collect();
            println!("{at:>7.2} s  | {event}");
            println!(
                "{:>9}  |   in the {} since it opened: {}",
                "",
                Length(report.lasted),
                counts.join(", ")
            );
        }
        None => println!("{at:>7.2} s  | {event}"),
    }
}

/// Prints the headings of the progress lines, and what the columns mean.
pub(super) fn heading(shop: &Shop) {
    println!(
        "ok, degraded, failed: answers in full, in place of the dependency's own, and errors, since the line \
         above\nstuck: workers that have served one request for over {}; waiting: requests without a worker",
        Length(STUCK_AFTER)
    );
    if shop.breakers == Breakers::With {
        println!("queued: orders that are on disk, and will be charged");
    }
    print!(
        "\n{:>9}  {:<12} {:>6} {:>4} {:>8} {:>6} {:>7} {:>7}",
        "time", "phase", "req/s", "ok", "degraded", "failed", "stuck", "waiting"
    );
    match shop.breakers {
        Breakers::With => {
            println!("   {:<9} {:<15} {:<9} queued", "payments", "recommendations", "catalogue");
        }
        Breakers::Without => println!(),
    }
}

pub(super) fn headline(started: Instant, phase: Phase) {
    println!("{:>7.2} s  # {}", started.elapsed().as_secs_f64(), phase.headline());
}

/// A printer of the events since the last line.
pub(super) struct Progress {
    started: Instant,
    seen: usize,
    last: Instant,
}

impl Progress {
    pub(super) fn new(started: Instant) -> Self {
        Self { started, seen: 0, last: started }
    }

    pub(super) fn line(&mut self, phase: Phase, samples: &Samples, shop: &Shop) {
        let new = samples.since(self.seen);
        self.seen += new.len();
        let count = |outcome| new.iter().filter(|sample| sample.outcome == outcome).count();
        let now = Instant::now();
        let seconds = (now - self.last).as_secs_f64();
        self.last = now;
        #[allow(clippy::cast_precision_loss)]
        let rate = new.len() as f64 / seconds;
        println!(
            "{:>7.2} s  {phase:<12} {rate:>6.0} {:>4} {:>8} {:>6} {:>7} {:>7}{}",
            (now - self.started).as_secs_f64(),
            count(Outcome::Success),
            count(Outcome::Degraded),
            count(Outcome::Failed),
            format!("{}/{}", shop.workers.stuck(), shop.workers.size()),
            shop.workers.waiting(),
            breaker_columns(shop),
        );
    }
}

fn breaker_columns(shop: &Shop) -> String {
    match shop.breakers {
        Breakers::Without => String::new(),
        Breakers::With => {
            let [payments, recommendations, catalogue] = calls::breakers().map(CircuitBreaker::state);
            let queued = shop.till.orders.waiting();
            format!("   {payments:<9} {recommendations:<15} {catalogue:<9} {queued:>6}")
        }
    }
}
