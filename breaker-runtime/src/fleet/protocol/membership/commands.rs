//! The commands of operators that a process knows.

use crate::fleet::protocol::membership::Output;
use crate::fleet::protocol::message::{Author, Body, CommandView, FleetCommand, Millis, View};
use crate::types::snapshot::Mode;

/// The last command that was applied, and the last one that the store has.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct KnownCommands {
    /// The last command that was applied.
    applied: Option<KnownCommand>,
    /// The number of the last command that the store has, and whether it is in force.
    stored: (u64, bool),
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct KnownCommand {
    id: u64,
    mode: Mode,
    author: Author,
    until: Millis,
}

impl KnownCommands {
    /// Applies the last command, if it is new. A process that joins has nothing to end.
    pub(super) fn apply(&mut self, now: Millis, view: &View) -> Option<Output> {
        let command = view.command.as_ref();
        self.stored = (view.command_id, command.is_some_and(|command| command.remaining > 0));
        let (id, last) = (view.command_id, self.applied.as_ref().map_or(0, |applied| applied.id));
        let command = command.filter(|_| id > last)?;
        let CommandView { mode, author, remaining } = command.clone();
        let until = now.saturating_add(remaining);
        self.applied = Some(KnownCommand { id, mode, author: author.clone(), until });
        let mode = if remaining > 0 { mode } else { Mode::Automatic };
        let ends_nothing = mode == Mode::Automatic && last == 0;
        let command = CommandView { mode, author, remaining };
        (!ends_nothing).then_some(Output::SetMode { id, command })
    }

    /// Returns the command that the store has lost: the last one, if it is in force, or if it has ended
    /// one that the store has kept.
    pub(super) fn restore(&self, now: Millis) -> Option<Body> {
        let (stored, in_force) = self.stored;
        let KnownCommand { id, mode, ref author, until } = *self.applied.as_ref()?;
        let length = until.saturating_sub(now);
        let matters = in_force || (length > 0 && mode != Mode::Automatic);
        let command = FleetCommand { id, mode, author: author.clone(), length };
        (stored < id && matters).then_some(Body::Command(command))
    }
}
