//! The rules, as pure functions from a [`Word`], an input and the time to the next [`Word`].
//!
//! Nothing here reads a clock, touches memory or calls anybody: [`crate::state::cell`] stores what these
//! functions decide, and the caller tells what happened after it is stored.

use crate::state::policy::{Exceeded, Policy};
use crate::state::word::{Kind, Token, Word};
use crate::time::clock::COARSE_ERROR;
use crate::time::{TICKS_MAX, Ticks};
use crate::types::error::ErrorKind;
use crate::types::outcome::Outcome;
use crate::types::reason::Reason;
use crate::types::snapshot::{Mode, State};

/// What a call meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It runs.
    Run(Token),
    /// It runs, because this is a dry run.
    Spared,
    /// It runs if it finds a free probe slot.
    NeedsSlot,
    /// The word has to change before anything can be said.
    First(Step),
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
pub(crate) struct Step {
    pub(crate) next: Word,
    pub(crate) reason: Option<Reason>,
}

/// What a result does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Settlement {
    /// The call was admitted in an earlier state: nothing.
    Late,
    /// It counts, and changes nothing.
    Keep,
    Move(Step),
    Open(Reason),
    Close,
}

/// An order from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
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
fn elapsed(word: Word, now: Ticks) -> bool {
    now >= word.payload()
}

/// What is left of an open period. A clock that stepped back could make it longer than the whole
/// period: it never is.
fn remaining(word: Word, longest: Ticks, now: Ticks) -> Ticks {
    word.payload().saturating_sub(now).min(longest.max(1))
}

/// A call asks to run, and no gate is in its way.
pub(crate) fn arrive(word: Word, longest: Ticks, now: Ticks) -> Arrival {
    match word.kind() {
        Kind::Closed | Kind::ForcedClosed | Kind::ObserveClosed => Arrival::Run(word.token()),
        Kind::HalfOpen | Kind::ObserveHalfOpen => Arrival::NeedsSlot,
        Kind::ForcedOpen => {
            Arrival::Rejected(Rejection { kind: ErrorKind::ForcedOpen, retry_after: None })
        }
        Kind::Open | Kind::ObserveOpen if elapsed(word, now) => Arrival::First(Step {
            next: word.next(half_open(word), 0),
            reason: Some(Reason::TimeoutElapsed),
        }),
        kind @ (Kind::Open | Kind::ObserveOpen) => {
            let left = remaining(word, longest, now);
            if deadline(now, left) < word.payload() {
                // The clock stepped back: without a new deadline the breaker would stay open for as
                // long as the step.
                return Arrival::First(Step {
                    next: word.with_payload(deadline(now, left)),
                    reason: None,
                });
            }
            if kind == Kind::Open {
                Arrival::Rejected(Rejection { kind: ErrorKind::Open, retry_after: Some(left) })
            } else {
                Arrival::Spared
            }
        }
    }
}

/// Rejects a call of an open breaker by a reading of the clock that may be off by [`COARSE_ERROR`], if that
/// makes no difference.
#[inline]
pub(crate) fn reject_early(word: Word, longest: Ticks, coarse: Ticks) -> Option<Rejection> {
    // Huge where the end has passed.
    let left = word.payload().wrapping_sub(coarse);
    // Above the error, and at least the error below the longest, by one comparison.
    let certain = left.wrapping_sub(COARSE_ERROR + 1) < longest.saturating_sub(2 * COARSE_ERROR);
    certain.then_some(Rejection { kind: ErrorKind::Open, retry_after: Some(left) })
}

/// Whether calls run whatever is decided.
pub(crate) fn is_dry_run(word: Word) -> bool {
    mode(word) == Mode::Observe
}

/// A call that was admitted with `token` has ended. `exceeded` is the rate of the window that has been
/// reached with it, if one has.
pub(crate) fn settle(
    word: Word,
    token: Token,
    outcome: Outcome,
    policy: &Policy,
    exceeded: Option<Exceeded>,
) -> Settlement {
    if !token.belongs_to(word) {
        return Settlement::Late;
    }
    match word.kind() {
        Kind::Closed | Kind::ObserveClosed => settle_closed(word, outcome, policy, exceeded),
        Kind::HalfOpen | Kind::ObserveHalfOpen => settle_probe(word, outcome, policy),
        _ => Settlement::Keep,
    }
}

fn settle_closed(
    word: Word,
    outcome: Outcome,
    policy: &Policy,
    exceeded: Option<Exceeded>,
) -> Settlement {
    let streak = match outcome {
        Outcome::Failure => word.streak() + 1,
        Outcome::Success => 0,
        Outcome::Ignored => return Settlement::Keep,
    };
    let too_many = policy.failure_threshold.is_some_and(|threshold| streak >= u64::from(threshold));
    match exceeded {
        _ if too_many => Settlement::Open(Reason::FailureThreshold),
        Some(Exceeded::FailureRate) => Settlement::Open(Reason::FailureRate),
        Some(Exceeded::SlowCallRate) => Settlement::Open(Reason::SlowCallRate),
        None if streak == word.streak() => Settlement::Keep,
        None => Settlement::Move(Step { next: word.with_streak(streak), reason: None }),
    }
}

