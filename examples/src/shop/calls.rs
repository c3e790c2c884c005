//! The calls that leave the shop, each behind a circuit breaker and the layers around it. No other code
//! handles failures.
//!
//! Each has a `slow_call`, so that the calls are timed and the dashboard shows how long they take. Each
//! is `shared`: in a process that is connected to a fleet, all processes trip and recover as one.

use breaker_runtime::{
    Aged, BreakerError, CallError, CircuitBreaker, ConfigError, breaker_of, circuit_breaker,
};

use super::backends::{Payments, Product, ping_payments};
use super::database::Order;
use super::error::ShopError;
use super::script::Pace;
use super::service::{Answer, Shop};
use super::till::Payment;

/// Charges an order, of a customer or of the queue.
///
/// A healthy charge takes 20 ms: one that has not ended after 300 is given up, and at most 8 workers
/// wait for payments at a time. While payments is down, the order waits: it is on disk already, so that
/// the fallback only has to say so. There is no retry, because the queue is one. A declined card is an
/// answer like any other. No order finds out whether payments has recovered: a ping does. Then a ramp
/// limits the load.
#[circuit_breaker(
    name = "payments",
    shared,
    classify,
    failure_threshold = 5,
    slow_call = "250ms",
    probe = ping_payments,
    probe_every = "1s",
    ramp = "3s",
    max_concurrent = 8,
    call_timeout = "300ms",
    fallback = |cause| Ok(Payment::Later(not_tried(&cause)))
)]
pub(super) async fn charge(payments: &Payments, order: &Order) -> Result<Payment, ShopError> {
    payments.charge(order).await
}

/// Returns the rejection, or `None` if the call ran.
fn not_tried<E>(cause: &CallError<E>) -> Option<BreakerError> {
    cause.rejection().filter(|error| error.kind().is_rejection()).cloned()
}

/// Returns items that this customer may like, or popular ones while recommendations is down. A page
/// without them is better than a late one, so that there is no retry.
#[circuit_breaker(
    name = "recommendations",
    shared,
    classify,
    failure_threshold = 5,
    slow_call = "250ms",
    timeout = "2s",
    max_probes = 1,
    call_timeout = "300ms",
    fallback = Ok(Answer::Fallback(popular_items()))
)]
pub(super) async fn recommendations(
    shop: &Shop,
    customer: u32,
) -> Result<Answer<Vec<String>>, ShopError> {
    shop.recommendations.of(customer).await.map(Answer::Live)
}

/// Returns items that most customers like.
fn popular_items() -> Vec<String> {
    ["Emma", "Moby-Dick", "The Odyssey"].map(String::from).to_vec()
}

/// Returns a product, as it was last seen while the catalogue is down. A request that failed is sent
/// again, as reading has no effects; the budget keeps the retries of all requests below a tenth of the
/// load. A product that does not exist is an answer like any other.
#[circuit_breaker(
    name = "catalogue",
    shared,
    classify,
    failure_threshold = 5,
    slow_call = "250ms",
    timeout = "1s",
    call_timeout = "300ms",
    retry(attempts = 2, backoff = "20ms", budget = 0.1),
    last_good(key = id, max_age = "10m", capacity = 1_000)
)]
pub(super) async fn product(shop: &Shop, id: u32) -> Result<Aged<Product>, ShopError> {
    shop.catalogue.product(id).await.map(Aged::fresh)
}

/// Sets the times of all breakers.
pub(super) fn set_pace(pace: Pace) -> Result<(), ConfigError> {
    let Pace { open_period, call_timeout } = pace;
    for breaker in breakers() {
        breaker.reconfigure(|options| options.timeout(open_period).call_timeout(call_timeout))?;
    }
    // Two pings close it, in the time of one open period.
    breaker_of(charge).reconfigure(|options| options.probe_every(open_period / 2).ramp(open_period))
}

/// Returns the breakers of the functions above.
pub(super) fn breakers() -> [&'static CircuitBreaker; 3] {
    [breaker_of(charge), breaker_of(recommendations), breaker_of(product)]
}
