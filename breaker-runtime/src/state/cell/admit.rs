//! The full path of admission: open and half-open states, ramp, throttle and timed calls.

use crate::state::cell::{AtomicState, Transition};
use crate::state::env::Env;
use crate::state::policy::Policy;
use crate::state::ramp::RampShare;
use crate::state::token::CallToken;
use crate::state::transition;
use crate::state::transition::{Admit, Rejection, Update};
use crate::state::window_guard::Reading;
use crate::state::word::{Flags, StateWord};
use crate::time::Ticks;
use crate::types::error::ErrorKind;

impl AtomicState {
    /// Admits a call or rejects it. Reports a change of state that the call causes to `on_transition`.
    ///
    /// The clock is read after the word, each time: a reading older than the word would look like a
    /// clock that stepped back, and would shorten the open period.
    pub(crate) fn admit(
        &self,
        policy: &Policy,
        env: &impl Env,
        mut on_transition: impl FnMut(Transition),
    ) -> Result<CallToken, Rejection> {
        let mut word = self.word();
        loop {
            if word.needs_slow_admit() {
                // Does not read the precise clock, which few policies need here.
                return self.admit_slowly(word, policy, env);
            }
            let now = env.now();
            match transition::admit(word, self.open_period(word, policy), now) {
                Admit::Run(token) => return Ok(token),
                Admit::Rejected(rejection) => return Err(rejection),
                Admit::Bypass => return Ok(bypass(word, policy, env)),
                // An update without a reason only corrects a deadline.
                Admit::Advance(Update { reason: Some(_), .. }) if !env.may_probe(now) => {
                    return reject_or_bypass(word, policy, env, ErrorKind::Open);
                }
                // The lease may end between two probes.
                Admit::NeedsSlot if !env.may_probe(now) => {
                    return reject_or_bypass(word, policy, env, ErrorKind::HalfOpen);
                }
                Admit::Advance(update) => {
                    if let Some(transition) = self.store(word, update, now, env) {
                        on_transition(transition);
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
                        return reject_or_bypass(word, policy, env, ErrorKind::HalfOpen);
                    }
                }
            }
        }
    }

    /// Returns the word if the breaker is open in automatic mode.
    #[inline(always)]
    pub(crate) fn open_word(&self) -> Option<StateWord> {
        Some(self.word()).filter(|word| word.is_open())
    }

    /// Rejects a call of an open breaker well before the end of its period, without the precise clock
    /// and without the policy. The clock is read after the word.
    #[inline(always)]
    pub(crate) fn reject_early(&self, open: StateWord, coarse: Ticks) -> Option<Rejection> {
        transition::reject_early(open, self.hot.open_period.get_wide(open.generation()), coarse)
    }

    /// Admits a call of a closed breaker with `SLOW_ADMIT`: by the ramp, the throttle, and with a
    /// measured time.
    fn admit_slowly(
        &self,
        word: StateWord,
        policy: &Policy,
        env: &impl Env,
    ) -> Result<CallToken, Rejection> {
        let (ramp_share, throttling) =
            (self.ramp_share(word, policy, env), self.window_guard.is_throttling());
        let throttling = throttling && policy.throttle.is_some() && word.is_closed();
        if let Some(share) = ramp_share {
            if !self.ramp.admits(share) {
                return reject_or_bypass(word, policy, env, ErrorKind::Recovering);
            }
        }
        if throttling {
            let (random, now) = (env.random(), env.now());
            let admitted = self.lock_windows_of(word).is_none_or(|mut windows| {
                let at = Reading { success_count: self.success_count(), now };
                windows.admit(word.generation(), policy, random, at)
            });
            if !admitted {
                return reject_or_bypass(word, policy, env, ErrorKind::Throttled);
            }
        }
        if ramp_share.is_none() && !throttling && policy.slow_call.is_none() && !policy.bulkhead {
            // Nothing is left to check. If this fails, the next call clears the flag.
            let flags = Flags { slow_admit: false, ..word.flags() };
            self.swap(word, word.with_flags(flags));
        }
        Ok(timed(word, policy, env))
    }

    /// Reverts the admission of a call that gets no concurrency permit. The call has not run and counts
    /// nowhere. In observe mode it runs all the same, with the token that is returned.
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
        transition::is_dry_run(state).then(|| bypass(state, policy, env))
    }

    fn ramp_share(&self, word: StateWord, policy: &Policy, env: &impl Env) -> Option<RampShare> {
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
        // The half-open state ended in between: the caller reads the word again.
        self.probes.give_back(slot, generation, policy.probe_lease, now);
        None
    }
}

/// Rejects a call, or lets it bypass the rejection in observe mode.
fn reject_or_bypass(
    word: StateWord,
    policy: &Policy,
    env: &impl Env,
    kind: ErrorKind,
) -> Result<CallToken, Rejection> {
    if transition::is_dry_run(word) {
        Ok(bypass(word, policy, env))
    } else {
        Err(Rejection { kind, retry_after: None })
    }
}

/// Returns a token that holds the time, if the policy measures calls.
fn timed(word: StateWord, policy: &Policy, env: &impl Env) -> CallToken {
    match policy.slow_call {
        Some(_) => CallToken::timed(word, policy.reading(env)),
        None => word.token(),
    }
}

fn bypass(word: StateWord, policy: &Policy, env: &impl Env) -> CallToken {
    timed(word, policy, env).bypassed()
}
