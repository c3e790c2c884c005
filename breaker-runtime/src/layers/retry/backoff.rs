//! How long to wait: exponential back-off with a cap and full jitter, which is a moment at random between now and
//! the end of the whole pause (Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015).
//!
//! The sequence of pauses is that of the crate `backon`. Its jitter is not used: it adds up to a whole pause to a
//! pause, and so goes beyond the cap, to never less than the pause itself. Nor is its limit to the sum of the pauses,
//! which overflows.

use std::time::Duration;

use crate::config::retry::Retry;

/// The pause before a retry, the first of which is number 0, without jitter: `backoff * factor^n`, at most
/// `max_backoff`.
#[cfg(feature = "retry")]
pub(crate) fn whole(retry: &Retry, number: u32) -> Duration {
    use backon::{BackoffBuilder, ExponentialBuilder};

    let longest = retry.max_backoff;
    let pauses = ExponentialBuilder::new()
        .with_min_delay(retry.backoff)
        .with_max_delay(longest)
        .with_factor(retry.factor as f32)
        .without_max_times();
    let pause = pauses.build().nth(number as usize).unwrap_or(longest);
    to_microseconds(pause).max(retry.backoff).min(longest)
}

/// Never asked: there is no [`Retry`] without the feature.
#[cfg(not(feature = "retry"))]
pub(crate) fn whole(retry: &Retry, _number: u32) -> Duration {
    retry.max_backoff
}

/// Rounded to what clocks are read to: 100 ms times two is 200.000003 ms to the library, which multiplies with 24 bits.
#[cfg(feature = "retry")]
fn to_microseconds(pause: Duration) -> Duration {
    u64::try_from(pause.as_nanos().saturating_add(500) / 1_000).map_or(pause, Duration::from_micros)
}

/// A part of a pause by chance, which should be from 0 to 1.
pub(crate) fn part(whole: Duration, chance: f64) -> Duration {
    let part = Duration::try_from_secs_f64(whole.as_secs_f64() * chance.clamp(0.0, 1.0));
    part.map_or(whole, |part| part.min(whole))
}

#[cfg(all(test, feature = "retry"))]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const TEN_BILLION_YEARS: Duration = Duration::from_secs(10_000_000_000 * 365 * 24 * 60 * 60);

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
    fn jitter_is_full() {
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
        /// Pitfall 32 (aws-sdk-rust 960, backon 1.6): back-off that panicked when it overflowed.
        #[test]
        fn pauses_never_overflow(retry in retries(), chance in any::<f64>()) {
            let pauses = pauses(retry);
            prop_assert!(pauses[0].abs_diff(retry.backoff) < Duration::from_micros(1));
            prop_assert!(pauses.is_sorted(), "{pauses:?}");
            for pause in pauses {
                prop_assert!((retry.backoff..=retry.max_backoff).contains(&pause));
                prop_assert!(part(pause, chance) <= pause);
            }
        }

        /// Within the precision of the library's numbers, which are rounded to nanoseconds at each step.
        #[test]
        fn pauses_are_powers(mut retry in retries(), number in 0..99_i32) {
            retry.backoff = retry.backoff.max(millis(1));
            retry.max_backoff = retry.max_backoff.max(retry.backoff);
            let exact = retry.backoff.as_secs_f64() * retry.factor.powi(number);
            let exact = exact.min(retry.max_backoff.as_secs_f64());
            let pause = whole(&retry, number.unsigned_abs()).as_secs_f64();
            prop_assert!((pause - exact).abs() <= exact * 1e-4 + 1e-6, "{pause} {exact}");
        }
    }
}
