//! The HTTP clients of the dependencies, without circuit breakers.

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::{Deserialize, Serialize};

use super::database::Order;
use super::error::ShopError;
use super::till::Payment;

/// The service that charges the customers.
pub(super) struct Payments(Backend);

impl Payments {
    pub(super) fn new(http: &Client, address: SocketAddr, timeout: Duration) -> Self {
        Self(Backend::new(http, address, timeout))
    }

    /// Charges an order. Sending it again is safe: payments charges a key once.
    pub(super) async fn charge(&self, order: &Order) -> Result<Payment, ShopError> {
        let request = self.0.post("charges").header("Idempotency-Key", &order.key).json(order);
        let response = self.0.send(request).await?;
        if response.status() == StatusCode::PAYMENT_REQUIRED {
            return Err(ShopError::Declined);
        }
        response.error_for_status()?;
        Ok(Payment::Charged)
    }

    /// Makes this the service that [`ping_payments`] asks.
    pub(super) fn be_pinged(&self) {
        let ping = self.0.get("health").timeout(LONGEST_PING);
        *PING.lock().unwrap_or_else(PoisonError::into_inner) = Some(ping);
    }

    pub(super) fn calls(&self) -> u64 {
        self.0.calls()
    }
}

/// The time that a ping has, as long as a call of payments. While one hangs it says nothing of payments:
/// the sooner it ends, the sooner the next one finds that payments is well.
const LONGEST_PING: Duration = Duration::from_millis(300);

/// The request of a ping: a probe has no arguments, and the shop that is open with breakers is one.
static PING: Mutex<Option<RequestBuilder>> = Mutex::new(None);

/// Asks payments whether it is well. Any answer is a success that is no error of the server: this is no
/// order, and changes nothing.
pub(super) async fn ping_payments() -> Result<(), ShopError> {
    let Some(ping) = request_of_ping() else { return Err(ShopError::Interrupted) };
    let response = ping.send().await?;
    if response.status().is_server_error() {
        response.error_for_status()?;
    }
    Ok(())
}

fn request_of_ping() -> Option<RequestBuilder> {
    PING.lock().unwrap_or_else(PoisonError::into_inner).as_ref().and_then(RequestBuilder::try_clone)
}

/// The service that guesses the taste of a customer.
pub(super) struct Recommendations(Backend);

impl Recommendations {
    pub(super) fn new(http: &Client, address: SocketAddr, timeout: Duration) -> Self {
        Self(Backend::new(http, address, timeout))
    }

    pub(super) async fn of(&self, customer: u32) -> Result<Vec<String>, ShopError> {
        let request = self.0.get(&format!("customers/{customer}"));
        Ok(self.0.send(request).await?.error_for_status()?.json().await?)
    }

    pub(super) fn calls(&self) -> u64 {
        self.0.calls()
    }
}

/// The service that knows the products.
pub(super) struct Catalogue(Backend);

/// A product in the catalogue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Product {
    pub(super) id: u32,
    pub(super) name: String,
    pub(super) cents: u32,
}

impl Catalogue {
    pub(super) fn new(http: &Client, address: SocketAddr, timeout: Duration) -> Self {
        Self(Backend::new(http, address, timeout))
    }

    pub(super) async fn product(&self, id: u32) -> Result<Product, ShopError> {
        let response = self.0.send(self.0.get(&format!("products/{id}"))).await?;
        if response.status() == StatusCode::NOT_FOUND {
            return Err(ShopError::NoSuchProduct(id));
        }
        Ok(response.error_for_status()?.json().await?)
    }

    pub(super) fn calls(&self) -> u64 {
        self.0.calls()
    }
}

struct Backend {
    http: Client,
    base: String,
    timeout: Duration,
    calls: AtomicU64,
}

impl Backend {
    fn new(http: &Client, address: SocketAddr, timeout: Duration) -> Self {
        Self { http: http.clone(), base: format!("http://{address}"), timeout, calls: AtomicU64::new(0) }
    }

    fn get(&self, path: &str) -> RequestBuilder {
        self.http.get(format!("{}/{path}", self.base))
    }

    fn post(&self, path: &str) -> RequestBuilder {
        self.http.post(format!("{}/{path}", self.base))
    }

    async fn send(&self, request: RequestBuilder) -> Result<Response, ShopError> {
        self.calls.fetch_add(1, Ordering::Relaxed);
        Ok(request.timeout(self.timeout).send().await?)
    }

    fn calls(&self) -> u64 {
        self.calls.load(Ordering::Relaxed)
    }
}

/// Builds a client for loopback: a proxy in the environment would not find the servers there.
pub(super) fn client() -> io::Result<Client> {
    Client::builder().no_proxy().build().map_err(io::Error::other)
}
