//! A page that shows all breakers of the process, live: [`Dashboard`].
//!
//! ```
//! use axum::Router;
//! use breaker_runtime::dashboard::Dashboard;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() {
//! let dashboard = Dashboard::new("shop").into_router();
//! let app: Router = Router::new().nest_service("/breakers-ui", dashboard);
//! # drop(app);
//! # }
//! ```
//!
//! The [guide](crate::guide::dashboard) says how to mount it safely.

// `reading` reads the breakers, `history` and `board` make the views of one frame of that, `frames`
// serialises them. `sampler` does so once a second, and `hub` holds the frames for all viewers;
// `watched` has the keys that are in no frame. `guard` decides who may ask, `write` makes changes,
// `router` has the addresses, `page` what a browser loads. `game_day` and `fleet` read what is about
// more than one breaker.
//
// A call does nothing for any of it. Not a page that asks for the list again and again: fifty viewers
// would read the breakers fifty times.

mod board;
mod detail;
mod fleet;
mod frames;
mod game_day;
mod guard;
mod history;
mod hub;
mod page;
mod reading;
mod router;
mod sampler;
mod transitions;
mod views;
mod watched;
mod why;
mod write;

use std::fmt;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::http::HeaderName;

use crate::observe::dashboard::frames::FrameHead;
use crate::observe::dashboard::guard::{AllowedHosts, WriteToken};
use crate::observe::dashboard::hub::Hub;
use crate::observe::dashboard::page::Page;
use crate::observe::dashboard::router::Shared;
use crate::observe::dashboard::sampler::{INTERVAL, Sampler, wall};

/// A page that shows all breakers of the process, live, and the router that serves it.
///
/// An operator sees which breaker is open, since when and why, what callers get instead, and when the
/// next probe comes. The page is one document that loads nothing from elsewhere.
///
/// ```
/// use axum::Router;
/// use breaker_runtime::dashboard::Dashboard;
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let dashboard = Dashboard::new("shop").allow_host("shop.example");
/// let app: Router = Router::new().nest_service("/breakers-ui", dashboard.into_router());
/// # drop(app);
/// # }
/// ```
///
/// # Who may see it
///
/// Everyone who reaches the router reads names, keys, error types and options of all breakers: mount it
/// behind the login of the service, or on a port that only operators reach. Requests must name a host in
/// the list, `localhost`, `127.0.0.1` or `[::1]` without [`allow_host`](Self::allow_host): a foreign
/// page that resolves its own name to this address then reads nothing.
///
/// # Changes
///
/// Without a [`token`](Self::token) the dashboard is read-only. With one, an operator who has it can
/// force a breaker open or closed, make it automatic, and reset it, with a reason and an end, in this
/// process or in all processes of its [fleet](crate::guide::fleet). The event shows author and reason.
/// Requests from pages of other origins are refused.
///
/// # Addresses
///
/// | address | answer |
/// |---|---|
/// | `/` | the page |
/// | `/breakers` | all breakers as JSON, worst first |
/// | `/breakers/{name}`, `?key=` for a key | one breaker with its trip reports, options and totals; for a browser the page |
/// | `POST /breakers/{name}` | changes a breaker |
/// | `/fleet` | the [fleet](crate::guide::fleet) of the process: the store, and the groups with their members |
/// | `POST /fleet/{group}/{action}` | commands all processes of a group |
/// | `/game-day` | the [game day](crate::guide::game_days) that is under way, and the report of the last one |
/// | `/metrics` | the [metrics](crate::metrics) in the text format of Prometheus or of `OpenMetrics` |
/// | `/events` | an event stream: everything first, then each second what changed |
///
/// # Cost
///
/// Calls do nothing for it. A task reads all breakers once a second; it starts with the router, or with
/// the first request if the router is made outside of a tokio runtime, and ends when the router is
/// dropped. Memory is bounded, whatever the number of viewers: at most 4 MiB of events for viewers that
/// come back, the newest state, and about 2 KiB of history for a breaker.
#[must_use = "a dashboard is served by its router"]
pub struct Dashboard {
    service: String,
    near: f64,
    token: Option<WriteToken>,
    hosts: AllowedHosts,
    author_header: Option<HeaderName>,
    /// In a lock only so that the type is `Sync`.
    shutdown: Mutex<Option<Shutdown>>,
}

/// The future that ends the event streams.
type Shutdown = Pin<Box<dyn Future<Output = ()> + Send>>;

