//! Breakers of one family, of which only some may be open.

use super::*;
use crate::state::allowance::Allowances;

/// A breaker that asks its family.
struct Member<'f>(&'f Allowances);

impl World for Member<'_> {
    fn now(&self) -> Ticks {
        0
    }

    fn coarse(&self) -> Ticks {
        0
    }

    fn chance(&self) -> f64 {
        0.5
    }

    fn lane(&self) -> LaneId {
        LANE.with(Cell::get)
    }

    fn take_allowance(&self, by_order: bool) -> bool {
        self.0.take(by_order)
    }

    fn give_allowance_back(&self) {
        self.0.give_back();
    }
}

const FAMILY: Policy = Policy { failure_threshold: Some(1), ..POLICY };

struct Relatives {
    cells: [StateCell; 2],
    allowances: Allowances,
}

impl Relatives {
    /// One of the two may be open.
    fn new() -> Self {
        let allowances = Allowances::new(Some(0.5));
        allowances.set_breakers(2);
        Self { cells: std::array::from_fn(|_| StateCell::new(FAMILY.flags(false))), allowances }
    }

    fn fail(&self, cell: usize) {
        let cell = &self.cells[cell];
        let Some(token) = cell.admit_closed() else { return };
        cell.settle(&FAMILY, token, End::Failure, None, &Member(&self.allowances));
    }

    fn order(&self, cell: usize, order: Control) {
        self.cells[cell].control(&FAMILY, order, &Member(&self.allowances));
    }

    fn open(&self) -> u64 {
        let open = |cell: &&StateCell| !cell.word().is_closed_or_forced_closed();
        self.cells.iter().filter(open).count() as u64
    }
}

#[test]
fn no_more_breakers_open_than_allowed() {
    explore(3, 50, || {
        let relatives = Arc::new(Relatives::new());
        let mut race = Race::default();
        for cell in [0, 1] {
            let relatives = Arc::clone(&relatives);
            race = race.with(move || relatives.fail(cell));
        }
        race.run();
        assert_eq!((relatives.open(), relatives.allowances.out()), (1, 1));
    });
}

/// The breaker opens once, whoever opens it, and closes once.
#[test]
fn an_allowance_comes_back() {
    explore(3, 50, || {
        let relatives = Arc::new(Relatives::new());
        let mut race = Race::default();
        let others = Arc::clone(&relatives);
        race = race.with(move || others.fail(0));
        let others = Arc::clone(&relatives);
        race = race.with(move || {
            others.order(0, Control::Trip);
            others.order(0, Control::Reset);
        });
        race.run();
        assert_eq!(relatives.allowances.out(), relatives.open());
    });
}
