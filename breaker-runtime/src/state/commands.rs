//! Commands to all breakers of a group: each command reaches every breaker, and the last one issued
//! wins.
//!
//! Commands are numbered when they are issued, and each breaker keeps the number of the last one that it
//! has applied. A caller with a stale command therefore never undoes a later one, whatever threads or
//! listeners run in between.

use std::collections::VecDeque;
use std::sync::PoisonError;

use crate::state::cell::Transition;
use crate::state::transition::Command;
use crate::sync::{Mutex, MutexGuard};

/// The commands of one group that some breaker may still have to apply.
#[derive(Debug, Default)]
pub(crate) struct CommandLog(Mutex<Log>);

#[derive(Debug, Default)]
struct Log {
    issued: u64,
    recent: VecDeque<(u64, Command)>,
}

/// The commands that one breaker has not applied.
struct PendingCommands {
    /// The number of the last command.
    issued: u64,
    /// Whether the first command ends another mode, which was left out. The breaker then starts closed
    /// and empty, even if it is in the mode of that command already.
    restarts: bool,
    commands: Vec<Command>,
}

/// The number of the last command that one breaker has applied. The lock is held while it applies one:
/// nothing that runs under it may be the user's code.
#[derive(Debug, Default)]
pub(crate) struct Applied(Mutex<u64>);

impl CommandLog {
    /// Issues a command, and returns its number. `pass` makes every breaker of the group apply its
    /// pending commands.
    pub(crate) fn issue(&self, command: Command, pass: impl FnOnce()) -> u64 {
        let number = self.log().push(command);
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
    pub(crate) fn apply_pending(
        &self,
        applied: &Applied,
        mut control: impl FnMut(Command) -> Option<Transition>,
    ) -> Vec<Transition> {
        let mut applied = applied.lock();
        let PendingCommands { issued, restarts, commands } = self.log().after(*applied);
        let mut changes = Vec::new();
        for (index, command) in commands.into_iter().enumerate() {
            let change = control(command);
            let is_undone = index == 0 && restarts && change.is_none();
            changes.extend(if is_undone { control(Command::Reset) } else { change });
        }
        *applied = issued;
        changes
    }

    fn log(&self) -> MutexGuard<'_, Log> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Log {
    fn push(&mut self, command: Command) -> u64 {
        self.issued += 1;
        self.recent.push_back((self.issued, command));
        self.issued
    }

    /// Returns the pending commands of a breaker that has applied `number`. A mode that a later command
    /// replaces by another one is left out, with what comes before it: a listener that undoes a command
    /// would see it again from each breaker.
    fn after(&self, number: u64) -> PendingCommands {
        let pending = self.recent.iter().filter(|(issued, _)| *issued > number);
        let mut commands: Vec<_> = pending.map(|(_, command)| *command).collect();
        let is_mode = |command: &&Command| matches!(command, Command::Mode(_));
        let last = commands.iter().rfind(is_mode).copied();
        let is_replaced =
            |command: &Command| matches!(command, Command::Mode(_)) && Some(*command) != last;
        let replaced = commands.iter().rposition(is_replaced);
        if let Some(replaced) = replaced {
            let by = commands.iter().skip(replaced + 1).position(|command| is_mode(&command));
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
    pub(crate) fn apply_through(
        &self,
        number: u64,
        control: impl FnOnce() -> Option<Transition>,
    ) -> Option<Transition> {
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
    use crate::types::snapshot::Mode;

    const FORCED: Command = Command::Mode(Mode::ForcedOpen);
    const AUTOMATIC: Command = Command::Mode(Mode::Automatic);

    fn applied_now(commands: &CommandLog, applied: &Applied) -> Vec<Command> {
        let mut all = Vec::new();
        commands.apply_pending(applied, |command| {
            all.push(command);
            None
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
                commands.log().push(*command);
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
        applied.apply_through(2, || unreachable!("an earlier one"));
        let mut followed = false;
        applied.apply_through(3, || {
            followed = true;
            None
        });
        assert!(followed && applied.number() == 3);
    }
}
