//! The default clock, read in microseconds since [`HEAD_START`](crate::time::clock::HEAD_START) before
//! its first reading.

use std::time::{Duration, SystemTime};

use crate::time::clock::Clock;
pub(in crate::time) use crate::time::monotonic::source::{
    HAS_COARSE, coarse, coarse_micros, coarse_nanos, coarse_origin, coarse_since_origin,
    coarse_wrapping, nanos_at, now, precise_micros, process_start, since_origin,
};

/// The default clock of breakers: the system's monotonic clock, which also std's
/// [`Instant`](std::time::Instant) reads.
///
/// With the feature `test-util` it follows tokio's time, so that `#[tokio::test(start_paused = true)]`
/// and `tokio::time::advance` drive every breaker without a clock of its own. Wall-clock time
/// follows it too, from the system's time at the first reading in the process.
///
/// ```
/// use breaker_runtime::{CircuitBreaker, Clock, MonotonicClock};
///
/// let breaker = CircuitBreaker::builder("payments").clock(MonotonicClock).build()?;
/// assert!(MonotonicClock.now() <= MonotonicClock.now());
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Copy, Debug, Default)]
#[expect(clippy::exhaustive_structs, reason = "it is written as a value: `.clock(MonotonicClock)`")]
pub struct MonotonicClock;

impl Clock for MonotonicClock {
    fn now(&self) -> Duration {
        Duration::from_micros(now())
    }

    fn system_time(&self, reading: Duration) -> SystemTime {
        source::system_time(reading)
    }
}

