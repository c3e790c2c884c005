//! An HTTP server with a failure switch.

use std::fmt;
use std::io;
use std::mem;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;
use tokio::task::JoinHandle;

const BACKLOG: u32 = 1024;

/// A flaky server answers one of this many requests with an error.
const FLAKY: u32 = 10;

/// The behaviour of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Health {
    Healthy,
    /// Answers one request in ten with an error.
    Flaky,
    /// Answers with an error after some time, as an overloaded server does.
    Errors,
    /// Does the work and never answers, so that the caller cannot know whether it was done.
    Hangs,
    /// Does not listen.
    Refuses,
}

impl Health {
    pub(super) const ALL: [Self; 5] =
        [Self::Healthy, Self::Flaky, Self::Errors, Self::Hangs, Self::Refuses];

    pub(super) fn is_down(self) -> bool {
        !matches!(self, Self::Healthy | Self::Flaky)
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Healthy => "healthy",
            Self::Flaky => "flaky",
            Self::Errors => "errors",
            Self::Hangs => "hangs",
            Self::Refuses => "refuses",
        })
    }
}

/// A server on a port of its own, which stops when this is dropped.
pub(super) struct FaultyServer {
    address: SocketAddr,
    health: watch::Sender<Health>,
    /// Whether a person has switched it, so that no script does.
    held: AtomicBool,
    task: JoinHandle<()>,
}

impl FaultyServer {
    pub(super) fn start(routes: Router, error_delay: Duration) -> io::Result<Self> {
        let socket = hold_port(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))?;
        let listener = socket.listen(BACKLOG)?;
        let address = listener.local_addr()?;
        let (health, watched) = watch::channel(Health::Healthy);
        let faults = Faults { health: watched.clone(), error_delay, requests: Arc::default() };
        let routes = routes.layer(middleware::from_fn_with_state(faults, fail_as_switched));
        let task = tokio::spawn(async move {
            if let Err(error) = serve(listener, routes, watched).await {
                eprintln!("the server at {address} had to stop: {error}");
            }
        });
        Ok(Self { address, health, held: AtomicBool::new(false), task })
    }

    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Switches it, until the script may do so again.
    pub(super) fn hold(&self, health: Health) {
        self.held.store(true, Ordering::Relaxed);
        self.switch(health);
    }

    /// Lets the script decide from its next phase on.
    pub(super) fn follow_script(&self) {
        self.held.store(false, Ordering::Relaxed);
    }

    pub(super) fn is_held(&self) -> bool {
        self.held.load(Ordering::Relaxed)
    }

    pub(super) fn switch(&self, health: Health) {
        // Calls that hang wait for a change, so that an equal state must not count as one.
        self.health.send_if_modified(|now| mem::replace(now, health) != health);
    }
}

impl Drop for FaultyServer {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// Listens, or only holds the port while it should refuse: the system then refuses connections, and no
/// other process can take the port.
async fn serve(
    mut listener: TcpListener,
    routes: Router,
    mut health: watch::Receiver<Health>,
) -> io::Result<()> {
    let address = listener.local_addr()?;
    loop {
        let mut until = health.clone();
        let refuses = async move {
            // An error means that the switch was dropped, and the server with it.
            let _ = until.wait_for(|health| *health == Health::Refuses).await;
        };
        axum::serve(listener, routes.clone()).with_graceful_shutdown(refuses).await?;
        let socket = hold_port(address)?;
        if health.wait_for(|health| *health != Health::Refuses).await.is_err() {
            return Ok(());
        }
        listener = socket.listen(BACKLOG)?;
    }
}

fn hold_port(address: SocketAddr) -> io::Result<TcpSocket> {
    let socket = TcpSocket::new_v4()?;
    // Without this the port could not be bound again while old connections linger.
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    Ok(socket)
}

#[derive(Clone)]
struct Faults {
    health: watch::Receiver<Health>,
    error_delay: Duration,
    requests: Arc<AtomicU32>,
}

async fn fail_as_switched(State(mut faults): State<Faults>, request: Request, next: Next) -> Response {
    let health = *faults.health.borrow_and_update();
    match health {
        Health::Healthy => return next.run(request).await,
        Health::Flaky if faults.requests.fetch_add(1, Ordering::Relaxed) % FLAKY != FLAKY - 1 => {
            return next.run(request).await;
        }
        // The listener and the remaining connections end in a moment, and serve nothing until then.
        Health::Flaky | Health::Refuses => {}
        Health::Errors => tokio::time::sleep(faults.error_delay).await,
        Health::Hangs => {
            drop(next.run(request).await);
            // Calls that hang are dropped by the restart that ends them.
            let _ = faults.health.changed().await;
        }
    }
    (StatusCode::SERVICE_UNAVAILABLE, "out of order").into_response()
}
