//! Proves that a function is protected: that its breaker trips, rejects and recovers.

pub mod callers;
pub mod every_kind;
pub mod scripted;
pub mod twins;
#[path = "../../breaker-runtime/tests/support/wait.rs"]
pub mod wait;

use std::fmt;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::OnceLock;
use std::time::Duration;

use breaker_runtime::{BreakerError, CircuitBreaker, State, testing};

/// The error of the tests' functions.
#[derive(Debug, PartialEq, Eq)]
pub enum TestError {
    /// The dependency is down.
    Down,
    /// The breaker did not run the call.
    Rejected(BreakerError),
    /// An error of something else, by `?`.
    Other(String),
}

impl From<BreakerError> for TestError {
    fn from(error: BreakerError) -> Self {
        Self::Rejected(error)
    }
}

impl From<std::num::ParseIntError> for TestError {
    fn from(error: std::num::ParseIntError) -> Self {
        Self::Other(error.to_string())
    }
}

impl fmt::Display for TestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self:?}")
    }
}

impl std::error::Error for TestError {}

/// Succeeds or fails, as the functions of the tests do.
///
/// # Errors
///
/// [`TestError::Down`] unless it works.
pub fn work(works: bool) -> Result<(), TestError> {
    if works { Ok(()) } else { Err(TestError::Down) }
}

/// The end of a call, of any type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ended {
    /// With the body's success.
    Worked,
    /// With the body's failure.
    Failed,
    /// With a rejection.
    Rejected,
}

impl<T> From<Result<T, TestError>> for Ended {
    fn from(result: Result<T, TestError>) -> Self {
        match result {
            Ok(_) => Self::Worked,
            Err(TestError::Rejected(_)) => Self::Rejected,
            Err(_) => Self::Failed,
        }
    }
}

/// Proves that a function trips, rejects and recovers. The argument of `call` is whether to work; the
/// function behind it has to be annotated with `failure_threshold = 2, timeout = "1s"`.
///
/// # Panics
///
/// If the function is not protected.
pub fn prove<R: Into<Ended>>(breaker: &CircuitBreaker, mut call: impl FnMut(bool) -> R) {
    paused(prove_async(breaker, async |works| call(works)));
}

/// Proves the same of an async function, in a runtime with paused time.
///
/// # Panics
///
/// If the function is not protected.
pub async fn prove_async<R: Into<Ended>>(
    breaker: &CircuitBreaker,
    mut call: impl AsyncFnMut(bool) -> R,
) {
    let _fresh = testing::isolate();
    let mut ends = async |works, end| assert_eq!(call(works).await.into(), end, "{breaker:?}");
    ends(true, Ended::Worked).await;
    ends(false, Ended::Failed).await;
    assert_eq!(breaker.state(), State::Closed);
    ends(false, Ended::Failed).await;
    assert_eq!(breaker.state(), State::Open);
    ends(true, Ended::Rejected).await;
    tokio::time::advance(Duration::from_secs(1)).await;
    ends(true, Ended::Worked).await;
    assert_eq!(breaker.state(), State::HalfOpen);
    ends(true, Ended::Worked).await;
    assert_eq!(breaker.state(), State::Closed);
    let totals = breaker.snapshot().totals;
    assert_eq!((totals.success, totals.failure, totals.rejected), (3, 2, 1));
    assert_eq!(breaker.snapshot().in_flight, 0);
}

/// Returns an address that refuses connections: its port is bound, and nothing listens.
///
/// # Panics
///
/// If no port is free.
pub fn refusing() -> SocketAddr {
    static TAKEN: OnceLock<(TcpListener, TcpStream)> = OnceLock::new();
    let (_, taken) = TAKEN.get_or_init(|| {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let connection = TcpStream::connect(listener.local_addr().expect("bound"));
        (listener, connection.expect("the listener accepts"))
    });
    taken.local_addr().expect("connected")
}

/// Runs a future on a runtime with paused time.
///
/// # Panics
///
/// If the runtime cannot be made.
pub fn paused<F: Future>(future: F) -> F::Output {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build();
    runtime.expect("a runtime").block_on(future)
}

/// The code of the README, compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
pub struct Readme;
