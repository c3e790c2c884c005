//! The dashboard over breakers that are called all the time, for the tests of its page.
//!
//! `dashboard_server PORT [MORE] [FLAG..]` prints its address. `MORE` is a number of further breakers.
//! Flags are `read-only`; `slow-to-judge`, which adds the breaker `ledger` with a long window; `plain`,
//! which leaves out breakers with odd names; `with-shadow`, which adds `wholesale` with a shadow;
//! `fleet=URL`, which adds breakers that are shared through this store, as the process `process=NAME`,
//! and with other options if it is `sensitive`.
//!
//! A `POST` to `/dependency/payments/down` lets the dependency fail: `up`, `flaky`, `slow` and `down`
//! are its conditions. A `POST` to `/game-day/payments/0.5` begins a game day in which that share of the
//! calls fails, and `off` in place of the share ends it. `/streams` is the number of event streams that
//! were opened, `/resumed` of those that went on from an event, and a `POST` to `/cut` ends those that
//! are open.

use std::collections::HashMap;
use std::error::Error;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Path, Request};
use axum::middleware::{Next, from_fn};
use axum::response::Response;
use axum::routing::{get, post};
use breaker_runtime::dashboard::Dashboard;
use breaker_runtime::fleet::{self, FleetOptions};
use breaker_runtime::{
    BreakerError, CircuitBreaker, KeyedBreakers, Settings, ShadowOptions, circuit_breaker, configure,
    inject,
};
use futures::StreamExt;
use tokio::net::TcpListener;
use tokio::sync::Notify;

const PERIOD: Duration = Duration::from_millis(100);
/// The name of a breaker that a page must not read as markup.
const MARKUP: &str = "<script>alert(1)</script>";
/// The name of a breaker that a browser would resolve as a part of an address.
const DOTS: &str = "..";
const TOKEN: &str = "open sesame";

static CONDITIONS: LazyLock<Mutex<HashMap<String, String>>> = LazyLock::new(Mutex::default);
static STREAMS: AtomicUsize = AtomicUsize::new(0);
static RESUMED: AtomicUsize = AtomicUsize::new(0);
static CUT: Notify = Notify::const_new();

#[derive(Debug)]
struct ConnectTimeout;

impl From<BreakerError> for ConnectTimeout {
    fn from(_: BreakerError) -> Self {
        Self
    }
}

/// Returns an answer as the condition of the dependency says; a flaky one fails two of five calls.
async fn dependency(name: &str, call: usize) -> Result<usize, ConnectTimeout> {
    let condition = {
        let conditions = CONDITIONS.lock().unwrap_or_else(PoisonError::into_inner);
        conditions.get(name).cloned().unwrap_or_default()
    };
    let usual = 2 + name.len() * 3 % 17 + call * 7 % 11;
    let (millis, fails) = match condition.as_str() {
        "down" => (2, true),
        "slow" => (5_000, false),
        "flaky" => (usual, call % 5 < 2),
        _ => (usual, false),
    };
    tokio::time::sleep(Duration::from_millis(millis as u64)).await;
    if fails { Err(ConnectTimeout) } else { Ok(call) }
}

#[circuit_breaker(name = "payments", failure_threshold = 5, timeout = "5s", success_threshold = 2, fallback = |_cause| Ok(0))]
async fn pay(call: usize) -> Result<usize, ConnectTimeout> {
    dependency("payments", call).await
}

#[circuit_breaker(name = "recommendations", failure_threshold = 5, timeout = "5s", success_threshold = 2, last_good(key = ()))]
async fn recommend(call: usize) -> Result<usize, ConnectTimeout> {
    dependency("recommendations", call).await
}

async fn ping_parcels() -> Result<usize, ConnectTimeout> {
    dependency("parcels", 0).await
}

#[circuit_breaker(name = "parcels", failure_threshold = 3, timeout = "5s", probe = ping_parcels, probe_every = "3s")]
async fn parcels(call: usize) -> Result<usize, ConnectTimeout> {
    dependency("parcels", call).await
}

#[circuit_breaker(name = "hosts", failure_threshold = 3, timeout = "60s", key = host)]
async fn fetch(host: &str, call: usize) -> Result<usize, ConnectTimeout> {
    dependency(host, call).await
}

/// Builds a breaker without a function, which times its calls.
fn named(name: &'static str) -> Result<CircuitBreaker, Box<dyn Error>> {
    let builder =
        CircuitBreaker::builder(name).failure_rate(0.5).min_calls(20).timeout(Duration::from_mins(1));
    Ok(builder.slow_call_rate(0.8).slow_call(Duration::from_secs(1)).build()?)
}

/// Joins the fleet, and builds its breakers: two alone, and one with keys.
fn join(
    url: &str,
    process: &str,
    is_sensitive: bool,
) -> Result<(Vec<CircuitBreaker>, KeyedBreakers), Box<dyn Error>> {
    let options = FleetOptions::new().process_name(process.to_owned());
    let _ = fleet::connect(url, options)?;
    let builder = |name: &'static str| {
        let builder = CircuitBreaker::builder(name).shared(name).timeout(Duration::from_secs(4));
        let threshold = if is_sensitive { 4 } else { 5 };
        builder.failure_threshold(threshold).success_threshold(1).probe_timeout(Duration::from_secs(8))
    };
    let single = vec![builder("stock").build()?, builder("search").build()?];
    Ok((single, builder("regions").keyed().build()?))
}

