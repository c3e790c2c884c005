//! Clocks, and times read from them.

use std::sync::Mutex;

use super::*;

/// A clock that returns the reading that was set last.
#[derive(Clone)]
struct SettableClock(Arc<Mutex<Duration>>);

impl SettableClock {
    fn new(start: Duration) -> Self {
        Self(Arc::new(Mutex::new(start)))
    }

    fn set(&self, reading: Duration) {
        *self.0.lock().unwrap() = reading;
    }
}

impl Clock for SettableClock {
    fn now(&self) -> Duration {
        *self.0.lock().unwrap()
    }
}

const SINCE_1970: Duration = Duration::from_secs(56 * 365 * 24 * 60 * 60);

/// Runs in real time. The thread may be suspended between two readings, so each coarse reading
/// stands between two precise ones; a host may delay the ticks of a virtual machine, so the median
/// of the distances is limited. Readings continue for many ticks, to cover all distances from the
/// last one.
#[test]
fn coarse_reading_is_never_ahead_and_rarely_late_by_more_than_its_error() {
    let time = TimeSource::DEFAULT;
    let mut behind = Vec::new();
    let first = time.now();
    loop {
        let before = time.now();
        let coarse = time.coarse();
        let after = time.now();
        assert!(coarse <= after, "ahead by {} us", coarse - after);
        behind.push(before.saturating_sub(coarse));
        if after - first > 10 * COARSE_ERROR || behind.len() == 1_000_000 {
            break;
        }
    }
    behind.sort_unstable();
    let middle = behind[behind.len() / 2];
    assert!(middle <= COARSE_ERROR, "{middle} us behind");
}

#[test]
fn default_clock_starts_at_its_head_start() {
    let hours = |count: u64| ticks(Duration::from_secs(count * 60 * 60));
    let (now, coarse) = (TimeSource::DEFAULT.now(), TimeSource::DEFAULT.coarse());
    assert!(now < TimeSource::start() + hours(24), "{now}");
    assert!(now.max(TimeSource::start()) - now.min(TimeSource::start()) < hours(24), "{now}");
    assert!(coarse + COARSE_ERROR >= TimeSource::start(), "{coarse}");
}

#[test]
fn public_clock_agrees_with_the_default() {
    let before = TimeSource::DEFAULT.now();
    let reading = ticks(MonotonicClock.now());
    assert!((before..=TimeSource::DEFAULT.now()).contains(&reading));
}

#[test]
fn user_clock_is_read_exactly() {
    let clock = SettableClock::new(SINCE_1970);
    let time = TimeSource::from_clock(clock.clone());
    for nanos in [0, 999, 1_000, 1_999, 19_999_999, 1_000_000_001, 86_400_000_000_000] {
        clock.set(SINCE_1970 + Duration::from_nanos(nanos));
        assert_eq!(time.now(), TimeSource::start() + nanos / 1_000);
        assert_eq!(time.coarse(), time.now());
        assert_eq!(time.reading(time.now()), SINCE_1970 + Duration::from_micros(nanos / 1_000));
    }
}

#[test]
fn clock_set_back_beyond_the_head_start_stands_at_zero() {
    let clock = SettableClock::new(SINCE_1970);
    let time = TimeSource::from_clock(clock.clone());
    clock.set(SINCE_1970.saturating_sub(Duration::from_micros(1)));
    assert_eq!(time.now(), TimeSource::start() - 1);
    for back in [HEAD_START, 2 * HEAD_START, SINCE_1970] {
        clock.set(SINCE_1970.saturating_sub(back));
        assert_eq!((time.now(), time.coarse()), (0, 0));
    }
}

#[test]
fn reading_beyond_the_range_saturates() {
    let clock = SettableClock::new(Duration::ZERO);
    let time = TimeSource::from_clock(clock.clone());
    let last = duration(TICKS_MAX).saturating_sub(HEAD_START);
    clock.set(last.saturating_sub(Duration::from_micros(1)));
    assert_eq!(time.now(), TICKS_MAX - 1);
    for reading in [last, last + Duration::from_micros(1), Duration::from_secs(u64::MAX), Duration::MAX]
    {
        clock.set(reading);
        assert_eq!((time.now(), time.coarse()), (TICKS_MAX, TICKS_MAX));
    }
}

#[test]
fn user_clock_has_no_cheaper_reading() {
    let clock = SettableClock::new(SINCE_1970);
    assert_eq!(TimeSource::from_clock(clock).coarse_if_cheaper(), None);
    let cheaper = TimeSource::DEFAULT.coarse_if_cheaper();
    assert!(cheaper.is_none_or(|coarse| coarse <= TimeSource::DEFAULT.now()), "{cheaper:?}");
    assert_eq!(cheaper.is_some(), monotonic::HAS_COARSE);
}

#[test]
fn coarse_clock_is_enough_from_a_second_on() {
    assert!(!coarse_is_enough(0));
    assert!(!coarse_is_enough(ticks(Duration::from_secs(1)) - 1));
    assert!(coarse_is_enough(ticks(Duration::from_secs(1))));
    assert!(coarse_is_enough(TICKS_MAX));
}
