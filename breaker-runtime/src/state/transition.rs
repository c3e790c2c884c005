//! The rules, as pure functions from a [`StateWord`], an input and the time to the next [`StateWord`].
//!
//! Nothing here reads a clock, touches memory or calls anybody: [`crate::state::cell`] stores what these
//! functions decide, and the caller tells what happened after it is stored.

use crate::state::policy::{Exceeded, Policy};
use crate::state::word::{CallToken, StateKind, StateWord};
use crate::time::clock::COARSE_ERROR;
use crate::time::{TICKS_MAX, Ticks};
use crate::types::error::ErrorKind;
use crate::types::outcome::Outcome;
use crate::types::reason::Reason;
use crate::types::snapshot::{Mode, State};

/// What a call meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Admit {
    /// It runs.
    Run(CallToken),
    /// It runs, because this is a dry run.
    Bypass,
    /// It runs if it finds a free probe slot.
    NeedsSlot,
    /// The word has to change before anything can be said.
    Advance(Update),
    /// It does not run.
    Rejected(Rejection),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Rejection {
    pub(crate) kind: ErrorKind,
    pub(crate) retry_after: Option<Ticks>,
}

/// A word to store; with a reason if that is a change of state.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Update {
    pub(crate) next: StateWord,
    pub(crate) reason: Option<Reason>,
}

/// What a result does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Effect {
    /// The call was admitted in an earlier state: nothing.
    Late,
    /// It counts, and changes nothing.
    Keep,
    Move(Update),
    Open(Reason),
    Close,
}

/// An order from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Trip,
    Reset,
    Mode(Mode),
    /// Settings ask for a dry run, or do so no more: a mode that somebody has forced stays.
    DryRun(bool),
    /// Settings no longer ask for this mode: back to automatic, unless another mode was begun meanwhile.
    Leave(Mode),
}

/// The end of an open period that starts now. At least one tick, so that a trip is always seen.
fn deadline(now: Ticks, period: Ticks) -> Ticks {
    now.saturating_add(period.max(1)).min(TICKS_MAX)
}

/// Whether an open period has ended. At the last tick that a word can hold every period has: a breaker
/// that reaches it probes rather than staying open for ever.
fn elapsed(word: StateWord, now: Ticks) -> bool {
    now >= word.payload()
}

/// What is left of an open period. A clock that stepped back could make it longer than the whole
/// period: it never is.
fn remaining(word: StateWord, longest: Ticks, now: Ticks) -> Ticks {
    word.payload().saturating_sub(now).min(longest.max(1))
}

