//! The rules of the state machine, as pure functions: from a [`StateWord`], an input and the time to the
//! next [`StateWord`]. Nothing here reads a clock, touches shared memory or runs code of the user:
//! [`crate::state::cell`] stores the decisions, and its callers report what was stored.
//!
//! # Where a trip is decided
//!
//! 1. `AtomicState::settle` in `state/cell/settle.rs` receives the end of a call; [`outcome`] says how
//!    it counts.
//! 2. `AtomicState::try_extend_streak` stores a failure that cannot trip, by [`extended_streak`]. A
//!    plain success ends the streak as it is counted; [`success_changes_nothing`] says which one is.
//! 3. `AtomicState::try_fail_in_window` does so with a failure that a window records and that cannot
//!    trip. `LockedWindows::record` in `state/window_guard.rs` adds any other result to the windows;
//!    [`exceeded_rate`] compares their rates, and [`success_cannot_trip`] says which successes skip
//!    them.
//! 4. [`settle`] decides: [`reaches_threshold`] for the [`streak_after`] the result, the exceeded rate,
//!    and [`settle_probe`] for failed and slow probes. A trip is [`Effect::Open`].
//! 5. `AtomicState::open` in `state/cell/settle.rs` computes the open period and stores the word of
//!    [`open`].

mod command;

use crate::state::policy::{Exceeded, Policy, WindowRule, share};
use crate::state::streak::StreakWord;
use crate::state::token::CallToken;
pub(crate) use crate::state::transition::command::{Command, control};
use crate::state::window::Tally;
use crate::state::word::{Flags, StateKind, StateWord};
use crate::time::clock::COARSE_ERROR;
use crate::time::{TICKS_MAX, Ticks};
use crate::types::error::ErrorKind;
use crate::types::outcome::Outcome;
use crate::types::reason::Reason;
use crate::types::snapshot::{Mode, State};

#[cfg(all(test, not(breaker_loom)))]
mod tests;

/// How a call ended. One byte, so that it is passed in a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CallEnd {
    Success,
    Failure,
    Ignored,
    /// The call was dropped before it had an outcome.
    Cancelled,
    /// The call was dropped before its end, and after the dependency had answered: the reader of a
    /// stream has enough of it.
    #[cfg_attr(not(feature = "stream"), allow(dead_code, reason = "only a stream is left"))]
    Left,
}

impl CallEnd {
    /// Returns whether the call was dropped.
    pub(crate) fn is_drop(self) -> bool {
        matches!(self, Self::Cancelled | Self::Left)
    }
}

impl From<Outcome> for CallEnd {
    #[inline(always)]
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success => Self::Success,
            Outcome::Failure => Self::Failure,
            Outcome::Ignored => Self::Ignored,
        }
    }
}

/// The effect of a result on the state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The call was admitted by an earlier state: none.
    Late,
    /// The result counts, and the state stays. While closed the streak may change.
    Keep,
    /// The result changes the numbers of probes in the word.
    Move(Update),
    /// The breaker opens.
    Open(Reason),
    /// The breaker closes.
    Close,
}

/// A word to store, with a reason if it is a change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Update {
    pub(crate) next: StateWord,
    pub(crate) reason: Option<Reason>,
}

/// Returns how the end of a call counts. A cancelled call that was slow is a failure: callers that give
/// up early must not hide a service that hangs.
pub(crate) fn outcome(end: CallEnd, slow: bool) -> Outcome {
    match end {
        CallEnd::Success => Outcome::Success,
        CallEnd::Failure => Outcome::Failure,
        CallEnd::Cancelled | CallEnd::Left if slow => Outcome::Failure,
        CallEnd::Ignored | CallEnd::Cancelled | CallEnd::Left => Outcome::Ignored,
    }
}

/// Returns whether this many consecutive failures trip.
#[inline]
pub(crate) fn reaches_threshold(streak: u64, policy: &Policy) -> bool {
    policy.failure_threshold.is_some_and(|threshold| streak >= u64::from(threshold))
}

/// Returns the streak after a result of a closed state.
#[inline]
pub(crate) fn streak_after(before: u64, outcome: Outcome) -> u64 {
    match outcome {
        Outcome::Failure => before + 1,
        Outcome::Success => 0,
        Outcome::Ignored => before,
    }
}

/// Returns the next word of the streak for a failure that does not trip; `None` for one that does.
#[inline(always)]
pub(crate) fn extended_streak(
    last: StreakWord,
    token: CallToken,
    success_count: u64,
    threshold: Option<u32>,
) -> Option<StreakWord> {
    let generation = token.generation();
    let streak = streak_after(last.streak(generation, success_count), Outcome::Failure);
    let trips = threshold.is_some_and(|threshold| streak >= u64::from(threshold));
    (!trips).then(|| StreakWord::new(generation, success_count, streak))
}

