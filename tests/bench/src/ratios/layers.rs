//! The cost of each layer around the breaker, and of all together, for futures that are ready at their
//! first poll, and of a deadline for one that is pending once.

use std::time::Duration;

use breaker_bench::{Answer, Answering, Trouble, yield_once};
use breaker_runtime::circuit_breaker;
use tokio::runtime::Builder;
use tokio::sync::Semaphore;

use crate::case::{By, Case, To, Work};

async fn bare(input: u64) -> Answer {
    Answering(input).await
}

macro_rules! annotated {
    ($input:ident; $($name:ident: $options:tt;)*) => {$(annotated!(@one $input $name $options);)*};
    (@one $input:ident $name:ident ($($options:tt)*)) => {
        #[circuit_breaker($($options)*)]
        async fn $name($input: u64) -> Answer {
            Answering($input).await
        }
    };
}

annotated! {
    input;
    plain: ();
    with_fallback: (fallback = Ok(0));
    with_deadline: (call_timeout = "2s");
    with_bulkhead: (max_concurrent = 64);
    with_queue: (max_concurrent = 64, max_wait = "50ms", max_pending = 100);
    with_retry: (retry(attempts = 3, backoff = "10ms"));
    with_last_good: (last_good(key = input));
    stack: (
        failure_rate = 0.5,
        call_timeout = "2s",
        max_concurrent = 64,
        max_wait = "50ms",
        retry(attempts = 3, backoff = "10ms"),
        fallback = Ok(0)
    );
    whole_stack: (
        failure_rate = 0.5,
        call_timeout = "2s",
        max_concurrent = 64,
        max_wait = "50ms",
        retry(attempts = 3, backoff = "10ms"),
        last_good(key = input),
        fallback = Ok(0)
    );
}

async fn bare_pending(input: u64) -> Answer {
    yield_once().await;
    Answering(input).await
}

#[circuit_breaker(call_timeout = "2s")]
async fn pending_with_deadline(input: u64) -> Answer {
    yield_once().await;
    Answering(input).await
}

const TIMEOUT: &str = "tokio's timeout alone";
const SEMAPHORE: &str = "tokio's semaphore alone";

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::future(Work::Layers, By::Bare, "bare await", bare),
        Case::future(Work::Layers, By::Ours, "attribute", plain),
        Case::future(Work::Layers, By::Ours, "fallback", with_fallback),
        Case::future(Work::Layers, By::Ours, "call_timeout", with_deadline).goal(To::Bare, 3.0),
        Case::future(Work::Layers, By::Ours, "max_concurrent", with_bulkhead)
            .goal(To::Bare, 6.0)
            .goal(To::Named(SEMAPHORE), 0.64),
        Case::future(Work::Layers, By::Ours, "max_wait", with_queue),
        Case::future(Work::Layers, By::Ours, "retry", with_retry),
        Case::future(Work::Layers, By::Ours, "last_good", with_last_good),
        Case::future(Work::Layers, By::Ours, "all but last_good", stack).goal(To::Bare, 12.0),
        Case::future(Work::Layers, By::Ours, "all", whole_stack).goal(To::Bare, 25.0),
        timeout(Work::Layers, bare),
        semaphore(),
        Case::future(Work::AsyncPending, By::Bare, "bare await", bare_pending),
        Case::future(Work::AsyncPending, By::Ours, "call_timeout", pending_with_deadline)
            .goal(To::Named(TIMEOUT), 1.0),
        timeout(Work::AsyncPending, bare_pending),
    ]
}

/// Makes a case of tokio's timeout, a part of a hand-written stack.
fn timeout<F: Future<Output = Answer>>(of: Work, bare: impl Fn(u64) -> F + Copy + 'static) -> Case {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime of one thread");
    // The runtime must stay entered for the whole run.
    std::mem::forget(Box::leak(Box::new(runtime)).enter());
    Case::future(of, By::Part, TIMEOUT, move |input| async move {
        tokio::time::timeout(Duration::from_secs(2), bare(input)).await.unwrap_or(Err(Trouble::Failed))
    })
}

fn semaphore() -> Case {
    let permits: &Semaphore = Box::leak(Box::new(Semaphore::new(64)));
    Case::future(Work::Layers, By::Part, SEMAPHORE, move |input| async move {
        let _permit = permits.acquire().await.map_err(|_| Trouble::Rejected)?;
        bare(input).await
    })
}
