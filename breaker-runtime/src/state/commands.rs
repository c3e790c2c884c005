//! Commands to all breakers of a group: each command reaches every breaker, and the last one issued
//! wins.
//!
//! Commands are numbered when they are issued, and each breaker keeps the number of the last one that it
//! has applied. A caller with a stale command therefore never undoes a later one, whatever threads or
//! listeners run in between.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};

use crate::state::cell::Transition;
use crate::state::transition::Command;
use crate::sync::{Mutex, MutexGuard};
use crate::time::Ticks;
use crate::types::operator::Operator;
use crate::types::snapshot::Mode;

/// A command, with the operator behind it if one is named.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct IssuedCommand {
    pub(crate) command: Command,
    pub(crate) operator: Option<Arc<Operator>>,
}

impl From<Command> for IssuedCommand {
    fn from(command: Command) -> Self {
        Self { command, operator: None }
    }
}

/// A change of state, with what the command behind it says beside.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Change {
    pub(crate) transition: Transition,
    /// The operator behind it, if one is named.
    pub(crate) operator: Option<Arc<Operator>>,
    /// The time at which a mode that it has set expires.
    pub(crate) end: Option<Ticks>,
    /// Whether a probe in the background made it.
    pub(crate) background: bool,
}

impl From<Transition> for Change {
    fn from(transition: Transition) -> Self {
        Self { transition, operator: None, end: None, background: false }
    }
}

/// The commands of one group that some breaker may still have to apply.
#[derive(Debug, Default)]
pub(crate) struct CommandLog(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    issued: u64,
    recent: VecDeque<(u64, IssuedCommand)>,
}

/// The commands that one breaker has not applied.
struct PendingCommands {
    /// The number of the last command.
    issued: u64,
    /// Whether the first command ends another mode, which was left out. The breaker then starts closed
    /// and empty, even if it is in the mode of that command already.
    restarts: bool,
    commands: Vec<IssuedCommand>,
}

/// The number of the last command that one breaker has applied. The lock is held while it applies one:
/// nothing that runs under it may be the user's code.
#[derive(Debug, Default)]
pub(crate) struct Applied(Mutex<u64>);

impl CommandLog {
    /// Issues a command, and returns its number. `pass` makes every breaker of the group apply its
    /// pending commands.
    pub(crate) fn issue(&self, command: impl Into<IssuedCommand>, pass: impl FnOnce()) -> u64 {
        let number = self.log().push(command.into());
        pass();
        // Kept if `pass` panics: the next pass then reaches the breakers that this one did not.
        self.log().forget(number);
        number
    }

    /// Returns the number of the last command issued.
    pub(crate) fn issued(&self) -> u64 {
        self.log().issued
    }

