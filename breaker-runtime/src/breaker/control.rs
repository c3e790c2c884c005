//! Commands to a breaker, and the change of its options: what an operator does.

use crate::breaker::CircuitBreaker;
use crate::config::ConfigError;
use crate::config::ConfigUpdate;
use crate::state::transition::Command;
use crate::types::snapshot::Mode;

impl CircuitBreaker {
    /// Opens the breaker for `timeout`, as too many failures would. Has no effect while it is open or
    /// forced.
    pub fn trip(&self) {
        self.command(Command::Trip, None);
    }

    /// Closes the breaker and clears its streak and window. The mode stays, and so do the totals. Calls
    /// in flight settle as late.
    pub fn reset(&self) {
        self.command(Command::Reset, None);
    }

    /// Rejects every call until [`automatic`](Self::automatic) or another mode is set.
    pub fn force_open(&self) {
        self.set_mode(Mode::ForcedOpen);
    }

    /// Runs every call until [`automatic`](Self::automatic) or another mode is set.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("payments").failure_threshold(1).build()?;
    /// breaker.force_closed();
    /// let _ = breaker.call(|| "seven".parse::<u32>());
    /// assert!(breaker.try_acquire().is_ok());
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn force_closed(&self) {
        self.set_mode(Mode::ForcedClosed);
    }

    /// Starts a dry run: the breaker decides, and reports its decisions in events and in the snapshot,
    /// and every call runs all the same. Starts closed and empty, as does every change of mode.
    pub fn observe(&self) {
        self.set_mode(Mode::Observe);
    }

    /// Ends a forced mode or a dry run: the breaker decides again, starting closed and empty. Has no
    /// effect on one that decides already.
    pub fn automatic(&self) {
        self.set_mode(Mode::Automatic);
    }

    /// Sets the mode, as [`force_open`](Self::force_open), [`force_closed`](Self::force_closed),
    /// [`observe`](Self::observe) and [`automatic`](Self::automatic) do: for a mode that comes from a
    /// file or a request.
    ///
    /// A change of mode starts closed and empty, and calls in flight settle as late. Setting the mode
    /// that it has changes nothing. The mode of a [template](Self::is_template) is set for the breakers
    /// of all its keys.
    ///
    /// ```
    /// use breaker_runtime::{CircuitBreaker, Mode, State};
    ///
    /// let breaker = CircuitBreaker::builder("payments").build()?;
    /// breaker.set_mode(Mode::ForcedOpen);
    /// assert_eq!((breaker.snapshot().mode, breaker.state()), (Mode::ForcedOpen, State::Open));
    /// breaker.set_mode(Mode::Automatic);
    /// assert_eq!((breaker.snapshot().mode, breaker.state()), (Mode::Automatic, State::Closed));
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn set_mode(&self, mode: Mode) {
        self.command(Command::Mode(mode), None);
    }

    /// Changes the options, without losing state.
    ///
    /// `change` gets the current options and returns the new ones. It is called again if they were
    /// changed meanwhile, and so should have no other effect.
    ///
    /// - The state stays, and so do the mode, the streak, and the growth of the open period. An open
    ///   period that has begun keeps its length; the next one has the new length.
    /// - The window keeps the newest results that fit. A window that changes between a number of calls
    ///   and a span of time starts empty, and so does a new one.
    /// - A lower `max_probes` holds for the probes in flight as well: no further one runs until fewer
    ///   are left. A probe that was lost under a shorter `probe_timeout` stays lost, and a ramp that is
    ///   over stays over.
    /// - A streak or rate that is over a new threshold opens the breaker with the next failure, not by
    ///   itself.
    ///
    /// Calls go on meanwhile. The options are replaced as a whole, behind a pointer that is read without
    /// a lock, and a closed breaker does not read it to admit a call or to count a success, unless it
    /// times calls or throttles them. Only a result that is recorded in a window may wait while that is
    /// resized, as it may for another result.
    ///
    /// ```
    /// use std::time::Duration;
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// let breaker = CircuitBreaker::builder("payments").build()?;
    /// breaker.reconfigure(|options| options.timeout(Duration::from_secs(5)).failure_rate(0.2))?;
    /// assert_eq!(breaker.config().timeout(), Duration::from_secs(5));
    ///
    /// let error = breaker.reconfigure(|options| options.failure_rate(20.0)).unwrap_err();
    /// assert_eq!(
    ///     error.to_string(),
    ///     "circuit breaker `payments` keeps its options: failure_rate is 20.0 and must be above 0 and \
    ///      at most 1"
    /// );
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    ///
    /// For a file of settings there is [`configure`](crate::configure).
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every value that is out of range, or excluded by another option. Then
    /// nothing has changed.
    pub fn reconfigure(&self, change: impl Fn(ConfigUpdate) -> ConfigUpdate) -> Result<(), ConfigError> {
        let inner = self.inner();
        loop {
            let before = inner.config();
            let after = change(ConfigUpdate::new(before))
                .finish(&before)
                .map_err(|problems| ConfigError::of_built(inner.name(), problems))?;
            if inner.reconfigure(before, after) {
                inner.pass_on_options();
                return Ok(());
            }
        }
    }
}
