//! Commands, new closed or forced states, and policies that change at run time.

use crate::state::cell::settle::Opening;
use crate::state::cell::{AtomicState, OpenReservation, Transition};
use crate::state::env::Env;
use crate::state::policy::Policy;
use crate::state::transition;
use crate::state::transition::{Command, Update};
use crate::state::window_guard::{LockedWindows, Reading};
use crate::state::word::{Flags, StateWord};
use crate::time::Ticks;
use crate::types::reason::Reason;

impl AtomicState {
    /// Starts a closed or forced state: with empty windows and, after probes, with a ramp.
    pub(super) fn start(
        &self,
        mut word: StateWord,
        policy: &Policy,
        env: &impl Env,
        update: impl Fn(StateWord) -> Option<Update>,
    ) -> Option<Transition> {
        let now = env.now();
        let mut reservation = OpenReservation::new(env);
        // Only a command ends a closed state here, so the reservation is forced.
        let mut allowed = |word: StateWord, update: &Update| {
            update.next.is_closed_or_forced_closed() || reservation.covers(word, true)
        };
        if policy.is_plain() && policy.ramp == 0 {
            let update = update(word)?;
            let transition = allowed(word, &update).then(|| self.store(word, update, now, env))??;
            reservation.consume(word);
            return Some(transition);
        }
        // Each thread that starts such a state holds the lock, so what it writes here belongs to the
        // state that the word then has.
        let mut windows = self.window_guard.lock();
        word = self.word();
        let update = update(word)?;
        let generation = update.next.generation();
        let recovers = matches!(update.reason, Some(Reason::ProbesSucceeded | Reason::FleetClosed));
        if recovers && policy.ramp > 0 {
            self.ramp.start(generation, now);
        }
        // Read before the word changes, so that no success of the new state is missed.
        let at = Reading { success_count: self.success_count(), now };
        let transition = allowed(word, &update).then(|| self.store(word, update, now, env))??;
        reservation.consume(word);
        if !policy.is_plain() {
            windows.restart(generation, policy, at);
        }
        Some(transition)
    }

    /// Carries out a command. Returns `None` if it has no effect.
    pub(crate) fn control(
        &self,
        policy: &Policy,
        command: Command,
        env: &impl Env,
    ) -> Option<Transition> {
        loop {
            let word = self.word();
            let now = env.now();
            transition::control(word, command, policy, now)?;
            let transition = match command {
                Command::Trip => self.trip(word, policy, Opening::by_command(now), env),
                Command::FleetOpen(period) => {
                    self.trip(word, policy, Opening::by_fleet(period, now), env)
                }
                _ => {
                    self.start(word, policy, env, |word| transition::control(word, command, policy, now))
                }
            };
            if transition.is_some() {
                return transition;
            }
        }
    }

    fn trip(
        &self,
        word: StateWord,
        policy: &Policy,
        opening: Opening,
        env: &impl Env,
    ) -> Option<Transition> {
        let mut reservation = OpenReservation::new(env);
        let allowed = reservation.covers(word, true);
        let transition = allowed.then(|| self.open(word, policy, opening, env)).flatten();
        if transition.is_some() {
            reservation.consume(word);
        }
        transition
    }

    /// Opens the breaker as an outlier among its siblings, if it is still in the closed state of `seen`
    /// and its group has an open slot.
    pub(crate) fn open_outlier(
        &self,
        seen: StateWord,
        policy: &Policy,
        env: &impl Env,
    ) -> Option<Transition> {
        let opening = Opening::new(Reason::Outlier, None, policy, env);
        let mut reservation = OpenReservation::new(env);
        loop {
            let word = self.word();
            let is_same_state = word.is_closed() && word.generation() == seen.generation();
            if !is_same_state || !reservation.covers(word, false) {
                return None;
            }
            if let Some(transition) = self.open(word, policy, opening, env) {
                reservation.consume(word);
                return Some(transition);
            }
        }
    }

    /// Changes the policy and keeps the state. `replaced` returns the policy that the new one replaces,
    /// or `None` to leave it; `publish` makes the new one visible.
    ///
    /// What has ended under the old policy stays ended: a lost probe, a ramp that is over.
    pub(crate) fn reconfigure(
        &self,
        new: &Policy,
        env: &impl Env,
        replaced: impl FnOnce() -> Option<Policy>,
        publish: impl FnOnce(),
    ) {
        let now = env.now();
        let mut windows = self.window_guard.lock();
        let Some(old) = replaced() else { return };
        let generation = self.word().generation();
        windows.prepare(generation, &old, Reading { success_count: self.success_count(), now });
        self.probes.free_lost(old.probe_lease, now);
        self.ramp.end_if_over(generation, [old.ramp, new.ramp], now);
        publish();
        self.apply_policy(windows, new, now);
    }

    /// Sets the flags of the policy in a closed word: the thread that stored the word may have used an
    /// older policy.
    pub(crate) fn refresh_flags(&self, policy: &Policy, now: Ticks) {
        self.apply_policy(self.window_guard.lock(), policy, now);
    }

    /// Returns whether the word is closed or forced closed, and `SLOW_ADMIT` is not set.
    pub(crate) fn has_fast_admission(&self) -> bool {
        let word = self.word();
        word.is_closed_or_forced_closed() && !word.flags().slow_admit
    }

    fn apply_policy(&self, mut windows: LockedWindows<'_>, policy: &Policy, now: Ticks) {
        loop {
            let word = self.word();
            let at = Reading { success_count: self.success_count(), now };
            let verdict = windows.reshape(word.generation(), policy, at);
            if !word.is_closed_or_forced_closed() {
                return;
            }
            let ramp = policy.ramp > 0 && word.flags().slow_admit;
            let flags = policy.flags(ramp || verdict.throttling);
            let flags = Flags { window_due: flags.window_due || verdict.window_due, ..flags };
            let next = word.with_flags(flags);
            if next == word || self.swap(word, next) {
                return;
            }
        }
    }
}
