//! Orders to all breakers of a family, given at once.

use crate::state::commands::{Applied, CommandLog};
use crate::state::races::*;
use crate::types::snapshot::Mode;

/// A template and the breaker of a key.
struct KeyedGroup {
    cells: [AtomicState; 2],
    obeyed: [Applied; 2],
    orders: CommandLog,
}

impl KeyedGroup {
    fn give(&self, order: Command) {
        self.orders.give(order, || {
            for (cell, obeyed) in self.cells.iter().zip(&self.obeyed) {
                self.orders.carry_out(obeyed, |order| cell.control(&POLICY, order, &At(0)));
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
            obeyed: std::array::from_fn(|_| Applied::default()),
            orders: CommandLog::default(),
        });
        let mut race = Race::default();
        for mode in [Mode::ForcedOpen, Mode::ForcedClosed] {
            let family = Arc::clone(&family);
            race = race.with(move || family.give(Command::Mode(mode)));
        }
        race.run();
        let [template, key] = family.modes();
        assert_eq!(template, key);
        assert_ne!(template, Mode::Automatic);
    });
}
