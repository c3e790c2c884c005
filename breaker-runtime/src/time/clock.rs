//! The sources of time: [`Clock`] for users, [`TimeSource`] inside a breaker.
//!
//! A breaker reads its clock when a failure opens it, while it is open or half-open, and for a snapshot;
//! for a successful call while closed only if its policy needs the time.

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
/// A clock should never go back. One that does so causes no lasting harm: from the first call after the
/// step on, an open period lasts no longer than the configured `timeout`, and a probe keeps its slot no
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
    /// Returns the time since a fixed moment that the clock chooses. A breaker uses it to the
    /// microsecond.
    ///
    /// A breaker can represent four years and two months after the reading that it takes when it is
    /// built, and 100 days before it, for a clock that is set back. Beyond that its time stands still:
    /// an open period that begins later ends at once, a window of time no longer slides, and a hung
    /// probe no longer loses its slot.
    fn now(&self) -> Duration;

    /// Blocks the current thread for `duration`: the pauses of the option `retry` on a function that is
    /// not `async`.
    ///
    /// By default this is [`std::thread::sleep`], in the system's time; on `wasm32-unknown-unknown`,
    /// which lacks it, a busy loop. A clock with a time of its own advances instead, as [`ManualClock`]
    /// does.
    fn sleep(&self, duration: Duration) {
        system::sleep(duration);
    }

    /// Returns the wall-clock time of a [reading](Self::now) of this clock, for
    /// [`Event::time`](crate::Event::time).
    ///
    /// By default this is the system's time now, minus the time that has passed on this clock since the
    /// reading.
    /// [`ManualClock`] counts from [`SystemTime::UNIX_EPOCH`], so that a test sees the same times in
    /// each run.
    fn system_time(&self, reading: Duration) -> SystemTime {
        ago(self.now().saturating_sub(reading))
    }
}

/// Returns the system's time `length` ago, or the present if that cannot be represented.
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

/// A clock that stands still until [`advance`](Self::advance) is called. Clones share the time.
#[derive(Clone, Debug, Default)]
pub struct ManualClock {
    nanos: Arc<AtomicU64>,
}

impl ManualClock {
    /// Creates a clock at zero.
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

/// The distance from the origin to the first reading.
///
/// A paused runtime, a clock that is set back and a process that started long ago must not see times
/// before the origin. It is taken from the four years and five months that a state word can represent.
pub(crate) const HEAD_START: Duration = Duration::from_secs(100 * 24 * 60 * 60);

/// The largest delay of [`TimeSource::coarse`] behind [`TimeSource::now`]: 20 ms, two ticks of a kernel
/// at 100 Hz, the slowest in common use. It is never ahead, so no period is cut short.
///
/// The coarse clock advances by whole ticks, so it can be one tick late when it advances. A host that
/// takes the processor from a virtual machine can delay a tick further, as it can delay the caller.
pub(crate) const COARSE_ERROR: Ticks = 20_000;

/// Returns the time in range for one that is above it: far above, of a clock that was set back.
#[cold]
#[inline(never)]
const fn clamped(at: Ticks) -> Ticks {
    if at > Ticks::MAX / 2 { 0 } else { TICKS_MAX }
}

/// Returns whether the error of [`TimeSource::coarse`] is at most 2 % of a duration. In the mean it is
/// half a tick, which is 0.2 % of a second at 250 Hz.
#[allow(dead_code, reason = "loom builds read no time on a hot path")]
pub(crate) const fn coarse_is_enough(length: Ticks) -> bool {
    length >= COARSE_ERROR * 50
}

/// The clock of a breaker. The default one takes no memory and can stand in a `static`.
///
/// Ticks count from [`HEAD_START`] before the breaker received the clock: a clock may count from any
/// moment, such as from 1970, and may step back by days.
#[derive(Clone)]
pub(crate) struct TimeSource {
    clock: Option<Arc<dyn Clock>>,
    birth: Duration,
}

impl TimeSource {
    pub(crate) const DEFAULT: Self = Self { clock: None, birth: HEAD_START };

    /// Creates the source for a clock of the user.
    pub(crate) fn from_clock(clock: impl Clock + 'static) -> Self {
        Self { birth: clock.now(), clock: Some(Arc::new(clock)) }
    }

    /// Returns the time of the first reading of the default clock, and of a user's clock when a breaker
    /// receives it.
    pub(crate) const fn start() -> Ticks {
        ticks(HEAD_START)
    }

    /// Returns the start of the process on the default clock: a breaker in a `static` exists since then.
    /// Where that is unknown, and where the clock follows tokio's time, it is the time of the first
    /// reading.
    pub(crate) fn process_start() -> Ticks {
        monotonic::process_start()
    }

    /// Returns the present time.
    #[inline]
    pub(crate) fn now(&self) -> Ticks {
        match &self.clock {
            None => monotonic::now().min(TICKS_MAX),
            Some(clock) => self.since_birth(clock.now()),
        }
    }

    /// Returns a time that costs a quarter of [`now`](Self::now) and may be [`COARSE_ERROR`] old. It is
    /// exact for a user's clock, under tokio's time, and on systems other than Linux and Android.
    #[allow(dead_code, reason = "loom builds read no time on a hot path")]
    #[inline(always)]
    pub(crate) fn coarse(&self) -> Ticks {
        match &self.clock {
            None => monotonic::coarse().min(TICKS_MAX),
            Some(clock) => self.read(&**clock),
        }
    }

    /// Returns what [`coarse`](Self::coarse) does for a source without a user's clock.
    #[allow(dead_code, reason = "loom builds read no time on a hot path")]
    #[inline(always)]
    pub(crate) fn default_coarse() -> Ticks {
        let at = monotonic::coarse_wrapping();
        if at <= TICKS_MAX { at } else { clamped(at) }
    }

