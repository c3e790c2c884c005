//! The addresses of the dashboard.

use std::sync::Arc;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{DefaultBodyLimit, Path, Query, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use tokio::task::spawn_blocking;

use crate::breaker::CircuitBreaker;
use crate::observe::dashboard::detail::{self, DetailView};
use crate::observe::dashboard::fleet::{self, views::FleetBody};
use crate::observe::dashboard::frames::{self, BoardFrame};
use crate::observe::dashboard::game_day;
use crate::observe::dashboard::guard::{
    AllowedHosts, RequestRefusal, WriteToken, check_origin, check_token,
};
use crate::observe::dashboard::hub::Viewer;
use crate::observe::dashboard::page::{ICON, Page};
use crate::observe::dashboard::sampler::{Sampler, wall};
use crate::observe::dashboard::write::CheckedChange;
use crate::observe::metrics;
use crate::support::contain::contained;

/// The largest body of a change, in bytes.
const MAX_BODY: usize = 16 << 10;
const JSON: &str = "application/json";

/// The state that all handlers share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) sampler: Arc<Sampler>,
    pub(super) page: Page,
    pub(super) token: Option<WriteToken>,
    pub(super) hosts: AllowedHosts,
    pub(super) author_header: Option<HeaderName>,
}

type Dash = State<Arc<Shared>>;

/// Returns the routes.
pub(super) fn routes(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/", get(list_page))
        .route("/worker.js", get(worker))
        .route("/icon.svg", get(icon))
        .route("/breakers", get(all_breakers))
        .route("/breakers/{name}", get(one_breaker).post(change_breaker))
        .route("/fleet", get(whole_fleet))
        .route("/fleet/{group}/{action}", post(command_fleet))
        .route("/game-day", get(game_day_now))
        .route("/events", get(events))
        .route("/metrics", get(metrics_text))
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .layer(from_fn_with_state(Arc::clone(&shared), guarded))
        .with_state(shared)
}

