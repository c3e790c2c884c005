//! States that start anew, orders, and options that change at run time.

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
    /// Starts a state that is closed, or forced: with empty windows and, after probes, with a ramp.
    pub(super) fn start(
        &self,
        mut word: StateWord,
        policy: &Policy,
        env: &impl Env,
        step: impl Fn(StateWord) -> Option<Update>,
    ) -> Option<Transition> {
        let now = env.now();
        let mut reservation = OpenReservation::new(env);
        // Nothing but an order ends a closed state here.
        let mut may = |word: StateWord, step: &Update| {
            step.next.is_closed_or_forced_closed() || reservation.covers(word, true)
        };
        if policy.is_plain() && policy.ramp == 0 {
            let step = step(word)?;
            let change = may(word, &step).then(|| self.store(word, step, now, env))??;
            reservation.consume(word);
            return Some(change);
        }
        // Everybody who starts one holds the lock: what is written here belongs to the state that the word
        // takes on.
        let mut held = self.watch.hold();
        word = self.word();
        let step = step(word)?;
        let generation = step.next.generation();
        if step.reason == Some(Reason::ProbesSucceeded) && policy.ramp > 0 {
            self.ramp.start(generation, now);
        }
        // Read before the word changes, so that no success of the new state is missed.
        let at = Reading { success_count: self.success_count(), now };
        let change = may(word, &step).then(|| self.store(word, step, now, env))??;
        reservation.consume(word);
        if !policy.is_plain() {
            held.restart(generation, policy, at);
        }
        Some(change)
    }

    /// Carries out an order; `None` where it has no effect.
    pub(crate) fn control(&self, policy: &Policy, order: Command, env: &impl Env) -> Option<Transition> {
        loop {
            let word = self.word();
            let now = env.now();
            let change = if order == Command::Trip {
                transition::control(word, order, policy, now)?;
                // In the middle between 0 and 1: jitter neither shortens nor lengthens a period that was asked for.
                let opening = Opening { reason: Reason::Tripped, wait: None, now, chance: 0.5 };
                let mut reservation = OpenReservation::new(env);
                let may = reservation.covers(word, true);
                let change = may.then(|| self.open(word, policy, opening, env)).flatten();
                if change.is_some() {
                    reservation.consume(word);
                }
                change
            } else {
                transition::control(word, order, policy, now)?;
                self.start(word, policy, env, |word| transition::control(word, order, policy, now))
            };
            if change.is_some() {
                return change;
            }
        }
    }

    /// Goes over to another policy, in the same state. `replaced` returns the policy that the new one replaces, or
    /// `None` if it is not to; `publish` makes the new one visible.
    ///
    /// What has ended under the old policy stays so under the new one: a probe that is lost, a ramp that is over.
    pub(crate) fn reconfigure(
        &self,
        new: &Policy,
        env: &impl Env,
        replaced: impl FnOnce() -> Option<Policy>,
        publish: impl FnOnce(),
    ) {
        let now = env.now();
        let mut held = self.watch.hold();
        let Some(old) = replaced() else { return };
        let generation = self.word().generation();
        held.prepare(generation, &old, Reading { success_count: self.success_count(), now });
        self.probes.free_lost(old.probe_lease, now);
        self.ramp.end_if_over(generation, [old.ramp, new.ramp], now);
        publish();
        self.adapt(held, new, now);
    }

    /// Sees to it that a closed word has the flags of the policy: whoever made it may have known another one.
    pub(crate) fn refresh_flags(&self, policy: &Policy, now: Ticks) {
        self.adapt(self.watch.hold(), policy, now);
    }

    /// Whether calls run on sight, as far as nothing but a gate could hold them.
    pub(crate) fn has_fast_admission(&self) -> bool {
        let word = self.word();
        word.is_closed_or_forced_closed() && !word.flags().slow_admit
    }

    fn adapt(&self, mut held: LockedWindows<'_>, policy: &Policy, now: Ticks) {
        loop {
            let word = self.word();
            let at = Reading { success_count: self.success_count(), now };
            let verdict = held.reshape(word.generation(), policy, at);
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
