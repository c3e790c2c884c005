//! Whether the store answers: [`Reach`].

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::fleet::event::FleetEvent;
use crate::fleet::protocol::membership::LOST_AFTER;
use crate::fleet::status::{FleetReachability, FleetStatus};
use crate::fleet::store::StoreError;
use crate::time::clock::system_time;

/// Whether the store answers. A store that fails for less than a second is not lost: its connection was
/// replaced.
#[derive(Debug)]
pub(super) struct Reach {
    state: FleetReachability,
    since: Option<SystemTime>,
    /// The first failure since the last answer, and the last error.
    failing: Option<(Instant, String)>,
}

impl Default for Reach {
    fn default() -> Self {
        Self { state: FleetReachability::Unknown, since: None, failing: None }
    }
}

impl Reach {
    /// Notes an answer.
    pub(super) fn answered(&mut self) -> Option<FleetEvent> {
        self.failing = None;
        self.enter(FleetReachability::Reached).then_some(FleetEvent::StoreReached)
    }

    /// Notes an exchange without an answer.
    pub(super) fn failed(&mut self, now: Instant, error: &StoreError) -> Option<FleetEvent> {
        let since = self.failing.take().map_or(now, |(since, _)| since);
        self.failing = Some((since, error.to_string()));
        self.tick(now)
    }

    /// Notes that time has passed.
    pub(super) fn tick(&mut self, now: Instant) -> Option<FleetEvent> {
        let (since, error) = self.failing.clone()?;
        let is_lost = now.duration_since(since) >= Duration::from_millis(LOST_AFTER);
        (is_lost && self.enter(FleetReachability::Lost)).then_some(FleetEvent::StoreLost { error })
    }

    pub(super) fn show(&self, status: &mut FleetStatus) {
        status.store = self.state;
        status.since = self.since;
        let is_lost = self.state == FleetReachability::Lost;
        status.error = self.failing.as_ref().filter(|_| is_lost).map(|(_, error)| error.clone());
    }

    /// Enters a state; returns whether it is another one.
    fn enter(&mut self, state: FleetReachability) -> bool {
        let is_change = self.state != state;
        if is_change {
            self.state = state;
            self.since = Some(system_time());
        }
        is_change
    }
}
