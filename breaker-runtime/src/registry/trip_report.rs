//! The way from an error to the report of the trip behind it.

use crate::breaker::CircuitBreaker;
use crate::registry::breakers;
use crate::types::error::BreakerError;
use crate::types::trip::TripReport;

impl BreakerError {
    /// Returns the report of the last trip of the breaker that this error is from: why it opened. `None`
    /// if that breaker has not tripped, or is gone.
    ///
    /// The error does not carry the report: this looks it up among all breakers, which takes time in
    /// proportion to their number. Call it where an error is shown, not for each rejection.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("numbers").failure_threshold(1).build()?;
    /// let _ = breaker.call(|| "seven".parse::<u32>());
    /// let rejection = breaker.try_acquire().unwrap_err();
    /// let report = rejection.trip_report().expect("it has tripped");
    /// assert_eq!(report.calls[0].cause, Some("core::num::error::ParseIntError"));
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn trip_report(&self) -> Option<TripReport> {
        let is_from =
            |breaker: &CircuitBreaker| breaker.name() == self.breaker() && breaker.key() == self.key();
        breakers().filter(is_from).find_map(|breaker| breaker.last_trip())
    }
}
