//! The samples of the process's fleet. Without a connection, or without the feature, there are none.

#[cfg(feature = "redis")]
pub(super) use self::connected::{commands, dropped, groups, mixed_groups, reachable};
#[cfg(not(feature = "redis"))]
pub(super) use self::{
    none as commands, none as dropped, none as groups, none as mixed_groups, none as reachable,
};

#[cfg(not(feature = "redis"))]
pub(super) fn none(_: crate::observe::families::table::SampleSink<'_>) {}

#[cfg(feature = "redis")]
mod connected {
    use crate::fleet::{self, FleetGroup, FleetPhase, FleetReachability, FleetStatus};
    use crate::observe::families::MetricValue;
    use crate::observe::families::samples::{NO_LABELS, flag, gauge, mode_word};
    use crate::observe::families::table::SampleSink;
    use crate::types::snapshot::Mode;

    const PHASES: [(FleetPhase, &str); 3] =
        [(FleetPhase::Idle, "idle"), (FleetPhase::Open, "open"), (FleetPhase::Recovered, "recovered")];

    fn status() -> Option<FleetStatus> {
        fleet::connected().map(|fleet| fleet.status())
    }

    pub(in super::super) fn reachable(add: SampleSink<'_>) {
        if let Some(status) = status() {
            add(NO_LABELS, flag(status.store == FleetReachability::Reached));
        }
    }

    pub(in super::super) fn dropped(add: SampleSink<'_>) {
        if let Some(status) = status() {
            add(NO_LABELS, MetricValue::Count(status.dropped));
        }
    }

    pub(in super::super) fn groups(add: SampleSink<'_>) {
        let Some(status) = status() else { return };
        for (phase, word) in PHASES {
            add([word, "", ""], count(&status, |group| group.phase == phase));
        }
    }

    pub(in super::super) fn mixed_groups(add: SampleSink<'_>) {
        if let Some(status) = status() {
            add(NO_LABELS, count(&status, |group| group.mixed_settings));
        }
    }

    pub(in super::super) fn commands(add: SampleSink<'_>) {
        let Some(status) = status() else { return };
        for mode in [Mode::ForcedOpen, Mode::ForcedClosed] {
            let is_in_force =
                |group: &FleetGroup| group.command.as_ref().is_some_and(|command| command.mode == mode);
            add([mode_word(mode), "", ""], count(&status, is_in_force));
        }
    }

    fn count(status: &FleetStatus, holds: impl Fn(&FleetGroup) -> bool) -> MetricValue {
        gauge(status.groups.iter().filter(|group| holds(group)).count() as u64)
    }
}
