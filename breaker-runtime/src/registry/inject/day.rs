//! The course of a game day: [`refresh`] compares what breakers have with what is known of it.
//!
//! It is called after each change of settings, when a breaker first meets a plan and when it sees that
//! one is over, and by a thread that waits for the end. Two calls at the same time do no harm: one lock
//! decides which of them begins or ends the game day, and neither listeners nor clocks run under it.

use std::collections::BTreeMap;
use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
use std::thread;
use std::time::{Duration, SystemTime};

use once_cell::sync::Lazy;

use crate::breaker::CircuitBreaker;
use crate::breaker::injection::{InjectedTrip, Plan};
use crate::breaker::inner::Inner;
use crate::breaker::scope;
use crate::registry::breakers_here;
use crate::registry::inject::event::{GameDayEvent, GameDaySubscription, publish};
use crate::registry::inject::report::{
    BreakerReport, GameDay, GameDayEnd, GameDayReport, GameDayTrip, InjectedBreaker,
};
use crate::support::subscribers::Subscribers;
use crate::time::clock::system_time;
use crate::types::counts::GroupCounts;
use crate::types::error::ErrorKind;
use crate::types::injection::InjectedCounts;

/// The most keys of which a report has the trips.
const KEYS_SHOWN: usize = 64;

/// The time after which the thread looks at the clocks again, as one of them may be set.
const LOOK: Duration = Duration::from_secs(1);

/// The course of game days in the process, or in the isolation of a test.
#[derive(Default)]
struct Course {
    state: Mutex<CourseState>,
    listeners: Arc<Subscribers<GameDayEvent>>,
}

#[derive(Default)]
struct CourseState {
    day: Option<Day>,
    last: Option<GameDayReport>,
}

struct Day {
    began: SystemTime,
    plans: BTreeMap<&'static str, &'static Plan>,
    /// The counts of each breaker when the game day began. One that was built later had counted
    /// nothing.
    before: BTreeMap<&'static str, CountsUntil>,
}

/// The counts of a breaker, with those of its keys.
#[derive(Clone, Default)]
struct CountsUntil {
    counts: GroupCounts,
    injected: InjectedCounts,
}

impl Course {
    fn lock(&self) -> MutexGuard<'_, CourseState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

static PROCESS: Lazy<Course> = Lazy::new(Course::default);

#[cfg(not(feature = "test-util"))]
fn with_course<R>(with: impl FnOnce(&Course) -> R) -> R {
    with(&PROCESS)
}

#[cfg(feature = "test-util")]
fn with_course<R>(with: impl FnOnce(&Course) -> R) -> R {
    let course: Option<Arc<Course>> = scope::shadow(&PROCESS, |_| Course::default());
    match course {
        Some(course) => with(&course),
        None => with(&PROCESS),
    }
}

/// Returns the game day that is under way; `None` without one.
///
/// Ends one that is over, as a call does.
pub fn game_day() -> Option<GameDay> {
    refresh();
    with_course(|course| course.lock().day.as_ref().map(Day::shown))
}

/// Returns the report of the game day that ended last in this process; `None` if none has.
///
/// Ends one that is over, as a call does.
pub fn last_report() -> Option<GameDayReport> {
    refresh();
    with_course(|course| course.lock().last.clone())
}

/// Returns the time at which the last game day ended, without ending one that is over.
#[cfg(feature = "dashboard")]
pub(crate) fn last_end() -> Option<SystemTime> {
    with_course(|course| course.lock().last.as_ref().map(|report| report.ended))
}

/// Subscribes a listener to the beginning, the changes and the end of game days.
///
/// It runs on the thread that reads the settings, on that of a call, or on one of this crate, without a
/// lock. A panic in it ends there. The example is at [`GameDayEvent`].
pub fn on_event(listener: impl Fn(&GameDayEvent) + Send + Sync + 'static) -> GameDaySubscription {
    with_course(|course| GameDaySubscription(course.listeners.subscribe(listener)))
}

/// Begins, changes or ends the game day by what the breakers have.
pub(crate) fn refresh() {
    with_course(|course| {
        let is_idle = course.lock().day.is_none();
        let all: Vec<_> = breakers_here().collect();
        let (mut plans, mut is_over) = (BTreeMap::new(), false);
        for breaker in &all {
            let inner = breaker.inner();
            match inner.injection() {
                Some(plan) if plan.end.is_over() => {
                    is_over = true;
                    inner.end_injection(plan);
                }
                Some(plan) => {
                    // The template first: a key with an entry of its own is shown by that.
                    plans.entry(inner.name()).or_insert(plan);
                }
                None => {}
            }
        }
        if is_idle && plans.is_empty() {
            return;
        }
        if is_idle {
            Inner::note_trips_of_all();
            for breaker in &all {
                breaker.inner().begin_trip_notes();
            }
        }
        let event = course.advance(&all, plans, is_over);
        if let Some(event) = event {
            if matches!(event, GameDayEvent::Started(_)) {
                wait_for_end();
            }
            publish(&event, &course.listeners);
        }
    });
}

impl Course {
    /// Moves to what the breakers have; returns the event if anything changes.
    fn advance(
        &self,
        all: &[CircuitBreaker],
        plans: BTreeMap<&'static str, &'static Plan>,
        is_over: bool,
    ) -> Option<GameDayEvent> {
        let now = system_time();
        // Before the lock: counts are many.
        let counted: BTreeMap<_, _> = functions(all).map(|inner| (inner.name(), count(inner))).collect();
        let mut state = self.lock();
        match &mut state.day {
            None if plans.is_empty() => None,
            None => {
                let day = Day { plans, before: counted, ..Day::new(now) };
                let shown = day.shown();
                state.day = Some(day);
                Some(GameDayEvent::Started(shown))
            }
            Some(day) if plans.is_empty() => {
                let end = if is_over { GameDayEnd::Until } else { GameDayEnd::Removed };
                let day = mem::replace(day, Day::new(now));
                state.day = None;
                drop(state);
                let report = day.report(all, &counted, now, end);
                self.lock().last = Some(report.clone());
                Some(GameDayEvent::Ended(report))
            }
            Some(day) => {
                let changed = plans.iter().any(|(name, plan)| day.plans.get(name) != Some(plan));
                // One that ended earlier is still part of the report.
                day.plans.extend(plans);
                changed.then(|| GameDayEvent::Changed(day.shown()))
            }
        }
    }
}

/// Returns the breakers without those of keys.
fn functions(all: &[CircuitBreaker]) -> impl Iterator<Item = &Inner> {
    all.iter().map(CircuitBreaker::inner).filter(|inner| inner.key().is_none())
}

fn count(inner: &Inner) -> CountsUntil {
    let mut counts = inner.own_counts();
    if let Some(group) = inner.group() {
        counts.add(&group.totals());
    }
    CountsUntil { counts, injected: inner.injected_counts() }
}

impl Day {
    fn new(began: SystemTime) -> Self {
        Self { began, plans: BTreeMap::new(), before: BTreeMap::new() }
    }

