//! The pings of a breaker at one moment: [`PingStatus`].

use std::time::Duration;

use crate::types::outcome::Outcome;

/// The pings of a breaker with the option [`probe`](crate::circuit_breaker#probe), in
/// [`Snapshot::ping`](crate::Snapshot::ping).
///
/// ```
/// # #[cfg(feature = "tokio")] {
/// use std::time::Duration;
///
/// use breaker_runtime::{CircuitBreaker, PingStatus};
///
/// let every = Duration::from_secs(5);
/// let builder = CircuitBreaker::builder("payments").probe(|| async { true });
/// let breaker = builder.probe_every(every).build().expect("in range");
/// let ping: PingStatus = breaker.snapshot().ping.expect("it has a probe");
/// assert_eq!((ping.every, ping.next, ping.last), (every, None, None));
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct PingStatus {
    /// The time between two pings, without growth and jitter: `probe_every`, or the open period.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::seconds"))]
    pub every: Duration,
    /// The time until the next ping; zero if it is overdue. `None` while one is in flight, while the
    /// breaker is closed or forced, and while no task sends any, so that calls probe.
    #[cfg_attr(feature = "serde", serde(default, with = "crate::time::seconds::optional"))]
    pub next: Option<Duration>,
    /// Whether a ping is in flight.
    pub running: bool,
    /// How the last ping counted; `None` before the first one. A ping that ended after the state in
    /// which it was sent counts as ignored.
    pub last: Option<Outcome>,
}
