//! The pause before a retry: exponential back-off with a cap and full jitter, which is a moment at
//! random between now and the end of the whole pause (Brooker, "Exponential Backoff And Jitter", AWS
//! Architecture Blog, 2015).

use std::time::Duration;

use crate::config::retry::Retry;

/// Returns the pause before a retry, the first of which is number 0, without jitter:
/// `backoff * factor^n`, at most `max_backoff`.
pub(super) fn whole(retry: &Retry, number: u32) -> Duration {
    let growth = retry.factor.powi(i32::try_from(number).unwrap_or(i32::MAX)) - 1.0;
    // The first pause itself is exact, whatever its length. An overflow is longer than any cap.
    let more = Duration::try_from_secs_f64(retry.backoff.as_secs_f64() * growth).ok();
    let pause = more.and_then(|more| retry.backoff.checked_add(more));
    pause.map_or(retry.max_backoff, |pause| pause.min(retry.max_backoff))
}

/// Returns a random part of a pause. `chance` should be from 0 to 1.
pub(crate) fn part(whole: Duration, chance: f64) -> Duration {
    let part = Duration::try_from_secs_f64(whole.as_secs_f64() * chance.clamp(0.0, 1.0));
    part.map_or(whole, |part| part.min(whole))
}

#[cfg(all(test, feature = "retry"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEN_BILLION_YEARS: Duration = Duration::from_secs(315_360_000_000_000_000);

    fn millis(millis: u64) -> Duration {
        Duration::from_millis(millis)
    }

    fn pauses(retry: Retry) -> Vec<Duration> {
        (0..retry.attempts - 1).map(|number| whole(&retry, number)).collect()
    }

    #[test]
    fn pauses_grow_by_the_factor_up_to_the_cap() {
        let retry = Retry::new().with_attempts(8);
        assert_eq!(pauses(retry), [100, 200, 400, 800, 1_600, 3_200, 5_000].map(millis));
        let retry = retry.with_backoff(millis(7)).with_max_backoff(millis(700)).with_factor(3.0);
        assert_eq!(pauses(retry), [7, 21, 63, 189, 567, 700, 700].map(millis));
        let retry = retry.with_factor(1.0);
        assert_eq!(pauses(retry), [7; 7].map(millis));
    }

    #[test]
    fn jitter_is_up_to_the_whole_pause() {
        let part = |chance| part(millis(400), chance);
        assert_eq!([0.0, 0.25, 0.5, 1.0].map(part), [0, 100, 200, 400].map(millis));
        assert_eq!([-1.0, 2.0, f64::NAN, f64::INFINITY].map(part), [0, 400, 400, 400].map(millis));
        assert_eq!(super::part(Duration::MAX, 1.0), Duration::MAX);
    }

    fn lengths() -> impl Strategy<Value = Duration> {
        let any_at_all = (any::<u64>(), 0..1_000_000_000_u32).prop_map(|(s, n)| Duration::new(s, n));
        prop_oneof![
            (1..10_000_u64).prop_map(Duration::from_nanos),
            (1..100_000_u64).prop_map(Duration::from_millis),
            any_at_all.prop_map(|length| length.max(Duration::from_nanos(1))),
            Just(TEN_BILLION_YEARS),
            Just(Duration::MAX),
            Just(Duration::from_nanos(1)),
        ]
    }

    fn retries() -> impl Strategy<Value = Retry> {
        let factor = prop_oneof![1.0..=1_000.0_f64, Just(1.0), Just(1_000.0), 1.0..1.001_f64];
        (lengths(), prop::option::of(lengths()), factor).prop_map(|(backoff, longest, factor)| {
            let retry = Retry::new().with_attempts(100).with_backoff(backoff).with_factor(factor);
            retry.with_max_backoff(longest.unwrap_or_default().max(backoff))
        })
    }

    proptest! {
        /// Aws-sdk-rust 960: back-off that panicked when it overflowed.
        #[test]
        fn pauses_never_overflow(retry in retries(), chance in any::<f64>()) {
            let pauses = pauses(retry);
            prop_assert_eq!(pauses[0], retry.backoff);
            prop_assert!(pauses.is_sorted(), "{pauses:?}");
            for pause in pauses {
                prop_assert!((retry.backoff..=retry.max_backoff).contains(&pause));
                prop_assert!(part(pause, chance) <= pause);
            }
        }

        #[test]
        fn pauses_are_powers_of_the_factor(mut retry in retries(), number in 0..99_i32) {
            retry.backoff = retry.backoff.max(millis(1));
            retry.max_backoff = retry.max_backoff.max(retry.backoff);
            let exact = retry.backoff.as_secs_f64() * retry.factor.powi(number);
            let exact = exact.min(retry.max_backoff.as_secs_f64());
            let pause = whole(&retry, number.unsigned_abs()).as_secs_f64();
            prop_assert!((pause - exact).abs() <= exact * 1e-9 + 1e-6, "{pause} {exact}");
        }
    }
}
