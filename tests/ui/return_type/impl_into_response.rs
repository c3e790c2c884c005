//! 2 errors: the responses are opaque, also to the breaker.

use axum::response::IntoResponse;
use breaker_runtime::circuit_breaker;

#[circuit_breaker]
async fn front_page() -> impl IntoResponse {
    "welcome"
}

#[circuit_breaker]
fn later() -> impl Future<Output = impl IntoResponse> {
    std::future::ready("welcome")
}

fn main() {
    drop(front_page());
    drop(later());
}
