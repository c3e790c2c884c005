//! The till: takes orders, and charges each exactly once, however long payments is down.
//!
//! | step | if the process dies right after it |
//! |---|---|
//! | the order is on disk, with its idempotency key | it is in the queue of the next process |
//! | payments has charged it | the next process charges it again by the same key, which changes nothing |
//! | the charge is on disk | nothing is left to do |
//!
//! The customer gets an answer after the first step at the earliest. A customer without an answer cannot
//! know whether the shop has the order: in a shop that allows a second request the customer's page must
//! make the key.
//!
//! New orders are charged at once while older ones still wait, so that the queue does not delay
//! customers after an outage. They overtake the queue, but cannot stop it: it has a task of its own,
//! which waits for payments alone.

use std::time::Duration;

use breaker_runtime::{BreakerError, ErrorKind};

use super::backends::Payments;
use super::calls;
use super::database::{Cart, Order, OrderState};
use super::error::ShopError;
use super::orders::{Claim, Orders};
use super::service::Breakers;

/// The wait of the drain when there is nothing to do.
const IDLE: Duration = Duration::from_millis(100);

/// The wait when the ramp admitted no order: long enough that the attempts cost nothing, and short
/// beside any ramp.
const RAMP_PAUSE: Duration = Duration::from_millis(20);

/// The longest wait for an open breaker, which may be closed manually.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The result of an attempt to charge an order.
pub(super) enum Payment {
    Charged,
    /// It is not known to be charged: the attempt was rejected, or `None` if it was made and failed.
    Later(Option<BreakerError>),
}

/// The answer to a customer.
pub(super) enum Receipt {
    Paid(Order),
    /// The order is in the queue.
    Taken(Order),
}

pub(super) struct Till {
    pub(super) orders: Orders,
    pub(super) payments: Payments,
    breakers: Breakers,
}

impl Till {
    pub(super) fn new(orders: Orders, payments: Payments, breakers: Breakers) -> Self {
        if breakers == Breakers::With {
            payments.be_pinged();
        }
        Self { orders, payments, breakers }
    }

    /// Takes an order, and charges it if payments is healthy. An error means that it was not taken, or
    /// that the card was declined.
    pub(super) async fn check_out(&self, cart: Cart) -> Result<Receipt, ShopError> {
        let claim = self.orders.accept(cart).await?;
        let order = claim.order().clone();
        match self.charge(&order).await {
            Ok(Payment::Charged) => Ok(match claim.settle(OrderState::Charged).await {
                Ok(()) => Receipt::Paid(order),
                Err(error) => not_noted(&error, order),
            }),
            Ok(Payment::Later(rejection)) => Ok(match put_back(claim, rejection).await {
                Ok(_) => Receipt::Taken(order),
                Err(error) => not_noted(&error, order),
            }),
            Err(refusal) => match claim.settle(OrderState::Refused).await {
                Ok(()) => Err(refusal),
                Err(error) => Ok(not_noted(&error, order)),
            },
        }
    }

    async fn charge(&self, order: &Order) -> Result<Payment, ShopError> {
        match self.breakers {
            Breakers::With => calls::charge(&self.payments, order).await,
            Breakers::Without => self.payments.charge(order).await,
        }
    }

    /// Charges the orders of the queue, one at a time, the oldest first, for as long as it is polled.
    ///
    /// Each goes through the breaker like a customer's. While the breaker is open, no attempt is made,
    /// as a ping finds out when payments is back; and while payments recovers, the ramp limits the
    /// number.
    pub(super) async fn drain(&self) {
        loop {
            let pause = self.drain_one().await.unwrap_or_else(|error| {
                eprintln!("the queue of orders waits: {error}");
                LONGEST_WAIT
            });
            tokio::time::sleep(pause).await;
        }
    }

    /// Charges one order, and returns the time to wait before the next one.
    async fn drain_one(&self) -> Result<Duration, ShopError> {
        let Some(claim) = self.orders.next().await? else { return Ok(IDLE) };
        match self.charge(claim.order()).await {
            Ok(Payment::Charged) => claim.settle(OrderState::Charged).await?,
            Ok(Payment::Later(rejection)) => return put_back(claim, rejection).await,
            // A further attempt would be refused again. A real shop writes to the customer here.
            Err(_) => claim.settle(OrderState::Refused).await?,
        }
        Ok(Duration::ZERO)
    }
}

/// Returns the receipt of an order that is charged and not recorded: it is on disk, and a second charge
/// by its key is harmless.
fn not_noted(error: &ShopError, order: Order) -> Receipt {
    eprintln!("order {} is tried again later: {error}", order.id);
    Receipt::Taken(order)
}

/// Returns an order to the queue, with the time for which it should rest.
async fn put_back(claim: Claim, rejection: Option<BreakerError>) -> Result<Duration, ShopError> {
    match rejection {
        None => claim.put_off().await.map(|()| Duration::ZERO),
        Some(rejection) => Ok(pause_after(&rejection)),
    }
}

