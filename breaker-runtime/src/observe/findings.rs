//! The findings about all breakers of the process: [`findings`].

use crate::breaker::CircuitBreaker;
use crate::registry::breakers;
use crate::types::finding::Finding;

/// Returns the signs that breakers of the process cannot do their work, in the order of
/// [`breakers`](crate::breakers); empty if there are none.
///
/// Those of a function with keys are about all its keys together. Each new finding is also a
/// [warning](crate#warnings), once until it ends: by this function, and by everything else that reads
/// all breakers, such as [`health`](crate::health), the metrics and the dashboard. A service with none
/// of these calls this function every few minutes. Rules about recent calls compare the totals with
/// those of the readings before, 10 to 20 minutes ago; if there was none, with the start of the breaker.
///
/// It takes time in proportion to the number of breakers, with those of keys.
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::{CircuitBreaker, FindingKind, ManualClock, findings};
///
/// let clock = ManualClock::new();
/// let builder = CircuitBreaker::builder("reports").failure_rate(0.5).window(Duration::from_secs(10));
/// let breaker = builder.clock(clock.clone()).build()?;
/// // One call a minute never makes the 20 calls in 10 s that `min_calls` asks for.
/// for _ in 0..90 {
///     clock.advance(Duration::from_secs(60));
///     let _ = breaker.call(|| "seven".parse::<u32>());
/// }
/// let found = findings();
/// assert_eq!(found[0].kind, FindingKind::CannotOpen);
/// println!("{}", found[0]);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
pub fn findings() -> Vec<Finding> {
    let readable = breakers().filter(|breaker| breaker.key().is_none());
    readable.flat_map(|breaker| of(&breaker)).collect()
}

/// Returns the findings about one breaker, or about one function with its keys.
pub(crate) fn of(breaker: &CircuitBreaker) -> Vec<Finding> {
    breaker.inner().current_findings()
}
