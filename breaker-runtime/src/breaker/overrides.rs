//! Modes that operators set: commands that name their operator, and the end of a mode that expires.
//!
//! The event log keeps which mode is in force, who has set it, and when it ends. The end is looked at
//! where that costs no call that succeeds anything: by calls that a forced breaker rejects, by results
//! that settle on the full path, and by every read of the state. Not by a thread that waits: that would
//! be one more thread in each process.

use std::sync::Arc;

use crate::breaker::CircuitBreaker;
use crate::breaker::events::ModeInForce;
use crate::breaker::inner::Inner;
use crate::state::commands::{Change, IssuedCommand};
use crate::state::env::Env;
use crate::state::policy::Policy;
use crate::state::transition::Command;
use crate::time::Ticks;
use crate::time::clock::ticks;
use crate::types::operator::{ModeOverride, Operator};
use crate::types::snapshot::Mode;

impl CircuitBreaker {
    /// Sets the mode as [`set_mode`](Self::set_mode) does, and names the operator in the event.
    ///
    /// An operator that sets the mode that is in force replaces who has set it, why and until when: the
    /// mode starts again, with an event. Setting automatic mode where the breaker decides already
    /// changes nothing. The example is at [`Operator`].
    pub fn set_mode_by(&self, mode: Mode, operator: Operator) {
        self.command(Command::Mode(mode), Some(operator));
    }

    /// Opens the breaker as [`trip`](Self::trip) does, and names the operator in the event and in the
    /// report of the trip.
    ///
    /// ```
    /// use breaker_runtime::{CircuitBreaker, Operator};
    ///
    /// let breaker = CircuitBreaker::builder("payments").build()?;
    /// breaker.trip_by(Operator::new("ada").reason("the provider is down"));
    /// assert_eq!(
    ///     breaker.trips()[0].summary().to_string(),
    ///     "payments opened: tripped manually by ada: the provider is down"
    /// );
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn trip_by(&self, operator: Operator) {
        self.command(Command::Trip, Some(operator));
    }

    /// Closes the breaker as [`reset`](Self::reset) does, and names the operator in the event and in the
    /// report of the trip that it ends.
    ///
    /// ```
    /// use breaker_runtime::{CircuitBreaker, Operator, State};
    ///
    /// let breaker = CircuitBreaker::builder("payments").build()?;
    /// breaker.trip();
    /// breaker.reset_by(Operator::new("ada").reason("the provider is back"));
    /// assert_eq!(breaker.state(), State::Closed);
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn reset_by(&self, operator: Operator) {
        self.command(Command::Reset, Some(operator));
    }

    /// Returns the mode in force, who has set it, and until when; `None` in automatic mode. Ends a mode
    /// that has [expired](Operator::expires_after).
    pub fn mode_override(&self) -> Option<ModeOverride> {
        let inner = self.inner();
        inner.end_expired_mode();
        let ModeInForce { mode, operator, since, end } = inner.event_log().mode_in_force()?;
        let wall_clock = |at| inner.time.system_time(inner.time.reading(at));
        Some(ModeOverride { mode, operator, since: wall_clock(since), until: end.map(wall_clock) })
    }

    /// Runs a command; one to a template is for the breakers of all its keys.
    pub(super) fn command(&self, command: Command, operator: Option<Operator>) {
        let inner = self.inner();
        let issued = IssuedCommand { command, operator: operator.map(Arc::new) };
        match inner.group() {
            Some(group) => group.broadcast(inner, issued),
            None => {
                inner.control(issued);
            }
        }
    }
}

impl Inner {
    /// Carries out a command; `None` if it has no effect. The change is still to be reported.
    pub(crate) fn carry_out(
        &self,
        policy: &Policy,
        issued: &IssuedCommand,
        env: &impl Env,
    ) -> Option<Change> {
        let IssuedCommand { command, operator } = issued;
        let command = match (*command, operator) {
            (Command::Mode(mode), Some(_)) => Command::Renew(mode),
            (command, _) => command,
        };
        let transition = self.cell.control(policy, command, env)?;
        let length = operator.as_ref().and_then(|operator| operator.expires_after);
        let end = length.map(|length| transition.at.saturating_add(ticks(length)));
        Some(Change { transition, operator: operator.clone(), end, background: false })
    }

    /// Ends the mode in force if it has expired; returns whether it did.
    #[inline]
    pub(crate) fn end_expired_mode(&self) -> bool {
        self.cold_if_made().is_some_and(|cold| cold.event_log.has_mode_end())
            && self.end_mode_at(self.now())
    }

    #[cold]
    fn end_mode_at(&self, now: Ticks) -> bool {
        self.judge_siblings(now);
        self.event_log.expired_at(now).is_some_and(|seen| self.control(Command::Expire(seen)))
    }
}
