//! The addresses of the dashboard.

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use serde_json::json;

use crate::observe::dashboard::frames::{self, BoardFrame};
use crate::observe::dashboard::hub::Viewer;
use crate::observe::dashboard::page::{ICON, Page};
use crate::observe::dashboard::sampler::Sampler;

/// The state that all handlers share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) sampler: Arc<Sampler>,
    pub(super) page: Page,
}

type Dash = State<Arc<Shared>>;

/// Returns the routes.
pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(list_page))
        .route("/worker.js", get(worker))
        .route("/icon.svg", get(icon))
        .route("/breakers", get(all_breakers))
        .route("/breakers/{name}", get(one_breaker))
        .route("/events", get(events))
        .with_state(shared)
}

async fn list_page(State(shared): Dash) -> Response {
    shared.html(shared.page.list.clone())
}

async fn worker(State(shared): Dash) -> Response {
    shared.answer("text/javascript; charset=utf-8", shared.page.worker.clone())
}

async fn icon(State(shared): Dash) -> Response {
    shared.answer("image/svg+xml", ICON)
}

async fn all_breakers(State(shared): Dash) -> Response {
    match shared.frame().await {
        Some(frame) => shared.answer("application/json", frame.body(&shared.sampler.hub.head)),
        None => shared.error(StatusCode::SERVICE_UNAVAILABLE, "no breakers were read yet; ask again"),
    }
}

async fn one_breaker(State(shared): Dash, Path(name): Path<String>, headers: HeaderMap) -> Response {
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accepts.is_some_and(|accept| accept.contains("text/html")) {
        return shared.html(shared.page.detail.clone());
    }
    let frame = shared.frame().await;
    match frame.as_ref().and_then(|frame| frame.find(&name)) {
        Some(view) => shared.answer("application/json", frames::json(&json!({ "breaker": view }))),
        None => shared.error(StatusCode::NOT_FOUND, "no breaker has this name"),
    }
}

#[derive(Deserialize)]
struct After {
    last_event_id: Option<String>,
}

async fn events(State(shared): Dash, Query(after): Query<After>, headers: HeaderMap) -> Response {
    let header = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let last_id = header.or(after.last_event_id.as_deref());
    shared.frame().await;
    let sampler = &shared.sampler;
    let viewer = Viewer::new(Arc::clone(&sampler.hub), sampler.subscribe(), last_id);
    shared.answer("text/event-stream", Body::new(viewer))
}

impl Shared {
    /// Returns the newest frame, or the first one as soon as it is there; `None` without a runtime.
    async fn frame(&self) -> Option<Arc<BoardFrame>> {
        self.sampler.start();
        if let Some(frame) = self.sampler.hub.current() {
            return Some(frame);
        }
        self.sampler.refresh().await;
        self.sampler.hub.current()
    }

    fn html(&self, document: String) -> Response {
        self.answer("text/html; charset=utf-8", document)
    }

    /// Answers with this body, and the headers that each answer has.
    fn answer(&self, content_type: &'static str, body: impl Into<Body>) -> Response {
        let mut response = Response::new(body.into());
        let policy = HeaderValue::from_str(&self.page.policy);
        let policy = policy.unwrap_or(HeaderValue::from_static("default-src 'none'"));
        let plain = [
            (header::CONTENT_TYPE, content_type),
            (header::CACHE_CONTROL, "no-store"),
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
            // A proxy that collects an event stream would show nothing for minutes.
            (HeaderName::from_static("x-accel-buffering"), "no"),
        ];
        let headers = response.headers_mut();
        for (name, value) in plain {
            headers.insert(name, HeaderValue::from_static(value));
        }
        headers.insert(header::CONTENT_SECURITY_POLICY, policy);
        response
    }

    /// Answers with an error as JSON.
    pub(super) fn error(&self, status: StatusCode, text: &str) -> Response {
        let body = frames::json(&json!({ "error": text }));
        (status, self.answer("application/json", body)).into_response()
    }
}
