//! The findings about a breaker: signs that it cannot do its work.
//!
//! - They are computed from totals, windows and times that the breaker keeps anyway, at a reading of
//!   a snapshot, the health, the metrics or the dashboard. A call executes nothing for them.
//! - What needs the recent past, such as "most retries are refused", is the difference to a mark that an
//!   earlier reading left in the [`FindingRecord`]. Without an earlier reading, it is the time since the
//!   breaker was created.
//! - A function with keys has one set of findings: from the sums over its keys, and from the key that is
//!   worst.
//! - Each is logged once until it ends.
//!
//! Not a background task: that would need a runtime, and run where nothing reads findings.

mod judge;
mod record;

use std::sync::{Mutex, PoisonError};

use crate::breaker::findings::judge::{FindingEvidence, judge};
use crate::breaker::findings::record::Counted;
pub(crate) use crate::breaker::findings::record::FindingRecord;
use crate::breaker::inner::Inner;
use crate::state::retry_budget::RetryBudget;
use crate::state::transition;
use crate::state::window::Shape;
use crate::support::log::warn_operator;
use crate::time::Ticks;
use crate::time::clock::TimeSource;
use crate::types::counts::GroupCounts;
use crate::types::finding::{Finding, FindingKind};
use crate::types::snapshot::Mode;

impl Inner {
    /// Returns the findings of this moment and logs the new ones; none for the breaker of a key.
    pub(crate) fn current_findings(&self) -> Vec<Finding> {
        if self.key().is_some() {
            return Vec::new();
        }
        let now = self.now();
        let mut counts = self.own_counts();
        if let Some(group) = self.group() {
            counts.add(&group.totals());
        }
        self.findings(now, &counts)
    }

    /// Returns the findings and logs the new ones. `counts` are those of the breaker with the sum over
    /// its keys.
    pub(super) fn findings(&self, now: Ticks, counts: &GroupCounts) -> Vec<Finding> {
        let created = self.created_at().unwrap_or_else(TimeSource::process_start);
        let refused = self.budget_if_made().map_or(0, RetryBudget::refused);
        let counted = Counted::new(&counts.totals, refused);
        let record =
            self.finding_record.get_or_init(|| Box::new(Mutex::new(FindingRecord::new(created))));
        let mut evidence = self.evidence(created, counts);
        let lock = || record.lock().unwrap_or_else(PoisonError::into_inner);
        (evidence.recent, evidence.fallback_since) = lock().update(now, counted);
        let (found, news) = lock().found(now, judge(&evidence, now));
        let findings: Vec<_> = found
            .into_iter()
            .map(|found| Finding {
                breaker: self.name().into(),
                kind: found.kind,
                lasted: crate::time::clock::duration(found.lasted),
                what: found.what,
            })
            .collect();
        // A subscriber is the user's code: no lock is held. A clash has its own warning.
        for new in findings.iter().filter(|finding| news.contains(&finding.kind)) {
            if new.kind != FindingKind::NameClash {
                warn_operator!("finding", breaker = self.name(), finding = new.kind; "{new}");
            }
        }
        findings
    }

    fn evidence(&self, created: Ticks, counts: &GroupCounts) -> FindingEvidence {
        let policy = self.settings().policy;
        let rates =
            policy.window.filter(|_| policy.failure_threshold.is_none() && policy.throttle.is_none());
        let mut evidence = FindingEvidence {
            created,
            totals: counts.totals,
            // A window of calls has `min_calls` of them some time.
            judged: rates.and_then(|rule| match rule.shape {
                Shape::Span(span) => Some((span, rule.min_calls, counts.traffic?)),
                Shape::Calls(_) => None,
            }),
            wanted: self.wanted_name(),
            has_keys: self.group().is_some(),
            game_day_limits: self.game_day_limits(),
            ..FindingEvidence::default()
        };
        match self.group() {
            None => evidence.add(self),
            Some(group) => group.members().iter().for_each(|member| evidence.add(member)),
        }
        evidence
    }

    /// Returns the name that this breaker wants, if another one has it.
    fn wanted_name(&self) -> Option<&'static str> {
        match self.origin() {
            Some(origin) => (origin.registry.wanted_name)(self.name()),
            None => self.lost_name(),
        }
    }
}

impl FindingEvidence {
    /// Adds the states of a breaker.
    fn add(&mut self, breaker: &Inner) {
        let word = breaker.cell.word();
        if !matches!(transition::mode(word), Mode::Automatic | Mode::Observe) {
            return;
        }
        let streak = breaker.cell.streak_of(word);
        if streak > self.streak.0 {
            let policy = breaker.settings().policy;
            // A throttle rejects a share of the calls and leaves the breaker closed.
            let can_open = policy.failure_threshold.is_some() || policy.window.is_some();
            let needed = policy.failure_threshold.unwrap_or_default();
            if can_open && streak >= u64::from(needed) {
                self.streak = (streak, breaker.key().map(ToString::to_string));
            }
        }
        if !word.is_closed_or_forced_closed() {
            if let Some((failed, since)) = breaker.recorder.failed_probes() {
                if failed > self.failed_probes.0 {
                    self.failed_probes = (failed, since, breaker.key().map(ToString::to_string));
                }
            }
        }
    }
}
