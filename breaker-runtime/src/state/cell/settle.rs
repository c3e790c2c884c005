//! The full path of a result, and the opening of a breaker. The rules are in [`transition`].

use crate::state::cell::{Accounting, AtomicState, CallEnd, OpenReservation, Settled, Transition};
use crate::state::counters::striped::HotCounter;
use crate::state::env::Env;
use crate::state::policy::Policy;
use crate::state::streak::StreakWord;
use crate::state::token::CallToken;
use crate::state::transition;
use crate::state::transition::Effect;
use crate::state::window_guard::{Reading, Sample, WindowVerdict};
use crate::state::word::{Flags, StateWord};
use crate::time::Ticks;
use crate::types::outcome::Outcome;
use crate::types::reason::Reason;

/// The streak of a closed state. Empty for any other.
#[derive(Clone, Copy)]
struct SeenStreak {
    last: StreakWord,
    /// The state that was read after the word of the streak.
    word: StateWord,
    /// The success count that was read after it.
    success_count: u64,
    /// The failures in a row.
    streak: u64,
}

impl AtomicState {
    /// Records the end of an admitted call. A token is settled once: the caller gives it up.
    /// `retry_after` is the pause that a failed dependency asked for.
    pub(crate) fn settle(
        &self,
        policy: &Policy,
        token: CallToken,
        end: CallEnd,
        retry_after: Option<Ticks>,
        env: &impl Env,
    ) -> Settled {
        match token.probe_slot() {
            Some(_) => self.settle_probe(policy, token, end, retry_after, env),
            None => self.settle_call(policy, token, end, retry_after, env),
        }
    }

    fn settle_call(
        &self,
        policy: &Policy,
        token: CallToken,
        end: CallEnd,
        retry_after: Option<Ticks>,
        env: &impl Env,
    ) -> Settled {
        let reading = token.began().map(|_| policy.reading(env));
        let took = token.began().zip(reading).map(|(began, now)| now.saturating_sub(began));
        let slow = took.is_some_and(|took| is_slow(policy, took, env));
        let outcome = self.outcome(token, end, slow, policy, env);
        let settled = |accounting| Settled {
            accounting,
            outcome,
            slow,
            took,
            at: None,
            slices: None,
            transition: None,
        };
        if token.is_bypassed() {
            return settled(Accounting::Pending);
        }
        if outcome == Outcome::Success && !slow {
            let now = || reading.unwrap_or_else(|| policy.reading(env));
            let is_stable = || self.window_guard.is_stable_at(now());
            if transition::success_changes_nothing(self.word(), token, is_stable) {
                self.count(HotCounter::Success, env.thread_slot());
                return settled(Accounting::Done);
            }
        }
        if policy.is_plain() || outcome == Outcome::Ignored {
            self.settle_by_word(policy, token, settled(Accounting::Pending), retry_after, env)
        } else {
            self.settle_by_windows(policy, token, settled(Accounting::Pending), retry_after, env)
        }
    }

    fn settle_probe(
        &self,
        policy: &Policy,
        token: CallToken,
        end: CallEnd,
        retry_after: Option<Ticks>,
        env: &impl Env,
    ) -> Settled {
        let now = env.now();
        let slot = token.probe_slot();
        let began = slot
            .and_then(|slot| self.probes.give_back(slot, token.generation(), policy.probe_lease, now));
        let took = began.map(|began| now.saturating_sub(began));
        let slow = took.is_some_and(|took| is_slow(policy, took, env));
        // A lost probe is late, and in no row.
        let outcome = match began {
            Some(_) => self.outcome(token, end, slow, policy, env),
            None => transition::outcome(end, slow),
        };
        let settled = Settled {
            accounting: Accounting::Pending,
            outcome,
            slow,
            took,
            at: None,
            slices: None,
            transition: None,
        };
        if began.is_none() {
            return Settled { accounting: Accounting::Late, ..settled };
        }
        self.settle_by_word(policy, token, settled, retry_after, env)
    }

    /// Returns how the end of a call counts; adds a dropped call to its row.
    #[inline(always)]
    fn outcome(
        &self,
        token: CallToken,
        end: CallEnd,
        slow: bool,
        policy: &Policy,
        env: &impl Env,
    ) -> Outcome {
        match end {
            CallEnd::Cancelled | CallEnd::Left if self.is_abandoned(token, end, policy, env) => {
                Outcome::Failure
            }
            _ => transition::outcome(end, slow),
        }
    }

