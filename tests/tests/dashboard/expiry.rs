//! The end of a mode that an operator has set, in virtual time.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::Request;
use breaker_runtime::dashboard::Dashboard;
use breaker_runtime::{CircuitBreaker, Mode};
use serde_json::{Value, json};
use tokio::runtime::Builder;
use tokio::time::sleep;
use tower::ServiceExt as _;

use crate::child::in_child;

async fn ask(router: &Router, request: Request<Body>) -> Value {
    // No socket: the paused clock would run ahead of it.
    let response = router.clone().oneshot(request).await.unwrap();
    assert_eq!(response.status(), 200);
    serde_json::from_slice(&to_bytes(response.into_body(), 1 << 20).await.unwrap()).unwrap()
}

/// In a process of its own: a dashboard reads all breakers of the process, in its own time.
#[test]
fn forced_mode_ends_at_its_end_without_a_call() {
    in_child("expiry::forced_mode_ends_at_its_end_without_a_call", || {
        let runtime = Builder::new_current_thread().enable_time().start_paused(true).build();
        runtime.expect("a runtime").block_on(force_and_wait());
    });
}

async fn force_and_wait() {
    let breaker = CircuitBreaker::builder("expiry.forced").build().unwrap();
    let router = Dashboard::new("shop").token("secret").into_router();
    let read = || Request::get("/breakers/expiry.forced").header("host", "localhost");
    for (action, minutes, length) in [("force_open", json!(null), 30), ("force_closed", json!(5), 5)] {
        let body = json!({ "action": action, "reason": "test", "author": "ada", "minutes": minutes });
        let request = Request::post("/breakers/expiry.forced").header("host", "localhost");
        let request = request.header("x-breaker-token", "secret").body(body.to_string().into()).unwrap();
        let view = ask(&router, request).await;
        assert_eq!(view["override"]["reason"], "test");
        let time = ask(
            &router,
            Request::get("/breakers").header("host", "localhost").body(Body::empty()).unwrap(),
        );
        let left = view["override"]["until"].as_u64().unwrap() - time.await["time"].as_u64().unwrap();
        assert!(left.abs_diff(length * 60_000) < 1_000, "{left}");

        sleep(Duration::from_secs(length * 60 - 2)).await;
        let before = ask(&router, read().body(Body::empty()).unwrap()).await;
        assert_eq!(before["breaker"]["mode"], action.replace("force_", "forced_"));
        sleep(Duration::from_secs(4)).await;
        let after = ask(&router, read().body(Body::empty()).unwrap()).await;
        assert_eq!(after["breaker"]["mode"], "automatic");
        assert_eq!(after["breaker"]["override"], Value::Null);
    }
    assert_eq!(breaker.snapshot().mode, Mode::Automatic);
}
