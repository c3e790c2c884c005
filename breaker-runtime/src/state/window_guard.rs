//! The windows of one breaker behind their lock, and the check whether a success needs them.
//!
//! A plain success, neither failed nor slow, is counted by its thread alone
//! ([`crate::state::counters::striped`]). The sum of those counters is the success count, from which the
//! windows know how many there were. All other results are recorded here under a lock: failures, slow
//! calls, and one plain success in each bucket of a time window. A lock for each success would make all
//! threads share a cache line.
//!
//! # Invariants
//!
//! - Before `stable_until`, a plain success changes no window and reaches no rate.
//! - No code of the user runs under the lock.

use std::sync::PoisonError;

use crate::state::policy::{Exceeded, Policy, WindowRule};
use crate::state::transition::{exceeded_rate, success_cannot_trip};
use crate::state::window::slices::{SliceLog, TakenSlices};
use crate::state::window::{Entry, Shape, SlidingWindow, Tally};
use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering};
use crate::time::Ticks;
use crate::types::traffic::WindowTraffic;

/// The lock of a breaker's windows, and what threads may read without it.
#[derive(Debug)]
pub(crate) struct WindowGuard {
    windows: Mutex<Option<Box<Windows>>>,
    /// Plain successes before this time do not need the windows.
    stable_until: AtomicU64,
    /// The same as a reading of a coarse clock in a unit of its own: [`NOT_READ`] until a call has asked
    /// for that, and [`UNKNOWN_READING`] if that clock is not precise enough, or does not work.
    stable_until_reading: AtomicU64,
    /// Whether the throttle may reject, now or after the window has slid.
    throttling: AtomicU64,
}

/// Stands for no reading. No call reads so low a number.
const NOT_READ: u64 = 0;
/// Stands for no reading, where calls have asked for one.
const UNKNOWN_READING: u64 = 1;

/// The result of a call, for the windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) failed: bool,
    pub(crate) slow: bool,
}

/// The number of plain successes, and the time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) success_count: u64,
    pub(crate) now: Ticks,
}

/// The verdict of the windows after a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct WindowVerdict {
    pub(crate) exceeded: Option<Exceeded>,
    /// The window of the rates; empty without one.
    pub(crate) tally: Tally,
    /// Whether the next success needs the windows: `WINDOW_DUE` of the word.
    pub(crate) window_due: bool,
    pub(crate) throttling: bool,
}

/// The window of the rates and the window of the throttle.
#[derive(Debug, Default)]
pub(crate) struct Windows {
    generation: u64,
    rates: Option<SlidingWindow>,
    requests: Option<SlidingWindow>,
    /// Whether the coarse clock is precise enough for the policy that was last judged by.
    coarse: bool,
    /// Returns the lowest reading of the coarse clock at a time; 0 if that is unknown.
    reading_at: Option<fn(Ticks) -> u64>,
}

/// The windows, under their lock.
pub(crate) struct LockedWindows<'w> {
    guard: &'w WindowGuard,
    windows: MutexGuard<'w, Option<Box<Windows>>>,
}

/// A failure that was not slow, that may enter the window of the rates, and with which no success
/// reaches a rate before the window slides.
pub(crate) struct NextFailure<'w> {
    window: &'w mut SlidingWindow,
    guard: &'w WindowGuard,
    reading_at: Option<fn(Ticks) -> u64>,
}

impl NextFailure<'_> {
    /// Adds it, and returns the [slices](LockedWindows::take_few_slices) before it.
    #[inline(always)]
    pub(crate) fn enter(&mut self) -> Option<TakenSlices> {
        self.window.add_failure();
        self.guard.store_stable(self.window.quiet_until(), self.reading_at);
        self.window.take_few_slices()
    }
}

impl WindowGuard {
    #[cfg(not(breaker_loom))]
    pub(crate) const fn new() -> Self {
        Self {
            windows: Mutex::new(None),
            stable_until: AtomicU64::new(0),
            stable_until_reading: AtomicU64::new(NOT_READ),
            throttling: AtomicU64::new(0),
        }
    }

    #[cfg(breaker_loom)]
    pub(crate) fn new() -> Self {
        Self {
            windows: Mutex::new(None),
            stable_until: AtomicU64::new(0),
            stable_until_reading: AtomicU64::new(NOT_READ),
            throttling: AtomicU64::new(0),
        }
    }

