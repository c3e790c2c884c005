//! Where a breaker gets the time: a [`Clock`].
//!
//! A breaker reads its clock when a failure opens it, while it is open or half-open, and when it is
//! asked for its state; for a successful call while closed only if its policy asks for time.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, SystemTime};

use crate::support::contain::contained;
pub use crate::time::monotonic::MonotonicClock;
#[cfg_attr(breaker_loom, allow(unused_imports))]
pub(crate) use crate::time::system::{Instant, system_time};
use crate::time::{TICKS_MAX, Ticks};
use crate::time::{monotonic, system};

/// A source of monotonic time.
///
/// A clock should never go back. One that does so does no lasting harm: an open period never lasts
/// longer than the configured `timeout` from the first call after the step on, and no probe is waited for
/// longer than twice its lease.
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::{CircuitBreaker, Clock, ManualClock, State};
///
/// let clock = ManualClock::new();
/// let breaker = CircuitBreaker::builder("payments")
///     .timeout(Duration::from_secs(30))
///     .clock(clock.clone())
///     .build()?;
/// breaker.trip();
/// clock.advance(Duration::from_secs(30));
/// assert_eq!(breaker.state(), State::HalfOpen);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
pub trait Clock: Send + Sync {
    /// The time since some fixed moment of the clock's own choice. Read to the microsecond.
    ///
    /// A breaker has room for four years and two months from the reading that it takes when it is built, and for 100
    /// days before it, for a clock that is set back. For a breaker time stands still beyond that: an open period that
    /// begins later is over at once, a window of time no longer slides, and a probe that hangs is no longer given up.
    fn now(&self) -> Duration;

    /// Waits for so long, on the current thread: the pauses of the option `retry` on a function that is not `async`.
    /// By default [`std::thread::sleep`], in the system's time; on `wasm32-unknown-unknown`, which lacks it, a busy loop. A clock with a time of its own lets that pass instead,
    /// as [`ManualClock`] does.
    fn sleep(&self, duration: Duration) {
        system::sleep(duration);
    }

    /// Returns the wall-clock time of a [reading](Self::now) of this clock, for [`Event::time`](crate::Event::time).
    ///
    /// By default the system's time now, less what has passed on this clock since the reading. [`ManualClock`] counts
    /// from [`SystemTime::UNIX_EPOCH`], so that a test sees the same times in each run.
    fn system_time(&self, reading: Duration) -> SystemTime {
        ago(self.now().saturating_sub(reading))
    }
}

/// The system's time so long ago; the present, if it has no such time.
pub(crate) fn ago(length: Duration) -> SystemTime {
    let now = system_time();
    now.checked_sub(length).unwrap_or(now)
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Duration {
        (**self).now()
    }

    fn sleep(&self, duration: Duration) {
        (**self).sleep(duration);
    }

    fn system_time(&self, reading: Duration) -> SystemTime {
        (**self).system_time(reading)
    }
}

/// A clock that stands still until it is told to go on. Clones share the time.
#[derive(Clone, Debug, Default)]
pub struct ManualClock {
    nanos: Arc<AtomicU64>,
}

impl ManualClock {
    /// A clock at zero.
    pub fn new() -> Self {
        Self::default()
    }

    /// Moves the time forward for all clones. Saturates after 584 years.
    pub fn advance(&self, by: Duration) {
        let by = u64::try_from(by.as_nanos()).unwrap_or(u64::MAX);
        let mut seen = self.nanos.load(Ordering::Relaxed);
        while let Err(there) = self.nanos.compare_exchange_weak(
            seen,
            seen.saturating_add(by),
            Ordering::AcqRel,
            Ordering::Relaxed,
        ) {
            seen = there;
        }
    }
}

impl Clock for ManualClock {
    fn now(&self) -> Duration {
        Duration::from_nanos(self.nanos.load(Ordering::Acquire))
    }

    /// Advances the clock and returns at once.
    fn sleep(&self, duration: Duration) {
        self.advance(duration);
    }

    /// Counts from [`SystemTime::UNIX_EPOCH`].
    fn system_time(&self, reading: Duration) -> SystemTime {
        SystemTime::UNIX_EPOCH.checked_add(reading).unwrap_or(SystemTime::UNIX_EPOCH)
    }
}

/// The origin lies this far before the first reading: a runtime whose time was paused before the first reading was
/// taken elsewhere, a clock that is set back and a process that was started long before must not see times before the
/// origin. What is spent here is missing at the other end, of the four years and five months that a word can hold.
pub(crate) const HEAD_START: Duration = Duration::from_secs(100 * 24 * 60 * 60);

