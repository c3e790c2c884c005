//! The state machine in shared memory: one atomic word and the probe table, driven by the rules of
//! [`super::machine`]. Every change is one compare-and-swap; losing one is normal and means looking again.

use super::machine::{self, Arrival, Control, Policy, Reason, Rejection, Settlement, Step};
use super::probes::ProbeTable;
use super::word::{Ticks, Token, Word};
use crate::outcome::Outcome;
use crate::snapshot::State;
use crate::sync::{AtomicU64, Ordering};

/// A change of state that this caller, and nobody else, has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) before: Word,
    pub(crate) after: Word,
    pub(crate) reason: Reason,
    pub(crate) at: Ticks,
}

/// What became of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It counts.
    Counted,
    /// It came too late to count.
    Late,
}

#[derive(Debug)]
pub(crate) struct StateCell {
    word: AtomicU64,
    probes: ProbeTable,
}

impl StateCell {
    #[cfg(not(breaker_loom))]
    pub(crate) const fn new() -> Self {
        Self { word: AtomicU64::new(Word::INITIAL.0), probes: ProbeTable::new() }
    }

    #[cfg(breaker_loom)]
    pub(crate) fn new() -> Self {
        Self { word: AtomicU64::new(Word::INITIAL.0), probes: ProbeTable::new() }
    }

    #[inline(always)]
    pub(crate) fn word(&self) -> Word {
        Word(self.word.load(Ordering::Acquire))
    }

    /// The common case of [`StateCell::admit`]: a state that lets every call run.
    #[inline(always)]
    pub(crate) fn admit_closed(&self) -> Option<Token> {
        let word = self.word();
        word.runs_every_call().then(|| word.token())
    }

    /// Admits a call or rejects it. `told` hears of a change of state that this brought about.
    ///
    /// The clock is read after the word, each time: a reading older than the word would look as if the
    /// clock had stepped back, and would shorten the open period.
    pub(crate) fn admit(
        &self,
        policy: &Policy,
        now: impl Fn() -> Ticks,
        mut told: impl FnMut(Change),
    ) -> Result<Token, Rejection> {
        let mut word = self.word();
        loop {
            let now = now();
            match machine::arrive(word, policy, now) {
                Arrival::Run(token) => return Ok(token),
                Arrival::Rejected(rejection) => return Err(rejection),
                Arrival::First(step) => {
                    if let Some(change) = self.store(word, step, now) {
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
                        return machine::crowded(word);
                    }
                }
            }
        }
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

    /// Whether a success with this token has nothing to change: the state is the same and the streak is
    /// empty. The second look at the word is needed, because a success ends a streak that grew while
    /// its call ran.
    #[inline(always)]
    pub(crate) fn is_untouched(&self, token: Token) -> bool {
        token.is_untouched(self.word())
    }

    /// Records the result of an admitted call. A token is settled once: the caller gives it up.
    pub(crate) fn settle(
        &self,
        policy: &Policy,
        token: Token,
        outcome: Outcome,
        now: impl Fn() -> Ticks,
        told: impl FnOnce(Change),
    ) -> Fate {
        if token.is_unfenced() {
            return Fate::Counted;
        }
        let mut at = 0;
        if let Some(slot) = token.probe_slot() {
            at = now();
            if !self.probes.give_back(slot, token.generation(), policy.probe_lease, at) {
                return Fate::Late;
            }
        }
        let mut word = self.word();
        loop {
            let clock = || {
                at = now();
                at
            };
            match machine::settle(word, token, outcome, policy, clock) {
                Settlement::Late => return Fate::Late,
                Settlement::Keep => return Fate::Counted,
                Settlement::Move(step) => {
                    if self.swap(word, step.next) {
                        // Read before the swap, for the slot or for the deadline: a clock that panics
                        // after it would leave a change that nobody is told of.
                        if let Some(reason) = step.reason {
                            told(Change { before: word, after: step.next, reason, at });
                        }
                        return Fate::Counted;
                    }
                    word = self.word();
                }
            }
        }
    }

    /// Carries out an order; `None` where it has no effect.
    pub(crate) fn control(&self, policy: &Policy, order: Control, now: Ticks) -> Option<Change> {
        loop {
            let word = self.word();
            let step = machine::control(word, order, policy, now)?;
            if let Some(change) = self.store(word, step, now) {
                return Some(change);
            }
        }
    }

    pub(crate) fn state(&self, now: Ticks) -> State {
        machine::effective(self.word(), now)
    }

    pub(crate) fn probes_in_flight(&self, word: Word, policy: &Policy, now: Ticks) -> u32 {
        self.probes.in_flight(word.generation(), policy.probe_lease, now)
    }

    fn store(&self, word: Word, step: Step, now: Ticks) -> Option<Change> {
        if !self.swap(word, step.next) {
            return None;
        }
        step.reason.map(|reason| Change { before: word, after: step.next, reason, at: now })
    }

    fn swap(&self, old: Word, new: Word) -> bool {
        self.word.compare_exchange(old.0, new.0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}
