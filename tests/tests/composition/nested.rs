//! A function with one of the options inside of another function with a breaker, and the other way
//! round.

use std::time::Duration;

use breaker_runtime::{CircuitBreaker, State, Totals, breaker_of, circuit_breaker, keyed_breakers_of};
use breaker_tests::scripted::Step::{Fails, Hangs, Works};
use breaker_tests::scripted::{Answer, Scene, Service, Source, Step, Trouble};
use tokio::time::{advance, sleep, timeout};

/// Makes two functions, the first one around the second.
macro_rules! around {
    ({$($outer:tt)*} around {$($inner:tt)*}) => {
        #[circuit_breaker($($outer)*)]
        async fn outer(service: &Service) -> Answer {
            inner(service).await
        }
        #[circuit_breaker($($inner)*)]
        async fn inner(service: &Service) -> Answer {
            service.run().await
        }
    };
}

/// Returns successes, failures, cancelled calls and time-outs.
fn counts(breaker: &CircuitBreaker) -> [u64; 4] {
    let Totals { success, failure, cancelled, timed_out, .. } = breaker.snapshot().totals;
    [success, failure, cancelled, timed_out]
}

/// For the inner one it is a call that its caller gave up on.
#[tokio::test(start_paused = true)]
async fn whole_deadline_of_the_outer_one_drops_the_inner_call() {
    around!({failure_threshold = 1, total_timeout = "1s"} around {failure_threshold = 1, call_timeout = "2s"});
    let scene = Scene::new(breaker_of(outer), [Works(900), Hangs]);
    for _ in 0..3 {
        scene.gets(outer(scene.service())).await;
    }
    assert_eq!(scene.answers(), "run 1 @900, TimedOut @1900, Open @1900 | 2 runs");
    assert_eq!((counts(breaker_of(outer)), counts(breaker_of(inner))), ([1, 1, 0, 1], [1, 0, 1, 0]));
    assert_eq!(breaker_of(inner).state(), State::Closed);
}

#[tokio::test(start_paused = true)]
async fn whole_deadline_of_the_inner_one_is_a_failure_of_both() {
    around!({failure_threshold = 2, call_timeout = "2s"} around {failure_threshold = 1, total_timeout = "1s"});
    let scene = Scene::new(breaker_of(outer), [Works(900), Hangs]);
    for _ in 0..3 {
        scene.gets(outer(scene.service())).await;
    }
    assert_eq!(scene.answers(), "run 1 @900, TimedOut @1900, Open @1900 | 2 runs");
    assert_eq!(counts(breaker_of(inner)), [1, 1, 0, 1]);
    // The rejection by the inner one is an error as any other.
    assert_eq!(counts(breaker_of(outer)), [1, 2, 0, 0]);
    assert_eq!(breaker_of(outer).state(), State::Open);
}

#[tokio::test(start_paused = true)]
async fn calls_that_their_caller_drops_are_abandoned_on_both_levels_by_the_rule_of_each() {
    around!({failure_threshold = 1, abandoned_threshold = 3} around {failure_threshold = 1, abandoned_threshold = 1});
    let scene = Scene::new(breaker_of(outer), [Hangs; 9]);
    let drop_one = async || timeout(Duration::from_millis(10), outer(scene.service())).await.is_err();
    assert!(drop_one().await && drop_one().await);
    assert_eq!((breaker_of(outer).state(), breaker_of(inner).state()), (State::Closed, State::Open));
    assert_eq!((counts(breaker_of(outer)), counts(breaker_of(inner))), ([0, 0, 2, 0], [0, 1, 1, 0]));
    // The rejection ends the row of the outer one, which it opens.
    scene.gets(outer(scene.service())).await;
    assert_eq!(scene.answers(), "Open @20 | 2 runs");
    assert_eq!(counts(breaker_of(outer)), [0, 1, 2, 0]);
}

const DOWN: [Step; 3] = [Fails(0); 3];

