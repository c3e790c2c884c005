//! States that start anew, orders, and options that change at run time.

use super::settle::Opening;
use super::{Allowance, Change, StateCell};
use crate::state::machine::{self, Control, Reason, Step};
use crate::state::policy::Policy;
use crate::state::watch::{Held, Moment};
use crate::state::word::{Flags, Ticks, Word};
use crate::state::world::World;

impl StateCell {
    /// Starts a state that is closed, or forced: with empty windows and, after probes, with a ramp.
    pub(super) fn start(
        &self,
        mut word: Word,
        policy: &Policy,
        world: &impl World,
        step: impl Fn(Word) -> Option<Step>,
    ) -> Option<Change> {
        let now = world.now();
        let mut allowance = Allowance::new(world);
        // Nothing but an order ends a closed state here.
        let mut may = |word: Word, step: &Step| {
            step.next.is_closed_or_forced_closed() || allowance.is_enough_for(word, true)
        };
        if policy.is_plain() && policy.ramp == 0 {
            let step = step(word)?;
            let change = may(word, &step).then(|| self.store(word, step, now, world))??;
            allowance.spend(word);
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
        let at = Moment { passed: self.passed(), now };
        let change = may(word, &step).then(|| self.store(word, step, now, world))??;
        allowance.spend(word);
        if !policy.is_plain() {
            held.restart(generation, policy, at);
        }
        Some(change)
    }

    /// Carries out an order; `None` where it has no effect.
    pub(crate) fn control(&self, policy: &Policy, order: Control, world: &impl World) -> Option<Change> {
        loop {
            let word = self.word();
            let now = world.now();
            let change = if order == Control::Trip {
                machine::control(word, order, policy, now)?;
                let opening = Opening { reason: Reason::Tripped, wait: None, now, chance: 0.5 };
                let mut allowance = Allowance::new(world);
                let may = allowance.is_enough_for(word, true);
                let change = may.then(|| self.open(word, policy, opening, world)).flatten();
                if change.is_some() {
                    allowance.spend(word);
                }
                change
            } else {
                machine::control(word, order, policy, now)?;
                self.start(word, policy, world, |word| machine::control(word, order, policy, now))
            };
            if change.is_some() {
                return change;
            }
        }
    }

    /// Goes over to another policy, in the same state: `change` makes everybody see it, or says that it
    /// is not to be.
    pub(crate) fn reconfigure(
        &self,
        old: &Policy,
        new: &Policy,
        world: &impl World,
        change: impl FnOnce() -> bool,
    ) {
        let now = world.now();
        let word = self.word();
        self.past.keep_period(word.generation(), self.longest(word, old));
        let held = self.watch.hold();
        if change() {
            self.adapt(held, new, now);
        }
    }

    /// Sees to it that a closed word has the flags of the policy: whoever made it may have known another one.
    pub(crate) fn refresh(&self, policy: &Policy, now: Ticks) {
        self.adapt(self.watch.hold(), policy, now);
    }

    /// Whether calls run on sight, as far as nothing but a gate could hold them.
    pub(crate) fn has_no_gate(&self) -> bool {
        let word = self.word();
        word.is_closed_or_forced_closed() && !word.flags().gate
    }

    fn adapt(&self, mut held: Held<'_>, policy: &Policy, now: Ticks) {
        loop {
            let word = self.word();
            let at = Moment { passed: self.passed(), now };
            let verdict = held.reshape(word.generation(), policy, at);
            if !word.is_closed_or_forced_closed() {
                return;
            }
            let ramp = policy.ramp > 0 && word.flags().gate;
            let flags = policy.flags(ramp || verdict.shedding);
            let flags = Flags { note: flags.note || verdict.note, ..flags };
            let next = word.with_flags(flags);
            if next == word || self.swap(word, next) {
                return;
            }
        }
    }
}