fn settle_probe(word: Word, outcome: Outcome, policy: &Policy) -> Settlement {
    let successes = word.payload() + 1;
    match outcome {
        Outcome::Ignored => Settlement::Keep,
        Outcome::Failure => Settlement::Open(Reason::ProbeFailed),
        Outcome::Success if successes >= u64::from(policy.success_threshold) => Settlement::Close,
        Outcome::Success => Settlement::Move(Step { next: word.with_payload(successes), reason: None }),
    }
}

/// The step that opens.
pub(crate) fn open(word: Word, period: Ticks, now: Ticks, reason: Reason) -> Step {
    let kind = match mode(word) {
        Mode::Observe => Kind::ObserveOpen,
        _ => Kind::Open,
    };
    Step { next: word.next(kind, deadline(now, period)), reason: Some(reason) }
}

/// The step that closes after enough probes.
pub(crate) fn close(word: Word, policy: &Policy) -> Step {
    Step {
        next: word.next(closed(mode(word)), 0).with_flags(policy.flags(policy.ramp > 0)),
        reason: Some(Reason::ProbesSucceeded),
    }
}

/// An order. `None` where it has no effect.
pub(crate) fn control(word: Word, order: Control, policy: &Policy, now: Ticks) -> Option<Step> {
    let starts_as = |mode, reason| {
        let next = word.next(closed(mode), 0);
        let next = if mode == Mode::ForcedOpen { next } else { next.with_flags(policy.flags(false)) };
        Some(Step { next, reason: Some(reason) })
    };
    match order {
        Control::Trip => match word.kind() {
            Kind::Closed | Kind::ObserveClosed | Kind::HalfOpen | Kind::ObserveHalfOpen => {
                Some(open(word, policy.open_for, now, Reason::Tripped))
            }
            // By then the next call would have probed: this trip starts a period of its own.
            Kind::Open | Kind::ObserveOpen if elapsed(word, now) => {
                Some(open(word, policy.open_for, now, Reason::Tripped))
            }
            _ => None,
        },
        Control::Reset => starts_as(mode(word), Reason::Reset),
        Control::Mode(to) if to == mode(word) => None,
        Control::Mode(to) => starts_as(to, Reason::ModeChanged),
        Control::Leave(from) if from == mode(word) => starts_as(Mode::Automatic, Reason::ModeChanged),
        Control::Leave(_) => None,
        Control::DryRun(on) => match mode(word) {
            Mode::Automatic if on => starts_as(Mode::Observe, Reason::ModeChanged),
            Mode::Observe if !on => starts_as(Mode::Automatic, Reason::ModeChanged),
            _ => None,
        },
    }
}

/// The state that the next call will meet.
pub(crate) fn effective(word: Word, now: Ticks) -> State {
    match word.kind() {
        Kind::Closed | Kind::ForcedClosed | Kind::ObserveClosed => State::Closed,
        Kind::HalfOpen | Kind::ObserveHalfOpen => State::HalfOpen,
        Kind::Open | Kind::ObserveOpen if elapsed(word, now) => State::HalfOpen,
        Kind::Open | Kind::ForcedOpen | Kind::ObserveOpen => State::Open,
    }
}

/// How long until the next call probes, if the breaker is open by itself.
pub(crate) fn retry_after(word: Word, longest: Ticks, now: Ticks) -> Option<Ticks> {
    match word.kind() {
        Kind::Open | Kind::ObserveOpen if !elapsed(word, now) => Some(remaining(word, longest, now)),
        _ => None,
    }
}

/// Consecutive failures; none while not closed.
pub(crate) fn streak(word: Word) -> u64 {
    match word.kind() {
        Kind::Closed | Kind::ObserveClosed => word.streak(),
        _ => 0,
    }
}

pub(crate) fn mode(word: Word) -> Mode {
    match word.kind() {
        Kind::Closed | Kind::Open | Kind::HalfOpen => Mode::Automatic,
        Kind::ForcedClosed => Mode::ForcedClosed,
        Kind::ForcedOpen => Mode::ForcedOpen,
        Kind::ObserveClosed | Kind::ObserveOpen | Kind::ObserveHalfOpen => Mode::Observe,
    }
}

fn half_open(word: Word) -> Kind {
    match mode(word) {
        Mode::Observe => Kind::ObserveHalfOpen,
        _ => Kind::HalfOpen,
    }
}

/// Where a breaker starts in a mode: closed, except that forced open has no closed.
fn closed(mode: Mode) -> Kind {
    match mode {
        Mode::Automatic => Kind::Closed,
        Mode::ForcedOpen => Kind::ForcedOpen,
        Mode::ForcedClosed => Kind::ForcedClosed,
        Mode::Observe => Kind::ObserveClosed,
    }
}