/// Returns whether a failure may skip the full path, of a policy with a window that no success after the
/// failure can trip by. `WINDOW_DUE` is set for a window of time alone.
#[inline(always)]
pub(crate) fn fails_in_window_alone(word: StateWord, token: CallToken, policy: &Policy) -> bool {
    let flags = Flags { slow_admit: false, window_due: policy.slides_by_time() };
    token.matches_closed_without_flags(word.with_flags(Flags::default())) && word.flags() == flags
}

/// Returns whether a success that was not slow changes neither the word nor, if `window_is_stable`, a
/// window.
pub(crate) fn success_changes_nothing(
    word: StateWord,
    token: CallToken,
    window_is_stable: impl FnOnce() -> bool,
) -> bool {
    token.belongs_to_closed(word) && (!word.flags().window_due || window_is_stable())
}

/// Returns the first rate of a window that is reached, or `None` below `min_calls`. Compares quotients,
/// because a quotient and the configured rate round to the same number: 3 of 10 is 0.3.
pub(crate) fn exceeded_rate(rule: &WindowRule, tally: Tally) -> Option<Exceeded> {
    if tally.calls == 0 || tally.calls < u64::from(rule.min_calls) {
        return None;
    }
    let reached = |count, rate: Option<f64>| rate.is_some_and(|rate| share(count, tally.calls) >= rate);
    if reached(tally.failures, rule.failure_rate) {
        Some(Exceeded::FailureRate)
    } else if reached(tally.slow, rule.slow_call_rate) {
        Some(Exceeded::SlowCallRate)
    } else {
        None
    }
}

/// Returns whether no success can trip before the window slides: it lowers every rate that is compared.
pub(crate) fn success_cannot_trip(rule: &WindowRule, tally: Tally) -> bool {
    (tally.failures == 0 && tally.slow == 0) || tally.calls >= u64::from(rule.min_calls)
}

/// Decides the effect of a result. `streak` is that after the result, and `exceeded` the rate of the
/// window that the result reached, if any.
pub(crate) fn settle(
    word: StateWord,
    token: CallToken,
    outcome: Outcome,
    slow: bool,
    policy: &Policy,
    streak: u64,
    exceeded: Option<Exceeded>,
) -> Effect {
    if !token.belongs_to(word) {
        return Effect::Late;
    }
    match word.kind() {
        StateKind::Closed | StateKind::ObserveClosed => settle_closed(outcome, policy, streak, exceeded),
        StateKind::HalfOpen | StateKind::ObserveHalfOpen => settle_probe(word, outcome, slow, policy),
        _ => Effect::Keep,
    }
}

fn settle_closed(outcome: Outcome, policy: &Policy, streak: u64, exceeded: Option<Exceeded>) -> Effect {
    match exceeded {
        _ if outcome == Outcome::Ignored => Effect::Keep,
        _ if reaches_threshold(streak, policy) => Effect::Open(Reason::FailureThreshold),
        Some(Exceeded::FailureRate) => Effect::Open(Reason::FailureRate),
        Some(Exceeded::SlowCallRate) => Effect::Open(Reason::SlowCallRate),
        None => Effect::Keep,
    }
}

/// Decides the effect of a probe's result. A slow probe fails: it has not shown that the dependency has
/// recovered.
fn settle_probe(word: StateWord, outcome: Outcome, slow: bool, policy: &Policy) -> Effect {
    let (successes, failures) = word.probe_results();
    let (successes, failures, decided) = match outcome {
        Outcome::Ignored => return Effect::Keep,
        Outcome::Success if !slow => {
            let closes = successes + 1 >= u64::from(policy.success_threshold);
            (successes + 1, failures, closes.then_some(Effect::Close))
        }
        _ => {
            let opens = failures + 1 >= u64::from(policy.probe_failure_threshold);
            (successes, failures + 1, opens.then_some(Effect::Open(Reason::ProbeFailed)))
        }
    };
    let next = word.with_probe_results(successes, failures);
    decided.unwrap_or(Effect::Move(Update { next, reason: None }))
}

/// Returns the update that opens the breaker.
pub(crate) fn open(word: StateWord, period: Ticks, now: Ticks, reason: Reason) -> Update {
    let kind = match mode(word) {
        Mode::Observe => StateKind::ObserveOpen,
        _ => StateKind::Open,
    };
    Update { next: word.next(kind, deadline(now, period)), reason: Some(reason) }
}

/// Returns the update that closes the breaker after enough successful probes.
pub(crate) fn close(word: StateWord, policy: &Policy) -> Update {
    Update {
        next: word.next(initial_kind(mode(word)), 0).with_flags(policy.flags(policy.ramp > 0)),
        reason: Some(Reason::ProbesSucceeded),
    }
}

/// The answer to a call that asks for admission.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admit {
    /// The call runs.
    Run(CallToken),
    /// The call would be rejected, and runs because of observe mode.
    Bypass,
    /// The call runs if it takes a probe slot.
    NeedsSlot,
    /// The word has to be updated first; then the call asks again.
    Advance(Update),
    /// The call does not run.
    Rejected(Rejection),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) kind: ErrorKind,
    pub(crate) retry_after: Option<Ticks>,
}

