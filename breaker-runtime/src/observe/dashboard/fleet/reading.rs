//! Readings of the fleet: what this process knows, and the members that the store has named.

use std::cmp::Reverse;

use crate::breaker::CircuitBreaker;
use crate::fleet::{
    self, FleetGroup, FleetMember, FleetPhase, FleetProber, FleetReachability, FleetStatus,
};
use crate::observe::dashboard::board::steady;
use crate::observe::dashboard::epoch_millis;
use crate::observe::dashboard::fleet::look::SeenMembers;
use crate::observe::dashboard::fleet::views::{
    FleetAuthorView, FleetBoardView, FleetCommandView, FleetFacts, FleetGroupView, FleetMemberView,
    FleetProberView, FleetStoreView,
};
use crate::observe::dashboard::reading::mode_word;
use crate::types::operator::{ModeOverride, Operator};

/// The number of groups that are listed: each key of a function may be one.
pub(super) const MOST_GROUPS: usize = 100;
/// The number of members that are listed of a group.
const MOST_MEMBERS: usize = 100;

/// Returns the name of the group of a breaker while this process is in a fleet; that of a function with
/// keys is the one which the keys are added to.
pub(in super::super) fn shared_group(breaker: &CircuitBreaker) -> Option<String> {
    let group = fleet::shared_group(breaker)?;
    fleet::connected().map(|_| group)
}

/// Returns the groups that are listed, those that need attention first.
pub(super) fn listed(status: &FleetStatus) -> Vec<&FleetGroup> {
    let mut groups: Vec<_> = status.groups.iter().collect();
    groups.sort_by_key(|group| (Reverse(attention(group)), &group.name));
    groups.truncate(MOST_GROUPS);
    groups
}

/// Returns how much a group needs attention.
fn attention(group: &FleetGroup) -> u8 {
    if group.phase == FleetPhase::Open {
        4
    } else if group.command.is_some() {
        3
    } else if group.failing > 0 {
        2
    } else {
        u8::from(group.mixed_settings)
    }
}

/// Returns the view of a status, at `now` in milliseconds since the Unix epoch. Times that are computed
/// anew for each view are those of `before` if they are the same.
pub(super) fn view(
    now: u64,
    status: &FleetStatus,
    seen: &SeenMembers,
    before: Option<&FleetBoardView>,
) -> FleetBoardView {
    let count =
        |holds: fn(&FleetGroup) -> bool| status.groups.iter().filter(|group| holds(group)).count();
    FleetBoardView {
        facts: FleetFacts {
            process: status.process.clone(),
            store: FleetStoreView {
                address: status.address.clone(),
                state: match status.store {
                    FleetReachability::Unknown => "unknown",
                    FleetReachability::Reached => "reached",
                    FleetReachability::Lost => "lost",
                },
                since: status.since.map(epoch_millis),
                error: status.error.clone(),
            },
            dropped: status.dropped,
            total: status.groups.len(),
            open: count(|group| group.phase == FleetPhase::Open),
            commands: count(|group| group.command.is_some()),
        },
        groups: listed(status)
            .into_iter()
            .map(|group| {
                let before = before
                    .and_then(|before| before.groups.iter().find(|other| other.name == group.name));
                group_view(now, status, group, seen, before)
            })
            .collect(),
    }
}

/// Returns the view of one group.
pub(super) fn group_view(
    now: u64,
    status: &FleetStatus,
    group: &FleetGroup,
    seen: &SeenMembers,
    before: Option<&FleetGroupView>,
) -> FleetGroupView {
    let at = |left: std::time::Duration, before: Option<u64>| {
        let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        steady(before, now.saturating_add(left))
    };
    let members = seen.of(&group.name);
    let known = members.map(|members| members.list.as_slice()).unwrap_or_default();
    let until = before.and_then(|before| before.prober.as_ref()).and_then(|prober| prober.until);
    FleetGroupView {
        name: group.name.clone(),
        breakers: group.breakers.clone(),
        phase: phase_word(group.phase),
        since: group.since.map(epoch_millis),
        epoch: group.epoch,
        probe_at: match group.remaining {
            // It is over: it does not move on with the time.
            Some(left) if left.is_zero() => {
                before.filter(|before| before.epoch == group.epoch).and_then(|before| before.probe_at)
            }
            left => left.map(|left| at(left, before.and_then(|before| before.probe_at))),
        },
        cause: group.cause.map(|cause| cause.to_string()),
        reset_by: group.reset_by.as_ref().map(author),
        live: group.live,
        failing: group.failing,
        open: group.open,
        mixed_settings: group.mixed_settings,
        prober: (group.prober != FleetProber::None).then(|| {
            let is_this = group.prober == FleetProber::ThisProcess;
            let other = || known.iter().find(|member| member.probes).map(|member| member.name.clone());
            FleetProberView {
                is_this,
                name: if is_this { Some(status.process.clone()) } else { other() },
                until: group.probe_remaining.map(|left| at(left, until)),
            }
        }),
        command: group.command.as_ref().map(command),
        members: members.map(|_| member_views(group.prober, known)),
        members_error: members.and_then(|members| members.error.clone()),
        members_from: members.filter(|members| members.error.is_some()).and_then(|members| members.from),
    }
}

fn phase_word(phase: FleetPhase) -> &'static str {
    match phase {
        FleetPhase::Idle => "idle",
        FleetPhase::Open => "open",
        FleetPhase::Recovered => "recovered",
    }
}

fn author(operator: &Operator) -> FleetAuthorView {
    FleetAuthorView {
        author: operator.author.to_string(),
        reason: operator.reason.as_ref().map(ToString::to_string),
    }
}

fn command(set: &ModeOverride) -> FleetCommandView {
    FleetCommandView {
        mode: mode_word(set.mode),
        by: set.operator.as_deref().map(author),
        since: epoch_millis(set.since),
        until: set.until.map(epoch_millis),
    }
}

/// Returns the views of members: the one that probes first, then those that see failures, then by name.
/// What this process knows of the prober is newer than the members.
fn member_views(prober: FleetProber, members: &[FleetMember]) -> Vec<FleetMemberView> {
    let probes = |member: &FleetMember| match prober {
        FleetProber::None => false,
        FleetProber::ThisProcess => member.is_this,
        FleetProber::AnotherProcess => member.probes && !member.is_this,
    };
    let view = |member: &FleetMember| FleetMemberView {
        name: member.name.clone(),
        is_this: member.is_this,
        failing: member.failing,
        open: member.open,
        probes: probes(member),
        seen: member.idle.as_secs(),
        settings: format!("{:014x}", member.settings),
    };
    let mut views: Vec<_> = members.iter().map(view).collect();
    // The members are in the order of their names.
    views.sort_by_key(|member| Reverse((member.probes, member.open, member.failing)));
    views.truncate(MOST_MEMBERS);
    views
}