fn pause_after(rejection: &BreakerError) -> Duration {
    match rejection.kind() {
        ErrorKind::Recovering | ErrorKind::Throttled | ErrorKind::Full => RAMP_PAUSE,
        _ => rejection.retry_after().unwrap_or(IDLE).min(LONGEST_WAIT),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, mpsc};
    use std::time::Instant;

    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::post;
    use breaker_runtime::{State, breaker_of, testing};
    use tempfile::TempDir;
    use tokio::time::{sleep, timeout};

    use super::super::backends::client;
    use super::super::faulty::{FaultyServer, Health};
    use super::*;

    const RAMP: Duration = Duration::from_millis(1200);

    // Uses real time, because disk and sockets are real. Up to the middle of the ramp at least every
    // second attempt is rejected, and each rejection costs a pause: these are the most orders that can
    // be charged by then, with the first one of the ramp. Without a ramp, all would be charged long
    // before.
    const IN_HALF_A_RAMP: u32 = 30 + 2;

    /// The breaker of payments is one for all tests.
    static ONE_AT_A_TIME: tokio::sync::Mutex<()> = tokio::sync::Mutex::const_new(());

    /// Returns a till of its own orders, with payments that works, and what has to live as long.
    fn till_with_payments() -> (TempDir, FaultyServer, Till) {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let well = Router::new().route("/charges", post(|| async { StatusCode::CREATED }));
        let server = FaultyServer::start(well, Duration::ZERO).expect("it starts on loopback");
        // What waits for the disk is not what is tested here.
        let orders = Orders::open_with(&folder.path().join("orders.db"), false);
        let orders = orders.expect("no other process has it");
        let client = client().expect("it needs no TLS");
        let payments = Payments::new(&client, server.address(), LONGEST_WAIT);
        (folder, server, Till::new(orders, payments, Breakers::With))
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn queue_drains_at_the_pace_of_the_ramp() {
        let _alone = ONE_AT_A_TIME.lock().await;
        let (_folder, _server, till) = till_with_payments();
        let till = Arc::new(till);

        for customer in 1..=IN_HALF_A_RAMP + 1 {
            let claim = till.orders.accept(Cart { customer, cents: 1999 }).await;
            drop(claim.expect("there is room"));
        }
        let breaker = breaker_of(calls::charge);
        breaker
            .reconfigure(|options| options.probe_every(IDLE / 2).ramp(RAMP))
            .expect("they are in range");
        breaker.trip();
        let begin = Instant::now();
        let drained = Arc::clone(&till);
        let drain = tokio::spawn(async move { drained.drain().await });
        let empty = async {
            while till.orders.waiting() > 0 {
                sleep(Duration::from_millis(1)).await;
            }
        };
        timeout(Duration::from_secs(20), empty).await.expect("all are charged");
        let took = begin.elapsed();
        drain.abort();

        assert!(took >= RAMP / 2, "{took:?}");
        assert_eq!(till.payments.calls(), u64::from(IN_HALF_A_RAMP) + 1);
    }

    /// An outage of a minute, in virtual time, with the options of the shop. Disk and sockets are real:
    /// time moves on between orders only, as a thread that blocks keeps tokio from moving it.
    #[tokio::test(start_paused = true)]
    async fn outage_of_a_minute_fails_no_order_after_the_trip() {
        const STEP: Duration = Duration::from_millis(200);
        let _alone = ONE_AT_A_TIME.lock().await;
        let _fresh = testing::isolate();
        let (time_stands_still, end) = mpsc::channel::<()>();
        let _blocked = tokio::task::spawn_blocking(move || end.recv());
        let (_folder, server, till) = till_with_payments();
        let breaker = breaker_of(calls::charge);
        // Those of the attribute, which other tests have changed.
        breaker
            .reconfigure(|options| options.probe_every(Duration::from_secs(1)).ramp(3 * LONGEST_WAIT))
            .expect("they are in range");

        server.switch(Health::Errors);
        while breaker.state() == State::Closed {
            let _ = till.check_out(Cart { customer: 1, cents: 1999 }).await;
        }
        let (at_trip, reached) = (breaker.snapshot().totals, till.payments.calls());
        for _ in 0..300 {
            tokio::time::advance(STEP).await;
            let receipt = till.check_out(Cart { customer: 2, cents: 1999 }).await;
            assert!(matches!(receipt, Ok(Receipt::Taken(_))), "each order is taken");
        }
        let totals = breaker.snapshot().totals;
        assert_eq!(till.payments.calls(), reached, "no order reaches the dead service");
        assert_eq!((totals.failure, totals.timed_out), (at_trip.failure, at_trip.timed_out));
        assert_eq!(totals.rejected, at_trip.rejected + 300);
        assert!((40..=60).contains(&totals.failed_pings), "about one ping a second: {totals}");

        server.switch(Health::Healthy);
        for _ in 0..150 {
            tokio::time::advance(STEP).await;
            let receipt = till.check_out(Cart { customer: 3, cents: 1999 }).await;
            assert!(receipt.is_ok(), "each order is paid or taken");
        }
        let totals = breaker.snapshot().totals;
        assert_eq!((breaker.state(), totals.failure), (State::Closed, at_trip.failure));
        assert!(totals.pings >= 2 && totals.success > at_trip.success, "{totals}");
        drop(time_stands_still);
    }
}
