//! The rules of the findings, with their limits: [`judge`].
//!
//! Each limit is chosen so that a service that works has no finding: at night, in its first minutes, if
//! it is called once a day, and during an outage that a breaker handles as it should.

use crate::breaker::findings::record::Recent;
use crate::time::Ticks;
use crate::time::clock::duration;
use crate::time::duration::shown;
use crate::types::finding::FindingKind;
use crate::types::snapshot::counted;
use crate::types::totals::Totals;
use crate::types::traffic::WindowTraffic;

const MINUTE: Ticks = 60 * 1_000_000;
const HOUR: Ticks = 60 * MINUTE;
const DAY: Ticks = 24 * HOUR;

/// The age of a window that never had `min_calls` calls. A process that has just started is not judged
/// by its first calls.
const WINDOW_AGE: Ticks = HOUR;
/// The failures in a row of a closed breaker: ten times the default `failure_threshold`.
const STREAK: u64 = 50;
/// The span of the rules about recent calls: longer than a restart of what is called.
const RECENT: Ticks = 10 * MINUTE;
/// The calls that were dropped or ignored before "always" is said: twice the default
/// `abandoned_threshold`.
const MANY: u64 = 20;
/// One call in so many may end otherwise: the loser of a hedge is at most every second call.
const ALMOST_ALL: u64 = 20;
/// The time with fallbacks: "hours", and longer than most incidents.
const FALLBACK: Ticks = 2 * HOUR;
/// The open periods that failed probes began, and the least time that they took: with the default
/// `timeout` an hour has 60 of them, with `timeout_factor` fewer.
const PROBES: (u32, Ticks) = (10, HOUR);
/// The age of a breaker that was never called: a job that runs once a day has run, also if the process
/// started just after it.
const UNUSED: Ticks = 2 * DAY;

/// The facts about a breaker, or about the breakers of a group.
#[derive(Clone, Debug, Default)]
pub(super) struct FindingEvidence {
    pub(super) created: Ticks,
    pub(super) totals: Totals,
    /// The span, `min_calls` and traffic of a window of time, if its rates alone open the breaker.
    pub(super) judged: Option<(Ticks, u32, WindowTraffic)>,
    /// The failures in a row while closed, and the key.
    pub(super) streak: (u64, Option<String>),
    /// The open periods that failed probes began, when the breaker opened first, and the key.
    pub(super) failed_probes: (u32, Ticks, Option<String>),
    pub(super) recent: Recent,
    pub(super) fallback_since: Option<Ticks>,
    /// The name that it wants, if another breaker has it.
    pub(super) wanted: Option<&'static str>,
    pub(super) has_keys: bool,
    /// The faults that the game day cannot show, as a sentence.
    pub(super) game_day_limits: Option<String>,
}

/// A finding without the name of the breaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: FindingKind,
    /// The time for which it is known to be so; zero if it is not known.
    pub(super) lasted: Ticks,
    pub(super) what: String,
}

/// Returns what the evidence shows, in the order of the kinds.
pub(super) fn judge(evidence: &FindingEvidence, now: Ticks) -> Vec<Found> {
    FindingKind::ALL
        .iter()
        .filter_map(|kind| {
            let (lasted, what) = evidence.shows(*kind, now)?;
            Some(Found { kind: *kind, lasted, what })
        })
        .collect()
}

impl FindingEvidence {
    fn shows(&self, kind: FindingKind, now: Ticks) -> Option<(Ticks, String)> {
        match kind {
            FindingKind::CannotOpen => self.cannot_open(now),
            FindingKind::FailingWhileClosed => self.failing_while_closed(),
            FindingKind::AlwaysCancelled => self.always_cancelled(),
            FindingKind::AlwaysIgnored => self.always_ignored(),
            FindingKind::FallbackForHours => self.fallback_for_hours(now),
            FindingKind::ProbesAlwaysFail => self.probes_always_fail(now),
            FindingKind::RetryBudgetSpent => self.retry_budget_spent(),
            FindingKind::NameClash => self.name_clash(now),
            FindingKind::NeverCalled => self.never_called(now),
            FindingKind::GameDayLimited => self.game_day_limits.clone().map(|what| (0, what)),
        }
    }

