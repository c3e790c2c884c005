//! The JSON of the fleet. Times are milliseconds since the Unix epoch.

use serde::Serialize;

/// The fleet of the process, as the process sees it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in super::super) struct FleetBoardView {
    #[serde(flatten)]
    pub(in super::super) facts: FleetFacts,
    /// The groups in which this process has breakers, those that need attention first.
    pub(in super::super) groups: Vec<FleetGroupView>,
}

/// All that is shown of a fleet but its groups.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in super::super) struct FleetFacts {
    /// The name of this process.
    pub(in super::super) process: String,
    pub(in super::super) store: FleetStoreView,
    /// The number of calls that could not be reported.
    pub(in super::super) dropped: u64,
    /// The number of groups, those that are not listed included.
    pub(in super::super) total: usize,
    /// The number of all groups that are open.
    pub(in super::super) open: usize,
    /// The number of all groups with a command in force.
    pub(in super::super) commands: usize,
}

/// The store that the processes share.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in super::super) struct FleetStoreView {
    /// Without user and password.
    pub(in super::super) address: String,
    /// `unknown`, `reached` or `lost`.
    pub(in super::super) state: &'static str,
    pub(in super::super) since: Option<u64>,
    /// The last error, while it is lost.
    pub(in super::super) error: Option<String>,
}

/// A group of breakers that processes share.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in super::super) struct FleetGroupView {
    pub(in super::super) name: String,
    /// The identities of the breakers of this process in it.
    pub(in super::super) breakers: Vec<String>,
    /// `idle`, `open` or `recovered`.
    pub(in super::super) phase: &'static str,
    /// Since when this process knows the group in that phase.
    pub(in super::super) since: Option<u64>,
    pub(in super::super) epoch: u64,
    /// When a process may probe, of an open group.
    pub(in super::super) probe_at: Option<u64>,
    /// The reason why it opened, in words.
    pub(in super::super) cause: Option<String>,
    /// The operator who has reset it.
    pub(in super::super) reset_by: Option<FleetAuthorView>,
    pub(in super::super) live: u64,
    pub(in super::super) failing: u64,
    pub(in super::super) open: u64,
    /// Whether processes have different versions or options.
    pub(in super::super) mixed_settings: bool,
    pub(in super::super) prober: Option<FleetProberView>,
    pub(in super::super) command: Option<FleetCommandView>,
    /// The live processes; `None` as long as the store was not asked for them. At most a hundred, those
    /// that need attention first.
    pub(in super::super) members: Option<Vec<FleetMemberView>>,
    /// The reason why the members are old, and from when they are.
    pub(in super::super) members_error: Option<String>,
    pub(in super::super) members_from: Option<u64>,
}

/// An operator.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in super::super) struct FleetAuthorView {
    pub(in super::super) author: String,
    pub(in super::super) reason: Option<String>,
}

/// The process that may probe.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in super::super) struct FleetProberView {
    pub(in super::super) is_this: bool,
    /// `None` while the name of the other process is not known.
    pub(in super::super) name: Option<String>,
    pub(in super::super) until: Option<u64>,
}

/// A command for all processes.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(in super::super) struct FleetCommandView {
    /// `forced_open` or `forced_closed`.
    pub(in super::super) mode: &'static str,
    #[serde(flatten)]
    pub(in super::super) by: Option<FleetAuthorView>,
    pub(in super::super) since: u64,
    pub(in super::super) until: Option<u64>,
}

/// A live process of a group.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own")]
pub(in super::super) struct FleetMemberView {
    pub(in super::super) name: String,
    pub(in super::super) is_this: bool,
    /// Whether it sees the dependency fail.
    pub(in super::super) failing: bool,
    /// Whether its breaker is open by its own decision.
    pub(in super::super) open: bool,
    pub(in super::super) probes: bool,
    /// The seconds since its last report.
    pub(in super::super) seen: u64,
    /// A text that differs between processes with different versions or options.
    pub(in super::super) settings: String,
}

/// The body of `/fleet`.
#[derive(Debug, Serialize)]
pub(in super::super) struct FleetBody<'f> {
    pub(in super::super) time: u64,
    /// Whether the process is connected to a fleet; without it there is nothing else.
    pub(in super::super) connected: bool,
    /// Whether commands are accepted.
    pub(in super::super) writable: bool,
    #[serde(flatten)]
    pub(in super::super) fleet: Option<&'f FleetBoardView>,
}

/// The changes of the fleet since the last frame.
#[derive(Debug, Serialize)]
pub(in super::super) struct FleetChange<'f> {
    #[serde(flatten)]
    pub(in super::super) facts: &'f FleetFacts,
    /// The groups that changed.
    pub(in super::super) groups: Vec<&'f FleetGroupView>,
    /// The names of all groups, if they are others or in another order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in super::super) order: Option<Vec<&'f str>>,
}

impl FleetBoardView {
    /// Returns everything as a change.
    pub(in super::super) fn whole(&self) -> FleetChange<'_> {
        FleetChange {
            facts: &self.facts,
            groups: self.groups.iter().collect(),
            order: Some(self.groups.iter().map(|group| group.name.as_str()).collect()),
        }
    }

    /// Returns what changed since `before`; `None` if nothing did.
    pub(in super::super) fn change_since<'f>(&'f self, before: &Self) -> Option<FleetChange<'f>> {
        if self == before {
            return None;
        }
        let names = |view: &'f Self| view.groups.iter().map(|group| group.name.as_str());
        let is_known = |group: &&FleetGroupView| before.groups.contains(group);
        let is_reordered = !names(self).eq(before.groups.iter().map(|group| group.name.as_str()));
        Some(FleetChange {
            facts: &self.facts,
            groups: self.groups.iter().filter(|group| !is_known(group)).collect(),
            order: is_reordered.then(|| names(self).collect()),
        })
    }
}
