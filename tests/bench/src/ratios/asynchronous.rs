//! The same for futures that are ready at their first poll.

use std::cell::RefCell;
use std::future::poll_fn;

use breaker_bench::{Answer, Trouble, work};
use breaker_runtime::circuit_breaker;
use failsafe::futures::CircuitBreaker as _;
use layered::{Execute, Service as _, Stack};
use seatbelt::breaker::Breaker;
use tower::Service as _;

use crate::case::{By, Case, Work};
use crate::sync::{LONG, answer_of, breaker, of_failsafe};

const WORKS: [Work; 3] = [Work::AsyncSuccess, Work::AsyncOneInTen, Work::AsyncOpen];

async fn bare(input: u64) -> Answer {
    work(input)
}

macro_rules! annotated {
    ($($name:ident)*) => {$(
        #[circuit_breaker(timeout = "1h")]
        async fn $name(input: u64) -> Answer {
            work(input)
        }
    )*};
}
annotated!(success one_in_ten open);

mod arcly {
    use arcly_http::resilience::circuit_breaker;

    use super::{Answer, work};

    // Success does not reset its count: with fewer, a failure in ten would open it.
    #[circuit_breaker(threshold = 4_000_000_000, cooldown = "1h")]
    pub(super) async fn success(input: u64) -> Answer {
        work(input)
    }

    #[circuit_breaker(threshold = 4_000_000_000, cooldown = "1h")]
    pub(super) async fn one_in_ten(input: u64) -> Answer {
        work(input)
    }

    #[circuit_breaker(threshold = 5, cooldown = "1h")]
    pub(super) async fn open(input: u64) -> Answer {
        work(input)
    }
}

pub(crate) fn cases() -> Vec<Case> {
    let mut cases = vec![
        Case::future(Work::AsyncSuccess, By::Bare, "bare await", bare),
        Case::future(Work::AsyncOneInTen, By::Bare, "bare await", bare),
        Case::future(Work::AsyncSuccess, By::Ours, "attribute", success),
        Case::future(Work::AsyncOneInTen, By::Ours, "attribute", one_in_ten),
        Case::future(Work::AsyncOpen, By::Ours, "attribute", open),
        Case::future(Work::AsyncSuccess, By::Peer, "arcly-http, attribute", arcly::success),
        Case::future(Work::AsyncOneInTen, By::Peer, "arcly-http, attribute", arcly::one_in_ten),
        Case::future(Work::AsyncOpen, By::Peer, "arcly-http, attribute", arcly::open),
    ];
    for of in WORKS {
        cases.extend([call_async(of), failsafe(of), tower_resilience(of), seatbelt(of)]);
    }
    cases
}

/// Leaks a breaker, so that futures can borrow it.
fn leak<T>(breaker: T) -> &'static T {
    Box::leak(Box::new(breaker))
}

fn call_async(of: Work) -> Case {
    let breaker = leak(breaker("call_async"));
    Case::future(of, By::Ours, "call_async", move |input| async move {
        answer_of(breaker.call_async(|| bare(input)).await)
    })
}

fn failsafe(of: Work) -> Case {
    let policy = failsafe::failure_policy::consecutive_failures(5, failsafe::backoff::constant(LONG));
    let breaker = leak(failsafe::Config::new().failure_policy(policy).build());
    Case::future(of, By::Peer, "failsafe, consecutive", move |input| async move {
        breaker.call(bare(input)).await.map_err(of_failsafe)
    })
}

#[expect(clippy::await_holding_refcell_ref, reason = "one thread, and nothing in here waits")]
fn tower_resilience(of: Work) -> Case {
    use tower_resilience_circuitbreaker::{CircuitBreakerError, CircuitBreakerLayer};
    let layer = CircuitBreakerLayer::builder()
        .failure_rate_threshold(0.5)
        .sliding_window_size(100)
        .wait_duration_in_open(LONG)
        .build()
        .expect("the numbers are in range");
    let service = leak(RefCell::new(layer.layer_fn(tower::service_fn(bare))));
    Case::future(of, By::Peer, "tower-resilience", move |input| async move {
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
