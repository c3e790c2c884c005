//! The cost of settings is linear in their number.

use std::hint::black_box;
use std::time::{Duration, Instant};

use breaker_runtime::{CircuitBreaker, Settings, configure};

use crate::alone;

/// Returns the CPU time of this thread: on a busy machine a long run waits for others, and a short one
/// does not.
fn cpu_time(since: Instant) -> Duration {
    let times = std::fs::read_to_string("/proc/thread-self/schedstat").ok();
    let nanos = times.and_then(|times| times.split(' ').next()?.parse().ok());
    // Other systems have the wall clock alone.
    nanos.map_or_else(|| since.elapsed(), Duration::from_nanos)
}

/// Returns the shortest of three runs.
fn cost(repeats: u32, run: impl Fn()) -> Duration {
    let since = Instant::now();
    let run = || {
        let began = cpu_time(since);
        (0..repeats).for_each(|_| run());
        cpu_time(since).saturating_sub(began)
    };
    (0..3).map(|_| run()).min().expect("three runs")
}

fn entries(number: u32, option: &str) -> Settings {
    (0..number).fold(Settings::new(), |settings, n| settings.set(format!("breaker {n}"), option, 2))
}

/// Checks that the same number of entries costs as much in one piece as in sixteen. If each entry looked
/// at all others, it would cost sixteen times as much.
fn assert_linear(what: &str, cost_of: impl Fn(u32, u32) -> Duration) {
    let [pieces, whole] = [(500, 16), (8_000, 1)].map(|(number, repeats)| cost_of(number, repeats));
    // The time is counted in ticks of a few milliseconds.
    let limit = pieces * 5 + Duration::from_millis(20);
    assert!(whole < limit, "{what}: {pieces:?} for 16 times 500, {whole:?} for 8,000");
}

#[test]
fn cost_of_settings_is_linear_in_their_number() {
    let _alone = alone();
    let _breakers: Vec<_> = (0..8_000)
        .step_by(80)
        .map(|n| CircuitBreaker::builder(format!("breaker {n}")).build().expect("valid"))
        .collect();
    assert_linear("to set", |number, repeats| {
        cost(repeats, || drop(black_box(entries(number, "max_probes"))))
    });
    assert_linear("to configure", |number, repeats| {
        let settings = entries(number, "max_probes");
        cost(repeats, || drop(configure(settings.clone()).expect("sound")))
    });
    assert_linear("to refuse", |number, repeats| {
        let settings = entries(number, "failure_rate");
        cost(repeats, || drop(settings.check().expect_err("out of range")))
    });
    assert_linear("options of one entry", |number, repeats| {
        // A search for the nearest option is slow in a build for tests.
        let options = (0..number / 16).map(|n| format!("option {n}"));
        let settings = options.fold(Settings::new(), |settings, option| settings.set("*", option, 2));
        cost(repeats, || drop(settings.check().expect_err("unknown")))
    });
}
