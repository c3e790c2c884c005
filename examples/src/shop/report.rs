//! The two runs side by side.

use std::fmt::{self, Display};
use std::time::Duration;

use super::figures::percentile;
use super::load::{Outcome, Sample, Visit};
use super::script::Phase;
use super::story::{Run, Story};

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
        self.tally_line(f)
    }
}

impl Story {
    fn tally_line(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tally = self.with.tally();
        let repeats = self.with.repeated_charges;
        let deadline = Length(self.script.payment_deadline);
        writeln!(
            f,
            "
Orders with breakers: {} placed = {} paid at once + {} queued, then paid + {} queued, then declined;
{} lost, {} charged twice
({repeats} of the queued had been charged when payments hung: the idempotency key kept them from paying twice)

The p99 of the first outage with breakers is that of the checkouts that were under way when payments
hung: its breaker opens when the first of them have waited for {deadline} in vain.",
            tally.placed(),
            tally.paid_at_once,
            tally.paid_later,
            tally.declined_later,
            tally.lost,
            tally.charged_twice,
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
        writeln!(self.f, "{label:<48} {without:>20} {with:>20}")
    }

    fn rule(&mut self) -> fmt::Result {
        writeln!(self.f, "{}", "-".repeat(90))
    }

    fn row<T: Display>(&mut self, label: &str, figure: impl Fn(&Run) -> T) -> fmt::Result {
        let story = self.story;
        self.line(label, figure(&story.without), figure(&story.with))
    }

    fn requests(&mut self) -> fmt::Result {
        self.row("requests", |run| run.samples.len())?;
        self.row("  success", |run| run.count(Outcome::Success))?;
        self.row("  degraded (answered by a fallback)", |run| run.count(Outcome::Degraded))?;
        self.row("  failed", |run| run.count(Outcome::Failed))?;
        self.row("answered within a second", Run::answered_soon)
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
        self.row(&format!("workers stuck at the peak, of {workers}"), |run| run.strain.stuck_at_peak)?;
        self.row("time with no worker free", |run| Length(run.strain.no_worker_free))?;
        let dead = ["payments, while it hung", "recommendations, with errors", "catalogue, refusing"];
        for (index, dependency) in dead.into_iter().enumerate() {
            self.row(&format!("calls to {dependency}"), |run| run.calls_to_the_dead()[index])?;
        }
        Ok(())
    }

    fn orders(&mut self) -> fmt::Result {
        self.row("orders placed", |run| run.tally().placed())?;
        self.row("orders refused", |run| run.tally().refused)?;
        self.row("  and charged all the same", |run| run.tally().refused_but_charged)
    }
}

fn latency<'s>(samples: impl Iterator<Item = &'s Sample> + Clone) -> String {
    let median = percentile(samples.clone(), 50);
    format!("{} / {}", Length(median), Length(percentile(samples, 99)))
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
