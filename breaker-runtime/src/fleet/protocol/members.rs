//! The live members of a group, with their sums: a report costs the logarithm of their number.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::fleet::protocol::message::{LIVENESS, MemberView, Millis, ProcessId};

/// The last report of a member.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct GroupMember {
    pub(super) seen: Millis,
    pub(super) seq: u64,
    pub(super) name: Arc<str>,
    pub(super) failing: bool,
    pub(super) open: bool,
    /// Whether it is open by an order that the store has lost.
    pub(super) ordered: bool,
    pub(super) settings: u64,
}

/// Members by their process.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Members {
    all: BTreeMap<ProcessId, GroupMember>,
    by_time: BTreeSet<(Millis, ProcessId)>,
    sums: MemberSums,
}

/// How many members there are, by what their last report has said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct MemberSums {
    pub(super) live: u64,
    /// Those that are failing or open.
    pub(super) failing: u64,
    pub(super) open: u64,
    /// Those that are open by an order that the store has lost, and not by their own decision.
    pub(super) ordered: u64,
    /// The number of members with each fingerprint.
    settings: BTreeMap<u64, u64>,
}

impl MemberSums {
    pub(super) fn mixed_settings(&self) -> bool {
        self.settings.len() > 1
    }

    fn add(&mut self, member: &GroupMember) {
        self.live += 1;
        self.failing += u64::from(member.failing || member.open);
        self.open += u64::from(member.open);
        self.ordered += u64::from(member.ordered);
        *self.settings.entry(member.settings).or_default() += 1;
    }

    fn subtract(&mut self, member: &GroupMember) {
        self.live -= 1;
        self.failing -= u64::from(member.failing || member.open);
        self.open -= u64::from(member.open);
        self.ordered -= u64::from(member.ordered);
        if let Some(same) = self.settings.get_mut(&member.settings) {
            *same -= 1;
        }
        self.settings.retain(|_, members| *members > 0);
    }
}

impl Members {
    pub(super) fn contains(&self, process: ProcessId) -> bool {
        self.all.contains_key(&process)
    }

    /// Returns the number of the last report of a member.
    pub(super) fn last_seq(&self, process: ProcessId) -> Option<u64> {
        self.all.get(&process).map(|member| member.seq)
    }

    pub(super) fn sums(&self) -> &MemberSums {
        &self.sums
    }

    /// Returns the sums of those that are live at a later time.
    pub(super) fn sums_at(&self, time: Millis) -> MemberSums {
        let mut sums = self.sums.clone();
        let absent = self.by_time.iter().take_while(|(seen, _)| is_absent(*seen, time));
        for member in absent.filter_map(|(_, process)| self.all.get(process)) {
            sums.subtract(member);
        }
        sums
    }

    /// Adds a member, or replaces its last report.
    pub(super) fn insert(&mut self, process: ProcessId, member: GroupMember) {
        self.remove(process);
        self.sums.add(&member);
        self.by_time.insert((member.seen, process));
        self.all.insert(process, member);
    }

    /// Notes that a member lives.
    pub(super) fn touch(&mut self, process: ProcessId, seen: Millis) {
        if let Some(member) = self.all.get_mut(&process) {
            self.by_time.remove(&(member.seen, process));
            self.by_time.insert((seen, process));
            member.seen = seen;
        }
    }

    pub(super) fn remove(&mut self, process: ProcessId) {
        if let Some(member) = self.all.remove(&process) {
            self.by_time.remove(&(member.seen, process));
            self.sums.subtract(&member);
        }
    }

    /// Removes the members that are not live.
    pub(super) fn forget_absent(&mut self, clock: Millis) {
        while let Some(&(seen, process)) = self.by_time.first() {
            if !is_absent(seen, clock) {
                return;
            }
            self.remove(process);
        }
    }

    /// Forgets which members were failing or open.
    pub(super) fn clear_flags(&mut self) {
        for member in self.all.values_mut() {
            (member.failing, member.open, member.ordered) = (false, false, false);
        }
        (self.sums.failing, self.sums.open, self.sums.ordered) = (0, 0, 0);
    }

    /// Returns the members that are live at a time.
    pub(super) fn list(&self, time: Millis) -> Vec<MemberView> {
        let live = self.all.iter().filter(|(_, member)| !is_absent(member.seen, time));
        let views = live.map(|(&process, member)| MemberView {
            process,
            name: Arc::clone(&member.name),
            failing: member.failing,
            open: member.open,
            settings: member.settings,
            idle: time.saturating_sub(member.seen),
        });
        views.collect()
    }
}

fn is_absent(seen: Millis, time: Millis) -> bool {
    time.saturating_sub(seen) >= LIVENESS
}
