//! The windows of one breaker, and when a success need not look at them.
//!
//! A plain success, neither failed nor slow, is counted by its thread alone ([`crate::state::counters::striped`]); the sum of those
//! counters is the odometer from which the windows know how many there were. Everything else is recorded here,
//! under a lock: failures, slow calls, and once in a bucket of a time window a plain success.

use std::sync::PoisonError;

use crate::state::policy::{Exceeded, Policy};
use crate::state::window::{Entry, Shape, Tally, Window};
use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering};
use crate::time::Ticks;

#[derive(Debug)]
pub(crate) struct WindowGuard {
    windows: Mutex<Option<Box<Windows>>>,
    /// Plain successes before this time have nothing to do here.
    stable_until: AtomicU64,
    /// Whether the throttle may reject, now or when the window has slid on.
    throttling: AtomicU64,
}

/// What a call that ends means to the windows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sample {
    pub(crate) failed: bool,
    pub(crate) slow: bool,
}

/// The odometer and the time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reading {
    pub(crate) success_count: u64,
    pub(crate) now: Ticks,
}

/// What the windows say after a call has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct WindowVerdict {
    pub(crate) exceeded: Option<Exceeded>,
    /// Whether the next success has to look at a window.
    pub(crate) window_due: bool,
    pub(crate) throttling: bool,
}

#[derive(Debug, Default)]
pub(crate) struct Windows {
    generation: u64,
    rates: Option<Window>,
    requests: Option<Window>,
}

/// The windows, under their lock.
pub(crate) struct LockedWindows<'w> {
    watch: &'w WindowGuard,
    windows: MutexGuard<'w, Option<Box<Windows>>>,
}

impl WindowGuard {
    #[cfg(not(breaker_loom))]
    pub(crate) const fn new() -> Self {
        Self {
            windows: Mutex::new(None),
            stable_until: AtomicU64::new(0),
            throttling: AtomicU64::new(0),
        }
    }

    #[cfg(breaker_loom)]
    pub(crate) fn new() -> Self {
        Self {
            windows: Mutex::new(None),
            stable_until: AtomicU64::new(0),
            throttling: AtomicU64::new(0),
        }
    }

    pub(crate) fn hold(&self) -> LockedWindows<'_> {
        let windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        LockedWindows { watch: self, windows }
    }

    /// Whether a plain success at this time has nothing to do with the windows.
    pub(crate) fn is_stable(&self, now: impl FnOnce() -> Ticks) -> bool {
        // Before the clock: the windows may move on in between.
        let until = self.stable_until.load(Ordering::Acquire);
        now() < until
    }

    pub(crate) fn is_throttling(&self) -> bool {
        self.throttling.load(Ordering::Relaxed) > 0
    }
}

impl LockedWindows<'_> {
    /// Empty from here on.
    pub(crate) fn restart(&mut self, generation: u64, policy: &Policy, at: Reading) {
        let windows = self.windows.get_or_insert_default();
        windows.reshape(policy, at);
        windows.restart(generation, at);
        self.publish(policy, at);
    }

    /// Makes the windows of a policy that is about to be replaced, where none was needed so far: a window that the
    /// next policy adds must start empty, and one that was there from the start must not.
    pub(crate) fn prepare(&mut self, generation: u64, policy: &Policy, at: Reading) {
        self.of(generation, policy, at);
    }

    /// Keeps what can be kept under another policy. The windows of the one before have been [made](Self::prepare).
    pub(crate) fn reshape(&mut self, generation: u64, policy: &Policy, at: Reading) -> WindowVerdict {
        self.of(generation, policy, at).reshape(policy, at);
        self.publish(policy, at)
    }

    /// A call of this generation has ended; `at` is before it.
    pub(crate) fn record(
        &mut self,
        generation: u64,
        policy: &Policy,
        sample: Sample,
        at: Reading,
    ) -> WindowVerdict {
        let after = self.of(generation, policy, at).record(sample, at);
        self.publish(policy, after)
    }

    /// Whether the throttle lets a call run, which takes part in the window if not. `chance` is from 0 to 1.
    pub(crate) fn admit(&mut self, generation: u64, policy: &Policy, chance: f64, at: Reading) -> bool {
        let Some(rule) = policy.throttle else { return true };
        let windows = self.of(generation, policy, at);
        let Some(requests) = &mut windows.requests else { return true };
        let rejection = rule.rejection(requests.tally(at.success_count, at.now));
        if chance >= rejection {
            self.publish(policy, at);
            return true;
        }
        requests.record(Entry { failed: true, slow: false }, at.success_count, at.now);
        false
    }

    /// For a snapshot: the counts of the rates' window, and the throttle's probability of a rejection.
    pub(crate) fn read(
        &mut self,
        generation: u64,
        policy: &Policy,
        at: Reading,
    ) -> (Option<Tally>, Option<f64>) {
        let windows = self.of(generation, policy, at);
        let tally = windows.rates.as_mut().map(|window| window.tally(at.success_count, at.now));
        let requests = windows.requests.as_mut().map(|window| window.tally(at.success_count, at.now));
        (tally, policy.throttle.zip(requests).map(|(rule, tally)| rule.rejection(tally)))
    }

    /// Made when first needed. The first state begins with the odometer at 0; each later one is begun by
    /// [`LockedWindows::restart`], unless its policy had no windows then.
    fn of(&mut self, generation: u64, policy: &Policy, at: Reading) -> &mut Windows {
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

    fn publish(&mut self, policy: &Policy, at: Reading) -> WindowVerdict {
        let Some(windows) = self.windows.as_deref_mut() else {
            return WindowVerdict { exceeded: None, window_due: false, throttling: false };
        };
        let (verdict, stable_until) = windows.judge(policy, at);
        self.watch.stable_until.store(stable_until, Ordering::Release);
        self.watch.throttling.store(u64::from(verdict.throttling), Ordering::Relaxed);
        verdict
    }
}

impl Windows {
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

    /// The moment after the call.
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
        let mut verdict = WindowVerdict { exceeded: None, window_due: false, throttling: false };
        let mut stable_until = Ticks::MAX;
        if let Some((rule, window)) = policy.window.zip(self.rates.as_mut()) {
            let tally = window.tally(at.success_count, at.now);
            verdict.exceeded = rule.judge(tally);
            // Whoever publishes this may have no call that ended and so not act on it: the next success has to.
            let quiet = verdict.exceeded.is_none() && rule.is_stable(tally);
            let until = if quiet { window.quiet_until() } else { 0 };
            stable_until = stable_until.min(until);
        }
        if let Some((rule, window)) = policy.throttle.zip(self.requests.as_mut()) {
            window.advance(at.success_count, at.now);
            // Later as well: nobody looks when the successes before these failures slide out.
            verdict.throttling = window.now_or_later(|tally| rule.rejection(tally) > 0.0);
            stable_until = stable_until.min(window.quiet_until());
        }
        verdict.window_due = stable_until < Ticks::MAX;
        (verdict, stable_until)
    }
}

fn fit(window: &mut Option<Window>, shape: Option<Shape>, at: Reading) {
    match (window.as_mut(), shape) {
        (_, None) => *window = None,
        (None, Some(shape)) => *window = Some(Window::new(shape, at.success_count, at.now)),
        (Some(there), Some(shape)) if there.shape() != shape => {
            there.reshape(shape, at.success_count, at.now);
        }
        (Some(_), Some(_)) => {}
    }
}
