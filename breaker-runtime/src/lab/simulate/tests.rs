//! The model agrees with queueing theory, loses no call, and shows metastable failures.

use std::time::Duration;

use crate::config::Config;
use crate::lab::chance::float;
use crate::lab::simulate::recovery::Aftermath;
use crate::lab::simulate::scenario::{EXAMPLE, Scenario, TriggerKind, check, parse};
use crate::lab::simulate::service::ServiceShape;
use crate::lab::simulate::world::{RunResult, run};

/// Opens after five failures in a row, for 5 s.
fn policy() -> Config {
    let mut config = Config::DEFAULT;
    config.failure_threshold = Some(5);
    config.timeout = Duration::from_secs(5);
    config
}

/// A service at 60 % of its capacity, with three retries and a full queue that is longer than the
/// deadline.
fn fragile() -> Scenario {
    let scenario = Scenario::default();
    let queue = f64::from(scenario.dependency.queue) / scenario.dependency.capacity();
    assert!(queue > scenario.clients.deadline.as_secs_f64() && scenario.clients.retries == 3);
    scenario
}

fn simulated(scenario: &Scenario, policy: Option<Config>) -> RunResult {
    check(scenario).expect("sound numbers");
    run(scenario, policy, 1, false)
}

#[test]
fn metastable_system_stays_down_without_the_policy_and_comes_back_with_it() {
    let without = simulated(&fragile(), None);
    assert_eq!(without.aftermath, Aftermath::Down);
    // Nearly all work is for calls that were given up.
    assert!(without.counts.wasted > 2 * without.counts.answered, "{:?}", without.counts);
    let with = simulated(&fragile(), Some(policy()));
    assert!(
        matches!(with.aftermath, Aftermath::Back(time) if time < 20_000_000_000),
        "{:?}",
        with.aftermath
    );
    assert_eq!(
        simulated(&Scenario { trigger: none(), ..fragile() }, None).aftermath,
        Aftermath::Back(0)
    );
}

/// A trigger that changes nothing.
fn none() -> crate::lab::simulate::scenario::TriggerNumbers {
    let mut trigger = Scenario::default().trigger;
    trigger.size = Some(1.0);
    trigger
}

#[test]
fn system_without_retries_comes_back_alone() {
    let mut scenario = fragile();
    scenario.clients.retries = 0;
    let without = simulated(&scenario, None);
    assert!(matches!(without.aftermath, Aftermath::Back(time) if time > 0), "{:?}", without.aftermath);
    // So does one with a queue that is shorter than the deadline.
    let mut scenario = fragile();
    scenario.dependency.queue = 50;
    assert!(matches!(simulated(&scenario, None).aftermath, Aftermath::Back(_)));
}

#[test]
fn overloaded_system_is_no_metastable_one() {
    let mut scenario = fragile();
    scenario.clients.rate = 230.0;
    assert_eq!(simulated(&scenario, None).aftermath, Aftermath::Overloaded);
}

#[test]
fn crash_loses_what_was_under_way_and_a_surge_adds_load() {
    let mut scenario = fragile();
    scenario.trigger.kind = TriggerKind::Crash;
    let crashed = simulated(&scenario, None);
    assert!(crashed.counts.refused > 1_000 && crashed.counts.failed > 0, "{:?}", crashed.counts);
    assert!(matches!(crashed.aftermath, Aftermath::Back(_)), "{:?}", crashed.aftermath);
    scenario.trigger.kind = TriggerKind::Surge;
    let surged = simulated(&scenario, None);
    let more = float(surged.counts.requests) - float(crashed.counts.requests);
    // Two times 120 requests more for 10 s.
    assert!((more / 2_400.0 - 1.0).abs() < 0.2, "{more}");
    assert_eq!(surged.aftermath, Aftermath::Down);
}

#[test]
fn cold_cache_fills_by_answers_in_time_alone() {
    let mut scenario = fragile();
    scenario.trigger.kind = TriggerKind::ColdCache;
    scenario.dependency.hit_rate = 0.8;
    // A fifth of it with a full cache, and more than all of it with an empty one.
    scenario.clients.rate = 400.0;
    let warm = simulated(&Scenario { trigger: none(), ..scenario.clone() }, None);
    let hits = float(warm.counts.hits) / float(warm.counts.requests);
    assert!((hits - 0.8).abs() < 0.02, "{hits}");
    let cold = simulated(&scenario, None);
    assert_eq!(cold.aftermath, Aftermath::Down);
    scenario.trigger.size = Some(0.1);
    assert!(matches!(simulated(&scenario, None).aftermath, Aftermath::Back(_)));
}

