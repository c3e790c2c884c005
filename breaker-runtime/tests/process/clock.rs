//! A process in which no breaker has read the clock before.

// With `test-util` time is counted from the first reading, because it may be paused.
#![cfg(all(target_os = "linux", not(feature = "test-util")))]

use std::time::{Duration, Instant};
use std::{fs, thread};

use breaker_runtime::{BreakerError, breaker_of, circuit_breaker};

use crate::child::in_child;

#[circuit_breaker]
fn fetch() -> Result<(), BreakerError> {
    Ok(())
}

/// It was 0 until the clock had been read for the first time, however long the process had been running.
#[test]
fn in_state_counts_from_the_start_of_the_process() {
    in_child("clock::in_state_counts_from_the_start_of_the_process", || {
        let began = Instant::now();
        // Real time, that of the system: until the process is certainly older than the resolution of
        // `/proc`.
        thread::sleep(Duration::from_millis(100));
        let in_state = breaker_of(fetch).snapshot().in_state;
        assert!(in_state >= began.elapsed().saturating_sub(Duration::from_millis(20)), "{in_state:?}");
        let uptime = fs::read_to_string("/proc/uptime").expect("this system has /proc");
        let uptime: f64 =
            uptime.split(' ').next().and_then(|first| first.parse().ok()).expect("a number");
        assert!(in_state.as_secs_f64() <= uptime, "{in_state:?}");
        assert!(breaker_of(fetch).snapshot().in_state >= in_state);
    });
}
