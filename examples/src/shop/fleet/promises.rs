//! The promises of the story for a fleet, and whether they held.

use std::time::Duration;

use super::figures::FleetRun;
use super::report_line::BreakerState;
use super::story::FleetStory;
use crate::shop::calls;
use crate::shop::report::Length;

/// The time within which an order is in force everywhere.
const HALF_A_SECOND: Duration = Duration::from_millis(500);

/// The time within which the fleet agrees again after its store is back.
const TWO_SECONDS: Duration = Duration::from_secs(2);

impl FleetStory {
    /// Returns the promises that did not hold, each with its figures, or none.
    pub fn broken_promises(&self) -> Vec<String> {
        let mut broken = Vec::new();
        self.all_opened_and_closed(&mut broken);
        self.the_dead_were_left_alone(&mut broken);
        self.one_process_probed_at_a_time(&mut broken);
        self.orders_were_in_force_in_time(&mut broken);
        broken
    }

    fn all_opened_and_closed(&self, broken: &mut Vec<String>) {
        for (breaker, opened) in self.shared.all_open.iter().enumerate() {
            if opened.is_none() {
                broken.push(format!("the breakers of {} did not open in all processes", name(breaker)));
            }
        }
        for (run, which) in [(&self.apart, "alone"), (&self.shared, "as a fleet")] {
            if run.all_closed.is_none() {
                broken.push(format!("{which}, the breakers did not close in all processes"));
            }
        }
    }

    /// The catalogue refuses for a short time, in which both runs have few calls.
    fn the_dead_were_left_alone(&self, broken: &mut Vec<String>) {
        for breaker in 0..2 {
            let (apart, shared) = (self.apart.wasted[breaker], self.shared.wasted[breaker]);
            if shared >= apart {
                let name = name(breaker);
                broken.push(format!(
                    "{name} was called {shared} times while down by the fleet, and {apart} times by \
                     processes that are each for itself"
                ));
            }
        }
        let probes = |run: &FleetRun| run.probes(0, &run.outage);
        let (apart, shared) = (probes(&self.apart), probes(&self.shared));
        if shared > apart {
            broken.push(format!(
                "the fleet probed payments {shared} times in the outage, and {apart} alone"
            ));
        }
    }

    fn one_process_probed_at_a_time(&self, broken: &mut Vec<String>) {
        let run = &self.shared;
        for breaker in 0..3 {
            for span in [&run.outage, &run.recovery] {
                let most = run.most_probers(breaker, span);
                if most > 1 {
                    broken.push(format!("{most} processes probed {} at the same time", name(breaker)));
                }
            }
        }
    }

    fn orders_were_in_force_in_time(&self, broken: &mut Vec<String>) {
        let run = &self.shared;
        let Some(only) = &run.only_fleet else { return };
        let closed = run.spread(0, BreakerState::Closed, &run.recovery);
        for (what, time, limit) in [
            (
                "the breakers of payments closed, from the first process to the last,",
                closed,
                HALF_A_SECOND,
            ),
            ("the fleet agreed again after Redis was back", only.agreed, TWO_SECONDS),
            ("the command to force payments open was in force", only.forced, HALF_A_SECOND),
            ("the command was in force in a process that started later", only.joined, HALF_A_SECOND),
            ("the command to be automatic again was in force", only.automatic, HALF_A_SECOND),
        ] {
            match time {
                None => broken.push(format!("it never came that {what}")),
                Some(time) if time > limit + self.chapters.tolerance => {
                    broken.push(format!("{what} after {}, not {}", Length(time), Length(limit)));
                }
                Some(_) => {}
            }
        }
    }
}

fn name(breaker: usize) -> &'static str {
    calls::breakers()[breaker].name()
}
