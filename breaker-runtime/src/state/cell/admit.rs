//! Calls that do not run on sight.

use crate::state::cell::{AtomicState, Transition};
use crate::state::env::Env;
use crate::state::policy::Policy;
use crate::state::ramp::Share;
use crate::state::transition;
use crate::state::transition::{Admit, Rejection};
use crate::state::window_guard::Reading;
use crate::state::word::{CallToken, Flags, StateWord};
use crate::time::Ticks;
use crate::types::error::ErrorKind;

impl AtomicState {
    /// Admits a call or rejects it. `told` hears of a change of state that this brought about.
    ///
    /// The clock is read after the word, each time: a reading older than the word would look as if the
    /// clock had stepped back, and would shorten the open period.
    pub(crate) fn admit(
        &self,
        policy: &Policy,
        env: &impl Env,
        mut told: impl FnMut(Transition),
    ) -> Result<CallToken, Rejection> {
        let mut word = self.word();
        loop {
            if word.needs_slow_admit() {
                // Without a look at the precise clock, which few policies need here.
                return self.pass_gate(word, policy, env);
            }
            let now = env.now();
            match transition::arrive(word, self.longest(word, policy), now) {
                Admit::Run(token) => return Ok(token),
                Admit::Rejected(rejection) => return Err(rejection),
                Admit::Bypass => return Ok(spared(word, policy, env)),
                Admit::Advance(step) => {
                    if let Some(change) = self.store(word, step, now, env) {
                        told(change);
                    }
                    word = self.word();
                }
                Admit::NeedsSlot => {
                    if let Some(token) = self.take_slot(word, policy, now) {
                        return Ok(token);
                    }
                    let seen = word;
                    word = self.word();
                    if word == seen {
                        return spare(word, policy, env, ErrorKind::HalfOpen);
                    }
                }
            }
        }
    }

    /// Returns the word while the breaker is open by itself.
    #[inline(always)]
    pub(crate) fn open_word(&self) -> Option<StateWord> {
        Some(self.word()).filter(|word| word.is_open())
    }

    /// Rejects a call of an open breaker that has a while to go, without a precise look at the clock and without the
    /// policy. The clock is read after the word.
    #[inline(always)]
    pub(crate) fn reject_early(&self, open: StateWord, coarse: Ticks) -> Option<Rejection> {
        transition::reject_early(open, self.past.period(open.generation())?, coarse)
    }

    /// Closed, and not every call runs on sight.
    fn pass_gate(
        &self,
        word: StateWord,
        policy: &Policy,
        env: &impl Env,
    ) -> Result<CallToken, Rejection> {
        let (ramping, throttling) = (self.ramping(word, policy, env), self.watch.is_throttling());
        let throttling = throttling && policy.throttle.is_some() && word.is_closed();
        if let Some(share) = ramping {
            if !self.ramp.admits(share) {
                return spare(word, policy, env, ErrorKind::Recovering);
            }
        }
        if throttling {
            let (chance, now) = (env.random(), env.now());
            let admitted = self.hold_for(word).is_none_or(|mut held| {
                let at = Reading { success_count: self.success_count(), now };
                held.admit(word.generation(), policy, chance, at)
            });
            if !admitted {
                return spare(word, policy, env, ErrorKind::Throttled);
            }
        }
        if ramping.is_none() && !throttling && policy.slow_call.is_none() && !policy.bulkhead {
            // Nothing is left to look at. Where this is lost, the next call will do it.
            let flags = Flags { slow_admit: false, ..word.flags() };
            self.swap(word, word.with_flags(flags));
        }
        Ok(timed(word, policy, env))
    }

    /// Takes an admission back, of a call that finds no place: it has not run, and leaves no trace. In a dry run it
    /// runs all the same, by another token.
    pub(crate) fn withdraw(
        &self,
        policy: &Policy,
        token: CallToken,
        env: &impl Env,
    ) -> Option<CallToken> {
        if let Some(slot) = token.probe_slot() {
            self.probes.give_back(slot, token.generation(), policy.probe_lease, env.now());
        }
        let state = token.state();
        transition::is_dry_run(state).then(|| spared(state, policy, env))
    }

    fn ramping(&self, word: StateWord, policy: &Policy, env: &impl Env) -> Option<Share> {
        if policy.ramp == 0 {
            return None;
        }
        self.ramp.share(word.generation(), policy.ramp, || env.now())
    }

    fn take_slot(&self, word: StateWord, policy: &Policy, now: Ticks) -> Option<CallToken> {
        let generation = word.generation();
        let slot = self.probes.take(generation, policy.max_probes, policy.probe_lease, now)?;
        let token = CallToken::probe(word, slot);
        if token.belongs_to(self.word()) {
            return Some(token);
        }
        // The breaker left half-open while the slot was being taken: the call must look again.
        self.probes.give_back(slot, generation, policy.probe_lease, now);
        None
    }
}

/// A rejection, unless this is a dry run.
fn spare(
    word: StateWord,
    policy: &Policy,
    env: &impl Env,
    kind: ErrorKind,
) -> Result<CallToken, Rejection> {
    if transition::is_dry_run(word) {
        Ok(spared(word, policy, env))
    } else {
        Err(Rejection { kind, retry_after: None })
    }
}

fn timed(word: StateWord, policy: &Policy, env: &impl Env) -> CallToken {
    match policy.slow_call {
        Some(_) => CallToken::timed(word, policy.reading(env)),
        None => word.token(),
    }
}

fn spared(word: StateWord, policy: &Policy, env: &impl Env) -> CallToken {
    timed(word, policy, env).bypassed()
}