/// A call asks to run, and no gate is in its way.
pub(crate) fn arrive(word: StateWord, longest: Ticks, now: Ticks) -> Admit {
    match word.kind() {
        StateKind::Closed | StateKind::ForcedClosed | StateKind::ObserveClosed => {
            Admit::Run(word.token())
        }
        StateKind::HalfOpen | StateKind::ObserveHalfOpen => Admit::NeedsSlot,
        StateKind::ForcedOpen => {
            Admit::Rejected(Rejection { kind: ErrorKind::ForcedOpen, retry_after: None })
        }
        StateKind::Open | StateKind::ObserveOpen if elapsed(word, now) => Admit::Advance(Update {
            next: word.next(half_open(word), 0),
            reason: Some(Reason::TimeoutElapsed),
        }),
        kind @ (StateKind::Open | StateKind::ObserveOpen) => {
            let left = remaining(word, longest, now);
            if deadline(now, left) < word.payload() {
                // The clock stepped back: without a new deadline the breaker would stay open for as
                // long as the step.
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

/// Rejects a call of an open breaker by a reading of the clock that may be off by [`COARSE_ERROR`], if that
/// makes no difference.
#[inline]
pub(crate) fn reject_early(word: StateWord, longest: Ticks, coarse: Ticks) -> Option<Rejection> {
    // Huge where the end has passed.
    let left = word.payload().wrapping_sub(coarse);
    // Above the error, and at least the error below the longest, by one comparison.
    let certain = left.wrapping_sub(COARSE_ERROR + 1) < longest.saturating_sub(2 * COARSE_ERROR);
    certain.then_some(Rejection { kind: ErrorKind::Open, retry_after: Some(left) })
}

/// Whether calls run whatever is decided.
pub(crate) fn is_dry_run(word: StateWord) -> bool {
    mode(word) == Mode::Observe
}

/// A call that was admitted with `token` has ended. `exceeded` is the rate of the window that has been
/// reached with it, if one has.
pub(crate) fn settle(
    word: StateWord,
    token: CallToken,
    outcome: Outcome,
    policy: &Policy,
    exceeded: Option<Exceeded>,
) -> Effect {
    if !token.belongs_to(word) {
        return Effect::Late;
    }
    match word.kind() {
        StateKind::Closed | StateKind::ObserveClosed => settle_closed(word, outcome, policy, exceeded),
        StateKind::HalfOpen | StateKind::ObserveHalfOpen => settle_probe(word, outcome, policy),
        _ => Effect::Keep,
    }
}

fn settle_closed(
    word: StateWord,
    outcome: Outcome,
    policy: &Policy,
    exceeded: Option<Exceeded>,
) -> Effect {
    let streak = match outcome {
        Outcome::Failure => word.streak() + 1,
        Outcome::Success => 0,
        Outcome::Ignored => return Effect::Keep,
    };
    let too_many = policy.failure_threshold.is_some_and(|threshold| streak >= u64::from(threshold));
    match exceeded {
        _ if too_many => Effect::Open(Reason::FailureThreshold),
        Some(Exceeded::FailureRate) => Effect::Open(Reason::FailureRate),
        Some(Exceeded::SlowCallRate) => Effect::Open(Reason::SlowCallRate),
        None if streak == word.streak() => Effect::Keep,
        None => Effect::Move(Update { next: word.with_streak(streak), reason: None }),
    }
}

fn settle_probe(word: StateWord, outcome: Outcome, policy: &Policy) -> Effect {
    let successes = word.payload() + 1;
    match outcome {
        Outcome::Ignored => Effect::Keep,
        Outcome::Failure => Effect::Open(Reason::ProbeFailed),
        Outcome::Success if successes >= u64::from(policy.success_threshold) => Effect::Close,
        Outcome::Success => Effect::Move(Update { next: word.with_payload(successes), reason: None }),
    }
}

/// The step that opens.
pub(crate) fn open(word: StateWord, period: Ticks, now: Ticks, reason: Reason) -> Update {
    let kind = match mode(word) {
        Mode::Observe => StateKind::ObserveOpen,
        _ => StateKind::Open,
    };
    Update { next: word.next(kind, deadline(now, period)), reason: Some(reason) }
}

/// The step that closes after enough probes.
pub(crate) fn close(word: StateWord, policy: &Policy) -> Update {
    Update {
        next: word.next(closed(mode(word)), 0).with_flags(policy.flags(policy.ramp > 0)),
        reason: Some(Reason::ProbesSucceeded),
    }
}

/// An order. `None` where it has no effect.
pub(crate) fn control(word: StateWord, order: Command, policy: &Policy, now: Ticks) -> Option<Update> {
    let starts_as = |mode, reason| {
        let next = word.next(closed(mode), 0);
        let next = if mode == Mode::ForcedOpen { next } else { next.with_flags(policy.flags(false)) };
        Some(Update { next, reason: Some(reason) })
    };
    match order {
        Command::Trip => match word.kind() {
            StateKind::Closed
            | StateKind::ObserveClosed
            | StateKind::HalfOpen
            | StateKind::ObserveHalfOpen => Some(open(word, policy.open_for, now, Reason::Tripped)),
            // By then the next call would have probed: this trip starts a period of its own.
            StateKind::Open | StateKind::ObserveOpen if elapsed(word, now) => {
                Some(open(word, policy.open_for, now, Reason::Tripped))
            }
            _ => None,
        },
        Command::Reset => starts_as(mode(word), Reason::Reset),
        Command::Mode(to) if to == mode(word) => None,
        Command::Mode(to) => starts_as(to, Reason::ModeChanged),
        Command::Leave(from) if from == mode(word) => starts_as(Mode::Automatic, Reason::ModeChanged),
        Command::Leave(_) => None,
        Command::DryRun(on) => match mode(word) {
            Mode::Automatic if on => starts_as(Mode::Observe, Reason::ModeChanged),
            Mode::Observe if !on => starts_as(Mode::Automatic, Reason::ModeChanged),
            _ => None,
        },
    }
}

/// The state that the next call will meet.
pub(crate) fn effective(word: StateWord, now: Ticks) -> State {
    match word.kind() {
        StateKind::Closed | StateKind::ForcedClosed | StateKind::ObserveClosed => State::Closed,
        StateKind::HalfOpen | StateKind::ObserveHalfOpen => State::HalfOpen,
        StateKind::Open | StateKind::ObserveOpen if elapsed(word, now) => State::HalfOpen,
        StateKind::Open | StateKind::ForcedOpen | StateKind::ObserveOpen => State::Open,
    }
}

/// How long until the next call probes, if the breaker is open by itself.
pub(crate) fn retry_after(word: StateWord, longest: Ticks, now: Ticks) -> Option<Ticks> {
    match word.kind() {
        StateKind::Open | StateKind::ObserveOpen if !elapsed(word, now) => {
            Some(remaining(word, longest, now))
        }
        _ => None,
    }
}

/// Consecutive failures; none while not closed.
pub(crate) fn streak(word: StateWord) -> u64 {
    match word.kind() {
        StateKind::Closed | StateKind::ObserveClosed => word.streak(),
        _ => 0,
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

fn half_open(word: StateWord) -> StateKind {
    match mode(word) {
        Mode::Observe => StateKind::ObserveHalfOpen,
        _ => StateKind::HalfOpen,
    }
}

/// Where a breaker starts in a mode: closed, except that forced open has no closed.
fn closed(mode: Mode) -> StateKind {
    match mode {
        Mode::Automatic => StateKind::Closed,
        Mode::ForcedOpen => StateKind::ForcedOpen,
        Mode::ForcedClosed => StateKind::ForcedClosed,
        Mode::Observe => StateKind::ObserveClosed,
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;
    use crate::state::policy::Growth;

    const POLICY: Policy = Policy {
        failure_threshold: Some(3),
        window: None,
        slow_call: None,
        open_for: 1_000,
        growth: Growth::CONSTANT,
        success_threshold: 2,
        max_probes: 1,
        probe_lease: 1_000,
        ramp: 0,
        throttle: None,
        bulkhead: false,
        coarse: false,
    };

    /// Close to the deadline the period may have ended; close to the whole period the clock may have stepped back.
    #[test]
    fn early_rejection_stops_one_clock_error_from_either_end() {
        let (end, longest) = (1_000 * COARSE_ERROR, 10 * COARSE_ERROR);
        let early = |coarse| reject_early(StateWord::new(StateKind::Open, 7, end), longest, coarse);
        for left in [COARSE_ERROR + 1, 5 * COARSE_ERROR, longest - COARSE_ERROR] {
            let rejection = Rejection { kind: ErrorKind::Open, retry_after: Some(left) };
            assert_eq!(early(end - left), Some(rejection), "{left}");
        }
        for left in [0, COARSE_ERROR, longest - COARSE_ERROR + 1, longest] {
            assert_eq!(early(end - left), None, "{left}");
        }
        assert_eq!(early(end + 1), None);
    }

    #[test]
    fn result_that_changes_nothing_keeps_the_word() {
        let closed = StateWord::new(StateKind::Closed, 7, 0);
        let settle = |word, outcome| settle(word, word.token(), outcome, &POLICY, None);
        assert_eq!(settle(closed, Outcome::Success), Effect::Keep);
        assert_eq!(settle(closed.with_streak(1), Outcome::Ignored), Effect::Keep);
        let step = Update { next: closed, reason: None };
        assert_eq!(settle(closed.with_streak(1), Outcome::Success), Effect::Move(step));
    }

    #[test]
    fn closing_sets_a_gate_only_for_a_ramp() {
        let slow_admit = |ramp| {
            close(StateWord::new(StateKind::HalfOpen, 7, 1), &Policy { ramp, ..POLICY })
                .next
                .flags()
                .slow_admit
        };
        assert_eq!([slow_admit(0), slow_admit(1)], [false, true]);
    }

    #[test]
    fn settings_end_only_the_mode_that_they_began() {
        let controlled = |kind, command| {
            control(StateWord::new(kind, 7, 0), command, &POLICY, 0)
                .map(|step| (step.next.kind(), step.reason))
        };
        let to = |kind| Some((kind, Some(Reason::ModeChanged)));
        let observing = [StateKind::ObserveClosed, StateKind::ObserveOpen, StateKind::ObserveHalfOpen];
        for kind in StateKind::ALL {
            let is_observing = observing.contains(&kind);
            let is_automatic = [StateKind::Closed, StateKind::Open, StateKind::HalfOpen].contains(&kind);
            let leave = controlled(kind, Command::Leave(Mode::Observe));
            assert_eq!(leave, is_observing.then_some(to(StateKind::Closed)).flatten(), "{kind:?}");
            let end = controlled(kind, Command::DryRun(false));
            assert_eq!(end, is_observing.then_some(to(StateKind::Closed)).flatten(), "{kind:?}");
            let begin = controlled(kind, Command::DryRun(true));
            assert_eq!(
                begin,
                is_automatic.then_some(to(StateKind::ObserveClosed)).flatten(),
                "{kind:?}"
            );
        }
        assert_eq!(
            controlled(StateKind::ForcedOpen, Command::Leave(Mode::ForcedOpen)),
            to(StateKind::Closed)
        );
    }
}
