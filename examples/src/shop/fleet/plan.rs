//! The chapters, and their times.

use std::path::PathBuf;
use std::time::Duration;

use crate::shop::script::Script;

/// The way to play the story for a fleet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FleetPlan {
    /// The number of processes, from 2 to 50.
    pub processes: usize,
    /// The program of one process: it is started with `--branch` and a [`BranchPlan`](super::BranchPlan)
    /// as JSON.
    pub program: PathBuf,
    /// Whether the chapters are short, and their times not promised: for a test on a machine that others
    /// use.
    pub short: bool,
}

/// The times of the chapters.
#[derive(Clone, Copy, Debug)]
pub(super) struct Chapters {
    /// All dependencies work.
    pub(super) normal: Duration,
    /// Payments hangs, and recommendations errors.
    pub(super) outage: Duration,
    /// The catalogue refuses connections as well.
    pub(super) wider_outage: Duration,
    /// Redis is down in the middle of it.
    pub(super) without_store: Duration,
    /// Redis is back, and the dependencies are still down.
    pub(super) store_is_back: Duration,
    /// All dependencies work again.
    pub(super) recovery: Duration,
    /// An operator has forced payments open.
    pub(super) command: Duration,
    /// How long a chapter lasts at most for an event that is late.
    pub(super) patience: Duration,
    /// The length by which a promised time may be exceeded.
    pub(super) tolerance: Duration,
}

impl FleetPlan {
    /// Returns the plan of the program.
    pub fn new(processes: usize, program: PathBuf) -> Self {
        Self { processes, program, short: false }
    }

    pub(super) fn chapters(&self) -> Chapters {
        let full = Chapters {
            normal: Duration::from_secs(3),
            outage: Duration::from_secs(6),
            wider_outage: Duration::from_secs(2),
            without_store: Duration::from_millis(2500),
            store_is_back: Duration::from_secs(3),
            recovery: Duration::from_secs(4),
            command: Duration::from_secs(1),
            patience: Duration::from_secs(5),
            tolerance: Duration::ZERO,
        };
        if !self.short {
            return full;
        }
        Chapters {
            normal: Duration::from_millis(500),
            outage: Duration::from_secs(2),
            wider_outage: Duration::from_millis(500),
            without_store: Duration::from_millis(1500),
            store_is_back: Duration::from_millis(500),
            recovery: Duration::from_millis(500),
            command: Duration::from_millis(200),
            patience: Duration::from_secs(30),
            tolerance: Duration::from_secs(10),
        }
    }
}

/// Returns the numbers of the shop in each process.
pub(super) fn script(short: bool) -> Script {
    if short { Script::short() } else { Script::full() }
}
