//! A service that counts its calls, and checks that it is ready for each.

use std::future::pending;
use std::mem;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use breaker_runtime::{CircuitBreaker, Snapshot};
use tower::Service;

/// Instructions for the service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Ask {
    Answer(u32),
    Fail,
    Hang,
    AnswerAfter(Duration),
    PanicAtOnce,
    PanicLater,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Down;

impl std::fmt::Display for Down {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("down")
    }
}

impl std::error::Error for Down {}

#[derive(Debug, Default)]
pub(crate) struct Counts {
    calls: AtomicU32,
    running: AtomicU32,
    reserved: AtomicU32,
}

/// A guard that adds one while it lives.
#[derive(Debug)]
struct One(Arc<Counts>, fn(&Counts) -> &AtomicU32);

impl One {
    fn of(counts: &Arc<Counts>, which: fn(&Counts) -> &AtomicU32) -> Self {
        which(counts).fetch_add(1, Ordering::SeqCst);
        Self(Arc::clone(counts), which)
    }
}

impl Drop for One {
    fn drop(&mut self) {
        self.1(&self.0).fetch_sub(1, Ordering::SeqCst);
    }
}

/// A service that must be ready before it is called; a clone is not ready, whatever the original is.
#[derive(Debug, Default)]
pub(crate) struct Backend {
    counts: Arc<Counts>,
    reserved: Option<One>,
}

impl Clone for Backend {
    fn clone(&self) -> Self {
        Self { counts: Arc::clone(&self.counts), reserved: None }
    }
}

impl Backend {
    pub(crate) fn calls(&self) -> u32 {
        self.counts.calls.load(Ordering::SeqCst)
    }

    pub(crate) fn running(&self) -> u32 {
        self.counts.running.load(Ordering::SeqCst)
    }

    /// Returns the number of services that are ready and were not called.
    pub(crate) fn reserved(&self) -> u32 {
        self.counts.reserved.load(Ordering::SeqCst)
    }
}

impl Service<Ask> for Backend {
    type Response = u32;
    type Error = Down;
    type Future = Pin<Box<dyn Future<Output = Result<u32, Down>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Down>> {
        if self.reserved.is_none() {
            self.reserved = Some(One::of(&self.counts, |counts| &counts.reserved));
        }
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, ask: Ask) -> Self::Future {
        drop(mem::take(&mut self.reserved).expect("called without being ready"));
        self.counts.calls.fetch_add(1, Ordering::SeqCst);
        assert_ne!(ask, Ask::PanicAtOnce, "planned");
        let running = One::of(&self.counts, |counts| &counts.running);
        Box::pin(async move {
            let _running = running;
            match ask {
                Ask::Answer(number) => Ok(number),
                Ask::Fail => Err(Down),
                Ask::AnswerAfter(length) => {
                    tokio::time::sleep(length).await;
                    Ok(0)
                }
                Ask::Hang => pending().await,
                Ask::PanicAtOnce | Ask::PanicLater => panic!("planned"),
            }
        })
    }
}

/// A service that is not `Clone`.
#[derive(Debug, Default)]
pub(crate) struct Single(pub Backend);

impl Service<Ask> for Single {
    type Response = u32;
    type Error = Down;
    type Future = <Backend as Service<Ask>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Down>> {
        self.0.poll_ready(context)
    }

    fn call(&mut self, ask: Ask) -> Self::Future {
        self.0.call(ask)
    }
}

/// Returns whether no call runs, waits or is a probe.
pub(crate) fn is_at_rest(breaker: &CircuitBreaker) -> bool {
    let Snapshot { in_flight, bulkhead, .. } = breaker.snapshot();
    in_flight == 0 && bulkhead.is_none_or(|counts| (counts.running, counts.pending) == (0, 0))
}
