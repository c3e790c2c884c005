//! Results, and what they bring about.

use crate::state::cell::{Accounting, AtomicState, CallEnd, OpenReservation, Settled, Transition};
use crate::state::counters::striped::HotCounter;
use crate::state::env::Env;
use crate::state::policy::Policy;
use crate::state::transition;
use crate::state::transition::Effect;
use crate::state::window_guard::{Reading, Sample, WindowVerdict};
use crate::state::word::{CallToken, Flags, StateWord};
use crate::time::Ticks;
use crate::types::outcome::Outcome;
use crate::types::reason::Reason;

impl AtomicState {
    /// Records the result of an admitted call. A token is settled once: the caller gives it up. `wait` is how
    /// long a failed dependency asked to be left alone.
    pub(crate) fn settle(
        &self,
        policy: &Policy,
        token: CallToken,
        end: CallEnd,
        wait: Option<Ticks>,
        env: &impl Env,
    ) -> Settled {
        match token.probe_slot() {
            Some(_) => self.settle_probe(policy, token, end, wait, env),
            None => self.settle_call(policy, token, end, wait, env),
        }
    }

    fn settle_call(
        &self,
        policy: &Policy,
        token: CallToken,
        end: CallEnd,
        wait: Option<Ticks>,
        env: &impl Env,
    ) -> Settled {
        let reading = token.began().map(|_| policy.reading(env));
        let took = token.began().zip(reading).map(|(began, now)| now.saturating_sub(began));
        let slow = took.is_some_and(|took| policy.is_slow(took));
        let outcome = outcome(end, slow);
        let settled = |accounting| Settled { accounting, outcome, slow, transition: None };
        if token.is_bypassed() {
            return settled(Accounting::Pending);
        }
        if outcome == Outcome::Success && !slow {
            let word = self.word();
            let now = || reading.unwrap_or_else(|| policy.reading(env));
            let nothing_to_do = word.is_closed()
                && word.streak() == 0
                && (!word.flags().window_due || self.watch.is_stable(now));
            if token.belongs_to(word) && nothing_to_do {
                self.count(HotCounter::Success, env.thread_slot());
                return settled(Accounting::Done);
            }
        }
        if policy.is_plain() || outcome == Outcome::Ignored {
            self.conclude(policy, token, settled(Accounting::Pending), wait, env)
        } else {
            self.record(policy, token, settled(Accounting::Pending), wait, env)
        }
    }

    fn settle_probe(
        &self,
        policy: &Policy,
        token: CallToken,
        end: CallEnd,
        wait: Option<Ticks>,
        env: &impl Env,
    ) -> Settled {
        let now = env.now();
        let slot = token.probe_slot();
        let began = slot
            .and_then(|slot| self.probes.give_back(slot, token.generation(), policy.probe_lease, now));
        let slow = began.is_some_and(|began| policy.is_slow(now.saturating_sub(began)));
        let settled = Settled {
            accounting: Accounting::Pending,
            outcome: outcome(end, slow),
            slow,
            transition: None,
        };
        if began.is_none() {
            return Settled { accounting: Accounting::Late, ..settled };
        }
        self.conclude(policy, token, settled, wait, env)
    }

    /// Carries out what a result means by the word alone.
    fn conclude(
        &self,
        policy: &Policy,
        token: CallToken,
        settled: Settled,
        wait: Option<Ticks>,
        env: &impl Env,
    ) -> Settled {
        let mut word = self.word();
        let mut reservation = OpenReservation::new(env);
        loop {
            // A slow probe has not shown that the dependency is well.
            let outcome = match settled {
                Settled { outcome: Outcome::Success, slow: true, .. } if word.is_half_open() => {
                    Outcome::Failure
                }
                _ => settled.outcome,
            };
            let change = match transition::settle(word, token, outcome, policy, None) {
                Effect::Late => return Settled { accounting: Accounting::Late, ..settled },
                Effect::Keep => return settled,
                Effect::Move(step) => {
                    if self.swap(word, step.next) {
                        return settled;
                    }
                    None
                }
                Effect::Open(reason) if reservation.covers(word, false) => {
                    let opening = Opening { reason, wait, now: env.now(), chance: chance(policy, env) };
                    let change = self.open(word, policy, opening, env);
                    if change.is_some() {
                        reservation.consume(word);
                        return Settled { transition: change, ..settled };
                    }
                    None
                }
                // The next failure asks again.
                Effect::Open(_) => {
                    if self.swap(word, word.with_streak(word.streak() + 1)) {
                        return settled;
                    }
                    None
                }
                Effect::Close => self.start(word, policy, env, |word| {
                    token.belongs_to(word).then(|| transition::close(word, policy))
                }),
            };
            if change.is_some() {
                return Settled { transition: change, ..settled };
            }
            word = self.word();
        }
    }

