//! The state machine in shared memory: one atomic word, the probe slots and the windows.
//!
//! The rules of [`transition`] decide; this module stores what they decide. Each change is one
//! compare-and-swap of the word. A thread that loses it reads the word again, so a change has exactly
//! one author, and that caller alone receives the [`Transition`]. One word rather than a lock: a success
//! while closed is a load, a comparison and an add. It writes nothing that other threads read often: the
//! [`Streak`] compares success counts.
//!
//! `fast` has the shortcuts, `admit` and `settle` the full paths, `control` commands and new policies.

mod admit;
mod control;
pub(crate) mod fast;
mod reservation;
mod settle;
#[cfg(all(test, not(breaker_loom)))]
mod tests;

use std::ops::Deref;

use crate::state::cell::reservation::OpenReservation;
use crate::state::counters::striped::{HotCounter, Overflow, StripedCounters};
use crate::state::drop_run::DropRun;
use crate::state::env::Env;
use crate::state::open_history::{FailedProbes, OpenPeriod};
use crate::state::policy::Policy;
use crate::state::probe_slots::ProbeTable;
use crate::state::ramp::Ramp;
use crate::state::streak::Streak;
use crate::state::token::CallToken;
use crate::state::transition;
pub(crate) use crate::state::transition::CallEnd;
use crate::state::transition::Update;
use crate::state::window::Tally;
use crate::state::window::slices::{SliceLog, TakenSlices};
use crate::state::window_guard::{LockedWindows, Reading, WindowGuard};
use crate::state::word::{Flags, StateWord};
use crate::sync::{AtomicU64, OnceBox, Ordering};
use crate::time::Ticks;
use crate::types::outcome::Outcome;
use crate::types::reason::Reason;
use crate::types::traffic::WindowTraffic;

/// A change of state that this caller alone has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Transition {
    pub(crate) before: StateWord,
    pub(crate) after: StateWord,
    pub(crate) reason: Reason,
    pub(crate) at: Ticks,
    /// The contents of the window at a trip by a rate; empty for any other reason.
    pub(crate) tally: Tally,
    /// The failures in a row at the end of a closed state, with the one that ended it.
    pub(crate) streak: u64,
}

impl Transition {
    /// Returns when the new state began. A half-open state begins at the end of the open period, even if
    /// the first call comes later.
    pub(crate) fn since(&self) -> Ticks {
        match self.reason {
            Reason::TimeoutElapsed => self.before.payload().min(self.at),
            _ => self.at,
        }
    }
}

/// Whether a result counts, and whether it is in the totals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Accounting {
    /// It counts, and the caller adds it to the totals.
    Pending,
    /// It counts, and is in the totals.
    Done,
    /// It came too late to count.
    Late,
}

/// The result of settling a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) accounting: Accounting,
    pub(crate) outcome: Outcome,
    pub(crate) slow: bool,
    /// How long the call took, if it is timed.
    pub(crate) took: Option<Ticks>,
    /// The time of the result in a window of time, if it entered one.
    pub(crate) at: Option<Ticks>,
    /// The success count when it entered one, and the slices before it, unless they have to be
    /// [taken](AtomicState::take_slices).
    pub(crate) slices: Option<(u64, TakenSlices)>,
    pub(crate) transition: Option<Transition>,
}

impl Settled {
    /// A failure that counts, of a call that is not timed.
    pub(crate) const UNTIMED_FAILURE: Self = Self {
        accounting: Accounting::Done,
        outcome: Outcome::Failure,
        slow: false,
        took: None,
        at: None,
        slices: None,
        transition: None,
    };
}

/// The contents of the windows, for a snapshot.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct WindowReadings {
    pub(crate) tally: Option<Tally>,
    pub(crate) throttle: Option<f64>,
}

/// The state of one breaker, shared between threads.
#[derive(Debug)]
pub(crate) struct AtomicState {
    hot: Hot,
}

/// All that a successful call touches while closed, first and side by side, with what a rejection by an
/// open breaker reads.
#[derive(Debug)]
#[repr(C)]
struct Hot {
    word: AtomicU64,
    counters: StripedCounters,
    open_period: OpenPeriod,
    /// Made when a call first needs it, so that a breaker without failures is small.
    cold: OnceBox<ColdState>,
}