    /// Returns whether the call was dropped after too many others were.
    #[cold]
    #[inline(never)]
    fn is_abandoned(&self, token: CallToken, end: CallEnd, policy: &Policy, env: &impl Env) -> bool {
        if token.is_bypassed() {
            return false;
        }
        if end == CallEnd::Cancelled {
            return self.add_drop(token, policy, env);
        }
        if token.belongs_to(self.word()) {
            self.drops.restart(token.generation());
        }
        false
    }

    /// Carries out the effect of a result that concerns the word alone.
    fn settle_by_word(
        &self,
        policy: &Policy,
        token: CallToken,
        settled: Settled,
        retry_after: Option<Ticks>,
        env: &impl Env,
    ) -> Settled {
        let mut reservation = OpenReservation::new(env);
        let Settled { outcome, slow, .. } = settled;
        loop {
            let seen = self.read_streak();
            let (word, streak) = (seen.word, transition::streak_after(seen.streak, outcome));
            let transition = match transition::settle(word, token, outcome, slow, policy, streak, None) {
                Effect::Late => return Settled { accounting: Accounting::Late, ..settled },
                Effect::Move(update) => {
                    if self.swap(word, update.next) {
                        return settled;
                    }
                    None
                }
                Effect::Open(reason) if reservation.covers(word, false) => {
                    let opening = Opening::new(reason, retry_after, policy, env);
                    let transition = self.open(word, policy, opening, env);
                    if let Some(transition) = transition {
                        reservation.consume(word);
                        let transition = Some(Transition { streak, ..transition });
                        return Settled { transition, ..settled };
                    }
                    None
                }
                // Not opened: the group has no open slot. The next failure asks again.
                Effect::Keep | Effect::Open(_) => {
                    if self.store_streak(seen, streak) {
                        return settled;
                    }
                    None
                }
                Effect::Close => self.start(word, policy, env, |word| {
                    token.belongs_to(word).then(|| transition::close(word, policy))
                }),
            };
            if transition.is_some() {
                return Settled { transition, ..settled };
            }
        }
    }

    /// Reads the streak, then the state, and then the success count.
    fn read_streak(&self) -> SeenStreak {
        let last = self.streak.read();
        let word = self.word();
        if !word.is_closed() {
            return SeenStreak { last, word, success_count: 0, streak: 0 };
        }
        let success_count = self.success_count();
        let streak = last.streak(word.generation(), success_count);
        SeenStreak { last, word, success_count, streak }
    }

    /// Stores the streak of a closed state after a result; returns `false` if another thread has stored
    /// one since it was seen.
    fn store_streak(&self, seen: SeenStreak, streak: u64) -> bool {
        if !seen.word.is_closed() || streak == seen.streak {
            return true;
        }
        let next = StreakWord::new(seen.word.generation(), seen.success_count, streak);
        self.streak.replace(seen.last, next)
    }

    /// Adds a result to the windows, and carries out its effect.
    fn settle_by_windows(
        &self,
        policy: &Policy,
        token: CallToken,
        settled: Settled,
        retry_after: Option<Ticks>,
        env: &impl Env,
    ) -> Settled {
        // Outside the lock: clock and random source may be code of the user.
        let now = if policy.slides_by_time() { env.now() } else { 0 };
        let slot = env.thread_slot();
        let mut windows = self.window_guard.lock();
        let mut seen = self.read_streak();
        if !token.belongs_to(seen.word) {
            return Settled { accounting: Accounting::Late, ..settled };
        }
        if !seen.word.is_closed() {
            return settled;
        }
        let Settled { outcome, slow, .. } = settled;
        let failed = outcome == Outcome::Failure;
        let sample = Sample { failed, slow };
        let at = Reading { success_count: seen.success_count, now };
        let verdict = windows.record(token.generation(), policy, sample, at);
        let mut settled = Settled { at: policy.slides_by_time().then_some(now), ..settled };
        if failed || slow {
            settled.slices = windows.take_few_slices().map(|slices| (at.success_count, slices));
        } else {
            // Under the lock: the thread that records next must see it.
            self.count(HotCounter::Success, slot);
            settled.accounting = Accounting::Done;
        }
        let mut reservation = OpenReservation::new(env);
        // A recorded result counts, even if another thread trips the breaker at this moment.
        let (reason, streak) = loop {
            let (word, streak) = (seen.word, transition::streak_after(seen.streak, outcome));
            match transition::settle(word, token, outcome, slow, policy, streak, verdict.exceeded) {
                Effect::Late => return settled,
                Effect::Open(reason) if reservation.covers(word, false) => break (reason, streak),
                // Not opened: the group has no open slot. The next result asks again. A success that
                // was counted has ended the streak.
                _ if settled.accounting == Accounting::Done || self.store_streak(seen, streak) => {
                    self.store_flags(token, policy, verdict);
                    return settled;
                }
                _ => {}
            }
            seen = self.read_streak();
        };
        drop(windows);
        let mut word = seen.word;
        let opening = Opening::new(reason, retry_after, policy, env);
        while token.belongs_to(word) {
            let transition = self.open(word, policy, opening, env);
            if let Some(transition) = transition {
                reservation.consume(word);
                let transition = Some(Transition { tally: verdict.tally, streak, ..transition });
                return Settled { transition, ..settled };
            }
            word = self.word();
        }
        settled
    }