/// Makes calls of all keys until the program ends.
async fn call_keys(keyed: KeyedBreakers) {
    let mut interval = tokio::time::interval(PERIOD);
    for call in 0.. {
        interval.tick().await;
        for key in ["north", "south"] {
            let breaker = keyed.get(key);
            tokio::spawn(async move {
                let _ = breaker.call_async(|| dependency(key, call)).await;
            });
        }
    }
}

/// Makes calls of all functions and breakers until the program ends.
async fn traffic(breakers: Vec<CircuitBreaker>) {
    let mut interval = tokio::time::interval(PERIOD);
    for call in 0.. {
        interval.tick().await;
        tokio::spawn(pay(call));
        tokio::spawn(recommend(call));
        tokio::spawn(parcels(call));
        for host in ["eu-1", "eu-2", "us-1"] {
            tokio::spawn(fetch(host, call));
        }
        for breaker in &breakers {
            let name = breaker.name();
            // From one call to five, so that the charts differ.
            for extra in 0..=(call / 20 + name.len()) % 5 {
                let breaker = breaker.clone();
                tokio::spawn(async move {
                    let _ = breaker.call_async(|| dependency(name, call + extra)).await;
                });
            }
        }
    }
}

/// Counts the streams of events, and ends them on request.
async fn watch_streams(request: Request, next: Next) -> Response {
    if !request.uri().path().ends_with("/events") {
        return next.run(request).await;
    }
    STREAMS.fetch_add(1, Ordering::Relaxed);
    if request.headers().contains_key("last-event-id") {
        RESUMED.fetch_add(1, Ordering::Relaxed);
    }
    let (parts, body) = next.run(request).await.into_parts();
    let events = body.into_data_stream().take_until(CUT.notified());
    Response::from_parts(parts, Body::from_stream(events))
}

async fn set_condition(Path((name, condition)): Path<(String, String)>) {
    CONDITIONS.lock().unwrap_or_else(PoisonError::into_inner).insert(name, condition);
}

/// Begins a game day of ten minutes in which this share of a breaker's calls fails; `off` ends it.
async fn hold_game_day(Path((name, share)): Path<(String, String)>) -> Result<(), String> {
    inject::allow();
    let settings = match share.as_str() {
        "off" => Settings::new(),
        share => Settings::new().set(name.clone(), "inject.fail", share).set(
            name,
            "inject.until",
            inject::end_in(Duration::from_mins(10)),
        ),
    };
    configure(settings).map(drop).map_err(|error| error.to_string())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let port: u16 = arguments.next().unwrap_or_default().parse()?;
    let more: usize = arguments.next().map_or(Ok(0), |text| text.parse())?;
    let flags: Vec<_> = arguments.collect();
    let has = |flag: &str| flags.iter().any(|given| given == flag);

    let mut breakers = Vec::new();
    for name in
        [MARKUP, DOTS, "basket", "catalogue::by_id", "invoices", "mail/send", "prices", "shipping"]
    {
        if ![MARKUP, DOTS].contains(&name) || !has("plain") {
            breakers.push(named(name)?);
        }
    }
    if has("slow-to-judge") {
        // A breaker that is closed for long after its dependency is down.
        let builder = CircuitBreaker::builder("ledger").failure_rate(0.5);
        breakers.push(builder.window(10_000).min_calls(10_000).build()?);
    }
    if has("with-shadow") {
        let shadow = ShadowOptions::new().failure_threshold(2);
        breakers.push(
            CircuitBreaker::builder("wholesale")
                .failure_rate(0.9)
                .min_calls(100)
                .shadow(shadow)
                .build()?,
        );
    }
    let text = |name: &str| flags.iter().find_map(|flag| flag.strip_prefix(name));
    if let Some(url) = text("fleet=") {
        let process = text("process=").unwrap_or("web-1");
        let (single, keyed) = join(url, process, has("sensitive"))?;
        breakers.extend(single);
        tokio::spawn(call_keys(keyed));
    }
    tokio::spawn(traffic(breakers));
    let mut idle = Vec::new();
    for number in 0..more {
        idle.push(named(format!("service-{number:04}").leak())?);
    }

    let dashboard = Dashboard::new("shop");
    let dashboard = if has("read-only") { dashboard } else { dashboard.token(TOKEN) };
    let app = Router::new()
        .nest_service("/breakers-ui", dashboard.into_router().layer(from_fn(watch_streams)))
        .route("/resumed", get(async || RESUMED.load(Ordering::Relaxed).to_string()))
        .route("/cut", post(async || CUT.notify_waiters()))
        .route("/streams", get(async || STREAMS.load(Ordering::Relaxed).to_string()))
        .route("/game-day/{name}/{share}", post(hold_game_day))
        .route("/dependency/{name}/{condition}", post(set_condition));
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    println!("http://{}", listener.local_addr()?);
    axum::serve(listener, app).await?;
    drop(idle);
    Ok(())
}
