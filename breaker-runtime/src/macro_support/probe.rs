//! The pings of annotated functions: what the option `probe` may name.

use std::future::Future;

use crate::breaker::background::{PingFuture, boxed};
use crate::types::key::Key;
use crate::types::outcome::Outcome;
use crate::types::probe_result::ProbeResult;

/// A function that can be the `probe` of an annotated function: without arguments, or with the key. The
/// arguments are a parameter, as one type can be both to the compiler.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the `probe` of a circuit breaker",
    label = "not an async function without arguments that returns a `Result`, a `bool` or `()`",
    note = "a probe is `async fn ping() -> Result<(), E>`; beside `key` it may take the key, as `async fn ping(key: \
            breaker_runtime::Key)`",
    note = "its future must be `Send`, as the background task may run on any thread of the runtime"
)]
pub trait ProbeFunction<Args> {
    /// Makes a ping.
    fn ping(self, key: Option<&Key>) -> PingFuture;
}

impl<F, Fut> ProbeFunction<()> for F
where
    F: Fn() -> Fut,
    Fut: Future<Output: ProbeResult> + Send + 'static,
{
    fn ping(self, _: Option<&Key>) -> PingFuture {
        boxed(self())
    }
}

impl<F, Fut> ProbeFunction<(Key,)> for F
where
    F: Fn(Key) -> Fut,
    Fut: Future<Output: ProbeResult> + Send + 'static,
{
    fn ping(self, key: Option<&Key>) -> PingFuture {
        match key {
            Some(key) => boxed(self(key.clone())),
            // The template of a function's keys makes no calls, so it does not open by itself.
            None => boxed(std::future::ready(Outcome::Ignored)),
        }
    }
}

/// Makes a ping by a function without arguments.
pub fn ping(probe: impl ProbeFunction<()>, key: Option<&Key>) -> PingFuture {
    probe.ping(key)
}

/// Makes a ping by a function without arguments, or with the key.
pub fn ping_of_key<Args>(probe: impl ProbeFunction<Args>, key: Option<&Key>) -> PingFuture {
    probe.ping(key)
}

/// Makes a ping by a closure with the key, of which the type need not be written.
pub fn ping_by_key<F, Fut>(probe: F, key: Option<&Key>) -> PingFuture
where
    F: Fn(Key) -> Fut,
    Fut: Future<Output: ProbeResult> + Send + 'static,
{
    ProbeFunction::<(Key,)>::ping(probe, key)
}
