//! `probe` and `probe_every` of annotated functions: no call of a user probes.

mod layers;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use breaker_runtime::testing::isolate;
use breaker_runtime::{
    BreakerError, CircuitBreaker, Key, State, breaker_of, circuit_breaker, declare, keyed_breakers_of,
};
use tokio::task::yield_now;
use tokio::time::advance;

#[derive(Debug, PartialEq)]
enum PaymentError {
    Down,
    Breaker,
}

impl From<BreakerError> for PaymentError {
    fn from(_: BreakerError) -> Self {
        Self::Breaker
    }
}

static DOWN: AtomicBool = AtomicBool::new(false);
static ORDERS: AtomicU32 = AtomicU32::new(0);
static PINGS: AtomicU32 = AtomicU32::new(0);

fn answer() -> Result<(), PaymentError> {
    if DOWN.load(Ordering::Relaxed) { Err(PaymentError::Down) } else { Ok(()) }
}

async fn ping() -> Result<(), PaymentError> {
    PINGS.fetch_add(1, Ordering::Relaxed);
    answer()
}

#[circuit_breaker(failure_threshold = 3, timeout = "30s", probe = ping, probe_every = "5s")]
async fn pay(_cents: u64) -> Result<(), PaymentError> {
    ORDERS.fetch_add(1, Ordering::Relaxed);
    answer()
}

async fn pass(time: Duration) {
    for _ in 0..time.as_millis() / 100 {
        advance(Duration::from_millis(100)).await;
        for _ in 0..5 {
            yield_now().await;
        }
    }
}

const SECOND: Duration = Duration::from_secs(1);

/// Payments are down for a minute, with ten calls a second.
#[tokio::test(start_paused = true)]
async fn outage_costs_the_calls_that_trip_and_no_other_reaches_the_dead_dependency() {
    let _isolated = isolate();
    pay(100).await.expect("it works");
    DOWN.store(true, Ordering::Relaxed);
    let (mut failed, mut rejected) = (0, 0);
    for tenth in 0..750 {
        if tenth == 600 {
            DOWN.store(false, Ordering::Relaxed);
        }
        match pay(100).await {
            Ok(()) => {}
            Err(PaymentError::Down) => failed += 1,
            Err(PaymentError::Breaker) => rejected += 1,
        }
        pass(SECOND / 10).await;
    }
    assert_eq!(failed, 3, "those that trip the breaker");
    let orders = ORDERS.load(Ordering::Relaxed);
    assert_eq!(orders, 1 + 3 + (750 - 3 - rejected), "no order probes");
    // Twelve pings fail until 60 s, and those at 65 and 70 s succeed.
    assert!((13..=15).contains(&PINGS.load(Ordering::Relaxed)));
    assert!((640..=705).contains(&rejected), "{rejected} calls");
    assert_eq!(breaker_of(pay).state(), State::Closed);
}

mod shapes {
    use super::*;

    struct Client;

    impl Client {
        async fn ping() -> bool {
            tokio::task::yield_now().await;
            true
        }

        #[circuit_breaker(timeout = "1s", success_threshold = 1, probe = Client::ping)]
        fn sync(&self) -> Result<(), BreakerError> {
            Ok(())
        }

        #[circuit_breaker(timeout = "1s", success_threshold = 1, probe = || async { Ok::<(), ()>(()) })]
        async fn by_closure<T: Send>(&self, _any: T) -> Result<(), BreakerError> {
            tokio::task::yield_now().await;
            Ok(())
        }
    }

    async fn ping_host(host: Key) {
        assert_eq!(host.to_string(), "eu");
    }

    #[circuit_breaker(key = host, timeout = "1s", success_threshold = 1, probe = ping_host)]
    async fn keyed(host: &str) -> Result<usize, BreakerError> {
        Ok(host.len())
    }

    #[circuit_breaker(key = host, timeout = "1s", success_threshold = 1, probe = |host| async move { host.to_string() == "eu" })]
    async fn keyed_closure(host: &str) -> Result<usize, BreakerError> {
        Ok(host.len())
    }

    #[circuit_breaker(key = host, timeout = "1s", success_threshold = 1, probe = Client::ping)]
    async fn keyed_without(host: &str) -> Result<usize, BreakerError> {
        Ok(host.len())
    }

    declare! {
        static DB: timeout = "1s", success_threshold = 1, probe = Client::ping;
    }

    #[circuit_breaker(breaker = DB)]
    async fn load() -> Result<(), BreakerError> {
        Ok(())
    }

    async fn recovers(breaker: &CircuitBreaker) {
        breaker.trip();
        assert!(breaker.try_acquire().is_err());
        pass(2 * SECOND).await;
        assert_eq!((breaker.state(), breaker.snapshot().totals.pings), (State::Closed, 1));
    }

    #[tokio::test(start_paused = true)]
    async fn every_shape_of_probe_closes_the_breaker_of_its_function() {
        let _isolated = isolate();
        Client.sync().expect("closed");
        Client.by_closure(7).await.expect("closed");
        load().await.expect("closed");
        recovers(breaker_of(Client::sync)).await;
        recovers(breaker_of(Client::by_closure::<u8>)).await;
        recovers(&DB).await;
        for call in [keyed("eu").await, keyed_closure("eu").await, keyed_without("eu").await] {
            call.expect("closed");
        }
        for breakers in [
            keyed_breakers_of(keyed),
            keyed_breakers_of(keyed_closure),
            keyed_breakers_of(keyed_without),
        ] {
            recovers(&breakers.get("eu")).await;
        }
    }
}