#[test]
fn no_request_and_no_call_is_lost() {
    let mut limited = policy();
    limited.max_concurrent = Some(8);
    limited.call_timeout = Some(Duration::from_millis(400));
    limited.total_timeout = Some(Duration::from_secs(2));
    for kind in [TriggerKind::Crash, TriggerKind::BrownOut, TriggerKind::ColdCache, TriggerKind::Surge] {
        for policy in [None, Some(policy()), Some(limited)] {
            for is_whole in [true, false] {
                let size = if is_whole { 1.0 } else { 0.55 };
                let mut scenario = fragile();
                scenario.trigger.kind = kind;
                scenario.trigger.size =
                    matches!(kind, TriggerKind::Crash | TriggerKind::ColdCache).then_some(size);
                scenario.dependency.hit_rate = 0.3;
                scenario.clients.processes = 3;
                scenario.recovery.within = Duration::from_secs(15);
                let RunResult { counts, slices, .. } = simulated(&scenario, policy);
                assert_eq!(counts.under_way, 0, "{kind:?}: {counts:?}");
                assert_eq!(
                    counts.requests,
                    counts.answered + counts.failed + counts.rejected,
                    "{counts:?}"
                );
                let answered_calls = counts.answered - counts.hits;
                assert_eq!(
                    counts.calls,
                    answered_calls + counts.given_up + counts.refused,
                    "{counts:?}"
                );
                assert!(counts.wasted <= counts.given_up, "{counts:?}");
                let started: u64 = slices.iter().map(|slice| u64::from(slice.started)).sum();
                assert_eq!(started, counts.requests);
                assert!(slices.iter().all(|s| s.started == s.answered + s.failed + s.rejected));
                if is_whole && kind != TriggerKind::ColdCache {
                    assert_eq!(counts.rejected > 0, policy.is_some(), "{kind:?}: {counts:?}");
                }
            }
        }
    }
}

/// Returns the mean wait of a queue that is never given up, in units of the mean service time.
fn mean_wait(workers: u32, busy: f64, service: ServiceShape, requests: f64) -> f64 {
    let mut scenario = Scenario::default();
    scenario.dependency.workers = workers;
    scenario.dependency.queue = 1_000_000;
    scenario.dependency.service = service;
    scenario.dependency.mean = Duration::from_millis(10);
    scenario.clients.rate = busy * scenario.dependency.capacity();
    scenario.clients.deadline = Duration::from_secs(3_000);
    scenario.trigger.size = Some(1.0);
    scenario.recovery.within = Duration::from_secs_f64(requests / scenario.clients.rate);
    let result = run(&scenario, None, 5, false);
    assert_eq!(result.counts.answered, result.counts.requests);
    float(result.counts.waited) / 1e7 / float(result.counts.calls)
}

#[test]
fn mean_wait_is_that_of_erlang_c() {
    // Erlang's formula for the probability to wait.
    let wait = |workers: u32, busy: f64| {
        let load = busy * f64::from(workers);
        let term = |k: u32| (1..=k).fold(1.0, |term, i| term * load / f64::from(i));
        let (all, free): (f64, f64) = (term(workers) / (1.0 - busy), (0..workers).map(term).sum());
        all / (free + all) / (f64::from(workers) * (1.0 - busy))
    };
    for (workers, busy) in [(1, 0.5), (3, 0.7), (10, 0.7)] {
        let (found, wanted) =
            (mean_wait(workers, busy, ServiceShape::Exponential, 150_000.0), wait(workers, busy));
        assert!((found / wanted - 1.0).abs() < 0.06, "{workers} workers: {found}, not {wanted}");
    }
    // Pollaczek and Khinchine: half of it with a constant service time.
    let found = mean_wait(1, 0.6, ServiceShape::Constant, 150_000.0);
    assert!((found / (wait(1, 0.6) / 2.0) - 1.0).abs() < 0.06, "{found}");
}

#[test]
fn example_is_the_scenario_without_a_file() {
    assert_eq!(parse(EXAMPLE), Ok(Scenario::default()));
}

#[test]
fn wrong_scenario_is_an_error_with_its_line_and_what_to_write() {
    for (text, parts) in [
        (
            "[clients]\nrate = 10\nretries = 99\n",
            ["line 3: clients.retries: 99 is out of range", "from 0 to 20"],
        ),
        ("[clients]\n\nrat = 10\n", ["line 3: unknown field `rat`", "`rate`"]),
        ("[client]\nrate = 10\n", ["line 1: unknown field `client`", "`clients`"]),
        ("[clients]\ndeadline = \"1 parsec\"\n", ["line 2: ", "use ns, us, ms, s, m, h or d"]),
        ("[clients]\ndeadline = 3\n", ["line 2: ", "a string"]),
        ("[trigger]\nkind = \"flood\"\n", ["line 2: unknown variant `flood`", "`brown-out`"]),
        (
            "[trigger]\nkind = \"cold-cache\"\n",
            ["line 2: trigger.kind: there is no cache", "hit_rate = 0.8"],
        ),
        (
            "[trigger]\nkind = \"crash\"\nsize = 3.0\n",
            ["line 3: trigger.size: 3 is out of range", "0.01 to 1"],
        ),
        (
            "\n[dependency]\nservice = \"lognormal\"\n",
            ["line 3: dependency.service", "p99 = \"200 ms\""],
        ),
        ("[dependency]\np99 = \"1s\"\n", ["line 2: dependency.p99", "service = \"lognormal\""]),
        (
            "[map]\nrates = [50.0, 10.0]\n",
            ["line 2: map.rates: [50, 10] is no range", "smaller number first"],
        ),
        ("[map]\nrates = [50.0]\n", ["line 2: ", "2"]),
        ("clients.rate = nan\n", ["line 1: clients.rate: NaN is out of range", "a number"]),
        (
            "[clients]\nrate = 1e6\n[recovery]\nwithin = \"1h\"\n",
            ["line 4: recovery.within", "divide the rates"],
        ),
        ("[clients\n", ["line 1: ", "table"]),
    ] {
        let error = parse(text).expect_err(text);
        assert!(parts.iter().all(|part| error.contains(part)), "{text}{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}
