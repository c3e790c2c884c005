//! A rejection by the coarse clock is one that the precise clock would have caused.

use proptest::prelude::*;
use proptest::test_runner::TestCaseError;

use crate::state::model::cases;
use crate::state::transition::{Admit, admit, reject_early};
use crate::state::word::{StateKind, StateWord};
use crate::time::Ticks;
use crate::time::clock::COARSE_ERROR;

/// Generates times near `time`, within twice the error of the coarse clock, or far from it.
fn near(time: Ticks) -> impl Strategy<Value = Ticks> {
    let around = time.saturating_sub(2 * COARSE_ERROR)..=time + 2 * COARSE_ERROR;
    prop_oneof![3 => around, 1 => 0..=3 * time]
}

fn moment() -> impl Strategy<Value = (Ticks, Ticks, Ticks)> {
    (1..=50 * COARSE_ERROR, 51 * COARSE_ERROR..=200 * COARSE_ERROR).prop_flat_map(|(longest, end)| {
        let now = prop_oneof![near(end), near(end - longest)];
        (Just(longest), Just(end), now)
    })
}

proptest! {
    #![proptest_config(cases(3_000))]

    #[test]
    fn early_rejection_is_right_for_any_error_of_the_coarse_clock(
        (longest, end, now) in moment(),
        off in 0..=2 * COARSE_ERROR,
    ) {
        let open = StateWord::new(StateKind::Open, 7, end);
        let coarse = (now + off).saturating_sub(COARSE_ERROR);
        if let Some(early) = reject_early(open, longest, coarse) {
            let Admit::Rejected(precise) = admit(open, longest, now) else {
                return Err(TestCaseError::fail("it is not rejected"));
            };
            prop_assert_eq!(early.kind, precise.kind);
            let [early, precise] = [early, precise].map(|one| one.retry_after.unwrap_or(0));
            prop_assert!(early.abs_diff(precise) <= COARSE_ERROR, "{} and {}", early, precise);
        }
    }
}