    /// Stores the flags of the windows in a closed word, unless the state of the token has ended.
    fn store_flags(&self, token: CallToken, policy: &Policy, verdict: WindowVerdict) {
        let mut word = self.word();
        while token.belongs_to(word) {
            let next = word.with_flags(flags(word, policy, verdict));
            if next == word || self.swap(word, next) {
                return;
            }
            word = self.word();
        }
    }

    /// Opens the breaker for a period that depends on the policy and on the failed probes before.
    pub(super) fn open(
        &self,
        word: StateWord,
        policy: &Policy,
        opening: Opening,
        env: &impl Env,
    ) -> Option<Transition> {
        let Opening { reason, retry_after, now, random, period } = opening;
        let failed_probes = match reason {
            Reason::ProbeFailed => self.failed_probes.get(word.generation()).saturating_add(1),
            _ => 0,
        };
        let growth = policy.growth;
        let of_policy = || {
            let period = growth.jittered(growth.period(policy.open_for, failed_probes), random);
            growth.lengthened(period, retry_after)
        };
        let period = period.unwrap_or_else(of_policy);
        let update = transition::open(word, period, now, reason);
        self.failed_probes.announce(update.next.generation(), failed_probes);
        self.hot.open_period.announce(update.next.generation(), period);
        self.store(word, update, now, env)
    }
}

/// Returns whether a call that took so long is slow, and records how long it took if calls can be slow.
fn is_slow(policy: &Policy, took: Ticks, env: &impl Env) -> bool {
    if policy.slow_call.is_some() {
        env.record_duration(took);
    }
    policy.is_slow(took)
}

/// The inputs of an open period beside the policy.
#[derive(Clone, Copy)]
pub(super) struct Opening {
    pub(super) reason: Reason,
    pub(super) retry_after: Option<Ticks>,
    pub(super) now: Ticks,
    pub(super) random: f64,
    /// The length that a command gives; `None` for that of the policy.
    pub(super) period: Option<Ticks>,
}

impl Opening {
    pub(super) fn new(
        reason: Reason,
        retry_after: Option<Ticks>,
        policy: &Policy,
        env: &impl Env,
    ) -> Self {
        let now = env.now();
        let random = if policy.growth.jitter > 0.0 { env.random() } else { 0.5 };
        Self { reason, retry_after, now, random, period: None }
    }
}

impl Opening {
    /// Returns that of an operator's trip.
    pub(super) fn by_command(now: Ticks) -> Self {
        // The middle between 0 and 1: jitter neither shortens nor lengthens the period of a command.
        Self { reason: Reason::Tripped, retry_after: None, now, random: 0.5, period: None }
    }

    /// Returns that of an order of the fleet, for the rest of its open period.
    pub(super) fn by_fleet(period: Ticks, now: Ticks) -> Self {
        Self { reason: Reason::FleetOpened, period: Some(period), ..Self::by_command(now) }
    }
}

/// Returns the flags after a result. `SLOW_ADMIT` is only set here: the slow admission path clears it.
fn flags(word: StateWord, policy: &Policy, verdict: WindowVerdict) -> Flags {
    let slow_admit = word.flags().slow_admit || verdict.throttling;
    Flags { slow_admit, window_due: policy.flags(false).window_due || verdict.window_due }
}
