//! The shop's orders, and the queue of those that wait for payments to recover.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use breaker_runtime::{State, breaker_of};
use serde::{Deserialize, Serialize};

use super::calls;
use super::error::ShopError;
use super::service::Shop;

/// How often the queue is looked at.
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
    paid_later: u64,
    queued: u64,
    queue: VecDeque<Order>,
}

impl Orders {
    pub(super) fn number(&self, customer: u32, cents: u32) -> Order {
        let mut book = self.book();
        book.numbers += 1;
        Order { id: book.numbers, customer, cents }
    }

    /// The customer was told yes.
    pub(super) fn place(&self, order: Order) {
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
        book.queued += 1;
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

    /// Orders placed, orders failed, and how many of the placed were queued and how many of those paid.
    pub(super) fn close_the_book(&self) -> ClosedBook {
        let book = self.book();
        ClosedBook {
            placed: book.placed.clone(),
            failed: book.failed.clone(),
            queued: book.queued,
            paid_later: book.paid_later,
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
    pub(super) queued: u64,
    pub(super) paid_later: u64,
}

/// Charges the queued orders once payments has recovered. Runs for as long as the shop.
///
/// It asks the breaker by hand: through `calls::charge`, a failure would queue the order a second time.
/// And it looks from time to time instead of waiting for the breaker to close, as a single failure queues
/// an order too, with the breaker closed all along.
pub(super) async fn drain(shop: &Shop) {
    let payments = breaker_of(calls::charge);
    loop {
        tokio::time::sleep(DRAIN_EVERY).await;
        while payments.state() == State::Closed {
            let Some(order) = shop.orders.first_in_queue() else { break };
            if payments.call_async(|| shop.payments.charge(&order)).await.is_err() {
                break;
            }
            // Taken out only now, so that none is lost between the two.
            shop.orders.first_is_paid();
        }
    }
}
