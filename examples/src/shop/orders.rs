//! The shop's orders: each is on disk before any work on it, and at most one worker has it.
//!
//! An order in work is a [`Claim`]. It is kept in memory only, because one process alone has the
//! database: if that process dies, no order is claimed, and the next process finds them all in the
//! queue.

use std::collections::HashMap;
use std::io;
use std::path::Path;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::database::{Cart, Database, Order, OrderState, Record};
use super::error::ShopError;

/// The limit beyond which the shop takes no orders that it cannot charge: an outage must not fill its
/// disk.
const LONGEST_QUEUE: u32 = 10_000;

/// The rest of an order after its first failed attempt; it doubles with each further one. An order that
/// fails payments must neither delay the others nor keep the breaker open.
const FIRST_REST: Duration = Duration::from_millis(250);
const LONGEST_REST: Duration = Duration::from_secs(30);

/// A handle to the orders, which its clones share.
#[derive(Clone)]
pub(super) struct Orders(Arc<Inner>);

struct Inner {
    /// Locked for as long as a commit takes, so that only threads that may block lock it.
    database: Mutex<Database>,
    /// Locked for moments, and never in the other order: a claim is made while the database is locked,
    /// so that no task sees an order in between.
    holds: Mutex<HashMap<i64, Hold>>,
    waiting: AtomicU32,
}

/// A reason why an order must stay in the queue.
enum Hold {
    InHand,
    RestsUntil(Instant),
}

impl Orders {
    /// Opens the database, and creates it if there is none. Blocks.
    pub(super) fn open(path: &Path) -> io::Result<Self> {
        Self::open_with(path, true)
    }

    /// Opens the database as [`open`](Self::open) does; unless it is `durable`, no order waits for the
    /// disk.
    pub(super) fn open_with(path: &Path, durable: bool) -> io::Result<Self> {
        let opened =
            Database::open(path, durable).and_then(|database| Ok((database.unsettled()?, database)));
        let (unsettled, database) = opened.map_err(|error| {
            io::Error::other(format!("cannot open the orders in {}: {error}", path.display()))
        })?;
        Ok(Self(Arc::new(Inner {
            database: Mutex::new(database),
            holds: Mutex::default(),
            waiting: AtomicU32::new(unsettled),
        })))
    }

    /// Takes an order. From here on it is not lost, whatever happens.
    pub(super) async fn accept(&self, cart: Cart) -> Result<Claim, ShopError> {
        if self.waiting() >= LONGEST_QUEUE {
            return Err(ShopError::QueueFull);
        }
        let orders = self.clone();
        self.blocking(move |database| {
            let order = database.insert(cart)?;
            orders.holds().insert(order.id, Hold::InHand);
            Ok(Claim { orders, order, attempts: 0, queued: false, settled: false, rest: None })
        })
        .await
    }

    /// Claims the oldest order of the queue that does not rest.
    pub(super) async fn next(&self) -> Result<Option<Claim>, ShopError> {
        if self.waiting() == 0 {
            return Ok(None);
        }
        let orders = self.clone();
        self.blocking(move |database| {
            let mut holds = orders.holds();
            let now = Instant::now();
            let is_free = |id| match holds.get(&id) {
                None => true,
                Some(Hold::InHand) => false,
                Some(Hold::RestsUntil(end)) => *end <= now,
            };
            let Some((order, attempts)) = database.first(is_free)? else { return Ok(None) };
            holds.insert(order.id, Hold::InHand);
            drop(holds);
            Ok(Some(Claim { orders, order, attempts, queued: true, settled: false, rest: None }))
        })
        .await
    }

    /// Returns the number of orders in the queue.
    pub(super) fn waiting(&self) -> u32 {
        self.0.waiting.load(Ordering::Relaxed)
    }

    /// Returns all orders, the oldest first.
    pub(super) async fn records(&self) -> Result<Vec<Record>, ShopError> {
        let mut records = self.newest(u32::MAX).await?;
        records.reverse();
        Ok(records)
    }

    /// Returns the last orders, at most this many, the newest first.
    pub(super) async fn newest(&self, most: u32) -> Result<Vec<Record>, ShopError> {
        self.blocking(move |database| database.records(most)).await
    }

    /// Runs work that waits for the disk, so that no other task waits with it. Once begun, it runs to
    /// its end, even if its caller is cancelled.
    async fn blocking<T, F>(&self, work: F) -> Result<T, ShopError>
    where
        T: Send + 'static,
        F: FnOnce(&Database) -> rusqlite::Result<T> + Send + 'static,
    {
        let orders = self.clone();
        let done = tokio::task::spawn_blocking(move || {
            work(&orders.0.database.lock().unwrap_or_else(PoisonError::into_inner))
        });
        Ok(done.await.map_err(|_| ShopError::Interrupted)??)
    }

