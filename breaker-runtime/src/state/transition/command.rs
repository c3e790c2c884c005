//! Commands of operators, settings and the fleet: [`control`].

use crate::state::policy::Policy;
use crate::state::transition::{Update, close, elapsed, initial_kind, mode, open};
use crate::state::word::{StateKind, StateWord};
use crate::time::Ticks;
use crate::types::reason::Reason;
use crate::types::snapshot::Mode;

/// A manual command, or one from settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Command {
    Trip,
    Reset,
    Mode(Mode),
    /// Settings start or end observe mode. A forced mode stays.
    DryRun(bool),
    /// Settings no longer ask for this mode: the breaker returns to automatic, unless another mode has
    /// started.
    Leave(Mode),
    /// The mode starts, and starts again if the breaker has it, unless it is automatic.
    Renew(Mode),
    /// The fleet is open for so long.
    #[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "only a fleet orders it"))]
    FleetOpen(Ticks),
    /// The fleet has recovered.
    #[cfg_attr(not(feature = "redis"), allow(dead_code, reason = "only a fleet orders it"))]
    FleetClose,
    /// The mode expired that was set at the change with this generation, or before it and has not
    /// changed since.
    Expire(u64),
}

/// Returns the update that carries out a command, or `None` if it has no effect.
pub(crate) fn control(word: StateWord, command: Command, policy: &Policy, now: Ticks) -> Option<Update> {
    let starts_as = |mode, reason| {
        let next = word.next(initial_kind(mode), 0);
        let next = if mode == Mode::ForcedOpen { next } else { next.with_flags(policy.flags(false)) };
        Some(Update { next, reason: Some(reason) })
    };
    match command {
        Command::Trip if may_open(word, now) => Some(open(word, policy.open_for, now, Reason::Tripped)),
        Command::FleetOpen(period) if may_open(word, now) => {
            Some(open(word, period, now, Reason::FleetOpened))
        }
        Command::FleetClose => match word.kind() {
            StateKind::Open
            | StateKind::ObserveOpen
            | StateKind::HalfOpen
            | StateKind::ObserveHalfOpen => {
                Some(Update { reason: Some(Reason::FleetClosed), ..close(word, policy) })
            }
            _ => None,
        },
        Command::Reset => starts_as(mode(word), Reason::Reset),
        Command::Mode(to) if to == mode(word) => None,
        Command::Renew(Mode::Automatic) if mode(word) == Mode::Automatic => None,
        Command::Mode(to) | Command::Renew(to) => starts_as(to, Reason::ModeChanged),
        Command::Leave(from) if from == mode(word) => starts_as(Mode::Automatic, Reason::ModeChanged),
        // A change that the caller has not seen may be a later command, which an earlier end must not
        // undo.
        Command::Expire(seen) if seen == word.generation() && mode(word) != Mode::Automatic => {
            starts_as(Mode::Automatic, Reason::OverrideExpired)
        }
        Command::Trip | Command::FleetOpen(_) | Command::Leave(_) | Command::Expire(_) => None,
        Command::DryRun(on) => match mode(word) {
            Mode::Automatic if on => starts_as(Mode::Observe, Reason::ModeChanged),
            Mode::Observe if !on => starts_as(Mode::Automatic, Reason::ModeChanged),
            _ => None,
        },
    }
}

/// Returns whether a command can open the breaker: unless it is open or forced. One that is open only
/// until its next call starts a new period.
fn may_open(word: StateWord, now: Ticks) -> bool {
    match word.kind() {
        StateKind::Closed
        | StateKind::ObserveClosed
        | StateKind::HalfOpen
        | StateKind::ObserveHalfOpen => true,
        StateKind::Open | StateKind::ObserveOpen => elapsed(word, now),
        StateKind::ForcedOpen | StateKind::ForcedClosed => false,
    }
}
