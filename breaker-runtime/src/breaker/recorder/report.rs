//! Reports of the trips on record: [`CircuitBreaker::trips`].

use std::sync::Arc;
use std::time::SystemTime;

use arc_swap::ArcSwap;

use crate::breaker::CircuitBreaker;
use crate::breaker::cold::Cold;
use crate::breaker::inner::Inner;
use crate::breaker::recorder::slices::unpacked;
use crate::breaker::recorder::trip::RecordedTrip;
use crate::breaker::recorder::{EndedCall, RecentCalls, Recorder, TripContext};
use crate::config::Config;
use crate::state::cell::fast::WindowFailure;
use crate::state::cell::{Accounting, CallEnd, Settled};
use crate::state::commands::Change;
use crate::state::counters::rare::Count;
use crate::state::counters::striped::{HotCounter, LayerCounter};
use crate::state::env::Env;
use crate::state::policy::{Policy, WindowRule};
use crate::state::transition;
use crate::state::window::Shape;
use crate::state::window::slices::SliceLog;
use crate::state::window::time::bucket_start;
use crate::support::contain::contained;
use crate::time::Ticks;
use crate::time::clock::{TimeSource, duration};
use crate::types::outcome::{Evidence, Outcome};
use crate::types::reason::Reason;
use crate::types::trip::{
    CallResult, OpenAnswers, RecordedCall, SuccessSlice, TripCondition, TripReport,
};

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

/// The cause of a failure that is one because so many calls before it were dropped as well.
const ABANDONED: &str = "abandoned";

impl Inner {
    /// Records the end of a call, unless it was a plain success that changed no state.
    #[cold]
    pub(crate) fn record_end(&self, end: CallEnd, settled: &Settled, evidence: Evidence) {
        let result = match (settled.accounting, settled.outcome) {
            (Accounting::Late, _) => CallResult::Late,
            (_, Outcome::Failure) => CallResult::Failure,
            (_, Outcome::Ignored) if end.is_drop() => CallResult::Cancelled,
            (_, Outcome::Ignored) => CallResult::Ignored,
            // A success in a window that now has `min_calls` may open the breaker.
            (_, Outcome::Success) if settled.slow || settled.transition.is_some() => CallResult::Success,
            (_, Outcome::Success) => return,
        };
        let success_count = self.success_total(settled.slices.map(|(count, _)| count));
        let Evidence { class, cause } = evidence;
        let (took, slow) = (settled.took, settled.slow);
        let abandoned = result == CallResult::Failure && end.is_drop() && !slow;
        let cause = if abandoned { Some(ABANDONED) } else { cause };
        let change_at = settled.transition.map(|change| change.at);
        let at = settled.at.or(change_at).unwrap_or_else(|| self.time_of_result(self));
        let word = settled.transition.map_or_else(|| self.cell.word(), |change| change.before);
        let is_first_state = || word.generation() == 0 && !self.changed_after_calls();
        let call = EndedCall { at, took, result, slow, class, cause, success_count };
        let (recent, refused) = (&self.recent, self.failure_gate.take_refusal());
        if let Some((_, slices)) = settled.slices {
            return self.recorder.record(recent, call, refused, Some(slices.slices()), is_first_state);
        }
        let slides = span_of(&self.settings().policy).is_some();
        let log = if slides { self.cell.take_slices(word.generation(), at) } else { None };
        let slices = log.as_ref().and_then(SliceLog::slices);
        self.recorder.record(recent, call, refused, slices, is_first_state);
    }

    /// Records a failure without slices, as [`record_end`](Self::record_end) does, with the number of
    /// its cause. `plain` is the number of plain successes.
    #[inline(always)]
    pub(crate) fn record_failure(&self, cold: &Cold, recent: &RecentCalls, cause: u64, plain: u64) {
        // Before the clock, across which it would have to be saved.
        let success_count = plain.wrapping_add(cold.counters.get(Count::OtherSuccess));
        recent.add_failure(self.time_of_result(cold), cause, success_count);
    }

    /// Records a failure in a window of time, as [`record_end`](Self::record_end) does, with its cause
    /// and the number of that.
    #[inline(never)]
    pub(crate) fn record_failure_with_slices(
        &self,
        recent: &RecentCalls,
        at: Ticks,
        failure: &WindowFailure,
        cause: Option<&'static str>,
        number: u64,
    ) {
        match &failure.slices {
            Some(slices) => {
                let others = self.counters.get(Count::OtherSuccess);
                let success_count = failure.success_count.wrapping_add(others);
                let slices = slices.slices();
                self.recorder.add_failure_with_slices(recent, at, number, success_count, slices);
            }
            None => self.record_failure_with_many_slices(at, cause),
        }
    }

    #[cold]
    #[inline(never)]
    fn record_failure_with_many_slices(&self, at: Ticks, cause: Option<&'static str>) {
        let settled = Settled { at: Some(at), ..Settled::UNTIMED_FAILURE };
        self.record_end(CallEnd::Failure, &settled, Evidence { class: None, cause });
    }

    /// Returns the time of a result that is not timed.
    #[inline(always)]
    fn time_of_result(&self, cold: &Cold) -> Ticks {
        if cold.time.is_default() { TimeSource::default_coarse() } else { self.contained_coarse() }
    }

    /// Reads a user's clock. A panic in it must not keep a change of state from the event
    /// log.
    #[cold]
    #[inline(never)]
    fn contained_coarse(&self) -> Ticks {
        contained(|| self.coarse()).unwrap_or_default()
    }

    /// Returns the number of successes that were counted, of which `plain` were plain.
    pub(crate) fn success_total(&self, plain: Option<u64>) -> u64 {
        plain.unwrap_or_else(|| self.cell.counted(HotCounter::Success))
            + self.counters.get(Count::OtherSuccess)
    }

