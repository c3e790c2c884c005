//! Commands of an operator for all processes of a group.

use std::time::Duration;

use axum::http::StatusCode;
use tokio::time::{sleep, timeout};

use crate::fleet::{self, Fleet, FleetError, FleetErrorKind, FleetGroup, FleetPhase};
use crate::observe::dashboard::fleet::look::FleetLook;
use crate::observe::dashboard::fleet::reading::group_view;
use crate::observe::dashboard::fleet::views::FleetGroupView;
use crate::observe::dashboard::guard::RequestRefusal;
use crate::observe::dashboard::sampler::wall;
use crate::observe::dashboard::write::{Action, CheckedChange};
use crate::types::operator::Operator;
use crate::types::snapshot::Mode;

/// The time within which a command is in force everywhere.
const IN_FORCE: Duration = Duration::from_millis(500);
/// The time between two readings of the status.
const STEP: Duration = Duration::from_millis(10);

/// Gives a command to all processes of a group, and returns the group when it is in force here.
pub(in super::super) async fn command(
    group: &str,
    change: CheckedChange,
    look: &FleetLook,
) -> Result<FleetGroupView, RequestRefusal> {
    let absent = |text| RequestRefusal::new(StatusCode::NOT_FOUND, text);
    let fleet = fleet::connected()
        .ok_or_else(|| absent("this process is in no fleet; connect it, or ask another process"))?;
    find(&fleet, group)
        .ok_or_else(|| absent("no breaker of this process is in a group of this name"))?;
    let CheckedChange { action, operator } = change;
    let given = give(&fleet, group, action, operator.clone()).await;
    given.map_err(|error| refusal(&error))?;
    // It is in the store: if this process takes longer to hear of it, the next event shows it.
    let _ = timeout(IN_FORCE, in_force(&fleet, group, action, &operator)).await;
    let status = fleet.status();
    let found = status.groups.iter().find(|found| found.name == group);
    let found = found.ok_or_else(|| absent("the process has left the group; the command was given"))?;
    Ok(group_view(wall(), &status, found, &look.seen(), None))
}

fn find(fleet: &Fleet, name: &str) -> Option<FleetGroup> {
    fleet.status().groups.into_iter().find(|group| group.name == name)
}

async fn give(fleet: &Fleet, group: &str, action: Action, operator: Operator) -> Result<(), FleetError> {
    match action {
        Action::ForceOpen => fleet.force_open(group, operator).await,
        Action::ForceClosed => fleet.force_closed(group, operator).await,
        Action::Automatic => fleet.automatic(group, operator).await,
        Action::Reset => fleet.reset(group, operator).await,
    }
}

/// Waits until this process has heard of a command.
async fn in_force(fleet: &Fleet, name: &str, action: Action, operator: &Operator) {
    let is_set = |group: &FleetGroup, mode| {
        let set = group.command.as_ref();
        set.is_some_and(|set| {
            let author = set.operator.as_ref().map(|operator| &operator.author);
            set.mode == mode && author == Some(&operator.author)
        })
    };
    loop {
        let is_in_force = find(fleet, name).is_none_or(|group| match action {
            Action::ForceOpen => is_set(&group, Mode::ForcedOpen),
            Action::ForceClosed => is_set(&group, Mode::ForcedClosed),
            Action::Automatic => group.command.is_none(),
            Action::Reset => group.phase == FleetPhase::Recovered,
        });
        if is_in_force {
            return;
        }
        sleep(STEP).await;
    }
}

fn refusal(error: &FleetError) -> RequestRefusal {
    let status = match error.kind() {
        FleetErrorKind::Argument => StatusCode::UNPROCESSABLE_ENTITY,
        FleetErrorKind::Store => StatusCode::SERVICE_UNAVAILABLE,
        FleetErrorKind::Address | FleetErrorKind::Connected | FleetErrorKind::NoRuntime => {
            StatusCode::INTERNAL_SERVER_ERROR
        }
    };
    RequestRefusal::new(status, error.to_string())
}
