//! Concurrent commands to all breakers of a group.

use crate::state::commands::{Applied, CommandLog, IssuedCommand};
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
                let control = |issued: &IssuedCommand| cell.control(&POLICY, issued.command, &at(0));
                self.commands.apply_pending(applied, control);
            }
        });
    }

    fn modes(&self) -> [Mode; 2] {
        [0, 1].map(|cell| transition::mode(self.cells[cell].word()))
    }
}

/// The end of an operator's mode undid the mode that another operator set at the same moment.
#[test]
fn end_of_a_mode_leaves_a_later_one() {
    explore(2, 2, || {
        let cell = Arc::new(AtomicState::new(POLICY.flags(false)));
        cell.control(&POLICY, Command::Mode(Mode::ForcedOpen), &at(0));
        let seen = cell.word().generation();
        let (ends, renews) = (Arc::clone(&cell), Arc::clone(&cell));
        let mut race = Race::default();
        race = race.with(move || {
            ends.control(&POLICY, Command::Expire(seen), &at(1));
        });
        race = race.with(move || {
            let renewed = renews.control(&POLICY, Command::Renew(Mode::ForcedOpen), &at(1));
            renewed.expect("an operator's command has an effect");
        });
        race.run();
        assert_eq!(transition::mode(cell.word()), Mode::ForcedOpen);
    });
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