    /// Returns whether a call has ended.
    pub(crate) fn has_ended_calls(&self) -> bool {
        let failures = self.cell.counted(HotCounter::Failure) + self.counters.get(Count::Abandoned);
        self.success_total(None) + failures > 0
    }

    /// Returns whether options that decide about a trip were changed after a call had ended.
    fn changed_after_calls(&self) -> bool {
        self.changed.get().is_some_and(|changed| changed.load().after_calls)
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
        let success_count = self.success_total(None);
        let context = TripContext { sequence, change, changed: changed.as_ref(), totals, success_count };
        let is_news = self.recorder.change(&self.recent, &context);
        let mut newest = (is_news && wanted).then(|| self.raw_reports(&self.recorder, 1, at))?;
        newest.pop().map(Arc::new)
    }

    fn answer_totals(&self) -> OpenAnswers {
        OpenAnswers {
            rejected: self.rejections(),
            would_reject: self.counters.get(Count::WouldReject),
            fallback: self.cell.counted_layer(LayerCounter::Fallback),
            last_good: self.cell.counted_layer(LayerCounter::LastGood),
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
        let Some(record) = recorder.record.get() else { return Vec::new() };
        let trips = record.lock();
        let skipped = trips.trips.len().saturating_sub(most);
        let parts: Vec<_> = trips
            .trips()
            .skip(skipped)
            .map(|(trip, calls, slices)| {
                let calls = calls.iter().map(|call| call.unpacked(&record.causes, &self.time));
                (trip.clone(), calls.collect(), slices)
            })
            .collect();
        drop(trips);
        parts.into_iter().map(|(trip, calls, slices)| self.report(&trip, calls, slices, now)).collect()
    }

    fn report(
        &self,
        trip: &RecordedTrip,
        calls: Vec<RecordedCall>,
        slices: Vec<u8>,
        now: Ticks,
    ) -> TripReport {
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
            complete: is_complete(trip, &calls, &config.policy()),
            slices: self.slices(trip, slices, calls.len(), &config.policy()),
            calls,
            earlier_calls: trip.earlier_calls(),
            clock_start: self.time.reading(TimeSource::start()),
            options: config.in_force(&self.own.config, by_settings.as_ref()),
            answers: trip.answers(self.answer_totals()),
            failed_probes: trip.failed_probes,
            lasted: duration(until.saturating_sub(trip.at)),
            end: ended.map(|ended| ended.reason),
            ended_by: ended.and_then(|ended| ended.operator.clone()),
        }
    }
}

impl Inner {
    /// Returns the slices of the calls on record.
    fn slices(
        &self,
        trip: &RecordedTrip,
        bytes: Vec<u8>,
        calls: usize,
        policy: &Policy,
    ) -> Vec<SuccessSlice> {
        let Some(span) = span_of(policy) else { return Vec::new() };
        let slices = unpacked(bytes.into_iter()).into_iter();
        let slices = slices.filter_map(|(call, bucket, successes)| {
            let before_call = (calls + call).checked_sub(trip.calls_with_slices())?;
            let at = self.time.reading(bucket_start(span, bucket));
            Some(SuccessSlice { before_call, at, successes })
        });
        slices.collect()
    }
}

/// Returns the span of the policy's window, if that is one of time.
fn span_of(policy: &Policy) -> Option<Ticks> {
    match policy.window {
        Some(WindowRule { shape: Shape::Span(span), .. }) => Some(span),
        _ => None,
    }
}

/// Returns whether the calls on record open a new breaker of this policy with the last of them, and not
/// before.
fn is_complete(trip: &RecordedTrip, calls: &[RecordedCall], policy: &Policy) -> bool {
    if !trip.reason.is_decided() {
        return false;
    }
    if policy.window.is_none() {
        return opens_at_last(calls, policy);
    }
    let is_exact = calls.iter().all(|call| call.successes_before < u32::MAX.into());
    let has_slices = span_of(policy).is_none() || trip.calls_with_slices() == calls.len();
    trip.is_whole() && trip.earlier_calls() == 0 && is_exact && has_slices
}

/// Returns whether the streak reaches its threshold with the last call. The calls before those on record
/// do not matter then: they are of an earlier streak, or begin this one.
fn opens_at_last(calls: &[RecordedCall], policy: &Policy) -> bool {
    let mut streak = 0;
    let opening = calls.iter().position(|call| {
        if call.successes_before > 0 || call.result == CallResult::Success {
            streak = 0;
        }
        streak += u64::from(call.result == CallResult::Failure);
        call.result == CallResult::Failure && transition::reaches_threshold(streak, policy)
    });
    opening.is_some_and(|index| index + 1 == calls.len())
}

fn condition(trip: &RecordedTrip, config: &Config) -> TripCondition {
    let tally = trip.tally();
    let calls = tally.calls;
    if let Some(announced) = &trip.announced {
        return **announced;
    }
    match trip.reason {
        Reason::FailureThreshold => TripCondition::FailureThreshold {
            failures: trip.streak.into(),
            threshold: config.failure_threshold().unwrap_or_default(),
        },
        Reason::FailureRate => TripCondition::FailureRate {
            failures: tally.failures,
            calls,
            rate: config.failure_rate().unwrap_or_default(),
        },
        Reason::SlowCallRate => TripCondition::SlowCallRate {
            slow: tally.slow,
            calls,
            rate: config.slow_call_rate().unwrap_or_default(),
        },
        Reason::FleetOpened => TripCondition::Fleet,
        _ => TripCondition::Command,
    }
}
