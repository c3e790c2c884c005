//! The intervals in which outliers are looked for: calls that fail race for the end of one.

use crate::state::outlier::{IntervalEnd, OutlierIntervals};
use crate::state::races::*;

const SPAN: Ticks = 10;

/// Two threads that both judge would open breakers by the counts of one interval, and of none.
#[test]
fn interval_is_judged_by_one_thread() {
    explore(3, 100, || {
        let intervals = Arc::new(OutlierIntervals::new(None));
        assert_eq!(intervals.claim(SPAN, SPAN), Some(IntervalEnd::Restart));
        let judged = Arc::new(AtomicUsize::new(0));
        let mut race = Race::default();
        for late in 0..3 {
            let (intervals, judged) = (Arc::clone(&intervals), Arc::clone(&judged));
            race = race.with(move || {
                let claimed = intervals.claim(SPAN, 2 * SPAN + late);
                assert!(claimed.is_none_or(|end| end == IntervalEnd::Judge));
                judged.fetch_add(claimed.is_some().into(), Ordering::Relaxed);
            });
        }
        race.run();
        assert_eq!(judged.load(Ordering::Relaxed), 1);
    });
}
