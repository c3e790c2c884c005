//! The shop with breakers, for use with curl.

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::Arc;

use axum::extract::{self, State};
use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Json, Router};
use breaker_runtime::{Snapshot, breakers};
use tokio::net::TcpListener;
use tokio::time::Instant;

use super::database::Record;
use super::dependencies::Dependencies;
use super::error::ShopError;
use super::faulty::Health;
use super::orders::Orders;
use super::progress::Changes;
use super::script::Script;
use super::service::{Breakers, OpenShop, Shop};

/// Keeps the shop open on this port until ctrl-c, with its orders in this database or in a temporary
/// one.
///
/// # Errors
///
/// If a server cannot be started on loopback: most likely the port is in use. If the orders cannot be
/// opened: most likely another shop has them open.
pub async fn serve(port: u16, orders: Option<&Path>) -> io::Result<()> {
    let listener = TcpListener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, port))).await?;
    let script = Script::full();
    let dependencies = Arc::new(Dependencies::start(&script)?);
    let (database, _folder) = match orders {
        Some(path) => (path.to_owned(), None),
        None => {
            let folder = tempfile::tempdir()?;
            (folder.path().join("orders.db"), Some(folder))
        }
    };
    let orders = Orders::open(&database)?;
    let switches = switches(dependencies.clone()).merge(order_list(orders.clone()));
    let shop = Arc::new(Shop::new(Breakers::With, &script, &dependencies, orders)?);
    let open = OpenShop::open(shop, listener, switches)?;
    print_commands(open.address);
    let _changes = Changes::print(Instant::now());
    tokio::signal::ctrl_c().await
}

fn print_commands(address: SocketAddr) {
    println!(
        "The shop is open; ctrl-c closes it. Visit it:

  curl -i 'http://{address}/?customer=7'
  curl -i http://{address}/products/3
  curl -i http://{address}/checkout -H 'content-type: application/json' \\
       -d '{{\"customer\": 7, \"cents\": 1999}}'

Break a dependency (payments, recommendations, catalogue: healthy, errors, hangs, refuses):

  curl -X POST http://{address}/switch/payments/hangs
  curl -X POST http://{address}/switch/payments/healthy

Look at the breakers and the orders:

  curl http://{address}/breakers
  curl http://{address}/orders

An answer with the header x-degraded came from a fallback. Changes of the breakers are printed here:
"
    );
}

fn switches(dependencies: Arc<Dependencies>) -> Router {
    Router::new()
        .route("/switch/{dependency}/{health}", post(switch))
        .with_state(dependencies)
        .route("/breakers", get(list))
}

async fn list() -> Json<Vec<Snapshot>> {
    Json(breakers().map(|breaker| breaker.snapshot()).collect())
}

fn order_list(orders: Orders) -> Router {
    Router::new().route("/orders", get(list_orders)).with_state(orders)
}

async fn list_orders(State(orders): State<Orders>) -> Result<Json<Vec<Record>>, ShopError> {
    Ok(Json(orders.records().await?))
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
    let Some(known) = Health::ALL.into_iter().find(|known| known.to_string() == health) else {
        let message = format!("cannot switch to `{health}`; try healthy, errors, hangs or refuses\n");
        return Err((StatusCode::NOT_FOUND, message));
    };
    dependency.switch(known);
    Ok(format!("{name}: {known}\n"))
}
