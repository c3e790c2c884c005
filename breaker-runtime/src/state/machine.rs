//! The rules, as pure functions from a [`Word`], an input and the time to the next [`Word`].
//!
//! Nothing here reads a clock, touches memory or calls anybody: [`super::cell`] stores what these
//! functions decide, and the caller tells what happened after it is stored.

use super::word::{Kind, TICKS_MAX, Ticks, Token, Word};
use crate::error::ErrorKind;
use crate::outcome::Outcome;
use crate::snapshot::{Mode, State};

/// The numbers that the rules need. Ranges are the builder's business: here any value is safe.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Policy {
    pub(crate) failure_threshold: u32,
    pub(crate) open_for: Ticks,
    pub(crate) success_threshold: u32,
    pub(crate) max_probes: u16,
    pub(crate) probe_lease: Ticks,
}

/// Why a breaker changed its state.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Reason {
    /// `failure_threshold` failures came in a row.
    FailureThreshold,
    /// The open period ended and a call asked to run.
    TimeoutElapsed,
    /// A probe failed.
    ProbeFailed,
    /// `success_threshold` probes succeeded.
    ProbesSucceeded,
    /// Somebody called [`trip`](crate::CircuitBreaker::trip).
    Tripped,
    /// Somebody called [`reset`](crate::CircuitBreaker::reset).
    Reset,
    /// Somebody forced the breaker, set it to observe, or made it automatic again.
    ModeChanged,
}

impl Reason {
    /// Whether the breaker opened by a decision on calls, or by [`Control::Trip`].
    pub(crate) fn is_trip(self) -> bool {
        matches!(self, Self::FailureThreshold | Self::ProbeFailed | Self::Tripped)
    }
}

/// What a call meets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    /// It runs.
    Run(Token),
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
}

/// An order from outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Control {
    Trip,
    Reset,
    Mode(Mode),
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
fn remaining(word: Word, policy: &Policy, now: Ticks) -> Ticks {
    word.payload().saturating_sub(now).min(policy.open_for.max(1))
}

/// A call asks to run.
pub(crate) fn arrive(word: Word, policy: &Policy, now: Ticks) -> Arrival {
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
            let left = remaining(word, policy, now);
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
                Arrival::Run(Token::unfenced(word))
            }
        }
    }
}

/// A call asks to run while half-open, and all slots are taken.
pub(crate) fn crowded(word: Word) -> Result<Token, Rejection> {
    if word.kind() == Kind::ObserveHalfOpen {
        Ok(Token::unfenced(word))
    } else {
        Err(Rejection { kind: ErrorKind::HalfOpen, retry_after: None })
    }
}

/// A call that was admitted with `token` has ended. The clock is read only where a deadline is set.
pub(crate) fn settle(
    word: Word,
    token: Token,
    outcome: Outcome,
    policy: &Policy,
    now: impl FnOnce() -> Ticks,
) -> Settlement {
    if !token.belongs_to(word) {
        return Settlement::Late;
    }
    let count = word.payload();
    match (word.kind(), outcome) {
        (Kind::Closed | Kind::ObserveClosed, Outcome::Success) if count > 0 => {
            Settlement::Move(Step { next: word.with_payload(0), reason: None })
        }
        (Kind::Closed | Kind::ObserveClosed, Outcome::Failure) => {
            Settlement::Move(if count + 1 >= u64::from(policy.failure_threshold) {
                open(word, policy, now(), Reason::FailureThreshold)
            } else {
                Step { next: word.with_payload(count + 1), reason: None }
            })
        }
        (Kind::HalfOpen | Kind::ObserveHalfOpen, Outcome::Success) => {
            Settlement::Move(if count + 1 >= u64::from(policy.success_threshold) {
                Step { next: word.next(closed(mode(word)), 0), reason: Some(Reason::ProbesSucceeded) }
            } else {
                Step { next: word.with_payload(count + 1), reason: None }
            })
        }
        (Kind::HalfOpen | Kind::ObserveHalfOpen, Outcome::Failure) => {
            Settlement::Move(open(word, policy, now(), Reason::ProbeFailed))
        }
        _ => Settlement::Keep,
    }
}

/// An order. `None` where it has no effect.
pub(crate) fn control(word: Word, order: Control, policy: &Policy, now: Ticks) -> Option<Step> {
    match order {
        Control::Trip => match word.kind() {
            Kind::ForcedOpen | Kind::ForcedClosed => None,
            Kind::Open | Kind::ObserveOpen if !elapsed(word, now) => None,
            _ => Some(open(word, policy, now, Reason::Tripped)),
        },
        Control::Reset => {
            Some(Step { next: word.next(closed(mode(word)), 0), reason: Some(Reason::Reset) })
        }
        Control::Mode(to) if to == mode(word) => None,
        Control::Mode(to) => {
            Some(Step { next: word.next(closed(to), 0), reason: Some(Reason::ModeChanged) })
        }
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
pub(crate) fn retry_after(word: Word, policy: &Policy, now: Ticks) -> Option<Ticks> {
    match word.kind() {
        Kind::Open | Kind::ObserveOpen if !elapsed(word, now) => Some(remaining(word, policy, now)),
        _ => None,
    }
}

/// Consecutive failures; none while not closed.
pub(crate) fn streak(word: Word) -> u64 {
    match word.kind() {
        Kind::Closed | Kind::ObserveClosed => word.payload(),
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

fn open(word: Word, policy: &Policy, now: Ticks, reason: Reason) -> Step {
    let kind = match mode(word) {
        Mode::Observe => Kind::ObserveOpen,
        _ => Kind::Open,
    };
    Step { next: word.next(kind, deadline(now, policy.open_for)), reason: Some(reason) }
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
