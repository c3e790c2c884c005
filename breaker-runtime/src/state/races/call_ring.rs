//! The ring of the last results, which threads add to and a trip reads.

use crate::state::call_ring::{CallRing, RecentCall};
use crate::state::races::*;

/// A report that mixes the results of two calls.
#[test]
fn result_in_the_ring_is_whole_or_not_there() {
    explore(3, 3_000, || {
        // One with details, and one without.
        let call = |number: u64| {
            let details = (number == 1).then_some(number);
            RecentCall { word: number, success_count: number, details }
        };
        let ring = Arc::new(CallRing::new());
        let mut race = Race::default();
        for number in 1..=2 {
            let ring = Arc::clone(&ring);
            // Both in one slot: one overtakes the other, which sleeps between its stores.
            race = race.with(move || {
                let index = ring.add(call(number));
                assert!(ring.get(index).is_none_or(|found| found == call(number)));
            });
        }
        race.run();
        assert_eq!(ring.next(), 2);
        for found in (0..2).filter_map(|index| ring.get(index)) {
            assert_eq!(found, call(found.word));
        }
    });
}