/// Refuses hosts that are not allowed, and adds the headers that each answer has, errors of the router
/// included.
async fn guarded(State(shared): Dash, request: Request, next: Next) -> Response {
    let mut response = match shared.hosts.check(request.headers(), request.uri()) {
        Ok(()) => next.run(request).await,
        Err(refusal) => refusal.into_response(),
    };
    let policy = HeaderValue::from_str(&shared.page.policy);
    let policy = policy.unwrap_or(HeaderValue::from_static("default-src 'none'"));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    for (name, value) in [
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
        (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
        // A proxy that collects an event stream would show nothing for minutes.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    response
}

async fn list_page(State(shared): Dash) -> Response {
    answer("text/html; charset=utf-8", shared.page.list.clone())
}

async fn worker(State(shared): Dash) -> Response {
    answer("text/javascript; charset=utf-8", shared.page.worker.clone())
}

async fn icon() -> Response {
    answer("image/svg+xml", ICON)
}

async fn all_breakers(State(shared): Dash) -> Result<Response, RequestRefusal> {
    let frame = shared.frame().await?;
    Ok(answer(JSON, frame.body(&shared.sampler.hub.head)))
}

#[derive(Deserialize)]
struct OfKey {
    key: Option<String>,
}

async fn one_breaker(
    State(shared): Dash,
    Path(name): Path<String>,
    Query(OfKey { key }): Query<OfKey>,
    headers: HeaderMap,
) -> Result<Response, RequestRefusal> {
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    if accepts.is_some_and(|accept| accept.contains("text/html")) {
        return Ok(answer("text/html; charset=utf-8", shared.page.detail.clone()));
    }
    let frame = shared.frame().await?;
    let breaker = found(named(&name), key.as_deref())?;
    let view = shared.view(&frame, &breaker)?;
    let group = shared.sampler.fleet.group_of(&breaker.label());
    let detail = contained(|| frames::json(&DetailView::new(&breaker, view, group)));
    Ok(answer(JSON, detail.ok_or_else(unreadable)?))
}

async fn change_breaker(
    State(shared): Dash,
    Path(name): Path<String>,
    Query(OfKey { key }): Query<OfKey>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, RequestRefusal> {
    check_origin(&headers, &uri)?;
    check_token(shared.token.as_ref(), &headers)?;
    let change = CheckedChange::read(&body, &headers, shared.author_header.as_ref())?;
    let breaker = found(named(&name), key.as_deref())?;
    change.apply(&breaker);
    // The answer and the next event show the change.
    shared.sampler.refresh().await;
    let frame = shared.frame().await?;
    Ok(answer(JSON, frames::json(&shared.view(&frame, &breaker)?)))
}

async fn whole_fleet(State(shared): Dash) -> Response {
    let look = &shared.sampler.fleet;
    look.ask().await;
    let view = look.view(None);
    let writable = shared.token.is_some();
    let body = FleetBody { time: wall(), connected: view.is_some(), writable, fleet: view.as_ref() };
    answer(JSON, frames::json(&body))
}

async fn command_fleet(
    State(shared): Dash,
    Path((group, action)): Path<(String, String)>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, RequestRefusal> {
    check_origin(&headers, &uri)?;
    check_token(shared.token.as_ref(), &headers)?;
    let change = CheckedChange::of_fleet(&action, &body, &headers, shared.author_header.as_ref())?;
    let view = fleet::command(named(&group), change, &shared.sampler.fleet).await?;
    // The next event shows the command.
    shared.sampler.refresh().await;
    Ok(answer(JSON, frames::json(&view)))
}

async fn game_day_now() -> Result<Response, RequestRefusal> {
    // Ends a game day that is over, which reads all breakers.
    let body = spawn_blocking(|| contained(game_day::body)).await.ok().flatten();
    Ok(answer(JSON, frames::json(&body.ok_or_else(unreadable)?)))
}

#[derive(Deserialize)]
struct After {
    last_event_id: Option<String>,
}

async fn events(
    State(shared): Dash,
    Query(after): Query<After>,
    headers: HeaderMap,
) -> Result<Response, RequestRefusal> {
    let header = headers.get("last-event-id").and_then(|id| id.to_str().ok());
    let last_id = header.or(after.last_event_id.as_deref());
    shared.frame().await?;
    let sampler = &shared.sampler;
    let viewer = Viewer::new(Arc::clone(&sampler.hub), sampler.subscribe(), last_id);
    Ok(answer("text/event-stream", Body::new(viewer)))
}

async fn metrics_text(headers: HeaderMap) -> Result<Response, RequestRefusal> {
    let accepts = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    let is_open = accepts.is_some_and(|accept| accept.contains("application/openmetrics-text"));
    let (content_type, render): (_, fn() -> String) = if is_open {
        (metrics::OPENMETRICS_CONTENT_TYPE, metrics::render_openmetrics)
    } else {
        (metrics::CONTENT_TYPE, metrics::render)
    };
    // A thousand breakers take longer than a task should hold a thread of the runtime.
    let text = spawn_blocking(move || contained(render)).await.ok().flatten();
    Ok(answer(content_type, text.ok_or_else(unreadable)?))
}

impl Shared {
    /// Returns the newest frame, or the first one as soon as it is there.
    async fn frame(&self) -> Result<Arc<BoardFrame>, RequestRefusal> {
        self.sampler.start();
        if self.sampler.hub.current().is_none() {
            self.sampler.refresh().await;
        }
        let frame = self.sampler.hub.current();
        frame.ok_or_else(|| {
            let text = "no breakers were read yet; serve the dashboard inside of a tokio runtime";
            RequestRefusal::new(StatusCode::SERVICE_UNAVAILABLE, text)
        })
    }

    /// Returns the view of a breaker: as the list has it, or of a key that is not among the worst.
    fn view(&self, frame: &BoardFrame, breaker: &CircuitBreaker) -> Result<Value, RequestRefusal> {
        let made = || contained(|| serde_json::to_value(self.sampler.key_view(breaker)).ok()).flatten();
        frame.find(&breaker.label()).or_else(made).ok_or_else(unreadable)
    }
}

/// Returns the name that a segment of an address stands for. Browsers and proxies resolve the segments
/// `.` and `..`, encoded or not; a breaker of such a name has a `~` before it.
fn named(segment: &str) -> &str {
    let is_dots = |name: &str| matches!(name.trim_start_matches('~'), "." | "..");
    segment.strip_prefix('~').filter(|name| is_dots(name)).unwrap_or(segment)
}

fn found(name: &str, key: Option<&str>) -> Result<CircuitBreaker, RequestRefusal> {
    let breaker = contained(|| detail::find(name, key)).flatten();
    breaker.ok_or_else(|| RequestRefusal::new(StatusCode::NOT_FOUND, "no breaker has this name and key"))
}

fn unreadable() -> RequestRefusal {
    let text = "the breaker is not readable; its clock or its key panics";
    RequestRefusal::new(StatusCode::INTERNAL_SERVER_ERROR, text)
}

fn answer(content_type: &'static str, body: impl Into<Body>) -> Response {
    let mut response = Response::new(body.into());
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

impl IntoResponse for RequestRefusal {
    fn into_response(self) -> Response {
        let Self(status, text) = self;
        (status, answer(JSON, frames::json(&json!({ "error": text })))).into_response()
    }
}
