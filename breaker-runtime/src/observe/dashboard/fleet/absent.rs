//! The fleet of a process that cannot have one.

use std::sync::Arc;

use axum::http::StatusCode;

use crate::breaker::CircuitBreaker;
use crate::observe::dashboard::fleet::views::{FleetBoardView, FleetGroupView};
use crate::observe::dashboard::guard::RequestRefusal;
use crate::observe::dashboard::write::CheckedChange;

/// The knowledge of the members of groups, of which there are none.
#[derive(Debug, Default)]
pub(in super::super) struct FleetLook;

impl FleetLook {
    pub(in super::super) fn follow(self: &Arc<Self>, _is_watched: bool) {}

    pub(in super::super) fn view(&self, _before: Option<&FleetBoardView>) -> Option<FleetBoardView> {
        None
    }

    pub(in super::super) fn group_of(&self, _breaker: &str) -> Option<FleetGroupView> {
        None
    }

    #[expect(clippy::unused_async, reason = "it asks a store where there is one")]
    pub(in super::super) async fn ask(&self) {}
}

pub(in super::super) fn shared_group(_: &CircuitBreaker) -> Option<String> {
    None
}

pub(in super::super) async fn command(
    _group: &str,
    _change: CheckedChange,
    _look: &FleetLook,
) -> Result<FleetGroupView, RequestRefusal> {
    let text = "this process is in no fleet; enable the feature `redis`, and connect";
    Err(RequestRefusal::new(StatusCode::NOT_FOUND, text))
}