    /// Enters a result into the windows, and carries out what it means.
    fn record(
        &self,
        policy: &Policy,
        token: CallToken,
        settled: Settled,
        wait: Option<Ticks>,
        env: &impl Env,
    ) -> Settled {
        // Before the lock, or after it: the clock and the chance may be the user's code.
        let now = if policy.slides_by_time() { env.now() } else { 0 };
        let lane = env.thread_slot();
        let mut held = self.watch.hold();
        let mut word = self.word();
        if !token.belongs_to(word) {
            return Settled { accounting: Accounting::Late, ..settled };
        }
        if !word.is_closed() {
            return settled;
        }
        let failed = settled.outcome == Outcome::Failure;
        let sample = Sample { failed, slow: settled.slow };
        let at = Reading { success_count: self.success_count(), now };
        let verdict = held.record(token.generation(), policy, sample, at);
        let mut settled = settled;
        if !failed && !settled.slow {
            // Still under the lock: whoever records next must know of it.
            self.count(HotCounter::Success, lane);
            settled.accounting = Accounting::Done;
        }
        let mut reservation = OpenReservation::new(env);
        // Once recorded it counts, also if somebody trips the breaker at this moment.
        let reason = loop {
            match transition::settle(word, token, settled.outcome, policy, verdict.exceeded) {
                Effect::Open(reason) if reservation.covers(word, false) => break reason,
                settlement => {
                    let next = match settlement {
                        Effect::Late => return settled,
                        Effect::Move(step) => step.next,
                        // It may not, and the next result asks again.
                        Effect::Open(_) if failed => word.with_streak(word.streak() + 1),
                        Effect::Open(_) => word.with_streak(0),
                        _ => word,
                    };
                    let next = next.with_flags(flags(next, policy, verdict));
                    if next == word || self.swap(word, next) {
                        return settled;
                    }
                }
            }
            word = self.word();
        };
        drop(held);
        let opening = Opening { reason, wait, now: env.now(), chance: chance(policy, env) };
        while token.belongs_to(word) {
            let change = self.open(word, policy, opening, env);
            if change.is_some() {
                reservation.consume(word);
                return Settled { transition: change, ..settled };
            }
            word = self.word();
        }
        settled
    }

    pub(super) fn open(
        &self,
        word: StateWord,
        policy: &Policy,
        opening: Opening,
        env: &impl Env,
    ) -> Option<Transition> {
        let Opening { reason, wait, now, chance } = opening;
        let failed_probes = match reason {
            Reason::ProbeFailed => self.past.failed_probes(word.generation()).saturating_add(1),
            _ => 0,
        };
        let growth = policy.growth;
        let period = growth.spread(growth.period(policy.open_for, failed_probes), chance);
        let period = growth.lengthened(period, wait);
        let step = transition::open(word, period, now, reason);
        self.past.announce(step.next.generation(), failed_probes, period);
        self.store(word, step, now, env)
    }
}

/// What an open period depends on beside the policy.
#[derive(Clone, Copy)]
pub(super) struct Opening {
    pub(super) reason: Reason,
    pub(super) wait: Option<Ticks>,
    pub(super) now: Ticks,
    pub(super) chance: f64,
}

fn chance(policy: &Policy, env: &impl Env) -> f64 {
    if policy.growth.jitter > 0.0 { env.random() } else { 0.5 }
}

/// Callers who give up early must not hide a service that hangs.
fn outcome(end: CallEnd, slow: bool) -> Outcome {
    match end {
        CallEnd::Success => Outcome::Success,
        CallEnd::Failure => Outcome::Failure,
        CallEnd::Cancelled if slow => Outcome::Failure,
        CallEnd::Ignored | CallEnd::Cancelled => Outcome::Ignored,
    }
}

/// The gate is only closed here: who passes it opens it again.
fn flags(word: StateWord, policy: &Policy, verdict: WindowVerdict) -> Flags {
    let slow_admit = word.flags().slow_admit || verdict.throttling;
    Flags { slow_admit, window_due: policy.flags(false).window_due || verdict.window_due }
}
