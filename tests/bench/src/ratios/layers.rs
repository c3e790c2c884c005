//! The cost of each layer around the breaker, and of all together, for futures that are ready at their
//! first poll.

use std::time::Duration;

use breaker_bench::{Answer, Trouble, work};
use breaker_runtime::circuit_breaker;
use tokio::runtime::Builder;
use tokio::sync::Semaphore;

use crate::case::{By, Case, Work};

async fn bare(input: u64) -> Answer {
    work(input)
}

macro_rules! annotated {
    ($input:ident; $($name:ident: $options:tt;)*) => {$(annotated!(@one $input $name $options);)*};
    (@one $input:ident $name:ident ($($options:tt)*)) => {
        #[circuit_breaker($($options)*)]
        async fn $name($input: u64) -> Answer {
            work($input)
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

pub(crate) fn cases() -> Vec<Case> {
    vec![
        Case::future(Work::Layers, By::Bare, "bare await", bare),
        Case::future(Work::Layers, By::Ours, "attribute", plain),
        Case::future(Work::Layers, By::Ours, "fallback", with_fallback),
        Case::future(Work::Layers, By::Ours, "call_timeout", with_deadline),
        Case::future(Work::Layers, By::Ours, "max_concurrent", with_bulkhead),
        Case::future(Work::Layers, By::Ours, "max_wait", with_queue),
        Case::future(Work::Layers, By::Ours, "retry", with_retry),
        Case::future(Work::Layers, By::Ours, "last_good", with_last_good),
        Case::future(Work::Layers, By::Ours, "all but last_good", stack),
        Case::future(Work::Layers, By::Ours, "all", whole_stack),
        timeout(),
        semaphore(),
    ]
}

/// Makes a case of tokio's timeout, a part of a hand-written stack.
fn timeout() -> Case {
    let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime of one thread");
    // The runtime must stay entered for the whole run.
    std::mem::forget(Box::leak(Box::new(runtime)).enter());
    Case::future(Work::Layers, By::Part, "tokio's timeout alone", |input| async move {
        tokio::time::timeout(Duration::from_secs(2), bare(input)).await.unwrap_or(Err(Trouble::Failed))
    })
}

fn semaphore() -> Case {
    let permits: &Semaphore = Box::leak(Box::new(Semaphore::new(64)));
    Case::future(Work::Layers, By::Part, "tokio's semaphore alone", move |input| async move {
        let _permit = permits.acquire().await.map_err(|_| Trouble::Rejected)?;
        bare(input).await
    })
}
