//! Where a breaker gets the time: a [`Clock`].
//!
//! A breaker reads its clock when a failure opens it, while it is open or half-open, and when it is
//! asked for its state; never for a successful call while closed.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;

use crate::state::word::{TICKS_MAX, Ticks};

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
    /// The time since some fixed moment of the clock's own choice. Read to the microsecond; what lies more
    /// than four years and four months after the breaker was built counts as that.
    fn now(&self) -> Duration;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Duration {
        (**self).now()
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
}

/// The clock that a breaker has unless it is given another: std's [`Instant`].
///
/// With the feature `test-util` it follows tokio's time, so that `#[tokio::test(start_paused = true)]` and
/// `tokio::time::advance` drive every breaker that was not given a clock of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct MonotonicClock;

/// The origin lies this far before the first reading: a runtime whose time was paused before somebody
/// else took the first reading must not see times before the origin.
const HEAD_START: Duration = Duration::from_secs(10 * 24 * 60 * 60);

impl Clock for MonotonicClock {
    fn now(&self) -> Duration {
        static ORIGIN: OnceCell<Instant> = OnceCell::new();
        let now = instant();
        let origin = *ORIGIN.get_or_init(Instant::now);
        match now.checked_duration_since(origin) {
            Some(since) => HEAD_START.saturating_add(since),
            None => HEAD_START.saturating_sub(origin.saturating_duration_since(now)),
        }
    }
}

#[cfg(feature = "test-util")]
fn instant() -> Instant {
    tokio::time::Instant::now().into_std()
}

#[cfg(not(feature = "test-util"))]
fn instant() -> Instant {
    Instant::now()
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

    /// The earliest time that a breaker in a `static` can have come to be.
    pub(crate) const fn start() -> Ticks {
        ticks(HEAD_START)
    }

    pub(crate) fn now(&self) -> Ticks {
        let now = match &self.clock {
            None => MonotonicClock.now(),
            Some(clock) => clock.now(),
        };
        let since_birth = match now.checked_sub(self.birth) {
            Some(after) => HEAD_START.saturating_add(after),
            None => HEAD_START.saturating_sub(self.birth.saturating_sub(now)),
        };
        Ticks::try_from(since_birth.as_micros()).unwrap_or(TICKS_MAX).min(TICKS_MAX)
    }

    pub(crate) fn coarse(&self) -> Ticks {
        self.now()
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

pub(crate) const COARSE_ERROR: Ticks = 8_000;

pub(crate) const fn coarse_is_enough(length: Ticks) -> bool {
    length >= COARSE_ERROR * 100
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
