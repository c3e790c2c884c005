//! The inputs of a membership, and its demands.

use crate::fleet::protocol::message::{Author, CommandView, Millis, OpenCause, Request, Rules, View};
use crate::types::snapshot::State;

/// The state of the breaker in this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Local {
    pub(crate) state: State,
    /// Whether it is open by its own decision, rather than because the fleet is.
    pub(crate) own: bool,
    /// Whether a probe is under way.
    pub(crate) probing: bool,
    /// The rest of its open period.
    pub(crate) remaining: Millis,
    /// How often it has opened by its own decision, also after a failed probe.
    pub(crate) trips: u64,
    /// Totals of successes, failures and rejected calls.
    pub(crate) successes: u64,
    pub(crate) failures: u64,
    pub(crate) rejected: u64,
    /// Failures since the last success.
    pub(crate) streak: u64,
    /// Whether its evidence is bad, as in `Report::failing`.
    pub(crate) failing: bool,
    /// The longest time that a call takes; 0 if it is unknown.
    pub(crate) call: Millis,
    pub(crate) settings: u64,
    pub(crate) rules: Rules,
}

/// An input of a membership.
#[derive(Clone, Debug)]
pub(crate) enum Input {
    /// Time has passed, or the breaker has changed. At least once in `LONGEST_TICK`.
    Tick {
        local: Local,
        /// A random number for a request, as in [`Request::draw`].
        draw: u64,
    },
    /// The answer to a request.
    Reply { number: u64, view: View },
    /// The store has notified this process that the group has changed: the next tick asks.
    Notified,
    /// A request is given up.
    Failed { number: u64 },
}

/// A demand of a membership.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Output {
    /// Sends a request.
    Send { number: u64, request: Request },
    /// Opens the breaker, or prolongs its open period to `remaining` if that is longer.
    OpenFor { epoch: u64, remaining: Millis, cause: OpenCause },
    /// Closes the breaker: the dependency has recovered, or an operator has reset the group.
    Close { epoch: u64, by: Option<Author> },
    /// Sets whether the breaker may admit probes.
    Gate(MayProbe),
    /// Sets the mode of the breaker until the command ends.
    SetMode { id: u64, command: CommandView },
}

/// Whether a breaker may admit a probe.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum MayProbe {
    /// The breaker decides for itself, as one that is not shared.
    #[default]
    Free,
    /// No probe may begin.
    Held,
    /// A probe may begin before this time of the process's clock.
    Until(Millis),
}

impl MayProbe {
    /// Returns whether a probe may begin.
    #[cfg_attr(not(test), allow(dead_code, reason = "a breaker asks its own gate"))]
    pub(crate) fn admits(self, now: Millis) -> bool {
        match self {
            Self::Free => true,
            Self::Held => false,
            Self::Until(deadline) => now < deadline,
        }
    }
}
