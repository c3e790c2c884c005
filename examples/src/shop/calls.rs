//! The calls that leave the shop, each behind a circuit breaker. No other code handles failures.

use breaker_runtime::{CircuitBreaker, breaker_of, circuit_breaker};

use super::backends::{Payments, Product};
use super::database::Order;
use super::error::ShopError;
use super::service::{Answer, Shop};
use super::shelf::popular_items;
use super::till::Payment;

/// Charges an order, of a customer or of the queue. While payments is down, the order waits: it is on
/// disk already, so that the fallback only has to say so. A declined card is an answer like any other,
/// so that it neither counts as a failure nor runs the fallback. When payments recovers, a ramp limits
/// the load.
#[circuit_breaker(
    name = "payments",
    failure_threshold = 5,
    timeout = "2s",
    max_probes = 1,
    probe_timeout = "4s",
    ramp = "3s",
    ignore_if = |answer| matches!(answer, Err(ShopError::Declined)),
    fallback = |cause| Ok(Payment::Later(cause))
)]
pub(super) async fn charge(payments: &Payments, order: &Order) -> Result<Payment, ShopError> {
    payments.charge(order).await
}

/// Returns items that this customer may like, or popular ones while recommendations is down.
#[circuit_breaker(
    name = "recommendations",
    timeout = "2s",
    max_probes = 1,
    fallback = Ok(Answer::Fallback(popular_items()))
)]
pub(super) async fn recommendations(
    shop: &Shop,
    customer: u32,
) -> Result<Answer<Vec<String>>, ShopError> {
    shop.recommendations.of(customer).await.map(Answer::Live)
}

/// Returns a product, as it was last seen while the catalogue is down. A product that does not exist is
/// an answer like any other, so that it neither counts as a failure nor runs the fallback.
#[circuit_breaker(
    name = "catalogue",
    timeout = "1s",
    ignore_if = |answer| matches!(answer, Err(ShopError::NoSuchProduct(_))),
    fallback = |cause| shop.shelf.last_seen(id).map(Answer::Fallback).ok_or_else(|| cause.into())
)]
pub(super) async fn product(shop: &Shop, id: u32) -> Result<Answer<Product>, ShopError> {
    let product = shop.catalogue.product(id).await?;
    shop.shelf.remember(&product);
    Ok(Answer::Live(product))
}

/// Returns the breakers of the functions above.
pub(super) fn breakers() -> [&'static CircuitBreaker; 3] {
    [breaker_of(charge), breaker_of(recommendations), breaker_of(product)]
}
