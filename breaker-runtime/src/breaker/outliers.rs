//! Outliers among the breakers of a group: one that judges its siblings, and opens.

use std::sync::Arc;

use crate::breaker::inner::Inner;
use crate::breaker::role::KeyedMember;
use crate::state::counters::striped::HotCounter;
use crate::state::outlier::{IntervalEnd, OutlierRule, RateSpread};
use crate::state::word::StateWord;
use crate::time::Ticks;
use crate::types::trip::TripCondition;

/// A closed breaker with enough calls in an interval.
struct RatedKey<'m> {
    breaker: &'m Arc<Inner>,
    word: StateWord,
    rate: f64,
}

impl Inner {
    /// Judges the keys of the group if an interval has ended, and opens those that are outliers. Runs
    /// listeners.
    #[cold]
    pub(super) fn judge_siblings(&self, now: Ticks) {
        let Some(shared) = self.membership().map(KeyedMember::shared) else { return };
        let Some(rule) = shared.outliers.rule() else { return };
        let Some(end) = shared.outliers.claim(rule.span, now) else { return };
        let members = shared.group().map(|group| group.members()).unwrap_or_default();
        // Of every member: its counts since the interval began must not stay for the next one.
        let rated: Vec<_> = members.iter().filter_map(|member| member.rated(&rule)).collect();
        if end == IntervalEnd::Restart {
            return;
        }
        let rates: Vec<_> = rated.iter().map(|key| key.rate).collect();
        let Some(spread) = rule.spread(&rates) else { return };
        let mut outliers: Vec<_> =
            rated.into_iter().filter(|key| rule.is_outlier(key.rate, &spread)).collect();
        // The worst first, as `max_open_keys` may not allow all.
        outliers.sort_by(|one, other| one.rate.total_cmp(&other.rate));
        for key in outliers {
            key.open(&rule, &spread);
        }
    }

    /// Ends the interval of this breaker. Returns it with its success rate if it is closed and has
    /// enough calls.
    fn rated<'m>(self: &'m Arc<Self>, rule: &OutlierRule) -> Option<RatedKey<'m>> {
        let word = self.cell.word();
        let totals = [self.success_total(None), self.cell.counted(HotCounter::Failure)];
        let [successes, failures] = self.membership()?.end_interval(totals);
        let rate = rule.rate(successes, failures)?;
        word.is_closed().then_some(RatedKey { breaker: self, word, rate })
    }
}

impl RatedKey<'_> {
    fn open(&self, rule: &OutlierRule, spread: &RateSpread) {
        let Self { breaker, word, rate } = *self;
        breaker.refresh_quota();
        let RateSpread { mean, stdev, keys } = *spread;
        let condition = TripCondition::Outlier { rate, mean, stdev, keys, deviations: rule.deviations };
        breaker.recorder.announce(condition);
        let policy = breaker.settings().policy;
        if let Some(change) = breaker.cell.open_outlier(word, &policy, &***breaker) {
            breaker.append_and_notify(change);
        }
    }
}