impl Dashboard {
    /// Creates the dashboard of a service, with its name for people. It is read-only, and serves local
    /// hosts.
    pub fn new(service: impl Into<String>) -> Self {
        Self {
            service: service.into(),
            near: 0.5,
            token: None,
            hosts: AllowedHosts::default(),
            author_header: None,
            shutdown: Mutex::new(None),
        }
    }

    /// Sets the token with which operators may change breakers. An empty text is no token, so that an
    /// unset variable permits nothing. Take a long random text: any number of tokens can be tried.
    ///
    /// The token is sent in the header `x-breaker-token` and compared in constant time. It is shown
    /// nowhere; only its hash is kept.
    ///
    /// ```
    /// use axum::http::HeaderName;
    /// use breaker_runtime::dashboard::Dashboard;
    ///
    /// let token = std::env::var("BREAKER_TOKEN").unwrap_or_default();
    /// let dashboard = Dashboard::new("shop")
    ///     .token(token)
    ///     .author_header(HeaderName::from_static("x-forwarded-user"))
    ///     .allow_any_host()
    ///     .near(0.7);
    /// ```
    pub fn token(mut self, token: impl AsRef<str>) -> Self {
        self.token = WriteToken::new(token.as_ref());
        self
    }

    /// Allows requests for this host, such as `shop.example` at any port or `shop.example:8080`, beside
    /// local ones. It is the host that browsers show, if the proxy in between passes it on.
    pub fn allow_host(mut self, host: impl AsRef<str>) -> Self {
        self.hosts.named.push(host.as_ref().to_ascii_lowercase());
        self
    }

    /// Allows requests for any host: where another layer has checked the host or the login, as addresses
    /// of pods are not known beforehand.
    pub fn allow_any_host(mut self) -> Self {
        self.hosts.any = true;
        self
    }

    /// Takes the author of a change from this header of the request, such as `x-forwarded-user`, which a
    /// login in front of the router sets. A change without it is refused. By default the operator
    /// enters a name.
    ///
    /// The layer in front must remove the header from requests of clients.
    pub fn author_header(mut self, name: HeaderName) -> Self {
        self.author_header = Some(name);
        self
    }

    /// Sets the share of the way to a trip from which on a closed breaker is shown as near it: from 0.0
    /// to 1.0, 0.5 by default. A number outside of that counts as the nearest one inside, NaN as the
    /// default.
    pub fn near(mut self, ratio: f64) -> Self {
        self.near = if ratio.is_nan() { 0.5 } else { ratio.clamp(0.0, 1.0) };
        self
    }

    /// Ends the event streams when `signal` completes. Without it a graceful shutdown of the server
    /// waits for viewers, which never leave by themselves.
    ///
    /// ```
    /// use breaker_runtime::dashboard::Dashboard;
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    /// let signal = async { stopped.await.unwrap_or(()) };
    /// let router = Dashboard::new("shop").shutdown(signal).into_router();
    /// // axum::serve(listener, router).with_graceful_shutdown(..)
    /// # drop((stop, router));
    /// # }
    /// ```
    pub fn shutdown(mut self, signal: impl Future<Output = ()> + Send + 'static) -> Self {
        self.shutdown = Mutex::new(Some(Box::pin(signal)));
        self
    }

    /// Returns the router. Mount it by `nest_service`, which serves the address with a slash at the end
    /// and without, or by `merge` at the root; each clone shows the same.
    pub fn into_router(self) -> Router {
        let Self { service, near, token, hosts, author_header, shutdown } = self;
        let head = FrameHead {
            service,
            incarnation: format!("{:016x}", fastrand::u64(..)),
            start: wall(),
            interval_ms: u64::try_from(INTERVAL.as_millis()).unwrap_or(u64::MAX),
            writable: token.is_some(),
        };
        let sampler = Sampler::new(Arc::new(Hub::new(head)), near, shutdown);
        sampler.start();
        router::routes(Arc::new(Shared { sampler, page: Page::new(), token, hosts, author_header }))
    }
}

impl fmt::Debug for Dashboard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Dashboard").field("service", &self.service).finish_non_exhaustive()
    }
}

/// Returns a time in milliseconds since the Unix epoch; 0 before it.
fn epoch_millis(time: SystemTime) -> u64 {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[expect(clippy::float_cmp, reason = "they are stored as they are given")]
    fn near_outside_of_its_range_counts_as_the_nearest_number() {
        let near = |ratio| Dashboard::new("shop").near(ratio).near;
        assert_eq!([-1.0, 0.7, 7.0, f64::NAN].map(near), [0.0, 0.7, 1.0, 0.5]);
    }
}
