//! A shadow: calls that begin and end at the same time.

use crate::state::races::*;
use crate::state::rng::Rng;
use crate::state::shadow::ShadowCell;

const ONE: Policy = Policy { failure_threshold: Some(1), ..POLICY };

/// Each call that the breaker runs is either let through by the shadow or counted as rejected, and its
/// end finds the decision of its start. The calls have one identity here, as they begin together.
#[test]
fn calls_end_with_the_decision_of_their_start() {
    explore(2, 50, || {
        let shadow = Arc::new(ShadowCell::new(ONE, Rng::DEFAULT));
        let mut race = Race::default();
        for end in [CallEnd::Failure, CallEnd::Success, CallEnd::Failure] {
            let shadow = Arc::clone(&shadow);
            race = race.with(move || {
                shadow.admit(7, false, 0);
                shadow.settle(7, end, None, true, 1);
            });
        }
        race.run();
        let counts = shadow.counts();
        let ended = counts.rejected_successes + counts.rejected_failures;
        assert_eq!(counts.rejected, ended, "each rejected call has ended");
        // The first failure opens the shadow, which rejects the other or drops its late result.
        assert_eq!((counts.trips, counts.unknown), (1, 0));
        assert_eq!(shadow.running(), 0);
    });
}
