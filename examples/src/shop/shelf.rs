//! What the shop can show by itself: the products that it has seen, and what is always popular.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::backends::Product;

/// There are few products, so that the shelf needs no bound.
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

/// What everybody likes.
pub(super) fn popular_items() -> Vec<String> {
    ["Emma", "Moby-Dick", "The Odyssey"].map(String::from).to_vec()
}