/// How far [`Time::coarse`] may lie behind [`Time::now`]: 20 ms, two ticks of a kernel that runs at 100 Hz,
/// the slowest in common use. It never lies ahead, so no period is cut short.
///
/// A tick moves the coarse clock on by whole ticks only, so that up to one more is still to come when it
/// does. A host that takes the processor from a virtual machine can delay a tick further, as it can delay
/// the caller itself.
pub(crate) const COARSE_ERROR: Ticks = 20_000;

/// Whether the error of [`Time::coarse`] is at most 1 % of a length of time.
#[allow(dead_code, reason = "for whoever reads the time on a hot path")]
pub(crate) const fn coarse_is_enough(length: Ticks) -> bool {
    length >= COARSE_ERROR * 100
}

/// A breaker's clock. The default takes no memory and can stand in a `static`.
///
/// Ticks are counted from [`HEAD_START`] before the clock was given to the breaker: a clock may count from
/// wherever it likes, such as from 1970, and may step back by days.
#[derive(Clone)]
pub(crate) struct Time {
    clock: Option<Arc<dyn Clock>>,
    birth: Duration,
}

impl Time {
    pub(crate) const DEFAULT: Self = Self { clock: None, birth: HEAD_START };

    pub(crate) fn from_clock(clock: impl Clock + 'static) -> Self {
        Self { birth: clock.now(), clock: Some(Arc::new(clock)) }
    }

    /// The time of the first reading of the default clock, and of a clock when it is given to a breaker.
    pub(crate) const fn start() -> Ticks {
        ticks(HEAD_START)
    }

    /// Returns when the process started, by the default clock: since then a breaker in a `static` exists. Where that
    /// cannot be found out, and where the clock follows tokio's time, the time of the first reading.
    pub(crate) fn process_start() -> Ticks {
        monotonic::process_start()
    }

    #[inline]
    pub(crate) fn now(&self) -> Ticks {
        match &self.clock {
            None => monotonic::now().min(TICKS_MAX),
            Some(clock) => self.since_birth(clock.now()),
        }
    }

    /// A reading that costs a quarter of [`now`](Time::now) and may be [`COARSE_ERROR`] old. Exact, for a
    /// clock that was given to the breaker, under tokio's time, and on systems other than Linux.
    #[allow(dead_code, reason = "for whoever reads the time on a hot path")]
    #[inline(always)]
    pub(crate) fn coarse(&self) -> Ticks {
        match &self.clock {
            None => monotonic::coarse().min(TICKS_MAX),
            Some(clock) => self.read(&**clock),
        }
    }

    /// Apart, so that it takes no registers from those who read the default clock.
    #[cold]
    #[inline(never)]
    fn read(&self, clock: &dyn Clock) -> Ticks {
        self.since_birth(clock.now())
    }

    pub(crate) fn sleep(&self, length: Duration) {
        match &self.clock {
            None => system::sleep(length),
            Some(clock) => clock.sleep(length),
        }
    }

    fn since_birth(&self, reading: Duration) -> Ticks {
        micros(match reading.checked_sub(self.birth) {
            Some(after) => HEAD_START.saturating_add(after),
            None => HEAD_START.saturating_sub(self.birth.saturating_sub(reading)),
        })
    }

    /// Returns the wall-clock time of a reading. A panic in a clock of the user's ends here, as the time is for
    /// listeners, and the call is another's.
    pub(crate) fn system_time(&self, reading: Duration) -> SystemTime {
        match &self.clock {
            None => MonotonicClock.system_time(reading),
            Some(clock) => contained(|| clock.system_time(reading)).unwrap_or_else(system_time),
        }
    }

    /// What the clock read at a time.
    pub(crate) fn reading(&self, at: Ticks) -> Duration {
        match duration(at).checked_sub(HEAD_START) {
            Some(after) => self.birth.saturating_add(after),
            None => self.birth.saturating_sub(HEAD_START.saturating_sub(duration(at))),
        }
    }
}

impl fmt::Debug for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.clock.is_some() { "custom clock" } else { "monotonic clock" })
    }
}

/// Rounded down. Wide arithmetic would take as long as a reading of the coarse clock.
pub(crate) const fn micros(since: Duration) -> Ticks {
    let whole = since.as_secs().saturating_mul(1_000_000);
    let micros = whole.saturating_add(since.subsec_micros() as u64);
    if micros > TICKS_MAX { TICKS_MAX } else { micros }
}

