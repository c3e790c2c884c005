//! The records of payments: which customer was charged for which order.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::database::Order;

#[derive(Default)]
pub(super) struct Ledger(Mutex<Records>);

#[derive(Default)]
struct Records {
    keys: HashSet<String>,
    charges: Vec<Order>,
    repeats: u64,
}

impl Ledger {
    /// Charges a key once, however often it comes.
    pub(super) fn charge(&self, key: &str, order: Order) {
        let mut records = self.records();
        if records.keys.insert(key.to_owned()) {
            records.charges.push(order);
        } else {
            records.repeats += 1;
        }
    }

    pub(super) fn charges(&self) -> Vec<Order> {
        self.records().charges.clone()
    }

    /// Returns the number of requests with a key that was charged already.
    pub(super) fn repeats(&self) -> u64 {
        self.records().repeats
    }

    fn records(&self) -> MutexGuard<'_, Records> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
