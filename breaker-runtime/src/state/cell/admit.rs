//! Calls that do not run on sight.

use crate::state::cell::{Change, StateCell};
use crate::state::env::World;
use crate::state::policy::Policy;
use crate::state::ramp::Share;
use crate::state::transition;
use crate::state::transition::{Arrival, Rejection};
use crate::state::window_guard::Moment;
use crate::state::word::{Flags, Token, Word};
use crate::time::Ticks;
use crate::types::error::ErrorKind;

impl StateCell {
    /// Admits a call or rejects it. `told` hears of a change of state that this brought about.
    ///
    /// The clock is read after the word, each time: a reading older than the word would look as if the
    /// clock had stepped back, and would shorten the open period.
    pub(crate) fn admit(
        &self,
        policy: &Policy,
        world: &impl World,
        mut told: impl FnMut(Change),
    ) -> Result<Token, Rejection> {
        let mut word = self.word();
        loop {
            if word.is_gated() {
                // Without a look at the precise clock, which few policies need here.
                return self.pass_gate(word, policy, world);
            }
            let now = world.now();
            match transition::arrive(word, self.longest(word, policy), now) {
                Arrival::Run(token) => return Ok(token),
                Arrival::Rejected(rejection) => return Err(rejection),
                Arrival::Spared => return Ok(spared(word, policy, world)),
                Arrival::First(step) => {
                    if let Some(change) = self.store(word, step, now, world) {
                        told(change);
                    }
                    word = self.word();
                }
                Arrival::NeedsSlot => {
                    if let Some(token) = self.take_slot(word, policy, now) {
                        return Ok(token);
                    }
                    let seen = word;
                    word = self.word();
                    if word == seen {
                        return spare(word, policy, world, ErrorKind::HalfOpen);
                    }
                }
            }
        }
    }

    /// Returns the word while the breaker is open by itself.
    #[inline(always)]
    pub(crate) fn open_word(&self) -> Option<Word> {
        Some(self.word()).filter(|word| word.is_open())
    }

    /// Rejects a call of an open breaker that has a while to go, without a precise look at the clock and without the
    /// policy. The clock is read after the word.
    #[inline(always)]
    pub(crate) fn reject_early(&self, open: Word, coarse: Ticks) -> Option<Rejection> {
        transition::reject_early(open, self.past.period(open.generation())?, coarse)
    }

    /// Closed, and not every call runs on sight.
    fn pass_gate(&self, word: Word, policy: &Policy, world: &impl World) -> Result<Token, Rejection> {
        let (ramping, shedding) = (self.ramping(word, policy, world), self.watch.is_shedding());
        let shedding = shedding && policy.throttle.is_some() && word.is_closed();
        if let Some(share) = ramping {
            if !self.ramp.admits(share) {
                return spare(word, policy, world, ErrorKind::Recovering);
            }
        }
        if shedding {
            let (chance, now) = (world.chance(), world.now());
            let admitted = self.hold_for(word).is_none_or(|mut held| {
                let at = Moment { passed: self.passed(), now };
                held.admit(word.generation(), policy, chance, at)
            });
            if !admitted {
                return spare(word, policy, world, ErrorKind::Throttled);
            }
        }
        if ramping.is_none() && !shedding && policy.slow_call.is_none() && !policy.bulkhead {
            // Nothing is left to look at. Where this is lost, the next call will do it.
            let flags = Flags { gate: false, ..word.flags() };
            self.swap(word, word.with_flags(flags));
        }
        Ok(timed(word, policy, world))
    }

    /// Takes an admission back, of a call that finds no place: it has not run, and leaves no trace. In a dry run it
    /// runs all the same, by another token.
    pub(crate) fn withdraw(&self, policy: &Policy, token: Token, world: &impl World) -> Option<Token> {
        if let Some(slot) = token.probe_slot() {
            self.probes.give_back(slot, token.generation(), policy.probe_lease, world.now());
        }
        let state = token.state();
        transition::is_dry_run(state).then(|| spared(state, policy, world))
    }

    fn ramping(&self, word: Word, policy: &Policy, world: &impl World) -> Option<Share> {
        if policy.ramp == 0 {
            return None;
        }
        self.ramp.share(word.generation(), policy.ramp, || world.now())
    }

    fn take_slot(&self, word: Word, policy: &Policy, now: Ticks) -> Option<Token> {
        let generation = word.generation();
        let slot = self.probes.take(generation, policy.max_probes, policy.probe_lease, now)?;
        let token = Token::probe(word, slot);
        if token.belongs_to(self.word()) {
            return Some(token);
        }
        // The breaker left half-open while the slot was being taken: the call must look again.
        self.probes.give_back(slot, generation, policy.probe_lease, now);
        None
    }
}

/// A rejection, unless this is a dry run.
fn spare(word: Word, policy: &Policy, world: &impl World, kind: ErrorKind) -> Result<Token, Rejection> {
    if transition::is_dry_run(word) {
        Ok(spared(word, policy, world))
    } else {
        Err(Rejection { kind, retry_after: None })
    }
}

fn timed(word: Word, policy: &Policy, world: &impl World) -> Token {
    match policy.slow_call {
        Some(_) => Token::timed(word, policy.reading(world)),
        None => word.token(),
    }
}

fn spared(word: Word, policy: &Policy, world: &impl World) -> Token {
    timed(word, policy, world).unfenced()
}
