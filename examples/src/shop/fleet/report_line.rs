//! The lines that a process writes to its output, each a JSON object.

use serde::{Deserialize, Serialize};

/// One line of a process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum ReportLine {
    /// The shop is open, and the connection to the fleet has begun.
    Ready,
    /// A breaker has changed.
    Breaker { breaker: usize, state: BreakerState, forced: bool, text: String },
    /// The connection to the fleet has changed.
    Fleet { text: String },
    /// The view of the fleet: whether the store answers, and which groups are open.
    View { reached: bool, open: [bool; 3] },
    /// The calls to payments, recommendations and the catalogue so far.
    Calls([u64; 3]),
    /// The customers until the end of the load.
    Customers { served: usize, failed: usize },
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum BreakerState {
    #[default]
    Closed,
    Open,
    HalfOpen,
}

/// The words that a process reads from its input. It ends at the end of its input, so that it ends
/// soon after the program that has started it.
pub(super) const CALLS: &str = "calls";
pub(super) const CUSTOMERS: &str = "customers";