    fn cannot_open(&self, now: Ticks) -> Option<(Ticks, String)> {
        let (span, min_calls, traffic) = self.judged?;
        let age = now.saturating_sub(traffic.since);
        let needed = u64::from(min_calls);
        // With fewer calls in all, a denser time may be yet to come.
        let is_rare = traffic.peak < needed && traffic.calls >= needed && age >= WINDOW_AGE;
        let of_key = if self.has_keys { " of a key" } else { "" };
        let (span, peak) = (shown(duration(span)), traffic.peak);
        let what = format!(
            "no window of {span}{of_key} had the {min_calls} calls of min_calls, at most {peak}, so that no \
             rate can open it"
        );
        is_rare.then_some((age, what))
    }

    fn failing_while_closed(&self) -> Option<(Ticks, String)> {
        let (streak, key) = &self.streak;
        let failures = counted(*streak, "call");
        let what = format!("{}{failures} failed in a row, and it is closed", of_key(key.as_ref()));
        (*streak >= STREAK).then_some((0, what))
    }

    fn always_cancelled(&self) -> Option<(Ticks, String)> {
        let Recent { span, cancelled, others, ignored, .. } = self.recent;
        let others = others + ignored;
        let found = span >= RECENT && cancelled >= MANY && others * ALMOST_ALL <= cancelled;
        let (calls, all) = (counted(cancelled, "call"), cancelled + others);
        found.then(|| (span, format!("{calls} of {all} were dropped before they ended")))
    }

    fn always_ignored(&self) -> Option<(Ticks, String)> {
        let Recent { span, ignored, others, cancelled, .. } = self.recent;
        let found = span >= RECENT && ignored >= MANY && others + cancelled == 0;
        let calls = counted(ignored, "call");
        found.then(|| (span, format!("all of {calls} ended in an ignored outcome")))
    }

    fn fallback_for_hours(&self, now: Ticks) -> Option<(Ticks, String)> {
        let lasted = now.saturating_sub(self.fallback_since?);
        let what = "at least half of the callers received a fallback or an old answer".to_owned();
        (lasted >= FALLBACK).then_some((lasted, what))
    }

    fn probes_always_fail(&self, now: Ticks) -> Option<(Ticks, String)> {
        let (failed, since, key) = &self.failed_probes;
        let lasted = now.saturating_sub(*since);
        let (count, shortest) = PROBES;
        let what = format!(
            "{}probes failed after {failed} open periods in a row, and none succeeded",
            of_key(key.as_ref())
        );
        (*failed >= count && lasted >= shortest).then_some((lasted, what))
    }

    fn retry_budget_spent(&self) -> Option<(Ticks, String)> {
        let Recent { span, retried, refused, .. } = self.recent;
        let wanted = retried + refused;
        let found = span >= RECENT && refused >= MANY && refused * 2 >= wanted;
        found.then(|| (span, format!("the budget refused {refused} of {wanted} retries")))
    }

    fn name_clash(&self, now: Ticks) -> Option<(Ticks, String)> {
        let (wanted, age) = (self.wanted?, now.saturating_sub(self.created));
        Some((age, format!("another breaker has the name `{wanted}`, which this one wants")))
    }

    fn never_called(&self, now: Ticks) -> Option<(Ticks, String)> {
        let age = now.saturating_sub(self.created);
        let found = age >= UNUSED && self.totals == Totals::default();
        found.then(|| (age, "no call has ended since it was created".to_owned()))
    }
}

fn of_key(key: Option<&String>) -> String {
    key.map_or_else(String::new, |key| format!("of the key {key}, "))
}