    fn shown(&self) -> GameDay {
        let breakers = self
            .plans
            .iter()
            .map(|(name, plan)| InjectedBreaker { name, injection: plan.injection.clone() });
        let until = self.plans.values().map(|plan| plan.injection.until).max();
        GameDay { began: self.began, until: until.unwrap_or(self.began), breakers: breakers.collect() }
    }

    fn report(
        &self,
        all: &[CircuitBreaker],
        counted: &BTreeMap<&'static str, CountsUntil>,
        ended: SystemTime,
        end: GameDayEnd,
    ) -> GameDayReport {
        let nothing = CountsUntil::default();
        let breakers = counted.iter().filter_map(|(name, now)| {
            let before = self.before.get(name).unwrap_or(&nothing);
            let trips = now.counts.trips.saturating_sub(before.counts.trips);
            let injection = self.plans.get(name).map(|plan| plan.injection.clone());
            if injection.is_none() && trips == 0 {
                return None;
            }
            let injected = now.injected.since(before.injected);
            let totals = now.counts.totals.since(before.counts.totals);
            let errors = errors(&now.counts, &before.counts, injected);
            Some(BreakerReport {
                name,
                injection,
                injected,
                trips,
                opened: opened(all, name),
                totals,
                errors,
            })
        });
        GameDayReport { began: self.began, ended, end, breakers: breakers.collect() }
    }
}

/// Returns the first trips of a breaker, and of its keys.
fn opened(all: &[CircuitBreaker], name: &str) -> Vec<GameDayTrip> {
    let of_name = all.iter().map(CircuitBreaker::inner).filter(|inner| inner.name() == name);
    let tripped =
        of_name.map(|inner| (inner, inner.noted_trips())).filter(|(_, trips)| !trips.is_empty());
    let trips = tripped.take(KEYS_SHOWN).flat_map(|(inner, trips)| {
        trips.into_iter().map(|InjectedTrip { after_calls, reason }| GameDayTrip {
            key: inner.key().cloned(),
            after_calls,
            reason,
        })
    });
    trips.collect()
}

/// Returns the errors that breakers gave, by kind.
fn errors(now: &GroupCounts, before: &GroupCounts, injected: InjectedCounts) -> Vec<(ErrorKind, u64)> {
    let rejections = now.rejections.iter().zip(before.rejections.iter());
    let rejections = rejections.map(|((kind, now), (_, before))| (kind, now.saturating_sub(before)));
    let timed_out = now.totals.timed_out.saturating_sub(before.totals.timed_out);
    rejections
        .chain([(ErrorKind::TimedOut, timed_out), (ErrorKind::Injected, injected.failed)])
        .filter(|(_, count)| *count > 0)
        .collect()
}

/// Starts the thread that ends the game day in time if no call does.
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
fn wait_for_end() {
    let watch = scope::in_current_scope(|| {
        while let Some(left) = remaining() {
            // In short pieces, as settings can end the game day before, and the wall clock can step.
            thread::sleep(left.min(LOOK));
        }
        refresh();
    });
    // Without the thread a call ends it, or the next look at it.
    let _ = thread::Builder::new().name("breaker-game-day".to_owned()).spawn(watch);
}

/// A page has no threads: a call ends the game day, or the next look at it.
#[cfg(all(target_family = "wasm", target_os = "unknown"))]
fn wait_for_end() {}

/// Returns the time until the end of all plans; `None` if they are over or there is no game day.
#[cfg(not(all(target_family = "wasm", target_os = "unknown")))]
fn remaining() -> Option<Duration> {
    with_course(|course| {
        let plans = course.lock().day.as_ref().map(|day| day.plans.clone())?;
        plans.values().filter_map(|plan| plan.end.remaining()).max()
    })
}
