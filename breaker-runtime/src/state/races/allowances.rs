//! Breakers of one family, of which only some may be open.

use crate::state::open_quota::{OpenQuota, QuotaShare};
use crate::state::races::*;

/// A breaker that asks its family.
struct Member<'f>(&'f OpenQuota, &'f QuotaShare);

impl Env for Member<'_> {
    fn now(&self) -> Ticks {
        0
    }

    fn coarse(&self) -> Ticks {
        0
    }

    fn random(&self) -> f64 {
        0.5
    }

    fn thread_slot(&self) -> ThreadSlot {
        SLOT.with(Cell::get)
    }

    fn reserve_open_slot(&self, forced: bool) -> bool {
        self.1.reserve(self.0, forced)
    }

    fn release_open_slot(&self) {
        self.1.release(self.0);
    }
}

const FAMILY: Policy = Policy { failure_threshold: Some(1), ..POLICY };

struct Relatives {
    cells: [AtomicState; 2],
    shares: [QuotaShare; 2],
    quota: OpenQuota,
}

impl Relatives {
    /// One of the two may be open.
    fn new() -> Self {
        let quota = OpenQuota::new(Some(0.5));
        quota.set_breakers(2);
        let cells = std::array::from_fn(|_| AtomicState::new(FAMILY.flags(false)));
        Self { cells, shares: [QuotaShare::new(), QuotaShare::new()], quota }
    }

    fn member(&self, cell: usize) -> Member<'_> {
        Member(&self.quota, &self.shares[cell])
    }

    fn fail(&self, cell: usize) {
        let member = self.member(cell);
        let cell = &self.cells[cell];
        let Some(token) = cell.try_fast_admit() else { return };
        cell.settle(&FAMILY, token, CallEnd::Failure, None, &member);
    }

    fn order(&self, cell: usize, order: Command) {
        self.cells[cell].control(&FAMILY, order, &self.member(cell));
    }

    fn open(&self) -> u64 {
        let open = |cell: &&AtomicState| !cell.word().is_closed_or_forced_closed();
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
        assert_eq!((relatives.open(), relatives.quota.reserved()), (1, 1));
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
            others.order(0, Command::Trip);
            others.order(0, Command::Reset);
        });
        race.run();
        assert_eq!(relatives.quota.reserved(), relatives.open());
    });
}

/// An open breaker that is not called holds no open slot, and its slot is released once, even if another
/// thread closes it meanwhile.
#[test]
fn room_of_an_unused_breaker_is_given_back_once() {
    explore(3, 50, || {
        let relatives = Arc::new(Relatives::new());
        relatives.order(0, Command::Trip);
        let mut race = Race::default();
        let others = Arc::clone(&relatives);
        race = race.with(move || {
            others.shares[0].suspend(&others.quota);
            others.shares[0].resume(&others.quota);
        });
        let others = Arc::clone(&relatives);
        race = race.with(move || others.order(0, Command::Reset));
        let others = Arc::clone(&relatives);
        race = race.with(move || others.fail(1));
        race.run();
        assert_eq!(relatives.quota.reserved(), relatives.open());
    });
}
