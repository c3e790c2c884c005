//! Reports of the trips on record: [`CircuitBreaker::trips`].

use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;

use crate::breaker::CircuitBreaker;
use crate::breaker::inner::Inner;
use crate::breaker::recorder::trip::RecordedTrip;
use crate::breaker::recorder::{EndedCall, Recorder, TripContext, lock};
use crate::config::Config;
use crate::state::cell::{Accounting, CallEnd, Settled};
use crate::state::commands::Change;
use crate::state::counters::rare::Count;
use crate::state::counters::striped::HotCounter;
use crate::state::env::Env;
use crate::support::contain::contained;
use crate::time::Ticks;
use crate::time::clock::duration;
use crate::types::outcome::{Evidence, Outcome};
use crate::types::reason::Reason;
use crate::types::trip::{CallResult, OpenAnswers, RecordedCall, TripCondition, TripReport};

impl CircuitBreaker {
    /// Returns the reports of the last trips, at most 8, oldest first. The last one may still go on.
    ///
    /// A [template](Self::is_template) has no trips of its own: ask the breakers of its keys. A breaker
    /// that was evicted has taken its reports along.
    ///
    /// ```
    /// use breaker_runtime::{CircuitBreaker, Reason};
    ///
    /// let breaker = CircuitBreaker::builder("payments").build()?;
    /// breaker.trip();
    /// assert!(breaker.try_acquire().is_err());
    /// breaker.reset();
    /// let trips = breaker.trips();
    /// assert_eq!((trips[0].answers.rejected, trips[0].end), (1, Some(Reason::Reset)));
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn trips(&self) -> Vec<TripReport> {
        let inner = self.inner();
        inner.trip_reports(&inner.recorder, usize::MAX)
    }

    /// Returns the report of the last trip, which may still go on; `None` if there was none.
    pub fn last_trip(&self) -> Option<TripReport> {
        let inner = self.inner();
        inner.trip_reports(&inner.recorder, 1).pop()
    }
}

impl Inner {
    /// Records the end of a call, unless it was a plain success that changed no state.
    #[cold]
    pub(crate) fn record_end(&self, end: CallEnd, settled: &Settled, evidence: Evidence) {
        let result = match (settled.accounting, settled.outcome) {
            (Accounting::Late, _) => CallResult::Late,
            (_, Outcome::Failure) => CallResult::Failure,
            (_, Outcome::Ignored) if end == CallEnd::Cancelled => CallResult::Cancelled,
            (_, Outcome::Ignored) => CallResult::Ignored,
            // A success in a window that now has `min_calls` may open the breaker.
            (_, Outcome::Success) if settled.slow || settled.transition.is_some() => CallResult::Success,
            (_, Outcome::Success) => return,
        };
        let success_count =
            self.cell.counted(HotCounter::Success) + self.counters.get(Count::OtherSuccess);
        let Evidence { class, cause } = evidence;
        let (took, slow) = (settled.took, settled.slow);
        // Code of the user's: a panic in it must not keep a change of state from the event log.
        let read = || contained(|| self.coarse()).unwrap_or_default();
        let at = settled.transition.map_or_else(read, |change| change.at);
        self.recorder.record(EndedCall { at, took, result, slow, class, cause, success_count });
    }

    /// Records a change of state under the lock of the event log. Returns the report if a trip has begun
    /// or ended and `wanted` is set; its wall-clock time is not set yet.
    pub(crate) fn record_change(
        &self,
        sequence: u64,
        change: &Change,
        wanted: bool,
    ) -> Option<Arc<TripReport>> {
        let changed = self.changed.get().map(ArcSwap::load_full);
        let totals = self.answer_totals();
        let at = change.transition.at;
        let context = TripContext { sequence, change, changed: changed.as_ref(), totals };
        let is_news = self.recorder.change(&context);
        let mut newest = (is_news && wanted).then(|| self.raw_reports(&self.recorder, 1, at))?;
        newest.pop().map(Arc::new)
    }

    fn answer_totals(&self) -> OpenAnswers {
        OpenAnswers {
            rejected: self.rejections(),
            would_reject: self.counters.get(Count::WouldReject),
            fallback: self.counters.get(Count::Fallback),
            last_good: self.counters.get(Count::LastGood),
        }
    }

    fn trip_reports(&self, recorder: &Recorder, most: usize) -> Vec<TripReport> {
        let now = self.now();
        let mut reports = self.raw_reports(recorder, most, now);
        for report in &mut reports {
            report.time = self.time.system_time(report.at);
        }
        reports
    }

    /// Returns the newest reports, oldest first, without their wall-clock times, as the clock may be
    /// code of the user.
    fn raw_reports(&self, recorder: &Recorder, most: usize, now: Ticks) -> Vec<TripReport> {
        let Some(record) = recorder.0.get() else { return Vec::new() };
        let record = lock(record);
        let skipped = record.trips.len().saturating_sub(most);
        let trips = record.trips.iter().skip(skipped);
        let unpacked = |trip: &RecordedTrip| -> Vec<RecordedCall> {
            trip.calls.iter().map(|call| call.unpacked(&record.causes, &self.time)).collect()
        };
        let parts: Vec<_> = trips.map(|trip| (trip.clone(), unpacked(trip))).collect();
        drop(record);
        parts.into_iter().map(|(trip, calls)| self.report(&trip, calls, now)).collect()
    }

    fn report(&self, trip: &RecordedTrip, calls: Vec<RecordedCall>, now: Ticks) -> TripReport {
        let ended = trip.ended();
        let until = ended.map_or(now, |ended| ended.at);
        let (config, by_settings) = match &trip.changed {
            Some(changed) => (changed.settings.config, changed.by_settings),
            None => (self.own.config, None),
        };
        TripReport {
            breaker: self.name(),
            key: self.key().cloned(),
            sequence: trip.sequence,
            at: self.time.reading(trip.at),
            time: SystemTime::UNIX_EPOCH,
            mode: trip.mode,
            operator: trip.operator.clone(),
            condition: condition(trip, &config),
            calls,
            earlier_calls: trip.earlier_calls,
            options: config.in_force(&self.own.config, by_settings.as_ref()),
            answers: trip.answers(self.answer_totals()),
            failed_probes: trip.failed_probes,
            lasted: duration(until.saturating_sub(trip.at)),
            end: ended.map(|ended| ended.reason),
            ended_by: ended.and_then(|ended| ended.operator.clone()),
        }
    }
}

fn condition(trip: &RecordedTrip, config: &Config) -> TripCondition {
    let calls = trip.tally.calls;
    match trip.reason {
        Reason::FailureThreshold => TripCondition::FailureThreshold {
            failures: trip.streak,
            threshold: config.failure_threshold().unwrap_or_default(),
        },
        Reason::FailureRate => TripCondition::FailureRate {
            failures: trip.tally.failures,
            calls,
            rate: config.failure_rate().unwrap_or_default(),
        },
        Reason::SlowCallRate => TripCondition::SlowCallRate {
            slow: trip.tally.slow,
            calls,
            rate: config.slow_call_rate().unwrap_or_default(),
        },
        Reason::FleetOpened => TripCondition::Fleet,
        _ => TripCondition::Command,
    }
}
