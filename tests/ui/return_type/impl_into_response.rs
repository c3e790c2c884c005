//! 1 mistake: the response is opaque, also to the breaker.

use axum::response::IntoResponse;
use breaker_runtime::circuit_breaker;

#[circuit_breaker]
async fn front_page() -> impl IntoResponse {
    "welcome"
}

fn main() {
    drop(front_page());
}