#[tokio::test(start_paused = true)]
async fn failed_probes_count_by_the_rule_of_each_level() {
    around!(
        {failure_threshold = 1, timeout = "10s", probe_failure_threshold = 2, success_threshold = 1}
        around {failure_threshold = 1, timeout = "10s", success_threshold = 1}
    );
    let scene = Scene::new(breaker_of(outer), DOWN);
    let states = || (breaker_of(outer).state(), breaker_of(inner).state());
    scene.gets(outer(scene.service())).await;
    assert_eq!(states(), (State::Open, State::Open));
    sleep(Duration::from_secs(10)).await;
    scene.gets(outer(scene.service())).await;
    assert_eq!(states(), (State::HalfOpen, State::Open), "one failed probe opens the inner one alone");
    scene.gets(outer(scene.service())).await;
    assert_eq!(states(), (State::Open, State::Open), "the inner one rejects the second probe");
    sleep(Duration::from_secs(10)).await;
    scene.gets(outer(scene.service())).await;
    scene.gets(outer(scene.service())).await;
    assert_eq!((scene.service().runs(), counts(breaker_of(inner))), (3, [0, 3, 0, 0]));
    assert_eq!((states(), counts(breaker_of(outer))), ((State::Open, State::Open), [0, 5, 0, 0]));
    sleep(Duration::from_secs(10)).await;
    scene.gets(outer(scene.service())).await;
    assert_eq!(states(), (State::Closed, State::Closed));
}

#[circuit_breaker(failure_threshold = 100)]
async fn fetch(host: u32, works: bool) -> Answer {
    fetch_by_host(host, works).await
}

#[circuit_breaker(key = host, failure_threshold = 100, outlier(min_calls = 10, window = "10s"))]
async fn fetch_by_host(host: u32, works: bool) -> Answer {
    if works { Ok(Source::Run(host)) } else { Err(Trouble::Down(host)) }
}

#[circuit_breaker(key = host, failure_threshold = 100, outlier(min_calls = 10, window = "10s"))]
async fn fetch_of(host: u32, works: bool) -> Answer {
    fetch_of_all(host, works).await
}

#[circuit_breaker(failure_threshold = 100)]
async fn fetch_of_all(host: u32, works: bool) -> Answer {
    if works { Ok(Source::Run(host)) } else { Err(Trouble::Down(host)) }
}

/// Plays an interval with an outlier, and returns the state of its breaker.
async fn play<F: Future<Output = Answer>>(call: impl Fn(u32, bool) -> F) {
    let _ = call(9, false).await;
    for works in [true, false].repeat(5) {
        for host in 1..=5 {
            let _ = call(host, works || host != 5).await;
        }
    }
    advance(Duration::from_secs(10)).await;
    let _ = call(9, false).await;
}

#[tokio::test(start_paused = true)]
async fn outlier_opens_its_key_on_its_own_level() {
    let scene = Scene::new(breaker_of(fetch), []);
    play(fetch).await;
    assert_eq!(keyed_breakers_of(fetch_by_host).get(&5_u32).state(), State::Open);
    assert_eq!(fetch(5, true).await, Err(Trouble::Breaker(breaker_runtime::ErrorKind::Open)));
    assert_eq!(scene.breaker().state(), State::Closed);
    assert_eq!(counts(scene.breaker()), [45, 8, 0, 0]);
    drop(scene);

    let _scene = Scene::new(breaker_of(fetch_of), []);
    play(fetch_of).await;
    assert_eq!(keyed_breakers_of(fetch_of).get(&5_u32).state(), State::Open);
    assert_eq!(fetch_of(5, true).await, Err(Trouble::Breaker(breaker_runtime::ErrorKind::Open)));
    assert_eq!(
        (breaker_of(fetch_of_all).state(), counts(breaker_of(fetch_of_all))),
        (State::Closed, [45, 7, 0, 0])
    );
}