/// The clocks of Linux: a coarse one, which costs a quarter of the precise one. Both count from the same
/// moment.
#[cfg(all(any(target_os = "linux", target_os = "android"), not(feature = "test-util")))]
mod source {
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, SystemTime};

    use once_cell::sync::OnceCell;
    use rustix::time::{ClockId, DynamicClockId, Timespec, clock_gettime, clock_gettime_dynamic};

    use crate::time::Ticks;
    use crate::time::clock::{COARSE_ERROR, TimeSource, ago, ticks};
    use crate::time::process;

    /// Whether the coarse clock is another one than the precise clock.
    pub(in crate::time) const HAS_COARSE: bool = true;

    /// The first reading, in microseconds of the system's clock; 0 before it.
    static FIRST: Alone = Alone(AtomicU64::new(0));

    /// The reading at the origin, [`HEAD_START`](crate::time::clock::HEAD_START) before the first one:
    /// it wraps below zero if the system started later. 0 until the coarse clock is known to work.
    static COARSE_ORIGIN: Alone = Alone(AtomicU64::new(0));

    /// A value on a cache line of its own: every call that needs the time reads it.
    #[repr(align(128))]
    struct Alone(AtomicU64);

    #[inline]
    pub(in crate::time) fn now() -> Ticks {
        let now = micros(clock_gettime(ClockId::Monotonic));
        match FIRST.0.load(Ordering::Relaxed) {
            0 => since(first(now), now),
            first => since(first, now),
        }
    }

    #[inline]
    pub(in crate::time) fn coarse() -> Ticks {
        let since = coarse_wrapping();
        // Below zero by a clock that was set back. A larger number is no distance of two readings.
        if since > Ticks::MAX / 2 { 0 } else { since }
    }

    #[inline(always)]
    pub(in crate::time) fn coarse_wrapping() -> Ticks {
        // In the form that does not panic where there is no such clock: the origin, which shows that
        // there is one, is read afterwards, as its address would have to be saved across the call.
        let reading = clock_gettime_dynamic(DynamicClockId::Known(ClockId::MonotonicCoarse));
        let origin = COARSE_ORIGIN.0.load(Ordering::Relaxed);
        match reading {
            Ok(reading) if origin != 0 => micros(reading).wrapping_sub(origin),
            _ => first_coarse(),
        }
    }

    /// Returns the origin of the coarse clock, in microseconds of the system's; `None` if that clock
    /// does not work. It never changes.
    pub(in crate::time) fn coarse_origin() -> Option<u64> {
        if COARSE_ORIGIN.0.load(Ordering::Relaxed) == 0 {
            first_coarse();
        }
        Some(COARSE_ORIGIN.0.load(Ordering::Relaxed)).filter(|origin| *origin != 0)
    }

    /// Returns the reading of the coarse clock in microseconds.
    #[inline(always)]
    pub(in crate::time) fn coarse_micros() -> u64 {
        match clock_gettime_dynamic(DynamicClockId::Known(ClockId::MonotonicCoarse)) {
            Ok(reading) => micros(reading),
            Err(_) => precise_instead(),
        }
    }

    /// Returns the time of the coarse clock, which may be above the maximum, for a caller that knows
    /// that it has an [origin](coarse_origin).
    #[inline(always)]
    pub(in crate::time) fn coarse_since_origin() -> Ticks {
        // Subtracted here: its address would have to be saved across the call.
        coarse_micros().wrapping_sub(COARSE_ORIGIN.0.load(Ordering::Relaxed))
    }

    /// Returns the time of the precise clock as [`coarse_since_origin`] does.
    #[inline(always)]
    pub(in crate::time) fn since_origin() -> Ticks {
        precise_micros().wrapping_sub(COARSE_ORIGIN.0.load(Ordering::Relaxed))
    }

    /// Returns the reading of the precise clock in microseconds.
    #[inline(always)]
    pub(in crate::time) fn precise_micros() -> u64 {
        // In the form that does not panic, which needs fewer registers.
        match clock_gettime_dynamic(DynamicClockId::Known(ClockId::Monotonic)) {
            Ok(reading) => micros(reading),
            Err(_) => precise_instead(),
        }
    }

    /// Returns the reading of the precise clock, which is always there.
    #[cold]
    #[inline(never)]
    fn precise_instead() -> u64 {
        micros(clock_gettime(ClockId::Monotonic))
    }

    /// Returns the reading of the coarse clock in nanoseconds.
    #[inline(always)]
    #[allow(clippy::cast_sign_loss, reason = "neither part of a monotonic time is negative")]
    pub(in crate::time) fn coarse_nanos() -> u64 {
        match clock_gettime_dynamic(DynamicClockId::Known(ClockId::MonotonicCoarse)) {
            Ok(time) => {
                (time.tv_sec as u64).wrapping_mul(1_000_000_000).wrapping_add(time.tv_nsec as u64)
            }
            Err(_) => precise_instead().saturating_mul(1_000),
        }
    }

    /// Returns the lowest reading of the coarse clock in nanoseconds at which it shows this time; 0 if
    /// that is unknown.
    pub(in crate::time) fn nanos_at(time: Ticks) -> u64 {
        match COARSE_ORIGIN.0.load(Ordering::Relaxed) {
            0 => 0,
            // A time before the system's start is a huge number.
            origin => time.wrapping_add(origin).checked_mul(1_000).unwrap_or(0),
        }
    }

    /// The time for which the distance of the clocks is used again: it takes three readings, and one
    /// outage opens many breakers. A wall clock that is set meanwhile is noticed by so much later.
    const DISTANCE_KEPT: Ticks = 100_000;

    /// The wall-clock time at the origin, in microseconds since the epoch, as of [`MEASURED`].
    static DISTANCE: AtomicU64 = AtomicU64::new(0);

    /// The reading at which [`DISTANCE`] was measured, or 0. Written after it: who reads this one sees
    /// a distance that is as new or newer.
    static MEASURED: AtomicU64 = AtomicU64::new(0);

    pub(in crate::time) fn system_time(reading: Duration) -> SystemTime {
        let at = ticks_of(reading);
        let measured = MEASURED.load(Ordering::Acquire);
        let distance = if measured != 0 && at.wrapping_sub(measured) < DISTANCE_KEPT {
            Some(DISTANCE.load(Ordering::Relaxed))
        } else {
            measure_distance()
        };
        let time = distance.and_then(|distance| {
            SystemTime::UNIX_EPOCH.checked_add(Duration::from_micros(distance.checked_add(at)?))
        });
        time.unwrap_or_else(|| ago(Duration::from_micros(now()).saturating_sub(reading)))
    }

    /// Measures the distance of the wall clock from the readings, by two coarse clocks: both advance at
    /// the same ticks of the kernel, so it is that of the precise ones, and they cost less. `None` if a
    /// tick comes in between, and where the clocks are not as Linux has them.
    #[cold]
    fn measure_distance() -> Option<u64> {
        let origin = COARSE_ORIGIN.0.load(Ordering::Relaxed);
        if origin == 0 {
            first_coarse();
            return None;
        }
        let before = clock_gettime(ClockId::MonotonicCoarse);
        let wall = clock_gettime_dynamic(DynamicClockId::Known(ClockId::RealtimeCoarse)).ok()?;
        let tick = micros(before).wrapping_sub(origin);
        // Below zero by a clock that was set back.
        if clock_gettime(ClockId::MonotonicCoarse) != before || tick > Ticks::MAX / 2 {
            return None;
        }
        let since_epoch = Duration::new(wall.tv_sec.try_into().ok()?, wall.tv_nsec.try_into().ok()?);
        // Readings are at most four years ahead of the head start, and the epoch is further away.
        let distance = ticks_of(since_epoch).checked_sub(tick)?;
        DISTANCE.store(distance, Ordering::Relaxed);
        MEASURED.store(tick, Ordering::Release);
        Some(distance)
    }

    /// Converts to microseconds without the limit of four years.
    fn ticks_of(length: Duration) -> u64 {
        length.as_secs().saturating_mul(1_000_000).saturating_add(u64::from(length.subsec_micros()))
    }

    pub(in crate::time) fn process_start() -> Ticks {
        static START: OnceCell<Ticks> = OnceCell::new();
        *START.get_or_init(|| match process::age() {
            Some(age) => now().saturating_sub(ticks(age)).min(TimeSource::start()),
            None => TimeSource::start(),
        })
    }

    #[cold]
    fn first(now: u64) -> u64 {
        let first = now.max(1);
        match FIRST.0.compare_exchange(0, first, Ordering::Relaxed, Ordering::Relaxed) {
            Ok(_) => first,
            Err(earlier) => earlier,
        }
    }

    /// Tests the coarse clock and returns the time. A sandbox or an emulator may lack that clock or have
    /// a wrong one; then this runs each time.
    #[cold]
    fn first_coarse() -> Ticks {
        let coarse = clock_gettime_dynamic(DynamicClockId::Known(ClockId::MonotonicCoarse));
        let now = now();
        let first = FIRST.0.load(Ordering::Relaxed);
        if let Ok(coarse) = coarse {
            let coarse = since(first, micros(coarse));
            if coarse <= now && now - coarse <= COARSE_ERROR {
                let origin = first.wrapping_sub(TimeSource::start());
                // Of the one value that means that there is none, a microsecond is lost.
                COARSE_ORIGIN.0.store(origin.max(1), Ordering::Relaxed);
            }
        }
        now
    }

    #[inline(always)]
    const fn since(first: u64, reading: u64) -> Ticks {
        // A reading is far below the maximum, so only a clock that was set back needs saturation.
        TimeSource::start().wrapping_add(reading).saturating_sub(first)
    }

    #[inline(always)]
    #[allow(clippy::cast_sign_loss, reason = "neither part of a monotonic time is negative")]
    fn micros(time: Timespec) -> u64 {
        // Of 32 bits, so that the division is one multiplication.
        (time.tv_sec as u64).wrapping_mul(1_000_000).wrapping_add(u64::from(time.tv_nsec as u32 / 1_000))
    }
}

