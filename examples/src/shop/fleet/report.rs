//! Both runs side by side.

use std::fmt::{self, Display};
use std::time::Duration;

use super::figures::FleetRun;
use super::report_line::BreakerState;
use super::story::FleetStory;
use crate::shop::report::Length;

impl Display for FleetStory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut table = Table { story: self, f };
        table.line("", "each for itself", "as a fleet")?;
        table.rule()?;
        for (breaker, outage) in
            ["payments hangs", "recommendations answers errors", "the catalogue refuses"]
                .into_iter()
                .enumerate()
        {
            table.line(outage, "", "")?;
            table.row("  until its breakers are open everywhere", |run| Time(run.all_open[breaker]))?;
            table.row("  calls wasted on it while it was down", |run| run.wasted[breaker])?;
        }
        table.row("probes of payments before Redis is killed", |run| run.probes(0, &run.outage))?;
        table.rule()?;
        table.line("all have recovered", "", "")?;
        table.row("  until all breakers are closed everywhere", |run| Time(run.all_closed))?;
        table.row("  probes, of payments, recommendations, catalogue", |run| {
            let [payments, recommendations, catalogue] =
                [0, 1, 2].map(|breaker| run.probes(breaker, &run.recovery));
            format!("{payments} + {recommendations} + {catalogue}")
        })?;
        table.row("  payments closes, first process to last", |run| {
            Time(run.spread(0, BreakerState::Closed, &run.recovery))
        })?;
        table.rule()?;
        table.row("customers", |run| run.customers.0)?;
        table.row("  without an answer", |run| run.customers.1)?;
        table.rule()?;
        table.only_fleet()?;
        f.write_str(
            "\nA call is wasted when the dependency was down, probes included. While Redis was down, each process\n\
             probed for itself, as in the first run.\n",
        )
    }
}

struct Table<'t, 'f> {
    story: &'t FleetStory,
    f: &'t mut fmt::Formatter<'f>,
}

impl Table<'_, '_> {
    fn line(&mut self, label: &str, apart: impl Display, shared: impl Display) -> fmt::Result {
        let (apart, shared) = (apart.to_string(), shared.to_string());
        let line = format!("{label:<50} {apart:>18} {shared:>18}");
        writeln!(self.f, "{}", line.trim_end())
    }

    fn rule(&mut self) -> fmt::Result {
        writeln!(self.f, "{}", "-".repeat(88))
    }

    fn row<T: Display>(&mut self, label: &str, figure: impl Fn(&FleetRun) -> T) -> fmt::Result {
        let story = self.story;
        self.line(label, figure(&story.apart), figure(&story.shared))
    }

    fn only_fleet(&mut self) -> fmt::Result {
        let Some(only) = &self.story.shared.only_fleet else { return Ok(()) };
        for (label, time) in [
            ("Redis is back: until the fleet agrees again", only.agreed),
            ("payments is forced open: until it is everywhere", only.forced),
            ("  and in a process that starts later", only.joined),
            ("  automatic again: until it is everywhere", only.automatic),
        ] {
            self.line(label, "", Time(time))?;
        }
        Ok(())
    }
}

/// A time that may not have come.
struct Time(Option<Duration>);

impl Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            Some(length) => Length(length).fmt(f),
            None => f.pad("never"),
        }
    }
}
