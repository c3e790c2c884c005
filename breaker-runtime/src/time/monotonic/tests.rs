//! The wall-clock time of a reading, in real time.

use std::thread;
use std::time::{Duration, Instant, SystemTime};

use super::now;
use super::source::system_time;

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