/// Decides whether a call runs, if `SLOW_ADMIT` asks for nothing else.
pub(crate) fn admit(word: StateWord, longest: Ticks, now: Ticks) -> Admit {
    match word.kind() {
        StateKind::Closed | StateKind::ForcedClosed | StateKind::ObserveClosed => {
            Admit::Run(word.token())
        }
        StateKind::HalfOpen | StateKind::ObserveHalfOpen => Admit::NeedsSlot,
        StateKind::ForcedOpen => {
            Admit::Rejected(Rejection { kind: ErrorKind::ForcedOpen, retry_after: None })
        }
        StateKind::Open | StateKind::ObserveOpen if elapsed(word, now) => Admit::Advance(Update {
            next: word.next(half_open_kind(word), 0),
            reason: Some(Reason::TimeoutElapsed),
        }),
        kind @ (StateKind::Open | StateKind::ObserveOpen) => {
            let left = remaining(word, longest, now);
            if deadline(now, left) < word.payload() {
                // The clock stepped back. Without a new deadline the breaker would stay open for the
                // length of the step.
                return Admit::Advance(Update {
                    next: word.with_payload(deadline(now, left)),
                    reason: None,
                });
            }
            if kind == StateKind::Open {
                Admit::Rejected(Rejection { kind: ErrorKind::Open, retry_after: Some(left) })
            } else {
                Admit::Bypass
            }
        }
    }
}

/// Rejects a call of an open breaker by a reading of the clock that may be off by [`COARSE_ERROR`], if
/// the error makes no difference. A `longest` above the maximum stands for an unknown one.
#[inline]
pub(crate) fn reject_early(word: StateWord, longest: Ticks, coarse: Ticks) -> Option<Rejection> {
    // Wraps to a huge number if the end has passed.
    let left = word.payload().wrapping_sub(coarse);
    // `left` is more than the error, and at least one error below `longest`. The difference wraps for a
    // length of less than two errors.
    let range = longest.wrapping_sub(2 * COARSE_ERROR);
    let certain = range <= TICKS_MAX - 2 * COARSE_ERROR && left.wrapping_sub(COARSE_ERROR + 1) < range;
    certain.then_some(Rejection { kind: ErrorKind::Open, retry_after: Some(left) })
}

/// Returns the state that the next call meets.
pub(crate) fn effective(word: StateWord, now: Ticks) -> State {
    match word.kind() {
        StateKind::Closed | StateKind::ForcedClosed | StateKind::ObserveClosed => State::Closed,
        StateKind::HalfOpen | StateKind::ObserveHalfOpen => State::HalfOpen,
        StateKind::Open | StateKind::ObserveOpen if elapsed(word, now) => State::HalfOpen,
        StateKind::Open | StateKind::ForcedOpen | StateKind::ObserveOpen => State::Open,
    }
}

/// Returns the time until the next call probes, if the breaker is open in automatic or observe mode.
pub(crate) fn retry_after(word: StateWord, longest: Ticks, now: Ticks) -> Option<Ticks> {
    match word.kind() {
        StateKind::Open | StateKind::ObserveOpen if !elapsed(word, now) => {
            Some(remaining(word, longest, now))
        }
        _ => None,
    }
}

pub(crate) fn mode(word: StateWord) -> Mode {
    match word.kind() {
        StateKind::Closed | StateKind::Open | StateKind::HalfOpen => Mode::Automatic,
        StateKind::ForcedClosed => Mode::ForcedClosed,
        StateKind::ForcedOpen => Mode::ForcedOpen,
        StateKind::ObserveClosed | StateKind::ObserveOpen | StateKind::ObserveHalfOpen => Mode::Observe,
    }
}

/// Returns whether rejected calls run all the same.
pub(crate) fn is_dry_run(word: StateWord) -> bool {
    mode(word) == Mode::Observe
}

fn half_open_kind(word: StateWord) -> StateKind {
    match mode(word) {
        Mode::Observe => StateKind::ObserveHalfOpen,
        _ => StateKind::HalfOpen,
    }
}

/// Returns the kind in which a mode starts: closed, except for forced open.
fn initial_kind(mode: Mode) -> StateKind {
    match mode {
        Mode::Automatic => StateKind::Closed,
        Mode::ForcedOpen => StateKind::ForcedOpen,
        Mode::ForcedClosed => StateKind::ForcedClosed,
        Mode::Observe => StateKind::ObserveClosed,
    }
}

/// Returns the end of an open period that starts at `now`: at least one tick later, so that each trip is
/// visible.
fn deadline(now: Ticks, period: Ticks) -> Ticks {
    now.saturating_add(period.max(1)).min(TICKS_MAX)
}

/// Returns whether an open period has ended. At the last tick that a word can hold each period has: the
/// breaker probes rather than staying open for ever.
fn elapsed(word: StateWord, now: Ticks) -> bool {
    now >= word.payload()
}

/// Returns the rest of an open period, at most the whole of it: the clock may have stepped back.
fn remaining(word: StateWord, longest: Ticks, now: Ticks) -> Ticks {
    word.payload().saturating_sub(now).min(longest.max(1))
}