/// The part of the state that a plain success does not touch.
#[derive(Debug)]
pub(crate) struct ColdState {
    streak: Streak,
    overflow: Overflow,
    probes: ProbeTable,
    failed_probes: FailedProbes,
    drops: DropRun,
    ramp: Ramp,
    window_guard: WindowGuard,
}

impl ColdState {
    fn new() -> Self {
        Self {
            streak: Streak::new(),
            overflow: Overflow::new(),
            probes: ProbeTable::new(),
            failed_probes: FailedProbes::new(),
            drops: DropRun::new(),
            ramp: Ramp::new(),
            window_guard: WindowGuard::new(),
        }
    }
}

#[cfg(breaker_loom)]
impl Default for ColdState {
    fn default() -> Self {
        Self::new()
    }
}

impl Deref for AtomicState {
    type Target = ColdState;

    #[inline]
    fn deref(&self) -> &ColdState {
        match self.hot.cold.get() {
            Some(cold) => cold,
            None => self.make_cold(),
        }
    }
}

impl AtomicState {
    #[cfg(not(breaker_loom))]
    pub(crate) const fn new(flags: Flags) -> Self {
        let word = AtomicU64::new(StateWord::initial(flags).0);
        let counters = const { StripedCounters::new() };
        let open_period = const { OpenPeriod::new() };
        Self { hot: Hot { word, counters, open_period, cold: const { OnceBox::new() } } }
    }

    /// Makes one that has its cold part from the start: the cell would add steps to each interleaving.
    #[cfg(breaker_loom)]
    pub(crate) fn new(flags: Flags) -> Self {
        Self::with_cold(flags, OnceBox::with_value(Box::new(ColdState::new())))
    }

    /// Makes one that gets its cold part when that is first needed.
    #[cfg(breaker_loom)]
    pub(crate) fn without_cold(flags: Flags) -> Self {
        Self::with_cold(flags, OnceBox::new())
    }

    #[cfg(breaker_loom)]
    fn with_cold(flags: Flags, cold: OnceBox<ColdState>) -> Self {
        let word = AtomicU64::new(StateWord::initial(flags).0);
        let (counters, open_period) = (StripedCounters::new(), OpenPeriod::new());
        Self { hot: Hot { word, counters, open_period, cold } }
    }

    /// Returns the cold part, if anything has needed it.
    #[inline(always)]
    fn cold_if_made(&self) -> Option<&ColdState> {
        self.hot.cold.get()
    }

    /// Returns whether any result but a plain success, or a change of state, has come.
    pub(crate) fn has_cold_part(&self) -> bool {
        self.cold_if_made().is_some()
    }

    #[cold]
    #[inline(never)]
    fn make_cold(&self) -> &ColdState {
        self.hot.cold.get_or_init(|| Box::new(ColdState::new()))
    }

    #[inline(always)]
    pub(crate) fn word(&self) -> StateWord {
        StateWord(self.hot.word.load(Ordering::Acquire))
    }

    pub(crate) fn retry_after(&self, word: StateWord, policy: &Policy, now: Ticks) -> Option<Ticks> {
        transition::retry_after(word, self.open_period(word, policy), now)
    }

    pub(crate) fn probes_in_flight(&self, word: StateWord, policy: &Policy, now: Ticks) -> u32 {
        let in_flight =
            |cold: &ColdState| cold.probes.in_flight(word.generation(), policy.probe_lease, now);
        self.cold_if_made().map_or(0, in_flight)
    }

    /// Returns the share of the calls that the ramp admits; `None` if it admits all.
    pub(crate) fn ramp(&self, word: StateWord, policy: &Policy, now: Ticks) -> Option<f64> {
        let share = self.cold_if_made()?.ramp.share(word.generation(), policy.ramp, || now);
        share.filter(|_| policy.ramp > 0 && word.is_closed()).map(f64::from)
    }