    fn holds(&self) -> MutexGuard<'_, HashMap<i64, Hold>> {
        self.0.holds.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An order that one worker has. Dropped unsettled, as by a task that is cancelled, it is in the queue.
pub(super) struct Claim {
    orders: Orders,
    order: Order,
    attempts: u32,
    queued: bool,
    settled: bool,
    rest: Option<Duration>,
}

impl Claim {
    pub(super) fn order(&self) -> &Order {
        &self.order
    }

    /// Records the answer of payments. Comes after the charge, never before: if the process dies in
    /// between, the order is charged again, by the same key, and payments repeats its answer.
    pub(super) async fn settle(self, state: OrderState) -> Result<(), ShopError> {
        let orders = self.orders.clone();
        let settle = move |database: &Database| {
            // The whole claim moves in here, so that it ends with the commit and not with the caller.
            let mut claim = self;
            database.settle(claim.order.id, state, claim.queued)?;
            claim.settled = true;
            Ok(())
        };
        orders.blocking(settle).await
    }

    /// Lets the order rest and be tried again, after an attempt that left open whether payments charged
    /// it.
    pub(super) async fn put_off(mut self) -> Result<(), ShopError> {
        let doubled = FIRST_REST.saturating_mul(1 << self.attempts.min(16));
        self.rest = Some(doubled.min(LONGEST_REST));
        let orders = self.orders.clone();
        let note = move |database: &Database| {
            let claim = self;
            database.note_attempt(claim.order.id)
        };
        orders.blocking(note).await
    }
}

impl Drop for Claim {
    fn drop(&mut self) {
        let waiting = &self.orders.0.waiting;
        match (self.queued, self.settled) {
            (false, false) => _ = waiting.fetch_add(1, Ordering::Relaxed),
            (true, true) => _ = waiting.fetch_sub(1, Ordering::Relaxed),
            _ => {}
        }
        let mut holds = self.orders.holds();
        match self.rest {
            Some(rest) => holds.insert(self.order.id, Hold::RestsUntil(Instant::now() + rest)),
            None => holds.remove(&self.order.id),
        };
    }
}

#[cfg(test)]
mod tests {
    use tempfile::TempDir;

    use super::*;

    fn open() -> (Orders, TempDir) {
        let folder = tempfile::tempdir().expect("a temporary folder can be created");
        let orders = Orders::open(&folder.path().join("orders.db")).expect("no other process has it");
        (orders, folder)
    }

    async fn accept(orders: &Orders, customer: u32) -> Claim {
        orders.accept(Cart { customer, cents: 1999 }).await.expect("there is room")
    }

    async fn next(orders: &Orders) -> Option<u32> {
        let claim = orders.next().await.expect("it can be read");
        claim.map(|claim| claim.order().customer)
    }

    #[tokio::test]
    async fn order_in_work_is_given_to_no_other_worker() {
        let (orders, _folder) = open();
        let at_the_till = accept(&orders, 1).await;
        drop(accept(&orders, 2).await);
        let drained = orders.next().await.expect("it can be read").expect("one is queued");
        assert_eq!((drained.order().customer, next(&orders).await), (2, None));
        drop(at_the_till);
        assert_eq!((next(&orders).await, orders.waiting()), (Some(1), 2));
    }

    #[tokio::test]
    async fn settled_order_leaves_the_queue_for_good() {
        let (orders, folder) = open();
        accept(&orders, 1).await.settle(OrderState::Charged).await.expect("it can be written");
        drop(accept(&orders, 2).await);
        let drained = orders.next().await.expect("it can be read").expect("one is queued");
        drained.settle(OrderState::Refused).await.expect("it can be written");
        assert_eq!((orders.waiting(), next(&orders).await), (0, None));

        drop(orders);
        let orders = Orders::open(&folder.path().join("orders.db")).expect("no other process has it");
        let records = orders.records().await.expect("it can be read");
        let settled: Vec<_> = records.iter().map(|record| (record.state, record.queued)).collect();
        assert_eq!(settled, [(OrderState::Charged, false), (OrderState::Refused, true)]);
        assert_eq!((orders.waiting(), next(&orders).await), (0, None));
    }

    #[tokio::test]
    async fn order_that_fails_payments_delays_no_other() {
        let (orders, folder) = open();
        accept(&orders, 1).await.put_off().await.expect("it can be written");
        drop(accept(&orders, 2).await);
        assert_eq!((next(&orders).await, orders.waiting()), (Some(2), 2));

        // The rests are lost with the process. The attempts are on disk.
        drop(orders);
        let orders = Orders::open(&folder.path().join("orders.db")).expect("no other process has it");
        assert_eq!((next(&orders).await, orders.waiting()), (Some(1), 2));
        let records = orders.records().await.expect("it can be read");
        assert_eq!(records.iter().map(|record| record.attempts).collect::<Vec<_>>(), [1, 0]);
    }
}
