//! A service with breakers in every state, which serves their metrics.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::OnceLock;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use breaker_runtime::fleet::{self, FleetOptions};
use breaker_runtime::{CircuitBreaker, KeyedBreakers, OwnedPermit, ShadowOptions, metrics};
use tokio::net::TcpListener;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinHandle;

/// A service on a free port.
pub(crate) struct Service {
    pub(crate) address: SocketAddr,
    server: JoinHandle<()>,
    /// Listed as long as there is a handle.
    breakers: Breakers,
}

struct Breakers {
    stock: CircuitBreaker,
    _single: Vec<CircuitBreaker>,
    _keyed: KeyedBreakers,
    _running: OwnedPermit,
}

impl Service {
    pub(crate) async fn start() -> Self {
        join_fleet();
        let breakers = Breakers::new();
        let text = || async { ([("content-type", metrics::CONTENT_TYPE)], metrics::render()) };
        let open_metrics = || async {
            ([("content-type", metrics::OPENMETRICS_CONTENT_TYPE)], metrics::render_openmetrics())
        };
        let routes = Router::new().route("/metrics", get(text)).route("/openmetrics", get(open_metrics));
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.expect("a port is free");
        let address = listener.local_addr().expect("it is bound");
        let server = tokio::spawn(async move {
            axum::serve(listener, routes).await.expect("it serves until it is dropped");
        });
        Self { address, server, breakers }
    }

    /// Trips a breaker. An increase is seen only after a scrape of the count before it.
    pub(crate) fn trip(&self) {
        self.breakers.stock.trip();
    }
}

/// Connects this process, once for all tests, to a fleet with a store that does not answer: its figures
/// are those of an operator's bad day.
fn join_fleet() {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    RUNTIME.get_or_init(|| {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        let runtime = runtime.expect("a runtime");
        let entered = runtime.enter();
        let joined = fleet::connect("redis+unix:///nowhere/breaker.sock", FleetOptions::new());
        joined.expect("it is connected once");
        drop(entered);
        runtime
    });
}

impl Drop for Service {
    fn drop(&mut self) {
        self.server.abort();
    }
}

impl Breakers {
    fn new() -> Self {
        let builder = CircuitBreaker::builder("monitoring.payments").failure_threshold(3);
        let payments = builder.build().expect("in range");
        (0..3).for_each(|_| fail(&payments));
        let _ = payments.try_acquire();

        let builder = CircuitBreaker::builder("monitoring.search").failure_rate(0.5).min_calls(2);
        let search = builder.slow_call(Duration::from_secs(5)).max_concurrent(4).build();
        let search = search.expect("in range");
        (0..4).for_each(|_| succeed(&search));
        fail(&search);
        let running = search.try_acquire_owned().expect("it is closed");

        let shadow = ShadowOptions::new().failure_threshold(1);
        let shadowed = CircuitBreaker::builder("monitoring.shadowed").shadow(shadow).build();
        let shadowed = shadowed.expect("in range");
        fail(&shadowed);
        succeed(&shadowed);

        let forced = CircuitBreaker::builder("monitoring \"quoted\" \\ and\nbroken").build();
        let forced = forced.expect("any name will do");
        forced.force_open();

        let keyed = CircuitBreaker::builder("monitoring.hosts").failure_threshold(1).keyed().build();
        let keyed = keyed.expect("in range");
        fail(&keyed.get("eu"));
        succeed(&keyed.get("us"));
        let builder = CircuitBreaker::builder("monitoring.mail").probe(|| async { false });
        let mail = builder.build().expect("in range");
        mail.trip();
        let stock = CircuitBreaker::builder("monitoring.stock").build().expect("in range");
        Self {
            stock,
            _single: vec![payments, search, shadowed, forced, mail],
            _keyed: keyed,
            _running: running,
        }
    }
}

fn fail(breaker: &CircuitBreaker) {
    let _ = breaker.call(|| Err::<(), _>(()));
}

fn succeed(breaker: &CircuitBreaker) {
    let _ = breaker.call(|| Ok::<_, ()>(()));
}