    /// Returns the number of consecutive failures in the state of this word; 0 while not closed.
    pub(crate) fn streak_of(&self, word: StateWord) -> u64 {
        let Some(cold) = self.cold_if_made().filter(|_| word.is_closed()) else { return 0 };
        let last = cold.streak.read();
        last.streak(word.generation(), self.success_count())
    }

    /// Reads the windows of a closed state; empty if there is none.
    pub(crate) fn counts(&self, word: StateWord, policy: &Policy, now: Ticks) -> WindowReadings {
        if policy.is_plain() || !word.is_closed() {
            return WindowReadings::default();
        }
        let Some(mut windows) = self.lock_windows_of(word) else { return WindowReadings::default() };
        let at = Reading { success_count: self.success_count(), now };
        let (tally, throttle) = windows.read(word.generation(), policy, at);
        WindowReadings { tally, throttle }
    }

    /// Returns the plain successes since the last call of this, by the slices of a window of time;
    /// `None` without one, and if the state of this generation has ended.
    pub(crate) fn take_slices(&self, generation: u64, now: Ticks) -> Option<SliceLog> {
        let mut windows = self.window_guard.lock();
        windows.take_slices(generation, Reading { success_count: self.success_count(), now })
    }

    /// Returns the results since the window of the rates was made; `None` unless it is one of time.
    pub(crate) fn traffic(&self) -> Option<WindowTraffic> {
        self.cold_if_made()?.window_guard.lock().traffic(self.success_count())
    }

    /// Locks the windows of this closed state, or returns `None` if it has ended: they may belong to a
    /// later state.
    fn lock_windows_of(&self, word: StateWord) -> Option<LockedWindows<'_>> {
        let windows = self.window_guard.lock();
        word.token().belongs_to(self.word()).then_some(windows)
    }

    /// Returns the running number of plain successes: neither failed nor slow.
    fn success_count(&self) -> u64 {
        self.counted(HotCounter::Success)
    }

    /// Adds a call that was dropped while it was pending; returns whether so many before it were that it
    /// is a failure.
    pub(super) fn add_drop(&self, token: CallToken, policy: &Policy, env: &impl Env) -> bool {
        let Some(threshold) = policy.abandoned_threshold else { return false };
        let ended = || {
            let failures = self.counted(HotCounter::Failure);
            self.success_count().wrapping_add(failures).wrapping_add(env.other_ends())
        };
        let before = self.drops.add(|| token.belongs_to(self.word()), ended);
        before.is_some_and(|before| before >= u64::from(threshold))
    }

    /// Returns the whole length of the open period that `word` is in.
    fn open_period(&self, word: StateWord, policy: &Policy) -> Ticks {
        self.hot.open_period.get(word.generation()).unwrap_or(policy.open_for)
    }

    /// Stores an update, unless the word is no longer `word`. An update that ends the closed state needs
    /// an [`OpenReservation`].
    fn store(&self, word: StateWord, update: Update, now: Ticks, env: &impl Env) -> Option<Transition> {
        let streak = self.streak_of(word);
        if !self.swap(word, update.next) {
            return None;
        }
        if update.next.is_closed_or_forced_closed() && !word.is_closed_or_forced_closed() {
            env.release_open_slot();
        }
        self.forget_ended(word, update.next);
        let tally = Tally::default();
        update.reason.map(|reason| Transition {
            before: word,
            after: update.next,
            reason,
            at: now,
            tally,
            streak,
        })
    }

    /// Removes the data of states that have ended. Generations are compared modulo 8,192: data that
    /// stayed longer could be taken for that of a current state.
    fn forget_ended(&self, before: StateWord, after: StateWord) {
        if before.generation() == after.generation() {
            return;
        }
        if before.is_half_open() {
            self.probes.free_all(before.generation());
        }
        if before.is_closed() {
            self.streak.end(before.generation());
        }
        if after.is_closed_or_forced_closed() {
            self.hot.open_period.forget_before(after.generation());
            self.failed_probes.forget_before(after.generation());
            self.ramp.forget_before(after.generation());
            self.drops.restart(after.generation());
        }
    }

    #[inline(always)]
    fn swap(&self, old: StateWord, new: StateWord) -> bool {
        self.hot.word.compare_exchange(old.0, new.0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}
