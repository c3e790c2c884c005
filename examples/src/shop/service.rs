//! The shop: three pages on one HTTP server.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use breaker_runtime::Aged;
use serde::{Deserialize, Serialize};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use super::backends::{Catalogue, Payments, Product, Recommendations, client};
use super::calls;
use super::database::Cart;
use super::error::ShopError;
use super::orders::Orders;
use super::script::Script;
use super::till::{Receipt, Till};
use super::workers::Workers;

/// The header of an answer that the dependency did not give: `fallback`, or the age of an earlier one.
pub(super) const DEGRADED: &str = "x-degraded";

/// Whether the calls go through the annotated functions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Breakers {
    Without,
    With,
}

/// An answer, from the dependency or in place of its own.
#[derive(Debug)]
pub(super) enum Answer<T> {
    Live(T),
    Fallback(T),
    /// An earlier one of this age.
    Old(T, Duration),
}

impl<T> From<Aged<T>> for Answer<T> {
    fn from(answer: Aged<T>) -> Self {
        match answer.age() {
            None => Self::Live(answer.into_inner()),
            Some(age) => Self::Old(answer.into_inner(), age),
        }
    }
}

impl<T: Serialize> IntoResponse for Answer<T> {
    fn into_response(self) -> Response {
        match self {
            Self::Live(answer) => Json(answer).into_response(),
            Self::Fallback(answer) => ([(DEGRADED, "fallback")], Json(answer)).into_response(),
            Self::Old(answer, age) => {
                let age = format!("last good answer, {} s old", age.as_secs());
                ([(DEGRADED, age)], Json(answer)).into_response()
            }
        }
    }
}

impl IntoResponse for Receipt {
    fn into_response(self) -> Response {
        match self {
            Self::Paid(order) => Json(order).into_response(),
            Self::Taken(order) => (StatusCode::ACCEPTED, Answer::Fallback(order)).into_response(),
        }
    }
}

pub(super) struct Shop {
    pub(super) breakers: Breakers,
    pub(super) till: Till,
    pub(super) recommendations: Recommendations,
    pub(super) catalogue: Catalogue,
    pub(super) workers: Workers,
}

impl Shop {
    /// Returns a shop with the dependencies at these addresses, in the order of `calls::breakers`.
    pub(super) fn new(
        breakers: Breakers,
        script: &Script,
        [payments, recommendations, catalogue]: [SocketAddr; 3],
        orders: Orders,
    ) -> io::Result<Self> {
        let Script { payment_deadline, page_deadline, workers, .. } = *script;
        let http = client()?;
        let payments = Payments::new(&http, payments, payment_deadline);
        Ok(Self {
            breakers,
            till: Till::new(orders, payments, breakers),
            recommendations: Recommendations::new(&http, recommendations, page_deadline),
            catalogue: Catalogue::new(&http, catalogue, page_deadline),
            workers: Workers::new(workers),
        })
    }

    async fn check_out(&self, cart: Cart) -> Result<Receipt, ShopError> {
        let _worker = self.workers.take().await?;
        self.till.check_out(cart).await
    }
}

/// An open shop, which closes when this is dropped.
pub(super) struct OpenShop {
    pub(super) shop: Arc<Shop>,
    pub(super) address: SocketAddr,
    tasks: [JoinHandle<()>; 2],
}

impl OpenShop {
    pub(super) fn open(shop: Arc<Shop>, listener: TcpListener, more: Router) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let pages = pages(Arc::clone(&shop)).merge(more);
        let server = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, pages).await {
                eprintln!("the shop had to close: {error}");
            }
        });
        let drained = Arc::clone(&shop);
        let drain = tokio::spawn(async move {
            if drained.breakers == Breakers::With {
                drained.till.drain().await;
            }
        });
        Ok(Self { shop, address, tasks: [server, drain] })
    }
}

impl Drop for OpenShop {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

fn pages(shop: Arc<Shop>) -> Router {
    Router::new()
        .route("/front-page", get(front_page))
        .route("/products/{id}", get(product_page))
        .route("/checkout", post(checkout))
        .with_state(shop)
}

#[derive(Deserialize)]
struct Visitor {
    #[serde(default)]
    customer: u32,
}

async fn front_page(
    State(shop): State<Arc<Shop>>,
    Query(Visitor { customer }): Query<Visitor>,
) -> Result<Answer<Vec<String>>, ShopError> {
    let _worker = shop.workers.take().await?;
    match shop.breakers {
        Breakers::With => calls::recommendations(&shop, customer).await,
        Breakers::Without => shop.recommendations.of(customer).await.map(Answer::Live),
    }
}

async fn product_page(
    State(shop): State<Arc<Shop>>,
    Path(id): Path<u32>,
) -> Result<Answer<Product>, ShopError> {
    let _worker = shop.workers.take().await?;
    match shop.breakers {
        Breakers::With => calls::product(&shop, id).await.map(Answer::from),
        Breakers::Without => shop.catalogue.product(id).await.map(Answer::Live),
    }
}

async fn checkout(State(shop): State<Arc<Shop>>, Json(cart): Json<Cart>) -> Result<Receipt, ShopError> {
    // A task of its own: a customer who closes the page must not leave a checkout half done.
    let checkout = tokio::spawn(async move { shop.check_out(cart).await });
    checkout.await.map_err(|_| ShopError::Interrupted)?
}