    /// Applies the pending commands of a breaker by `control`, and returns the changes of its state.
    pub(crate) fn apply_pending<C>(
        &self,
        applied: &Applied,
        mut control: impl FnMut(&IssuedCommand) -> Option<C>,
    ) -> Vec<C> {
        let mut applied = applied.lock();
        let PendingCommands { issued, restarts, commands } = self.log().after(*applied);
        let mut changes = Vec::new();
        for (index, command) in commands.into_iter().enumerate() {
            let change = control(&command);
            let is_undone = index == 0 && restarts && change.is_none();
            let restart = || IssuedCommand { command: restart_of(command.command), ..command.clone() };
            changes.extend(if is_undone { control(&restart()) } else { change });
        }
        *applied = issued;
        changes
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the command that starts a mode again.
fn restart_of(command: Command) -> Command {
    match command {
        Command::Mode(mode) if mode != Mode::Automatic => Command::Renew(mode),
        _ => Command::Reset,
    }
}

impl Log {
    fn push(&mut self, command: IssuedCommand) -> u64 {
        self.issued += 1;
        self.recent.push_back((self.issued, command));
        self.issued
    }

    /// Returns the pending commands of a breaker that has applied `number`. A mode that a later command
    /// replaces by another one is left out, with what comes before it: a listener that undoes a command
    /// would see it again from each breaker.
    fn after(&self, number: u64) -> PendingCommands {
        let pending = self.recent.iter().filter(|(issued, _)| *issued > number);
        let mut commands: Vec<_> = pending.map(|(_, command)| command.clone()).collect();
        let is_mode = |issued: &IssuedCommand| matches!(issued.command, Command::Mode(_));
        let last = commands.iter().rfind(|issued| is_mode(issued)).map(|issued| issued.command);
        let is_replaced = |issued: &IssuedCommand| is_mode(issued) && Some(issued.command) != last;
        let replaced = commands.iter().rposition(is_replaced);
        if let Some(replaced) = replaced {
            let by = commands.iter().skip(replaced + 1).position(is_mode);
            commands.drain(..=replaced + by.unwrap_or_default());
        }
        PendingCommands { issued: self.issued, restarts: replaced.is_some(), commands }
    }

    fn forget(&mut self, number: u64) {
        while self.recent.front().is_some_and(|(issued, _)| *issued <= number) {
            self.recent.pop_front();
        }
    }
}

impl Applied {
    /// Makes that of a new breaker, which has the effects of the commands up to `number`.
    pub(crate) fn new(number: u64) -> Self {
        Self(Mutex::new(number))
    }

    pub(crate) fn number(&self) -> u64 {
        *self.lock()
    }

    /// Runs `control`, which applies the effects of the commands up to `number`, unless the breaker has
    /// applied a later one.
    pub(crate) fn apply_through<C>(
        &self,
        number: u64,
        control: impl FnOnce() -> Option<C>,
    ) -> Option<C> {
        let mut applied = self.lock();
        if *applied > number {
            return None;
        }
        *applied = number;
        control()
    }

    fn lock(&self) -> MutexGuard<'_, u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    const FORCED: Command = Command::Mode(Mode::ForcedOpen);
    const AUTOMATIC: Command = Command::Mode(Mode::Automatic);

    fn applied_now(commands: &CommandLog, applied: &Applied) -> Vec<Command> {
        let mut all = Vec::new();
        commands.apply_pending(applied, |issued| {
            all.push(issued.command);
            None::<Transition>
        });
        all
    }

    #[test]
    fn command_applied_twice_acts_once() {
        let (commands, applied) = (CommandLog::default(), Applied::default());
        commands.issue(Command::Trip, || {
            assert_eq!(applied_now(&commands, &applied), [Command::Trip]);
            assert_eq!(applied_now(&commands, &applied), []);
        });
        assert_eq!((commands.issued(), applied.number()), (1, 1));
    }

    #[test]
    fn pending_commands_reach_a_breaker_in_sequence_without_replaced_modes() {
        for (issued, left) in [
            (&[Command::Trip, Command::Reset][..], &[Command::Trip, Command::Reset][..]),
            (&[FORCED, Command::Reset], &[FORCED, Command::Reset]),
            (&[Command::Trip, AUTOMATIC], &[Command::Trip, AUTOMATIC]),
            (&[AUTOMATIC, Command::Trip, AUTOMATIC], &[AUTOMATIC, Command::Trip, AUTOMATIC]),
            (&[FORCED, AUTOMATIC], &[AUTOMATIC, Command::Reset]),
            (
                &[FORCED, Command::Trip, AUTOMATIC, Command::Trip, AUTOMATIC],
                &[AUTOMATIC, Command::Reset, Command::Trip, AUTOMATIC],
            ),
            (
                &[Command::Trip, FORCED, Command::Trip, AUTOMATIC, Command::Trip],
                &[AUTOMATIC, Command::Reset, Command::Trip],
            ),
        ] {
            let (commands, applied) = (CommandLog::default(), Applied::default());
            let (last, first) = issued.split_last().expect("not empty");
            for command in first {
                commands.log().push((*command).into());
            }
            commands.issue(*last, || assert_eq!(applied_now(&commands, &applied), left));
            assert!(commands.log().recent.is_empty());
        }
    }

    /// A pass that panics leaves its command for the next pass.
    #[test]
    fn command_of_an_interrupted_pass_stays_until_the_next_one() {
        let (commands, applied) = (CommandLog::default(), Applied::default());
        let interrupted = std::panic::AssertUnwindSafe(|| commands.issue(FORCED, || panic!("a clock")));
        assert!(std::panic::catch_unwind(interrupted).is_err());
        commands.issue(Command::Reset, || {
            assert_eq!(applied_now(&commands, &applied), [FORCED, Command::Reset]);
        });
        assert!(commands.log().recent.is_empty());
    }

    #[test]
    fn effects_of_earlier_commands_do_not_undo_a_later_one() {
        let applied = Applied::new(3);
        applied.apply_through::<Transition>(2, || unreachable!("an earlier one"));
        let mut followed = false;
        applied.apply_through(3, || {
            followed = true;
            None::<Transition>
        });
        assert!(followed && applied.number() == 3);
    }
}
