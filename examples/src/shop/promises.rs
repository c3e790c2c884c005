//! The promises of the story, and whether they held.

use breaker_runtime::State;

use super::calls;
use super::figures::{mean, percentile};
use super::load::{Outcome, Visit};
use super::report::Length;
use super::story::Story;

impl Story {
    /// Returns the promises that did not hold, each with its figures, or none.
    pub fn broken_promises(&self) -> Vec<String> {
        let mut broken = Vec::new();
        self.breakers_opened_and_closed(&mut broken);
        self.fallbacks_served(&mut broken);
        self.no_order_was_lost(&mut broken);
        self.none_was_charged_twice_or_in_vain(&mut broken);
        broken.extend(
            self.with.findings.iter().map(|finding| format!("the shop is well, but: {finding}")),
        );
        self.the_dead_were_left_alone(&mut broken);
        self.customers_fared_better(&mut broken);
        broken
    }

    fn breakers_opened_and_closed(&self, broken: &mut Vec<String>) {
        for breaker in calls::breakers() {
            let name = breaker.name();
            let mut events = self.with.changes.iter().map(|change| &change.event);
            let mut found = |state| events.find(|event| event.breaker == name && event.to == state);
            match found(State::Open) {
                None => broken.push(format!("the breaker of {name} did not open in the outage")),
                Some(event) if event.trip.is_none() => {
                    broken.push(format!("the breaker of {name} did not report why it opened"));
                }
                Some(_) if found(State::Closed).is_none() => {
                    broken.push(format!("the breaker of {name} did not close after the outage"));
                }
                Some(_) => {}
            }
        }
    }

    fn fallbacks_served(&self, broken: &mut Vec<String>) {
        for visit in [Visit::FrontPage, Visit::Product, Visit::Checkout] {
            if self.with.degraded(visit) == 0 {
                broken.push(format!("no visit of the kind {visit:?} was answered by a fallback"));
            }
        }
    }

    fn no_order_was_lost(&self, broken: &mut Vec<String>) {
        let tally = self.with.tally();
        if tally.lost > 0 || tally.still_queued > 0 {
            broken.push(format!(
                "of {} orders placed, {} were paid at once and {} later: {} are lost and {} are still \
                 queued",
                tally.placed(),
                tally.paid_at_once,
                tally.paid_later,
                tally.lost,
                tally.still_queued
            ));
        }
        if tally.paid_later == 0 {
            broken.push("no order was queued and paid later".into());
        }
    }

    fn none_was_charged_twice_or_in_vain(&self, broken: &mut Vec<String>) {
        let tally = self.with.tally();
        if tally.charged_twice > 0 {
            broken.push(format!("{} orders were charged twice", tally.charged_twice));
        }
        if tally.refused_but_charged > 0 {
            broken.push(format!("{} orders were refused and charged", tally.refused_but_charged));
        }
    }

    fn the_dead_were_left_alone(&self, broken: &mut Vec<String>) {
        let (without, with) = (self.without.calls_to_the_dead(), self.with.calls_to_the_dead());
        for (index, breaker) in calls::breakers().iter().enumerate() {
            let (before, after) = (without[index], with[index]);
            if after >= before {
                let name = breaker.name();
                broken.push(format!(
                    "{name} was called {after} times while dead with its breaker, and {before} times \
                     without"
                ));
            }
        }
    }

    fn customers_fared_better(&self, broken: &mut Vec<String>) {
        let (without, with) = (mean(self.without.in_outages()), mean(self.with.in_outages()));
        if with >= without {
            let (without, with) = (Length(without), Length(with));
            broken.push(format!(
                "the mean latency in the outages was {with} with breakers and {without} without"
            ));
        }
        if let Some(most) = self.script.outage_p99 {
            let [without, with] =
                [&self.without, &self.with].map(|run| percentile(run.in_outages(), 99));
            if with >= most.min(without) {
                let [without, with, most] = [without, with, most].map(Length);
                broken.push(format!(
                    "the p99 latency in the outages was {with} with breakers, not below {most} or the \
                     {without} without"
                ));
            }
        }
        let (without, with) = (self.without.count(Outcome::Failed), self.with.count(Outcome::Failed));
        if with >= without {
            broken.push(format!("{with} requests failed with breakers, and {without} without"));
        }
    }
}
