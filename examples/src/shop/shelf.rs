//! The data that the shop can show by itself: the products that it has seen, and popular items.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::backends::Product;

/// The products that were seen. They are few, so that the shelf needs no bound.
#[derive(Default)]
pub(super) struct Shelf(Mutex<HashMap<u32, Product>>);

impl Shelf {
    pub(super) fn remember(&self, product: &Product) {
        self.products().insert(product.id, product.clone());
    }

    pub(super) fn last_seen(&self, id: u32) -> Option<Product> {
        self.products().get(&id).cloned()
    }

    fn products(&self) -> MutexGuard<'_, HashMap<u32, Product>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns items that most customers like.
pub(super) fn popular_items() -> Vec<String> {
    ["Emma", "Moby-Dick", "The Odyssey"].map(String::from).to_vec()
}