#[cfg(not(all(any(target_os = "linux", target_os = "android"), not(feature = "test-util"))))]
mod source {
    use std::time::{Duration, SystemTime};

    use once_cell::sync::OnceCell;

    use crate::time::Ticks;
    #[cfg(not(feature = "test-util"))]
    use crate::time::clock::ago;
    use crate::time::clock::{HEAD_START, Instant, TimeSource, micros, system_time as present};

    pub(in crate::time) const HAS_COARSE: bool = false;

    /// The first reading of both clocks.
    static ORIGIN: OnceCell<(Instant, SystemTime)> = OnceCell::new();

    fn origin() -> (Instant, SystemTime) {
        *ORIGIN.get_or_init(|| (Instant::now(), present()))
    }

    pub(in crate::time) fn now() -> Ticks {
        let now = instant();
        let (origin, _) = origin();
        micros(match now.checked_duration_since(origin) {
            Some(since) => HEAD_START.saturating_add(since),
            None => HEAD_START.saturating_sub(origin.saturating_duration_since(now)),
        })
    }

    pub(in crate::time) fn coarse() -> Ticks {
        now()
    }

    pub(in crate::time) fn coarse_wrapping() -> Ticks {
        now()
    }

    pub(in crate::time) const fn coarse_origin() -> Option<u64> {
        None
    }

    pub(in crate::time) fn coarse_micros() -> u64 {
        now()
    }

    pub(in crate::time) fn precise_micros() -> u64 {
        now()
    }

    pub(in crate::time) fn coarse_since_origin() -> Ticks {
        now()
    }

    pub(in crate::time) fn since_origin() -> Ticks {
        now()
    }

    pub(in crate::time) const fn coarse_nanos() -> u64 {
        u64::MAX
    }

    pub(in crate::time) const fn nanos_at(_: Ticks) -> u64 {
        0
    }

    pub(in crate::time) const fn process_start() -> Ticks {
        TimeSource::start()
    }

    /// Counts from the origin: the system's time stands still while tokio's runs ahead.
    #[cfg(feature = "test-util")]
    pub(in crate::time) fn system_time(reading: Duration) -> SystemTime {
        let (_, origin) = origin();
        let time = match reading.checked_sub(HEAD_START) {
            Some(since) => origin.checked_add(since),
            None => origin.checked_sub(HEAD_START.saturating_sub(reading)),
        };
        time.unwrap_or(origin)
    }

    #[cfg(not(feature = "test-util"))]
    pub(in crate::time) fn system_time(reading: Duration) -> SystemTime {
        ago(Duration::from_micros(now()).saturating_sub(reading))
    }

    #[cfg(all(feature = "test-util", not(all(target_family = "wasm", target_os = "unknown"))))]
    fn instant() -> Instant {
        tokio::time::Instant::now().into_std()
    }

    /// Returns the present. Tokio has no clock on `wasm32-unknown-unknown`.
    #[cfg(any(not(feature = "test-util"), all(target_family = "wasm", target_os = "unknown")))]
    fn instant() -> Instant {
        Instant::now()
    }
}

#[cfg(all(test, any(target_os = "linux", target_os = "android"), not(feature = "test-util")))]
mod tests;
