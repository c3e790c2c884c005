//! Orders to all breakers of a family, given at once.

use crate::state::commands::{Obeyed, Orders};
use crate::state::races::*;
use crate::types::snapshot::Mode;

/// A template and the breaker of a key.
struct Family {
    cells: [StateCell; 2],
    obeyed: [Obeyed; 2],
    orders: Orders,
}

impl Family {
    fn give(&self, order: Control) {
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
        let family = Arc::new(Family {
            cells: std::array::from_fn(|_| StateCell::new(POLICY.flags(false))),
            obeyed: std::array::from_fn(|_| Obeyed::default()),
            orders: Orders::default(),
        });
        let mut race = Race::default();
        for mode in [Mode::ForcedOpen, Mode::ForcedClosed] {
            let family = Arc::clone(&family);
            race = race.with(move || family.give(Control::Mode(mode)));
        }
        race.run();
        let [template, key] = family.modes();
        assert_eq!(template, key);
        assert_ne!(template, Mode::Automatic);
    });
}
