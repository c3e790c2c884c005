//! The open quota of a group: never more open breakers than slots, and no slot is lost.

use crate::state::open_quota::{OpenQuota, QuotaShare};
use crate::state::races::*;

/// The environment of one breaker, with the quota of its group.
struct Member<'g>(&'g OpenQuota, &'g QuotaShare);

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

const GROUP_POLICY: Policy = Policy { failure_threshold: Some(1), ..POLICY };

struct Group {
    cells: [AtomicState; 2],
    shares: [QuotaShare; 2],
    quota: OpenQuota,
}

impl Group {
    /// Makes two breakers, of which one may be open.
    fn new() -> Self {
        let quota = OpenQuota::new(Some(0.5));
        quota.set_breakers(2);
        let cells = std::array::from_fn(|_| AtomicState::new(GROUP_POLICY.flags(false)));
        Self { cells, shares: [QuotaShare::new(), QuotaShare::new()], quota }
    }

    fn member(&self, cell: usize) -> Member<'_> {
        Member(&self.quota, &self.shares[cell])
    }

    fn fail(&self, cell: usize) {
        let member = self.member(cell);
        let cell = &self.cells[cell];
        let Some(token) = cell.try_fast_admit() else { return };
        cell.settle(&GROUP_POLICY, token, CallEnd::Failure, None, &member);
    }

    fn command(&self, cell: usize, command: Command) {
        self.cells[cell].control(&GROUP_POLICY, command, &self.member(cell));
    }

    fn open(&self) -> u64 {
        let open = |cell: &&AtomicState| !cell.word().is_closed_or_forced_closed();
        self.cells.iter().filter(open).count() as u64
    }
}

#[test]
fn open_breakers_stay_within_the_quota() {
    explore(3, 50, || {
        let group = Arc::new(Group::new());
        let mut race = Race::default();
        for cell in [0, 1] {
            let group = Arc::clone(&group);
            race = race.with(move || group.fail(cell));
        }
        race.run();
        assert_eq!((group.open(), group.quota.reserved()), (1, 1));
    });
}

/// The breaker opens and closes once, whichever thread does it.
#[test]
fn slot_is_released_once_the_breaker_closes() {
    explore(3, 50, || {
        let group = Arc::new(Group::new());
        let mut race = Race::default();
        let other = Arc::clone(&group);
        race = race.with(move || other.fail(0));
        let other = Arc::clone(&group);
        race = race.with(move || {
            other.command(0, Command::Trip);
            other.command(0, Command::Reset);
        });
        race.run();
        assert_eq!(group.quota.reserved(), group.open());
    });
}

/// An open breaker that is not called holds no open slot, and its slot is released once, even if another
/// thread closes it meanwhile.
#[test]
fn slot_of_an_unused_breaker_is_released_once() {
    explore(3, 50, || {
        let group = Arc::new(Group::new());
        group.command(0, Command::Trip);
        let mut race = Race::default();
        let other = Arc::clone(&group);
        race = race.with(move || {
            other.shares[0].suspend(&other.quota);
            other.shares[0].resume(&other.quota);
        });
        let other = Arc::clone(&group);
        race = race.with(move || other.command(0, Command::Reset));
        let other = Arc::clone(&group);
        race = race.with(move || other.fail(1));
        race.run();
        assert_eq!(group.quota.reserved(), group.open());
    });
}
