//! The records of payments: which customer was charged for which order.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::database::Order;

#[derive(Default)]
pub(super) struct Ledger(Mutex<Books>);

#[derive(Default)]
struct Books {
    keys: HashSet<String>,
    charges: Vec<Order>,
    repeats: u64,
}

impl Ledger {
    /// Charges a key once, however often it comes.
    pub(super) fn charge(&self, key: &str, order: Order) {
        let mut books = self.books();
        if books.keys.insert(key.to_owned()) {
            books.charges.push(order);
        } else {
            books.repeats += 1;
        }
    }

    pub(super) fn charges(&self) -> Vec<Order> {
        self.books().charges.clone()
    }

    /// Returns the number of requests with a key that was charged already.
    pub(super) fn repeats(&self) -> u64 {
        self.books().repeats
    }

    fn books(&self) -> MutexGuard<'_, Books> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