    /// Returns whether the time is the system's, and not that of a clock of the user.
    pub(crate) fn is_default(&self) -> bool {
        self.clock.is_none()
    }

    /// Returns what [`coarse_unclamped`](Self::coarse_unclamped) does for a source without a user's
    /// clock.
    #[allow(dead_code, reason = "loom builds read no time on a hot path")]
    #[inline(always)]
    pub(crate) fn default_coarse_unclamped() -> Ticks {
        monotonic::coarse_wrapping()
    }

    /// Whether the default clock has a coarse one beside it.
    #[allow(dead_code, reason = "loom builds read no time on a hot path")]
    pub(crate) const HAS_COARSE: bool = monotonic::HAS_COARSE;

    /// Returns the reading of the coarse clock of the system at time 0, in microseconds; `None` for a
    /// clock of a user, and where there is no such clock. It may be that of a time before the system's
    /// start, which wraps.
    pub(crate) fn coarse_origin(&self) -> Option<u64> {
        if self.is_default() { monotonic::coarse_origin() } else { None }
    }

    /// Returns the reading of the coarse clock in microseconds.
    #[allow(dead_code, reason = "loom builds read no time on a hot path")]
    #[inline(always)]
    pub(crate) fn coarse_micros() -> u64 {
        monotonic::coarse_micros()
    }

    /// Returns the reading of the precise clock in microseconds, which has the same origin.
    #[allow(dead_code, reason = "lengths of calls are recorded by the precise clock")]
    #[inline(always)]
    pub(crate) fn precise_micros() -> u64 {
        monotonic::precise_micros()
    }

    /// Returns what [`coarse_unclamped`](Self::coarse_unclamped) does, for a source with an
    /// [origin](Self::coarse_origin).
    #[allow(dead_code, reason = "loom builds read no time on a hot path")]
    #[inline(always)]
    pub(crate) fn coarse_since_origin() -> Ticks {
        monotonic::coarse_since_origin()
    }

    /// Returns what [`now`](Self::now) does, for a source with an [origin](Self::coarse_origin). The
    /// time may be above the maximum.
    #[allow(dead_code, reason = "loom builds read no time on a hot path")]
    #[inline(always)]
    pub(crate) fn since_origin() -> Ticks {
        monotonic::since_origin()
    }

    /// Returns the reading of the coarse clock in nanoseconds, for a comparison with
    /// [`nanos_at`](Self::nanos_at): the time would have to be converted at each reading.
    #[allow(dead_code, reason = "loom builds read no time on a hot path")]
    #[inline(always)]
    pub(crate) fn coarse_nanos() -> u64 {
        monotonic::coarse_nanos()
    }

    /// Returns the lowest [reading](Self::coarse_nanos) at which the coarse clock shows this time, and 0
    /// if that is unknown.
    #[allow(dead_code, reason = "loom builds read no time on a hot path")]
    pub(crate) fn nanos_at(time: Ticks) -> u64 {
        monotonic::nanos_at(time)
    }

    /// Returns a [`coarse`](Self::coarse) time that may be above the maximum, for a caller that compares
    /// it with a time below that. Of a clock that was set back to before the origin it is so high that
    /// it is out of range.
    #[allow(dead_code, reason = "loom builds read no time on a hot path")]
    #[inline(always)]
    pub(crate) fn coarse_unclamped(&self) -> Ticks {
        match &self.clock {
            None => monotonic::coarse_wrapping(),
            Some(clock) => self.read(&**clock),
        }
    }

    /// Returns what [`coarse_unclamped`](Self::coarse_unclamped) does, where that costs less than
    /// [`now`](Self::now): of the default clock on Linux and Android.
    #[allow(dead_code, reason = "lengths of calls are recorded by the precise clock")]
    #[inline(always)]
    pub(crate) fn coarse_if_cheaper(&self) -> Option<Ticks> {
        (monotonic::HAS_COARSE && self.is_default()).then(monotonic::coarse_wrapping)
    }

    /// Reads a user's clock. A function of its own, so that it takes no registers from readers of the
    /// default clock.
    #[cold]
    #[inline(never)]
    fn read(&self, clock: &dyn Clock) -> Ticks {
        self.since_birth(clock.now())
    }

    /// Blocks the current thread in the time of the clock.
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

    /// Returns the wall-clock time of a reading. A panic in a user's clock ends here: the time is for
    /// listeners, and the current call may be unrelated.
    pub(crate) fn system_time(&self, reading: Duration) -> SystemTime {
        match &self.clock {
            None => MonotonicClock.system_time(reading),
            Some(clock) => contained(|| clock.system_time(reading)).unwrap_or_else(system_time),
        }
    }

    /// Returns the reading of the clock at a time.
    pub(crate) fn reading(&self, at: Ticks) -> Duration {
        match duration(at).checked_sub(HEAD_START) {
            Some(after) => self.birth.saturating_add(after),
            None => self.birth.saturating_sub(HEAD_START.saturating_sub(duration(at))),
        }
    }
}

impl fmt::Debug for TimeSource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.clock.is_some() { "custom clock" } else { "monotonic clock" })
    }
}

/// Converts to ticks, rounded down. Wide arithmetic would take as long as reading the coarse clock.
pub(crate) const fn micros(since: Duration) -> Ticks {
    let whole = since.as_secs().saturating_mul(1_000_000);
    let micros = whole.saturating_add(since.subsec_micros() as u64);
    if micros > TICKS_MAX { TICKS_MAX } else { micros }
}

/// Converts to ticks, rounded up so that no period is cut short, and at least one.
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

/// Converts ticks to a duration.
pub(crate) const fn duration(ticks: Ticks) -> Duration {
    Duration::from_micros(ticks)
}

#[cfg(test)]
mod tests;
