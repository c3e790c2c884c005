//! Borrows of breakers that begin on one thread and end on any.

use crate::state::counters::borrows::Borrows;
use crate::state::races::*;

const MOST: u64 = 2;

/// The owner begins and ends a borrow while two other threads end one each. A lost end would take the
/// owner a borrow for ever, and its calls would share a count from then on.
#[test]
fn ended_borrows_can_all_begin_again() {
    explore(3, 50, || {
        let borrows = Arc::new(Borrows::new());
        assert!(borrows.begin(MOST) && borrows.begin(MOST) && !borrows.begin(MOST));
        let mut race = Race::default();
        for _ in 0..2 {
            let borrows = Arc::clone(&borrows);
            race = race.with(move || borrows.end_elsewhere());
        }
        let owner = Arc::clone(&borrows);
        race = race.with(move || {
            if owner.begin(MOST) {
                assert!(owner.count() <= MOST);
                owner.end();
            }
        });
        race.run();
        assert_eq!(borrows.count(), 0);
        assert!(borrows.begin(MOST) && borrows.begin(MOST) && !borrows.begin(MOST));
    });
}
