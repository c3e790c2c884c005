//! Calls through all layers on several threads, in real time, that are aborted at random.

use std::future::pending;
use std::panic::resume_unwind;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use breaker_runtime::{State, breaker_of, circuit_breaker};
use breaker_tests::scripted::{Answer, Source, Trouble};
use futures::future::join_all;
use tokio::task::yield_now;
use tokio::time::{sleep, timeout};

/// A source of small random numbers, from a seed.
struct Chance(u64);

impl Chance {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0 % end
    }
}

#[derive(Default)]
struct Service {
    begun: AtomicU64,
}

async fn awaits(chance: &mut Chance) {
    for _ in 0..chance.below(4) {
        yield_now().await;
    }
    if chance.below(2) == 0 {
        sleep(Duration::from_micros(chance.below(3_000))).await;
    }
}

impl Service {
    async fn run(&self, seed: u64) -> Answer {
        let run = self.begun.fetch_add(1, Ordering::Relaxed);
        let mut chance = Chance::new(seed ^ run);
        awaits(&mut chance).await;
        match chance.below(20) {
            0 => resume_unwind(Box::new("planned")),
            1..6 => Err(Trouble::Down(0)),
            6..8 => pending().await,
            _ => Ok(Source::Run(0)),
        }
    }
}

async fn fall_back(_service: Arc<Service>, seed: u64) -> Answer {
    awaits(&mut Chance::new(!seed)).await;
    Ok(Source::Fallback)
}

#[circuit_breaker(
    failure_threshold = 5,
    timeout = "2ms",
    call_timeout = "4ms",
    max_concurrent = 8,
    max_wait = "10ms",
    max_pending = 100,
    retry(attempts = 3, backoff = "1ms"),
    last_good(key = seed % 4, max_age = "2ms"),
    fallback = fall_back,
    clone(service)
)]
async fn call(service: Arc<Service>, seed: u64) -> Answer {
    service.run(seed).await
}

/// Makes calls, of which most end by themselves, some are aborted, and some are dropped early.
async fn a_caller(service: Arc<Service>, seed: u64) {
    let mut chance = Chance::new(seed);
    sleep(Duration::from_millis(chance.below(400))).await;
    let task = tokio::spawn(call(service.clone(), seed));
    match chance.below(4) {
        0 => {}
        1 => {
            sleep(Duration::from_micros(chance.below(12_000))).await;
            task.abort();
        }
        2 => {
            for _ in 0..chance.below(5) {
                yield_now().await;
            }
            task.abort();
        }
        _ => {
            let patience = Duration::from_micros(chance.below(12_000));
            let _given_up = timeout(patience, call(service, !seed)).await;
        }
    }
    // The task has ended, was aborted, or has panicked.
    let _ = task.await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_aborted_on_many_threads_leave_no_trace() {
    let breaker = breaker_of(call);
    let service = Arc::new(Service::default());
    let callers = (0..2_000).map(|seed| tokio::spawn(a_caller(service.clone(), seed)));
    let callers = timeout(Duration::from_mins(2), join_all(callers)).await.expect("every call ends");
    for caller in callers {
        if let Err(error) = caller {
            assert!(error.is_panic() && error.into_panic().is::<&str>(), "not a planned one");
        }
    }
    assert_eq!(Arc::strong_count(&service), 1);
    let snapshot = breaker.snapshot();
    let totals = snapshot.totals;
    let seen = [
        totals.success,
        totals.failure,
        totals.cancelled,
        totals.rejected,
        totals.retried,
        totals.fallback,
    ];
    assert!(seen.into_iter().all(|count| count > 0), "{snapshot:?}");
    let settled = totals.success + totals.failure + totals.ignored + totals.cancelled + totals.late;
    assert_eq!(settled, service.begun.load(Ordering::Relaxed), "{totals:?}");
    let bulkhead = snapshot.bulkhead.expect("max_concurrent");
    assert_eq!((snapshot.in_flight, bulkhead.running, bulkhead.pending), (0, 0, 0));

    breaker.trip();
    sleep(Duration::from_millis(10)).await;
    assert_eq!(breaker.state(), State::HalfOpen);
    for _ in 0..4 {
        breaker.call_async(|| async { Ok::<_, ()>(()) }).await.expect("it works");
    }
    assert_eq!(breaker.state(), State::Closed);
}
