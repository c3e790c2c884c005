//! The till: takes orders, and sees to it that each is charged, once, however long payments is down.
//!
//! | step | if the process dies right after it |
//! |---|---|
//! | the order is on disk, with its idempotency key | it is in the queue of the next process |
//! | payments has charged it | the next process charges it again by the same key, which changes nothing |
//! | the charge is on disk | nothing is left to do |
//!
//! The customer gets an answer after the first step at the earliest. One who gets none cannot know
//! whether the shop has the order: a shop that wants to be asked again lets the customer's page make the
//! key.
//!
//! New orders are charged at once while older ones still wait, so that the queue is no burden to
//! customers who come after an outage. They overtake, but they cannot keep the queue from moving: it has
//! a task of its own, which waits for nothing but payments.

use std::time::Duration;

use breaker_runtime::{BreakerError, CallError, ErrorKind};

use super::backends::Payments;
use super::calls;
use super::database::{Cart, Order, OrderState};
use super::error::ShopError;
use super::orders::{Claim, Orders};
use super::service::Breakers;

/// How long the drain waits when there is nothing to do.
const IDLE: Duration = Duration::from_millis(100);

/// How long it waits when the ramp had no place for an order: long enough that asking costs nothing, and
/// short beside any ramp.
const RAMP_PAUSE: Duration = Duration::from_millis(20);

/// The longest wait for an open breaker: it may be closed by hand.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// What came of an attempt to charge an order.
pub(super) enum Payment {
    Charged,
    /// Not tried, or nobody knows whether it was done.
    Later(CallError<ShopError>),
}

/// What a customer goes home with.
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
        Self { orders, payments, breakers }
    }

    /// Takes an order, and charges it if payments is well. An error means that it was not taken, or that
    /// the card was declined.
    pub(super) async fn check_out(&self, cart: Cart) -> Result<Receipt, ShopError> {
        let claim = self.orders.accept(cart).await?;
        let order = claim.order().clone();
        match self.charge(&order).await {
            Ok(Payment::Charged) => Ok(match claim.settle(OrderState::Charged).await {
                Ok(()) => Receipt::Paid(order),
                Err(error) => not_noted(&error, order),
            }),
            Ok(Payment::Later(cause)) => Ok(match put_back(claim, &cause).await {
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
    /// Each goes through the breaker like a customer's. While it is open, nothing is tried; then the
    /// head of the queue is as good a probe as any; and while payments comes back slowly, the ramp says
    /// how many.
    pub(super) async fn drain(&self) {
        loop {
            let pause = self.drain_one().await.unwrap_or_else(|error| {
                eprintln!("the queue of orders stands still: {error}");
                LONGEST_WAIT
            });
            tokio::time::sleep(pause).await;
        }
    }

    /// How long to wait before the next one.
    async fn drain_one(&self) -> Result<Duration, ShopError> {
        let Some(claim) = self.orders.next().await? else { return Ok(IDLE) };
        match self.charge(claim.order()).await {
            Ok(Payment::Charged) => claim.settle(OrderState::Charged).await?,
            Ok(Payment::Later(cause)) => return put_back(claim, &cause).await,
            // Tried again, it would be refused again. A real shop writes to the customer now.
            Err(_) => claim.settle(OrderState::Refused).await?,
        }
        Ok(Duration::ZERO)
    }
}

/// The order is on disk all the same, and charging it again by its key is harmless.
fn not_noted(error: &ShopError, order: Order) -> Receipt {
    eprintln!("order {} is tried again later: {error}", order.id);
    Receipt::Taken(order)
}

/// To the queue, and how long it should be left alone.
async fn put_back(claim: Claim, cause: &CallError<ShopError>) -> Result<Duration, ShopError> {
    match cause {
        CallError::Inner(_) => claim.put_off().await.map(|()| Duration::ZERO),
        CallError::Breaker(rejection) => Ok(pause_after(rejection)),
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
    use std::sync::Arc;
    use std::time::Instant;

    use axum::Router;
    use axum::http::StatusCode;
    use axum::routing::post;
    use breaker_runtime::breaker_of;
    use tokio::time::{sleep, timeout};

    use super::super::backends::client;
    use super::super::faulty::FaultyServer;
    use super::*;

    const RAMP: Duration = Duration::from_millis(1200);

    // In real time, as disk and sockets are real. Up to the middle of the ramp at least every second try
    // is rejected, and each rejection costs a pause: by then, these are all that can have been charged,
    // and the probe, and the first one of the ramp. Without a ramp, all would be long before.
    const IN_HALF_A_RAMP: u32 = 30 + 2;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn the_queue_drains_at_the_pace_of_the_ramp() {
        let folder = tempfile::tempdir().expect("there is a place for it");
        let well = Router::new().route("/charges", post(|| async { StatusCode::CREATED }));
        let server = FaultyServer::start(well, Duration::ZERO).expect("it starts on loopback");
        let orders = Orders::open(&folder.path().join("orders.db")).expect("nobody else has it");
        let client = client().expect("it needs no TLS");
        let payments = Payments::new(&client, server.address(), LONGEST_WAIT);
        let till = Arc::new(Till::new(orders, payments, Breakers::With));

        for customer in 1..=IN_HALF_A_RAMP + 1 {
            let claim = till.orders.accept(Cart { customer, cents: 1999 }).await;
            drop(claim.expect("there is room"));
        }
        let breaker = breaker_of(calls::charge);
        breaker.reconfigure(|options| options.timeout(IDLE).ramp(RAMP)).expect("they are in range");
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
}
