//! The shop's orders, and the queue of those that wait for payments to recover.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use breaker_runtime::breaker_of;
use serde::{Deserialize, Serialize};

use super::calls;
use super::error::ShopError;
use super::service::Shop;

/// How often the queue is tried.
const DRAIN_EVERY: Duration = Duration::from_millis(200);

/// Beyond this, the shop takes no orders that it cannot charge: an outage must not fill its memory.
const LONGEST_QUEUE: usize = 10_000;

/// What a customer buys. The id is also the idempotency key of the payment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Order {
    pub(super) id: u64,
    pub(super) customer: u32,
    pub(super) cents: u32,
}

/// A real shop keeps these in its database.
#[derive(Default)]
pub(super) struct Orders(Mutex<Book>);

#[derive(Default)]
struct Book {
    numbers: u64,
    placed: Vec<Order>,
    failed: Vec<Order>,
    paid_at_once: usize,
    paid_later: usize,
    queue: VecDeque<Order>,
}

impl Orders {
    pub(super) fn number(&self, customer: u32, cents: u32) -> Order {
        let mut book = self.book();
        book.numbers += 1;
        Order { id: book.numbers, customer, cents }
    }

    /// Payments took the money, and the customer was told yes.
    pub(super) fn place_paid(&self, order: Order) {
        let mut book = self.book();
        book.paid_at_once += 1;
        book.placed.push(order);
    }

    /// The order is in the queue, and the customer was told yes.
    pub(super) fn place_unpaid(&self, order: Order) {
        self.book().placed.push(order);
    }

    /// The customer was told no.
    pub(super) fn fail(&self, order: Order) {
        self.book().failed.push(order);
    }

    /// Keeps an order until payments has recovered.
    pub(super) fn queue(&self, order: Order) -> Result<Order, ShopError> {
        let mut book = self.book();
        if book.queue.len() >= LONGEST_QUEUE {
            return Err(ShopError::QueueFull);
        }
        book.queue.push_back(order.clone());
        Ok(order)
    }

    pub(super) fn waiting(&self) -> usize {
        self.book().queue.len()
    }

    fn first_in_queue(&self) -> Option<Order> {
        self.book().queue.front().cloned()
    }

    fn first_is_paid(&self) {
        let mut book = self.book();
        book.queue.pop_front();
        book.paid_later += 1;
    }

    pub(super) fn close_the_book(&self) -> ClosedBook {
        let book = self.book();
        ClosedBook {
            placed: book.placed.clone(),
            failed: book.failed.clone(),
            paid_at_once: book.paid_at_once,
            paid_later: book.paid_later,
            still_queued: book.queue.len(),
        }
    }

    fn book(&self) -> MutexGuard<'_, Book> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the shop knows of its orders at the end of a run.
pub(super) struct ClosedBook {
    pub(super) placed: Vec<Order>,
    pub(super) failed: Vec<Order>,
    pub(super) paid_at_once: usize,
    pub(super) paid_later: usize,
    pub(super) still_queued: usize,
}

/// Charges the queued orders when payments has recovered. Runs for as long as the shop.
///
/// It goes through the breaker by hand: through `calls::charge`, a failure would queue the order a second
/// time. While the breaker is open, it says no at once; then a queued order is as good a probe as any.
pub(super) async fn drain(shop: &Shop) {
    let payments = breaker_of(calls::charge);
    loop {
        tokio::time::sleep(DRAIN_EVERY).await;
        while let Some(order) = shop.orders.first_in_queue() {
            if payments.call_async(|| shop.payments.charge(&order)).await.is_err() {
                break;
            }
            // Taken out only now, so that none is lost between the two.
            shop.orders.first_is_paid();
        }
    }
}
