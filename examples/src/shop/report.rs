//! The two runs side by side.

use std::fmt::{self, Display};
use std::time::Duration;

use super::calls;
use super::figures::percentile;
use super::load::{Outcome, Sample, Visit};
use super::script::Phase;
use super::story::{Run, Story};
use super::workers::STUCK_AFTER;

impl Display for Story {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table { story: self, f };
        table.line("", "without", "with breakers")?;
        table.rule()?;
        table.requests()?;
        table.rule()?;
        table.latencies()?;
        table.rule()?;
        table.strain()?;
        table.rule()?;
        table.orders()?;
        self.write_notes(f)
    }
}

impl Story {
    fn write_notes(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [_, _, catalogue] = calls::breakers();
        let retried = catalogue.snapshot().totals.retried;
        let deadline = calls::breakers().iter().find_map(|breaker| breaker.config().call_timeout());
        let deadline = Length(deadline.unwrap_or_default());
        let tally = self.with.tally();
        writeln!(
            f,
            "
A share is that of the requests. A worker is stuck when it has served one request for over {}.
Orders with breakers: {} placed = {} paid at once + {} queued, then paid + {} queued, then declined;
  {} lost, {} charged twice. {} of the queued had been charged when payments hung: the idempotency
  key keeps them from being charged twice.
Retries: {retried} failed requests to the catalogue were sent again within the budget; customers saw none of the
  errors of the flaky time.
The p99 of an outage with breakers is `call_timeout`, {deadline}: of the calls under way when the dependency
  failed, and of one probe in each open period. A hang lasts {}.
A breaker can open once more just after the recovery: a probe that was sent before it waits for the old
  fault and fails. The next one comes an open period later.",
            Length(STUCK_AFTER),
            tally.placed(),
            tally.paid_at_once,
            tally.paid_later,
            tally.declined_later,
            tally.lost,
            tally.charged_twice,
            self.with.repeated_charges,
            Length(self.script.payment_deadline),
        )
    }
}

struct Table<'t, 'f> {
    story: &'t Story,
    f: &'t mut fmt::Formatter<'f>,
}

impl Table<'_, '_> {
    fn line(&mut self, label: &str, without: impl Display, with: impl Display) -> fmt::Result {
        let (without, with) = (without.to_string(), with.to_string());
        writeln!(self.f, "{label:<46} {without:>20} {with:>20}")
    }

    fn rule(&mut self) -> fmt::Result {
        writeln!(self.f, "{}", "-".repeat(88))
    }

    fn row<T: Display>(&mut self, label: &str, figure: impl Fn(&Run) -> T) -> fmt::Result {
        let story = self.story;
        self.line(label, figure(&story.without), figure(&story.with))
    }

    fn requests(&mut self) -> fmt::Result {
        let length = Length(self.story.script.length());
        self.line("length of the load", &length, &length)?;
        self.row("requests", |run| run.samples.len())?;
        for (label, outcome) in [
            ("  answered in full", Outcome::Success),
            ("  answered in place of a dependency", Outcome::Degraded),
            ("  failed", Outcome::Failed),
        ] {
            self.row(label, |run| Share(run.count(outcome), run.samples.len()))?;
        }
        self.row("answered within a second", |run| Share(run.answered_soon(), run.samples.len()))
    }

    fn latencies(&mut self) -> fmt::Result {
        self.row("latency, p50 / p99", |run| latency(run.samples.iter()))?;
        for phase in Phase::ALL {
            self.row(&format!("  {phase}"), |run| latency(run.in_phase(phase)))?;
        }
        self.row("  product pages in the outages", |run| {
            latency(run.in_outages().filter(|sample| sample.visit == Visit::Product))
        })
    }

    fn strain(&mut self) -> fmt::Result {
        let workers = self.story.script.workers;
        self.row(&format!("workers stuck at the peak, of {workers}"), |run| {
            Share(run.strain.stuck_at_peak, workers)
        })?;
        self.row("time with no worker free", |run| Length(run.strain.no_worker_free))?;
        let dead = ["payments, while it hung", "recommendations, with errors", "catalogue, refusing"];
        for (index, dependency) in dead.into_iter().enumerate() {
            self.row(&format!("calls to {dependency}"), |run| run.calls_to_the_dead()[index])?;
        }
        Ok(())
    }

    fn orders(&mut self) -> fmt::Result {
        let share = |part, run: &Run| Share(part, run.tally().placed() + run.tally().refused);
        self.row("orders", |run| run.tally().placed() + run.tally().refused)?;
        self.row("  placed", |run| share(run.tally().placed(), run))?;
        self.row("  refused", |run| share(run.tally().refused, run))?;
        self.row("  refused, and charged all the same", |run| {
            share(run.tally().refused_but_charged, run)
        })
    }
}

fn latency<'s>(samples: impl Iterator<Item = &'s Sample> + Clone) -> String {
    let median = percentile(samples.clone(), 50);
    format!("{} / {}", Length(median), Length(percentile(samples, 99)))
}

/// A number, and the share of a whole that it is.
struct Share(usize, usize);

impl Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(part, whole) = *self;
        #[allow(clippy::cast_precision_loss)]
        let share = if whole == 0 { 0.0 } else { 100.0 * part as f64 / whole as f64 };
        write!(f, "{part} {:>10}", format!("({share:.1} %)"))
    }
}

/// A length of time with a readable number of digits.
pub(super) struct Length(pub(super) Duration);

impl Display for Length {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        let text = if self.0.is_zero() {
            "none".to_owned()
        } else if seconds < 0.01 {
            format!("{:.1} ms", seconds * 1e3)
        } else if seconds < 1.0 {
            format!("{:.0} ms", seconds * 1e3)
        } else {
            format!("{seconds:.2} s")
        };
        f.pad(&text)
    }
}
