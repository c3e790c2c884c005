//! The wall-clock time of a reading, and readings that are not converted, in real time.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::source::{coarse_micros, coarse_origin, system_time};
use super::{coarse, coarse_nanos, coarse_since_origin, nanos_at, now, since_origin};

/// A distance of two clocks that a tick came between is wrong by that tick, of 1 ms or more.
#[test]
fn wall_clock_time_of_a_reading_is_exact_on_both_sides_of_a_tick() {
    let exact = Duration::from_micros(500);
    // In real time, as these are the clocks of the system: a round is short beside a tick, and the
    // loop sees some ticks.
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(40) {
        let earliest = SystemTime::now();
        let reading = Duration::from_micros(now());
        let latest = SystemTime::now();
        let time = system_time(reading);
        // The thread was not interrupted in between.
        if latest.duration_since(earliest).is_ok_and(|took| took < exact) {
            assert!(earliest - exact <= time && time <= latest + exact, "{earliest:?} {time:?}");
        }
        thread::yield_now();
    }
}

/// Each reading stands between two times, which the clock has shown before and after it.
#[test]
fn readings_of_the_coarse_clock_agree_with_its_times() {
    let origin = coarse_origin().expect("Linux has the clock");
    let began = Instant::now();
    while began.elapsed() < Duration::from_millis(40) {
        let before = coarse();
        let (nanos, micros, time) = (coarse_nanos(), coarse_micros(), coarse_since_origin());
        let after = coarse();
        assert!((nanos_at(before)..nanos_at(after + 1)).contains(&nanos), "{nanos}");
        assert!((before..=after).contains(&micros.wrapping_sub(origin)), "{micros}");
        assert!((before..=after).contains(&time), "{time}");
        let (earliest, precise, latest) = (now(), since_origin(), now());
        assert!((earliest..=latest).contains(&precise), "{precise}");
    }
    assert_eq!(nanos_at(u64::MAX), 0, "it has no reading");
}