    pub(crate) fn lock(&self) -> LockedWindows<'_> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        LockedWindows { guard: self, windows }
    }

    /// Returns whether a plain success at this time does not need the windows.
    ///
    /// Another thread may slide the windows after the clock was read. The success then counts in the
    /// bucket after its own, as one that was slow to be counted does.
    #[inline(always)]
    pub(crate) fn is_stable_at(&self, now: Ticks) -> bool {
        now < self.stable_until.load(Ordering::Acquire)
    }

    /// Returns whether a plain success at this reading does not need the windows, as
    /// [`is_stable_at`](Self::is_stable_at) does.
    #[inline(always)]
    pub(crate) fn is_stable_at_reading(&self, reading: u64) -> bool {
        reading < self.stable_until_reading.load(Ordering::Acquire)
    }

    /// Publishes readings from now on, for calls that have the clock that `reading_at` converts to.
    pub(crate) fn publish_readings(&self, reading_at: fn(Ticks) -> u64) {
        if self.stable_until_reading.load(Ordering::Relaxed) == NOT_READ {
            self.lock().publish_readings(reading_at);
        }
    }

    /// Stores until when plain successes do not need the windows. For callers that hold the lock.
    fn store_stable(&self, until: Ticks, reading_at: Option<fn(Ticks) -> u64>) {
        self.stable_until.store(until, Ordering::Release);
        if let Some(reading_at) = reading_at {
            let reading = reading_at(until).max(UNKNOWN_READING);
            self.stable_until_reading.store(reading, Ordering::Release);
        }
    }

    /// Returns whether the throttle may reject.
    pub(crate) fn is_throttling(&self) -> bool {
        self.throttling.load(Ordering::Relaxed) > 0
    }
}

impl LockedWindows<'_> {
    /// Empties the windows for a new state.
    pub(crate) fn restart(&mut self, generation: u64, policy: &Policy, at: Reading) {
        let windows = self.windows.get_or_insert_default();
        windows.reshape(policy, at);
        windows.restart(generation, at);
        self.publish(policy, at);
    }

    /// Creates the windows of a policy before it is replaced, if none was needed so far: a window that
    /// the next policy adds must start empty, and one that the old policy had must keep its successes.
    pub(crate) fn prepare(&mut self, generation: u64, policy: &Policy, at: Reading) {
        self.windows_of(generation, policy, at);
    }

    /// Fits the windows to another policy, and keeps what fits. The windows of the old policy have been
    /// [created](Self::prepare).
    pub(crate) fn reshape(&mut self, generation: u64, policy: &Policy, at: Reading) -> WindowVerdict {
        self.windows_of(generation, policy, at).reshape(policy, at);
        self.publish(policy, at)
    }

    /// Records a call of this generation; `at` is the reading before it.
    pub(crate) fn record(
        &mut self,
        generation: u64,
        policy: &Policy,
        sample: Sample,
        at: Reading,
    ) -> WindowVerdict {
        let after = self.windows_of(generation, policy, at).record(sample, at);
        self.publish(policy, after)
    }

    /// Returns a failure that the caller may add to the window of the rates of this generation; `None`
    /// if it reaches a rate, or if a success after it could.
    #[inline(always)]
    pub(crate) fn next_failure_within(
        &mut self,
        generation: u64,
        rule: &WindowRule,
        at: Reading,
    ) -> Option<NextFailure<'_>> {
        let windows = self.windows.as_deref_mut().filter(|windows| windows.generation == generation)?;
        let reading_at = windows.reading_at();
        let window = windows.rates.as_mut()?;
        let tally = window.tally_with_failure(at.success_count, at.now);
        let keeps = exceeded_rate(rule, tally).is_none() && success_cannot_trip(rule, tally);
        keeps.then_some(NextFailure { window, guard: self.guard, reading_at })
    }

    /// Returns whether the throttle admits a call. Records a rejected call. `random` is from 0 to 1.
    pub(crate) fn admit(&mut self, generation: u64, policy: &Policy, random: f64, at: Reading) -> bool {
        let Some(rule) = policy.throttle else { return true };
        let windows = self.windows_of(generation, policy, at);
        let Some(requests) = &mut windows.requests else { return true };
        let rejection = rule.rejection(requests.tally(at.success_count, at.now));
        if random >= rejection {
            self.publish(policy, at);
            return true;
        }
        requests.record(Entry { failed: true, slow: false }, at.success_count, at.now);
        false
    }

    /// Returns the counts of the rates' window and the throttle's probability of a rejection, for a
    /// snapshot.
    pub(crate) fn read(
        &mut self,
        generation: u64,
        policy: &Policy,
        at: Reading,
    ) -> (Option<Tally>, Option<f64>) {
        let windows = self.windows_of(generation, policy, at);
        let tally = windows.rates.as_mut().map(|window| window.tally(at.success_count, at.now));
        let requests = windows.requests.as_mut().map(|window| window.tally(at.success_count, at.now));
        (tally, policy.throttle.zip(requests).map(|(rule, tally)| rule.rejection(tally)))
    }

    /// Returns the results since the window of the rates was made; `None` unless it is one of time.
    pub(crate) fn traffic(&self, success_count: u64) -> Option<WindowTraffic> {
        self.windows.as_deref()?.rates.as_ref()?.traffic(success_count)
    }

    /// Returns the plain successes since the last call of this, by the slices of a window of time;
    /// `None` without one, and if the state of this generation has ended.
    pub(crate) fn take_slices(&mut self, generation: u64, at: Reading) -> Option<SliceLog> {
        // Created by the first success, so there was none.
        let Some(windows) = self.windows.as_deref_mut() else { return Some(SliceLog::default()) };
        let window = windows.rates.as_mut().filter(|_| windows.generation == generation)?;
        window.take_slices(at.success_count, at.now)
    }

    /// Returns the slices of [`take_slices`](Self::take_slices) after a result was
    /// [recorded](Self::record), if they are few. Otherwise they stay.
    pub(crate) fn take_few_slices(&mut self) -> Option<TakenSlices> {
        self.windows.as_deref_mut()?.rates.as_mut()?.take_few_slices()
    }

    fn publish_readings(&mut self, reading_at: fn(Ticks) -> u64) {
        let Some(windows) = self.windows.as_deref_mut() else { return };
        windows.reading_at = Some(reading_at);
        let until = self.guard.stable_until.load(Ordering::Relaxed);
        self.guard.store_stable(until, windows.reading_at());
    }

    /// Returns the windows of this generation, and creates them when first needed. The first state
    /// begins with a success count of 0; each later one by [`LockedWindows::restart`], unless its policy
    /// had no windows then.
    fn windows_of(&mut self, generation: u64, policy: &Policy, at: Reading) -> &mut Windows {
        let windows = self.windows.get_or_insert_with(|| {
            let mut windows = Box::<Windows>::default();
            windows.reshape(policy, Reading { success_count: 0, ..at });
            windows
        });
        if windows.generation != generation {
            windows.restart(generation, at);
        }
        windows
    }

    /// Compares the rates and publishes the verdict for threads without the lock.
    fn publish(&mut self, policy: &Policy, at: Reading) -> WindowVerdict {
        let Some(windows) = self.windows.as_deref_mut() else {
            return WindowVerdict::default();
        };
        let (verdict, stable_until) = windows.judge(policy, at);
        windows.coarse = policy.coarse;
        self.guard.store_stable(stable_until, windows.reading_at());
        self.guard.throttling.store(u64::from(verdict.throttling), Ordering::Relaxed);
        verdict
    }
}