/// A length of time in ticks, rounded up so that no period is cut short, and at least one.
pub(crate) const fn ticks(length: Duration) -> Ticks {
    let micros = length.as_nanos().div_ceil(1_000);
    if micros > TICKS_MAX as u128 {
        TICKS_MAX
    } else if micros == 0 {
        1
    } else {
        micros as Ticks
    }
}

pub(crate) const fn duration(ticks: Ticks) -> Duration {
    Duration::from_micros(ticks)
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// Reads what it was told last, and counts from wherever that is.
    #[derive(Clone)]
    struct Told(Arc<Mutex<Duration>>);

    impl Told {
        fn new(start: Duration) -> Self {
            Self(Arc::new(Mutex::new(start)))
        }

        fn tell(&self, reading: Duration) {
            *self.0.lock().unwrap() = reading;
        }
    }

    impl Clock for Told {
        fn now(&self) -> Duration {
            *self.0.lock().unwrap()
        }
    }

    const SINCE_1970: Duration = Duration::from_secs(56 * 365 * 24 * 60 * 60);

    /// In real time. Whoever runs this may be stopped between two readings, and a host may hold back the
    /// ticks of a virtual machine: the first is why a coarse reading stands between two others, the second
    /// why it is the middle of the distances that has a limit. Readings follow one another without a rest
    /// for many ticks, so that they lie at all distances from the last one.
    #[test]
    fn a_coarse_reading_is_never_ahead_and_seldom_more_than_its_error_behind() {
        let time = Time::DEFAULT;
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
    fn the_default_clock_starts_at_its_head_start() {
        let hours = |count: u64| ticks(Duration::from_secs(count * 60 * 60));
        let (now, coarse) = (Time::DEFAULT.now(), Time::DEFAULT.coarse());
        assert!(now < Time::start() + hours(24), "{now}");
        assert!(now.max(Time::start()) - now.min(Time::start()) < hours(24), "{now}");
        assert!(coarse + COARSE_ERROR >= Time::start(), "{coarse}");
    }

    #[test]
    fn the_public_clock_and_the_default_agree() {
        let before = Time::DEFAULT.now();
        let reading = ticks(MonotonicClock.now());
        assert!((before..=Time::DEFAULT.now()).contains(&reading));
    }

    #[test]
    fn a_clock_of_the_users_is_read_exactly() {
        let told = Told::new(SINCE_1970);
        let time = Time::from_clock(told.clone());
        for nanos in [0, 999, 1_000, 1_999, 19_999_999, 1_000_000_001, 86_400_000_000_000] {
            told.tell(SINCE_1970 + Duration::from_nanos(nanos));
            assert_eq!(time.now(), Time::start() + nanos / 1_000);
            assert_eq!(time.coarse(), time.now());
            assert_eq!(time.reading(time.now()), SINCE_1970 + Duration::from_micros(nanos / 1_000));
        }
    }

    #[test]
    fn a_clock_may_step_back_by_the_head_start_and_then_stands_at_zero() {
        let told = Told::new(SINCE_1970);
        let time = Time::from_clock(told.clone());
        told.tell(SINCE_1970.saturating_sub(Duration::from_micros(1)));
        assert_eq!(time.now(), Time::start() - 1);
        for back in [HEAD_START, 2 * HEAD_START, SINCE_1970] {
            told.tell(SINCE_1970.saturating_sub(back));
            assert_eq!((time.now(), time.coarse()), (0, 0));
        }
    }

    #[test]
    fn readings_beyond_a_words_range_are_its_greatest() {
        let told = Told::new(Duration::ZERO);
        let time = Time::from_clock(told.clone());
        let last = duration(TICKS_MAX).saturating_sub(HEAD_START);
        told.tell(last.saturating_sub(Duration::from_micros(1)));
        assert_eq!(time.now(), TICKS_MAX - 1);
        for reading in
            [last, last + Duration::from_micros(1), Duration::from_secs(u64::MAX), Duration::MAX]
        {
            told.tell(reading);
            assert_eq!((time.now(), time.coarse()), (TICKS_MAX, TICKS_MAX));
        }
    }

    #[test]
    fn the_coarse_clock_is_enough_from_two_seconds_on() {
        assert!(!coarse_is_enough(0));
        assert!(!coarse_is_enough(ticks(Duration::from_secs(2)) - 1));
        assert!(coarse_is_enough(ticks(Duration::from_secs(2))));
        assert!(coarse_is_enough(TICKS_MAX));
    }
}
