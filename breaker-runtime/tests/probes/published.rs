//! Checks in the background as other breakers document them, and how this one differs.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use breaker_runtime::{CircuitBreaker, CircuitBreakerBuilder, State};

use crate::{SECOND, pass, settle};

/// Returns a breaker with pings that end as the script says, and then fail.
fn scripted(name: &str, script: &[bool]) -> CircuitBreakerBuilder {
    let script = Arc::new(Mutex::new(VecDeque::from(script.to_vec())));
    let ping = move || {
        let next = script.lock().unwrap().pop_front();
        async move { next.unwrap_or(false) }
    };
    CircuitBreaker::builder(name).probe(ping)
}

/// Envoy, `core.HealthCheck`: `interval` is the time between health checks, and `healthy_threshold` the
/// number of healthy ones in a row before a host is marked healthy.
///
/// Differs: there a host without a check takes the first one as its state; here a breaker begins closed.
#[tokio::test(start_paused = true)]
async fn envoy_host_is_healthy_after_healthy_threshold_checks_in_a_row() {
    let script = [false, false, true, false, true, true];
    let builder = scripted("envoy", &script).success_threshold(2).probe_every(5 * SECOND);
    let breaker = builder.build().expect("valid");
    breaker.trip();
    let mut states = Vec::new();
    for _ in script {
        pass(5 * SECOND).await;
        states.push(breaker.state());
    }
    // A failed check counts from the beginning: the successes before and after it are not added up.
    let open_until_a_check_succeeds =
        [State::Open, State::Open, State::HalfOpen, State::Open, State::HalfOpen, State::Closed];
    assert_eq!(states, open_until_a_check_succeeds);
}

/// Envoy, `core.HealthCheck`: `no_traffic_interval` is for clusters without traffic, which are checked
/// all the same. opossum, `healthCheck(func, interval)`: the function is called at the interval, 5 s by
/// default, whatever the state.
///
/// Differs: there a failed check opens a closed breaker; here calls alone do, and a closed breaker is
/// not pinged.
#[tokio::test(start_paused = true)]
async fn opossum_health_check_runs_without_traffic_and_here_while_open_alone() {
    let builder = scripted("opossum", &[]).probe_every(5 * SECOND);
    let breaker = builder.build().expect("valid");
    pass(60 * SECOND).await;
    assert_eq!((breaker.state(), breaker.snapshot().totals.failed_pings), (State::Closed, 0));
    breaker.trip();
    pass(60 * SECOND).await;
    assert_eq!((breaker.state(), breaker.snapshot().totals.failed_pings), (State::Open, 12));
}

/// resilience4j, `automaticTransitionFromOpenToHalfOpenEnabled`: a thread watches all breakers, and each
/// becomes half-open once `waitDurationInOpenState` has passed.
///
/// Differs: there calls then probe; here a ping does, and one task watches all breakers.
#[tokio::test(start_paused = true)]
async fn resilience4j_breaker_becomes_half_open_without_a_call() {
    let builder = scripted("resilience4j", &[true, true]).timeout(60 * SECOND);
    let breaker = builder.success_threshold(2).build().expect("valid");
    breaker.trip();
    pass(59 * SECOND).await;
    assert_eq!(breaker.state(), State::Open);
    pass(SECOND).await;
    settle().await;
    assert_eq!(breaker.state(), State::HalfOpen);
    assert!(breaker.try_acquire().is_err(), "no call of a user probes");
}
