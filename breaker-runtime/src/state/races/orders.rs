//! Orders to all breakers of a family, given at once.

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

/// Pitfall 65: a stale order undid a later one.
#[test]
fn the_last_order_wins_everywhere() {
    explore(2, 50, || {
        let family = Arc::new(KeyedGroup {
            cells: std::array::from_fn(|_| AtomicState::new(POLICY.flags(false))),
            applied: std::array::from_fn(|_| Applied::default()),
            commands: CommandLog::default(),
        });
        let mut race = Race::default();
        for mode in [Mode::ForcedOpen, Mode::ForcedClosed] {
            let family = Arc::clone(&family);
            race = race.with(move || family.issue(Command::Mode(mode)));
        }
        race.run();
        let [template, key] = family.modes();
        assert_eq!(template, key);
        assert_ne!(template, Mode::Automatic);
    });
}
