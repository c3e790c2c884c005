//! The three services that the shop depends on, each an HTTP server on loopback.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode};
use axum::routing::{get, post};
use axum::{Json, Router};
use tokio::time::sleep;

use super::backends::Product;
use super::database::Order;
use super::faulty::{FaultyServer, Health};
use super::ledger::Ledger;
use super::script::Script;

/// The catalogue's products have the numbers from 1 to this one.
pub(super) const PRODUCTS: u32 = 20;

/// The divisor of the numbers of customers with declined cards: one checkout in 13.
const DECLINED: u32 = 91;

pub(super) struct Dependencies {
    pub(super) payments: FaultyServer,
    pub(super) recommendations: FaultyServer,
    pub(super) catalogue: FaultyServer,
    pub(super) ledger: Arc<Ledger>,
}

impl Dependencies {
    pub(super) fn start(script: &Script) -> io::Result<Self> {
        let ledger = Arc::new(Ledger::default());
        let delay = script.error_delay;
        Ok(Self {
            payments: FaultyServer::start(payments(Arc::clone(&ledger)), delay)?,
            recommendations: FaultyServer::start(recommendations(), delay)?,
            catalogue: FaultyServer::start(catalogue(), delay)?,
            ledger,
        })
    }

    /// Returns the addresses, in the order of `calls::breakers`.
    pub(super) fn addresses(&self) -> [SocketAddr; 3] {
        [&self.payments, &self.recommendations, &self.catalogue].map(FaultyServer::address)
    }

    pub(super) fn find(&self, name: &str) -> Option<&FaultyServer> {
        match name {
            "payments" => Some(&self.payments),
            "recommendations" => Some(&self.recommendations),
            "catalogue" => Some(&self.catalogue),
            _ => None,
        }
    }

    /// Switches the services, in the order of `calls::breakers`, except those that a person has
    /// switched.
    pub(super) fn play(&self, health: [Health; 3]) {
        let services = [&self.payments, &self.recommendations, &self.catalogue];
        for (service, health) in services.into_iter().zip(health) {
            if !service.is_held() {
                service.switch(health);
            }
        }
    }
}

fn payments(ledger: Arc<Ledger>) -> Router {
    Router::new().route("/charges", post(charge)).route("/health", get(|| async {})).with_state(ledger)
}

async fn charge(
    State(ledger): State<Arc<Ledger>>,
    headers: HeaderMap,
    Json(order): Json<Order>,
) -> (StatusCode, &'static str) {
    let Some(key) = headers.get("Idempotency-Key").and_then(|key| key.to_str().ok()) else {
        return (StatusCode::BAD_REQUEST, "send an Idempotency-Key header");
    };
    sleep(Duration::from_millis(15)).await;
    if order.customer % DECLINED == 0 {
        return (StatusCode::PAYMENT_REQUIRED, "declined");
    }
    ledger.charge(key, order);
    (StatusCode::CREATED, "charged")
}

fn recommendations() -> Router {
    Router::new().route("/customers/{customer}", get(recommend))
}

async fn recommend(Path(customer): Path<u32>) -> Json<Vec<String>> {
    sleep(Duration::from_millis(10)).await;
    let liked = (0..3).map(|rank| name(customer.wrapping_mul(7).wrapping_add(rank) % PRODUCTS + 1));
    Json(liked.collect())
}

fn catalogue() -> Router {
    Router::new().route("/products/{id}", get(describe))
}

async fn describe(Path(id): Path<u32>) -> Result<Json<Product>, StatusCode> {
    sleep(Duration::from_millis(5)).await;
    if !(1..=PRODUCTS).contains(&id) {
        return Err(StatusCode::NOT_FOUND);
    }
    Ok(Json(Product { id, name: name(id), cents: 500 + 10 * id }))
}

fn name(product: u32) -> String {
    format!("book no. {product}")
}
