//! The same for futures that are ready at their first poll, which the compiler cannot see.

use std::cell::RefCell;
use std::future::poll_fn;

use breaker_bench::{Answer, Answering, Trouble};
use breaker_runtime::circuit_breaker;
use breaker_runtime::tower::CircuitBreakerLayer;
use failsafe::futures::CircuitBreaker as _;
use layered::{Execute, Service as _, Stack};
use seatbelt::breaker::Breaker;
use tower::{Layer as _, Service as _};
use tower_resilience_circuitbreaker::{
    CircuitBreakerError, CircuitBreakerLayer as TowerResilienceLayer,
};

use crate::case::{By, Case, To, Work};
use crate::sync::{LONG, answer_of, breaker, of_failsafe};

const WORKS: [Work; 3] = [Work::AsyncSuccess, Work::AsyncOneInTen, Work::AsyncOpen];

const ARCLY: &str = "arcly-http, attribute";
const ARCLY_EXECUTE: &str = "arcly-http, execute";
const TOWER_RESILIENCE: &str = "tower-resilience";

async fn bare(input: u64) -> Answer {
    Answering(input).await
}

macro_rules! annotated {
    ($($name:ident)*) => {$(
        #[circuit_breaker(timeout = "1h")]
        async fn $name(input: u64) -> Answer {
            Answering(input).await
        }
    )*};
}
annotated!(success one_in_ten open);

mod arcly {
    use arcly_http::resilience::circuit_breaker;

    use super::{Answer, Answering};

    // Success does not reset its count: with fewer, a failure in ten would open it.
    #[circuit_breaker(threshold = 4_000_000_000, cooldown = "1h")]
    pub(super) async fn success(input: u64) -> Answer {
        Answering(input).await
    }

    #[circuit_breaker(threshold = 4_000_000_000, cooldown = "1h")]
    pub(super) async fn one_in_ten(input: u64) -> Answer {
        Answering(input).await
    }

    #[circuit_breaker(threshold = 5, cooldown = "1h")]
    pub(super) async fn open(input: u64) -> Answer {
        Answering(input).await
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::future(Work::AsyncSuccess, By::Bare, "bare await", bare),
        Case::future(Work::AsyncOneInTen, By::Bare, "bare await", bare),
        Case::future(Work::AsyncSuccess, By::Ours, "attribute", success)
            .goal(To::Bare, 2.4)
            .goal(To::Named(ARCLY), 0.8),
        Case::future(Work::AsyncOneInTen, By::Ours, "attribute", one_in_ten),
        Case::future(Work::AsyncOpen, By::Ours, "attribute", open),
        Case::future(Work::AsyncSuccess, By::Peer, ARCLY, arcly::success),
        Case::future(Work::AsyncOneInTen, By::Peer, ARCLY, arcly::one_in_ten),
        Case::future(Work::AsyncOpen, By::Peer, ARCLY, arcly::open),
    ];
    for of in WORKS {
        cases.extend([call_async(of), tower(of), arcly_execute(of)]);
        cases.extend([failsafe(of), tower_resilience(of), seatbelt(of)]);
    }
    cases
}

/// Leaks a breaker, so that futures can borrow it.
fn leak<T>(breaker: T) -> &'static T {
    Box::leak(Box::new(breaker))
}

fn call_async(of: Work) -> Case {
    let breaker = leak(breaker(&format!("call_async, {of:?}")));
    let call = move |input| async move { answer_of(breaker.call_async(|| bare(input)).await) };
    let case = Case::future(of, By::Ours, "call_async", call);
    if of != Work::AsyncSuccess {
        return case;
    }
    case.goal(To::Bare, 3.0).goal(To::Named(ARCLY_EXECUTE), 1.0)
}

#[expect(clippy::await_holding_refcell_ref, reason = "one thread, and nothing in here waits")]
fn tower(of: Work) -> Case {
    let layer = CircuitBreakerLayer::new(breaker(&format!("tower, {of:?}")));
    let layer = layer.map_rejection(|_| Trouble::Rejected);
    let service = leak(RefCell::new(layer.layer(tower::service_fn(bare))));
    let case = Case::future(of, By::Ours, "tower layer", move |input| async move {
        let mut service = service.borrow_mut();
        poll_fn(|context| service.poll_ready(context)).await?;
        service.call(input).await
    });
    if of != Work::AsyncSuccess {
        return case;
    }
    case.goal(To::Bare, 10.0).goal(To::Named(TOWER_RESILIENCE), 0.2)
}

fn arcly_execute(of: Work) -> Case {
    // As above.
    let threshold = if of == Work::AsyncOpen { 5 } else { 4_000_000_000 };
    let breaker = leak(arcly_http::resilience::CircuitBreaker::new(threshold, LONG));
    Case::future(of, By::Peer, ARCLY_EXECUTE, move |input| async move {
        breaker.execute(|| bare(input)).await.unwrap_or(Err(Trouble::Rejected))
    })
}

fn failsafe(of: Work) -> Case {
    let policy = failsafe::failure_policy::consecutive_failures(5, failsafe::backoff::constant(LONG));
    let breaker = leak(failsafe::Config::new().failure_policy(policy).build());
    Case::future(of, By::Peer, "failsafe, consecutive", move |input| async move {
        breaker.call(bare(input)).await.map_err(of_failsafe)
    })
}

/// Returns the layer of `tower-resilience`, with a window of 100 calls.
pub(crate) fn layer_of_tower_resilience() -> TowerResilienceLayer {
    TowerResilienceLayer::builder()
        .failure_rate_threshold(0.5)
        .sliding_window_size(100)
        .wait_duration_in_open(LONG)
        .build()
        .expect("the numbers are in range")
}

#[expect(clippy::await_holding_refcell_ref, reason = "one thread, and nothing in here waits")]
fn tower_resilience(of: Work) -> Case {
    let layer = layer_of_tower_resilience();
    let service = leak(RefCell::new(layer.layer_fn(tower::service_fn(bare))));
    Case::future(of, By::Peer, TOWER_RESILIENCE, move |input| async move {
        let mut service = service.borrow_mut();
        let result = match poll_fn(|context| service.poll_ready(context)).await {
            Ok(()) => service.call(input).await,
            Err(error) => Err(error),
        };
        result.map_err(|error| match error {
            CircuitBreakerError::Inner(error) => error,
            CircuitBreakerError::OpenCircuit => Trouble::Rejected,
        })
    })
}

fn seatbelt(of: Work) -> Case {
    // Its clock needs a runtime, and nothing else here does.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let _entered = leak(runtime.expect("a runtime of one thread")).enter();
    let context = seatbelt::ResilienceContext::new(tick::Clock::new_tokio());
    let layer = Breaker::layer("bench", &context)
        .recovery_with(|answer: &Answer, _| match answer {
            Ok(_) => seatbelt::RecoveryInfo::never(),
            Err(_) => seatbelt::RecoveryInfo::retry(),
        })
        .rejected_input_error(|_: u64, _| Trouble::Rejected)
        .failure_threshold(0.5)
        .min_throughput(10)
        .break_duration(LONG);
    let service = leak((layer, Execute::new(bare)).into_service());
    Case::future(of, By::Peer, "seatbelt", move |input| service.execute(input))
}