impl Windows {
    /// Returns how readings are published, if calls ask for them.
    fn reading_at(&self) -> Option<fn(Ticks) -> u64> {
        let reading_at = self.reading_at?;
        Some(if self.coarse { reading_at } else { |_| UNKNOWN_READING })
    }

    fn restart(&mut self, generation: u64, at: Reading) {
        self.generation = generation;
        for window in [&mut self.rates, &mut self.requests].into_iter().flatten() {
            window.restart(at.success_count, at.now);
        }
    }

    fn reshape(&mut self, policy: &Policy, at: Reading) {
        fit(&mut self.rates, policy.window.map(|rule| rule.shape), at);
        fit(&mut self.requests, policy.throttle.map(|rule| Shape::Span(rule.span)), at);
    }

    /// Records a call, and returns the reading after it.
    fn record(&mut self, sample: Sample, at: Reading) -> Reading {
        for window in [&mut self.rates, &mut self.requests].into_iter().flatten() {
            if sample.failed || sample.slow {
                let Sample { failed, slow } = sample;
                window.record(Entry { failed, slow }, at.success_count, at.now);
            } else {
                window.advance(at.success_count, at.now);
            }
        }
        Reading { success_count: at.success_count + u64::from(!sample.failed && !sample.slow), ..at }
    }

    fn judge(&mut self, policy: &Policy, at: Reading) -> (WindowVerdict, Ticks) {
        let mut verdict = WindowVerdict::default();
        let mut stable_until = Ticks::MAX;
        if let Some((rule, window)) = policy.window.zip(self.rates.as_mut()) {
            let tally = window.tally(at.success_count, at.now);
            verdict.tally = tally;
            verdict.exceeded = exceeded_rate(&rule, tally);
            // The thread that publishes this may have no result to settle: then the next success opens
            // the breaker.
            let stable = verdict.exceeded.is_none() && success_cannot_trip(&rule, tally);
            let until = if stable { window.quiet_until() } else { 0 };
            stable_until = stable_until.min(until);
        }
        if let Some((rule, window)) = policy.throttle.zip(self.requests.as_mut()) {
            window.advance(at.success_count, at.now);
            // Later as well: no thread checks when the successes before these failures slide out.
            verdict.throttling = window.now_or_later(|tally| rule.rejection(tally) > 0.0);
            stable_until = stable_until.min(window.quiet_until());
        }
        verdict.window_due = stable_until < Ticks::MAX;
        (verdict, stable_until)
    }
}

/// Gives the window this shape, or removes it.
fn fit(window: &mut Option<SlidingWindow>, shape: Option<Shape>, at: Reading) {
    match (window.as_mut(), shape) {
        (_, None) => *window = None,
        (None, Some(shape)) => *window = Some(SlidingWindow::new(shape, at.success_count, at.now)),
        (Some(current), Some(shape)) if current.shape() != shape => {
            current.reshape(shape, at.success_count, at.now);
        }
        (Some(_), Some(_)) => {}
    }
}
