//! Concurrent commands to all breakers of a group.

use crate::state::commands::{Applied, CommandLog};
use crate::state::races::*;
use crate::types::snapshot::Mode;

/// A template and the breaker of a key.
struct KeyedGroup {
    cells: [AtomicState; 2],
    applied: [Applied; 2],
    commands: CommandLog,
}

impl KeyedGroup {
    fn issue(&self, command: Command) {
        self.commands.issue(command, || {
            for (cell, applied) in self.cells.iter().zip(&self.applied) {
                self.commands.apply_pending(applied, |command| cell.control(&POLICY, command, &At(0)));
            }
        });
    }

    fn modes(&self) -> [Mode; 2] {
        [0, 1].map(|cell| transition::mode(self.cells[cell].word()))
    }
}

/// A stale command undid a later one.
#[test]
fn last_command_wins_in_every_breaker() {
    explore(2, 50, || {
        let group = Arc::new(KeyedGroup {
            cells: std::array::from_fn(|_| AtomicState::new(POLICY.flags(false))),
            applied: std::array::from_fn(|_| Applied::default()),
            commands: CommandLog::default(),
        });
        let mut race = Race::default();
        for mode in [Mode::ForcedOpen, Mode::ForcedClosed] {
            let group = Arc::clone(&group);
            race = race.with(move || group.issue(Command::Mode(mode)));
        }
        race.run();
        let [template, key] = group.modes();
        assert_eq!(template, key);
        assert_ne!(template, Mode::Automatic);
    });
}
