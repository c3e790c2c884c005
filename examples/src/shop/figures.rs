//! The figures of a run, for the table, the plot and the promises.

use std::collections::HashMap;
use std::time::Duration;

use super::database::{OrderState, Record};
use super::load::{Outcome, Sample, Visit};
use super::script::Phase;
use super::story::Run;

impl Run {
    pub(super) fn count(&self, outcome: Outcome) -> usize {
        self.samples.iter().filter(|sample| sample.outcome == outcome).count()
    }

    /// Returns the number of answers in full or by a fallback.
    pub(super) fn answered_soon(&self) -> usize {
        let soon = |sample: &&Sample| {
            sample.outcome != Outcome::Failed && sample.latency < Duration::from_secs(1)
        };
        self.samples.iter().filter(soon).count()
    }

    /// Returns the number of visits of this kind that a fallback answered.
    pub(super) fn degraded(&self, visit: Visit) -> usize {
        let degraded = |sample: &&Sample| sample.visit == visit && sample.outcome == Outcome::Degraded;
        self.samples.iter().filter(degraded).count()
    }

    /// Returns the customers who came in this phase.
    pub(super) fn in_phase(&self, phase: Phase) -> impl Iterator<Item = &Sample> + Clone {
        let span = self.phases.iter().find(|record| record.phase == phase).map(|record| &record.span);
        self.samples.iter().filter(move |sample| span.is_some_and(|span| span.contains(&sample.came)))
    }

    pub(super) fn in_outages(&self) -> impl Iterator<Item = &Sample> + Clone {
        self.in_phase(Phase::Outage).chain(self.in_phase(Phase::WiderOutage))
    }

    /// Returns the calls to payments, recommendations and the catalogue while each was down.
    pub(super) fn calls_to_the_dead(&self) -> [u64; 3] {
        [0, 1, 2].map(|dependency| {
            let dead = self.phases.iter().filter(|record| record.phase.health()[dependency].is_down());
            dead.map(|record| record.calls[dependency]).sum()
        })
    }

    pub(super) fn tally(&self) -> Tally {
        let mut charges: HashMap<i64, usize> = HashMap::new();
        for charge in &self.charges {
            *charges.entry(charge.id).or_default() += 1;
        }
        let count = |state, queued| {
            let such = |record: &&Record| record.state == state && record.queued == queued;
            self.orders.iter().filter(such).count()
        };
        let charged = |record: &Record| self.charges.contains(&record.order);
        let refused = |record: &Record| record.state == OrderState::Refused;
        let refused_but_charged = self.orders.iter().filter(|record| refused(record) && charged(record));
        Tally {
            paid_at_once: count(OrderState::Charged, false),
            paid_later: count(OrderState::Charged, true),
            declined_later: count(OrderState::Refused, true),
            still_queued: count(OrderState::Accepted, false),
            lost: self.orders.iter().filter(|record| !refused(record) && !charged(record)).count(),
            charged_twice: charges.values().filter(|times| **times > 1).count(),
            refused: count(OrderState::Refused, false),
            refused_but_charged: refused_but_charged.count(),
        }
    }
}

/// The results of the orders.
pub(super) struct Tally {
    pub(super) paid_at_once: usize,
    /// Queued, and paid when payments had recovered.
    pub(super) paid_later: usize,
    /// Queued, and declined when payments had recovered.
    pub(super) declined_later: usize,
    pub(super) still_queued: usize,
    /// Placed, not declined, and unknown to payments.
    pub(super) lost: usize,
    pub(super) charged_twice: usize,
    /// The orders that the shop refused.
    pub(super) refused: usize,
    pub(super) refused_but_charged: usize,
}

impl Tally {
    /// Returns the number of orders with a receipt.
    pub(super) fn placed(&self) -> usize {
        self.paid_at_once + self.paid_later + self.declined_later + self.still_queued
    }
}

/// Returns the latency that this share of the samples does not exceed (nearest rank); zero if there are
/// none.
pub(super) fn percentile<'s>(samples: impl Iterator<Item = &'s Sample>, percent: usize) -> Duration {
    let mut latencies: Vec<_> = samples.map(|sample| sample.latency).collect();
    latencies.sort_unstable();
    let rank = (latencies.len() * percent).div_ceil(100);
    latencies.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

/// Returns the mean latency; zero if there are no samples.
pub(super) fn mean<'s>(samples: impl Iterator<Item = &'s Sample> + Clone) -> Duration {
    let count = u32::try_from(samples.clone().count()).unwrap_or(u32::MAX);
    let sum: Duration = samples.map(|sample| sample.latency).sum();
    sum.checked_div(count).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::database::Order;
    use super::super::load::{Outcome, Sample, Visit};
    use super::super::story::{Run, Strain};
    use super::*;

    fn sample(millis: u64) -> Sample {
        let latency = Duration::from_millis(millis);
        Sample { visit: Visit::Product, came: Duration::ZERO, latency, outcome: Outcome::Success }
    }

    fn order(id: i64) -> Order {
        Order { id, key: format!("key {id}"), customer: 7, cents: 1999 }
    }

    fn run(placed: &[i64], refused: &[i64], charged: &[i64]) -> Run {
        let record = |id: &i64, state| Record { order: order(*id), state, queued: false, attempts: 1 };
        let placed = placed.iter().map(|id| record(id, OrderState::Charged));
        let refused = refused.iter().map(|id| record(id, OrderState::Refused));
        Run {
            samples: Vec::new(),
            phases: Vec::new(),
            strain: Strain::default(),
            findings: Vec::new(),
            changes: Vec::new(),
            orders: placed.chain(refused).collect(),
            charges: charged.iter().copied().map(order).collect(),
            repeated_charges: 0,
        }
    }

    #[test]
    fn percentile_is_the_nearest_rank() {
        let samples: Vec<_> = (1..=200).map(sample).collect();
        assert_eq!(percentile(samples.iter(), 50), Duration::from_millis(100));
        assert_eq!(percentile(samples.iter(), 99), Duration::from_millis(198));
        assert_eq!(percentile(samples[..1].iter(), 99), Duration::from_millis(1));
        assert_eq!(percentile([].iter(), 99), Duration::ZERO);
    }

    #[test]
    fn mean_is_that_of_all_samples() {
        let samples: Vec<_> = (1..=3).map(sample).collect();
        assert_eq!(mean(samples.iter()), Duration::from_millis(2));
        assert_eq!(mean([].iter()), Duration::ZERO);
    }

    #[test]
    fn tally_finds_lost_duplicate_and_needless_charges() {
        let tally = run(&[1, 2, 3], &[4, 5], &[1, 2, 2, 4]).tally();
        assert_eq!((tally.lost, tally.charged_twice, tally.refused_but_charged), (1, 1, 1));
    }

    #[test]
    fn order_charged_a_wrong_sum_is_counted_as_lost() {
        let mut run = run(&[1], &[], &[1]);
        run.charges[0].cents += 1;
        assert_eq!(run.tally().lost, 1);
    }
}
