//! The shop with breakers, for use with a browser and with curl.

use std::hash::{BuildHasher, RandomState};
use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::extract::{self, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use axum::routing::{get, post};
use axum::{Json, Router};
use breaker_runtime::dashboard::Dashboard;
use breaker_runtime::{Health, Snapshot, breakers, health, metrics};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::database::Record;
use super::dependencies::Dependencies;
use super::error::ShopError;
use super::faulty;
use super::home;
use super::load::Load;
use super::orders::Orders;
use super::outages;
use super::progress::Changes;
use super::script::Script;
use super::service::{Breakers, OpenShop, Shop};

/// The customers per second of a shop that is open for long.
const RATE: u32 = 30;

/// The number of orders that the list of orders shows.
const SHOWN_ORDERS: u32 = 100;

/// The way to keep the shop open.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// The port on loopback; 0 for a free one.
    pub port: u16,
    /// The database of the orders; `None` for a temporary one.
    pub orders: Option<PathBuf>,
    /// Whether no customers come and no dependency fails by itself.
    pub manual: bool,
    /// The file in which the program `shop` records the calls through breakers; [`serve`] does not.
    pub record: Option<PathBuf>,
}

/// Keeps the shop open until ctrl-c. Unless the opening is manual, customers come, and the dependencies
/// fail and recover in a loop.
///
/// # Errors
///
/// If a server cannot be started on loopback: most likely the port is in use. If the orders cannot be
/// opened: most likely another shop has them open.
pub async fn serve(opening: &Opening) -> io::Result<()> {
    let Opening { port, orders, manual, .. } = opening;
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, *port))).await?;
    let script = Script::full();
    let dependencies = Arc::new(Dependencies::start(&script)?);
    let (database, _folder) = database(orders.as_deref())?;
    let orders = Orders::open(&database)?;
    let token = token();
    let dashboard = Dashboard::new("shop").token(&token).into_router();
    let routes = routes(&dependencies, &orders, *manual).nest_service("/dashboard", dashboard);
    let shop = Arc::new(Shop::new(Breakers::With, &script, dependencies.addresses(), orders)?);
    let open = OpenShop::open(shop, listener, routes)?;
    let started = Instant::now();
    print_addresses(open.address, &token);
    let _changes = Changes::print(started);
    if *manual {
        return tokio::signal::ctrl_c().await;
    }
    let _load = Load::without_records(open.address, RATE, started)?;
    tokio::select! {
        closed = tokio::signal::ctrl_c() => closed,
        () = outages::repeat(&dependencies, started) => Ok(()),
    }
}

/// Returns the path of the database, and the folder that lasts as long as it if it is temporary.
fn database(path: Option<&Path>) -> io::Result<(PathBuf, Option<TempDir>)> {
    if let Some(path) = path {
        return Ok((path.to_owned(), None));
    }
    let folder = tempfile::tempdir()?;
    Ok((folder.path().join("orders.db"), Some(folder)))
}

/// Returns a new random text. A real service reads a token that its operators share.
fn token() -> String {
    let random = || RandomState::new().hash_one("token");
    format!("{:016x}{:016x}", random(), random())
}

fn print_addresses(address: SocketAddr, token: &str) {
    println!(
        "The shop is open at http://{address}/ until ctrl-c; that page says what to try.
The dashboard of its breakers is at http://{address}/dashboard/
To force a breaker open or closed there, enter the token {token}

Changes of the breakers:
"
    );
}

fn routes(dependencies: &Arc<Dependencies>, orders: &Orders, manual: bool) -> Router {
    let switches = Router::new()
        .route("/switch/{dependency}/{health}", post(switch))
        .with_state(Arc::clone(dependencies));
    let list = Router::new().route("/orders", get(list_orders)).with_state(orders.clone());
    Router::new()
        .route("/", get(async move |headers: HeaderMap| home::page(&headers, manual)))
        .route("/health", get(ready))
        .route("/metrics", get(exposition))
        .route("/breakers", get(snapshots))
        .merge(switches)
        .merge(list)
}

/// Answers 200 while the shop is degraded as well: it still answers, and another instance of it calls
/// the same dependencies.
async fn ready() -> Json<Health> {
    Json(health())
}

async fn exposition() -> impl IntoResponse {
    ([(header::CONTENT_TYPE, metrics::CONTENT_TYPE)], metrics::render())
}

async fn snapshots() -> Json<Vec<Snapshot>> {
    Json(breakers().map(|breaker| breaker.snapshot()).collect())
}

async fn list_orders(State(orders): State<Orders>) -> Result<Json<Vec<Record>>, ShopError> {
    Ok(Json(orders.newest(SHOWN_ORDERS).await?))
}

async fn switch(
    State(dependencies): State<Arc<Dependencies>>,
    extract::Path((name, health)): extract::Path<(String, String)>,
) -> Result<String, (StatusCode, String)> {
    let Some(dependency) = dependencies.find(&name) else {
        let message =
            format!("no dependency `{name}`; there are payments, recommendations, catalogue\n");
        return Err((StatusCode::NOT_FOUND, message));
    };
    if health == "script" {
        dependency.follow_script();
        return Ok(format!("{name}: follows the script\n"));
    }
    let Some(known) = faulty::Health::ALL.into_iter().find(|known| known.to_string() == health) else {
        let message = format!(
            "cannot switch to `{health}`; try healthy, flaky, errors, hangs, refuses or script\n"
        );
        return Err((StatusCode::NOT_FOUND, message));
    };
    dependency.hold(known);
    Ok(format!("{name}: {known}\n"))
}
