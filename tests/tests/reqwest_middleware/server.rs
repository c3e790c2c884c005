//! A server on a free port, and the client with the middleware.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, State};
use axum::http::{Response, StatusCode};
use axum::response::Redirect;
use axum::routing::get;
use breaker_runtime::reqwest_middleware::CircuitBreakerMiddleware;
use breaker_runtime::{CircuitBreaker, KeyedBreakers};
use futures::StreamExt;
use futures::stream::{iter, once, pending};
use reqwest_middleware::{ClientBuilder, ClientWithMiddleware};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// A server that stops when this is dropped. It answers:
///
/// - `/status/503` with that status, and with `Retry-After: 120`
/// - `/cut` with a body that breaks off, `/hang` with one that does not end
/// - `/silent` with nothing, `/circle` with a redirect to itself
/// - anything else with `whole`
pub(crate) struct Server {
    pub(crate) origin: String,
    /// The host and the port, which is the key of its breaker.
    pub(crate) host: String,
    requests: Arc<AtomicU32>,
    task: JoinHandle<()>,
}

impl Server {
    pub(crate) async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let host = listener.local_addr().expect("bound").to_string();
        let requests = Arc::new(AtomicU32::new(0));
        let app = routes(requests.clone());
        let task = tokio::spawn(async move { axum::serve(listener, app).await.expect("a server") });
        Self { origin: format!("http://{host}"), host, requests, task }
    }

    /// Returns the number of requests that have arrived.
    pub(crate) fn requests(&self) -> u32 {
        self.requests.load(Ordering::Relaxed)
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn routes(requests: Arc<AtomicU32>) -> Router {
    let pieces = || iter(["wh", "ole"].map(|piece| Ok::<_, &str>(Bytes::from(piece))));
    Router::new()
        .route("/status/{code}", get(status))
        .route("/cut", get(move || async move { Body::from_stream(pieces().chain(once(cut()))) }))
        .route("/hang", get(move || async move { Body::from_stream(pieces().chain(pending())) }))
        .route("/circle", get(async || Redirect::to("/circle")))
        .route("/silent", get(std::future::pending::<()>))
        .fallback(async || "whole")
        .layer(axum::middleware::from_fn_with_state(
            requests,
            |State(requests): State<Arc<AtomicU32>>, request, next: axum::middleware::Next| async move {
                requests.fetch_add(1, Ordering::Relaxed);
                next.run(request).await
            },
        ))
}

/// Makes the server close the connection, after it has sent the pieces before.
async fn cut() -> Result<Bytes, &'static str> {
    tokio::task::yield_now().await;
    Err("the dependency broke off")
}

async fn status(Path(code): Path<u16>) -> Response<Body> {
    let mut response = Response::new(Body::from("planned"));
    *response.status_mut() = StatusCode::from_u16(code).expect("a status");
    response.headers_mut().insert("retry-after", "120".parse().expect("a value"));
    response
}

/// Begins a client that asks no proxy.
pub(crate) fn plain() -> ClientBuilder {
    ClientBuilder::new(reqwest::Client::builder().no_proxy().build().expect("a client"))
}

pub(crate) fn client(middleware: CircuitBreakerMiddleware) -> ClientWithMiddleware {
    plain().with(middleware).build()
}

/// Builds breakers that open at the second failure.
pub(crate) fn hosts(name: &'static str) -> KeyedBreakers {
    CircuitBreaker::builder(name).failure_threshold(2).keyed().build().expect("in range")
}
