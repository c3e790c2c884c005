//! The recent past of a breaker for its findings: [`FindingRecord`].

use crate::breaker::findings::judge::Found;
use crate::time::Ticks;
use crate::types::finding::FindingKind;
use crate::types::totals::Totals;

/// The least time between two marks. The recent past is the time since the mark before the newest one:
/// ten to twenty minutes if something reads the breaker every few minutes.
const BETWEEN_MARKS: Ticks = 10 * 60 * 1_000_000;

/// Counts at two times in the past, and which findings there are.
#[derive(Debug)]
pub(crate) struct FindingRecord {
    /// The older one first.
    marks: [Mark; 2],
    /// Since when at least half of the callers have received a fallback.
    fallback_since: Option<Ticks>,
    /// The findings of the last reading, with the time at which each was first found.
    present: Vec<(FindingKind, Ticks)>,
}

#[derive(Clone, Copy, Debug)]
struct Mark {
    at: Ticks,
    counted: Counted,
}

/// The counts that findings compare.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Counted {
    totals: Totals,
    refused_retries: u64,
}

/// The calls of the recent past.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Recent {
    pub(super) span: Ticks,
    pub(super) cancelled: u64,
    pub(super) ignored: u64,
    /// The calls that ended in a success, in a failure, or late.
    pub(super) others: u64,
    pub(super) retried: u64,
    pub(super) refused: u64,
    /// The calls of callers, and of those the ones that a fallback or an old answer ended.
    pub(super) calls: u64,
    pub(super) fallbacks: u64,
}

impl Counted {
    pub(super) fn new(totals: &Totals, refused_retries: u64) -> Self {
        Self { totals: *totals, refused_retries }
    }
}

impl Mark {
    fn until(&self, now: Ticks, counted: &Counted) -> Recent {
        let (after, before) = (&counted.totals, &self.counted.totals);
        let more = |of: fn(&Totals) -> u64| of(after).saturating_sub(of(before));
        let others = more(|totals| totals.success + totals.failure + totals.late);
        let (cancelled, ignored) = (more(|totals| totals.cancelled), more(|totals| totals.ignored));
        let retried = more(|totals| totals.retried);
        let attempts = others + cancelled + ignored + more(|totals| totals.rejected);
        Recent {
            span: now.saturating_sub(self.at),
            cancelled,
            ignored,
            others,
            retried,
            refused: counted.refused_retries.saturating_sub(self.counted.refused_retries),
            calls: attempts.saturating_sub(retried),
            fallbacks: more(|totals| totals.fallback + totals.last_good),
        }
    }
}

impl FindingRecord {
    /// Makes the record of a breaker that has counted nothing since it was created.
    pub(super) fn new(created: Ticks) -> Self {
        let mark = Mark { at: created, counted: Counted::default() };
        Self { marks: [mark; 2], fallback_since: None, present: Vec::new() }
    }

    /// Adds a reading, and returns the recent past and since when fallbacks are in use.
    pub(super) fn update(&mut self, now: Ticks, counted: Counted) -> (Recent, Option<Ticks>) {
        let [_, newest] = &mut self.marks;
        if now < newest.at {
            // The clock was set back.
            newest.at = now;
        }
        let newest = *newest;
        if now - newest.at >= BETWEEN_MARKS {
            let Recent { calls, fallbacks, .. } = newest.until(now, &counted);
            if fallbacks > 0 && fallbacks * 2 >= calls {
                self.fallback_since = self.fallback_since.or(Some(newest.at));
            } else if calls > 0 {
                self.fallback_since = None;
            }
            self.marks = [newest, Mark { at: now, counted }];
        }
        (self.marks[0].until(now, &counted), self.fallback_since)
    }

    /// Replaces the findings. Returns them, with how long each has lasted, and the kinds that are new.
    pub(super) fn found(&mut self, now: Ticks, mut found: Vec<Found>) -> (Vec<Found>, Vec<FindingKind>) {
        let before = std::mem::take(&mut self.present);
        let known = |kind| before.iter().find(|(known, _)| *known == kind).map(|(_, since)| *since);
        self.present =
            found.iter().map(|found| (found.kind, known(found.kind).unwrap_or(now))).collect();
        for (found, (_, since)) in found.iter_mut().zip(&self.present) {
            found.lasted = found.lasted.max(now.saturating_sub(*since));
        }
        let news = found.iter().map(|found| found.kind).filter(|kind| known(*kind).is_none()).collect();
        (found, news)
    }
}
