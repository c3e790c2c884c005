//! The successes that a recording leaves out.

use crate::state::counters::left_out::LeftOut;
use crate::state::races::*;

/// A sum of a recording is exact: each call is taken once, with the times of one that was left out.
#[test]
fn calls_that_are_left_out_are_taken_once() {
    explore(3, 50, || {
        let left_out = Arc::new(LeftOut::default());
        let taken = Arc::new(AtomicUsize::new(0));
        let mut race = Race::default();
        for start in [7, 8] {
            let (left_out, taken) = (Arc::clone(&left_out), Arc::clone(&taken));
            race = race.with(move || {
                left_out.add(start, 1, 1);
                let count = left_out.take();
                assert!(count == 0 || left_out.last().0 >= 7);
                taken.fetch_add(count as usize, Ordering::Relaxed);
            });
        }
        race.run();
        assert_eq!(taken.load(Ordering::Relaxed) as u64 + left_out.take(), 2);
    });
}
