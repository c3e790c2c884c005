//! The age of the process, from `/proc`.

use std::time::Duration;

use rustix::param::clock_ticks_per_second;
use rustix::time::{ClockId, clock_gettime};

/// Returns the time since the process started, or `None` where `/proc` does not say.
pub(crate) fn age() -> Option<Duration> {
    let started = started(&std::fs::read_to_string("/proc/self/stat").ok()?, clock_ticks_per_second())?;
    // `/proc` counts by this clock.
    let now = Duration::try_from(clock_gettime(ClockId::Boottime)).ok()?;
    now.checked_sub(started)
}

/// Returns the start of a process, as time since boot, of a line of `/proc/<pid>/stat`.
fn started(stat: &str, ticks_per_second: u64) -> Option<Duration> {
    // The second field is the program's name, in brackets: it may contain spaces and brackets.
    let (_, from_third) = stat.rsplit_once(')')?;
    let ticks: u64 = from_third.split_ascii_whitespace().nth(22 - 3)?.parse().ok()?;
    let part = ticks.checked_rem(ticks_per_second)?.checked_mul(1_000_000_000)?;
    let (seconds, nanos) = (ticks / ticks_per_second, part / ticks_per_second);
    Some(Duration::new(seconds, u32::try_from(nanos).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn start_is_read_from_a_line_with_an_awkward_name() {
        let stat = "7 (a) b (c)) S 1 7 7 0 -1 4194304 136 0 0 0 0 1 0 0 20 0 1 0 12345 3133440 247 18446744073709551615";
        assert_eq!(started(stat, 100), Some(Duration::from_millis(123_450)));
        assert_eq!(started(stat, 0), None);
        for wrong in
            ["", "7", "7 (a) S 1 2", "7 (a) S 1 7 7 0 -1 4194304 136 0 0 0 0 1 0 0 20 0 1 0 -5 1"]
        {
            assert_eq!(started(wrong, 100), None, "{wrong}");
        }
    }

    #[test]
    fn age_goes_on_with_the_time() {
        let first = age().expect("this system has /proc");
        let second = age().expect("this system has /proc");
        assert!(first <= second && second < Duration::from_secs(24 * 60 * 60), "{first:?}, {second:?}");
    }
}
