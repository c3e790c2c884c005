//! Commands of operators for the whole fleet.

use std::sync::Arc;
use std::time::Duration;

use crate::fleet::connect::{Fleet, draw};
use crate::fleet::error::{FleetError, FleetErrorKind};
use crate::fleet::protocol::message::{
    Author, Body, FleetCommand, Known, LeaseView, MemberView, Request, View,
};
use crate::fleet::status::FleetMember;
use crate::fleet::store::GroupName;
#[cfg(feature = "dashboard")]
use crate::fleet::store::StoreAnswer;
use crate::types::operator::Operator;
use crate::types::snapshot::Mode;

/// The time after which a command ends if its operator gives none.
const DEFAULT_LENGTH: Duration = Duration::from_secs(60 * 60);

/// The longest time for which a command is in force.
const LONGEST: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// The longest author and reason, in characters.
const MAX_TEXT: usize = 256;

impl Fleet {
    /// Makes the breakers of a group reject every call, in all processes.
    ///
    /// It is in force everywhere within half a second, also in processes that start later, and ends
    /// after [`expires_after`](Operator::expires_after): at most 7 days, 1 hour unless it is given.
    /// Author and reason are in the [`Event`](crate::Event) of each breaker; 256 characters of each are
    /// kept.
    ///
    /// # Errors
    ///
    /// [`FleetErrorKind::Argument`] if the end is out of range, [`FleetErrorKind::Store`] if the store
    /// does not answer: then the command may have been carried out or not, and can be given again.
    ///
    /// # Cancel safety
    ///
    /// A future that is dropped may have carried out the command or not.
    pub async fn force_open(&self, group: &str, operator: Operator) -> Result<(), FleetError> {
        self.set_mode(group, Mode::ForcedOpen, operator).await
    }

    /// Makes the breakers of a group run every call, in all processes. For end, errors and cancel safety
    /// see [`force_open`](Self::force_open).
    ///
    /// # Errors
    ///
    /// Those of [`force_open`](Self::force_open).
    pub async fn force_closed(&self, group: &str, operator: Operator) -> Result<(), FleetError> {
        self.set_mode(group, Mode::ForcedClosed, operator).await
    }

    /// Ends the command in force: the breakers of a group decide again, in all processes, starting
    /// closed and empty. For errors and cancel safety see [`force_open`](Self::force_open).
    ///
    /// # Errors
    ///
    /// Those of [`force_open`](Self::force_open).
    pub async fn automatic(&self, group: &str, operator: Operator) -> Result<(), FleetError> {
        self.set_mode(group, Mode::Automatic, operator).await
    }

    /// Closes the breakers of a group that are open, in all processes, and forgets the evidence. A
    /// command in force stays. For errors and cancel safety see [`force_open`](Self::force_open).
    ///
    /// # Errors
    ///
    /// Those of [`force_open`](Self::force_open).
    pub async fn reset(&self, group: &str, operator: Operator) -> Result<(), FleetError> {
        self.request(group, Body::Reset(author(&operator))).await.map(drop)
    }

    /// Asks the store for the live processes of a group, by name.
    ///
    /// # Errors
    ///
    /// [`FleetErrorKind::Store`] if the store does not answer.
    ///
    /// # Cancel safety
    ///
    /// It only reads.
    pub async fn members(&self, group: &str) -> Result<Vec<FleetMember>, FleetError> {
        let view = self.request(group, Body::Read { members: true }).await?;
        Ok(self.members_in(&view))
    }

    /// Asks the store for the live processes of several groups in one exchange, each by name. Ends
    /// within the deadline of the connection. The answers are in the order of the groups.
    #[cfg(feature = "dashboard")]
    pub(crate) async fn members_of(
        &self,
        groups: &[&str],
    ) -> Result<Vec<Result<Vec<FleetMember>, FleetError>>, FleetError> {
        let request = |group: &&str| {
            let body = Body::Read { members: true };
            let known = Known::default();
            (GroupName::new(group), Request { process: self.process(), known, draw: draw(), body })
        };
        let requests: Vec<_> = groups.iter().map(request).collect();
        let answers = self.store().exchange(&requests).await;
        let answers = answers.map_err(|error| FleetError::store(&error))?;
        let members = |answer: StoreAnswer| {
            answer.map(|view| self.members_in(&view)).map_err(|error| FleetError::store(&error))
        };
        Ok(answers.into_iter().map(members).collect())
    }

    fn members_in(&self, view: &View) -> Vec<FleetMember> {
        let mut members: Vec<_> = view.members.iter().map(|member| self.member(member, view)).collect();
        members.sort_by(|one, other| one.name.cmp(&other.name));
        members
    }

    fn member(&self, member: &MemberView, view: &View) -> FleetMember {
        let probes = match view.lease {
            LeaseView::Free => false,
            LeaseView::Mine { .. } => member.process == self.process(),
            LeaseView::Other { process, .. } => member.process == process,
        };
        FleetMember {
            name: member.name.to_string(),
            is_this: member.process == self.process(),
            failing: member.failing,
            open: member.open,
            probes,
            settings: member.settings,
            idle: Duration::from_millis(member.idle),
        }
    }

    async fn set_mode(&self, group: &str, mode: Mode, operator: Operator) -> Result<(), FleetError> {
        let length = operator.expires_after.unwrap_or(DEFAULT_LENGTH);
        if length > LONGEST || length < Duration::from_millis(1) {
            let text = format!(
                "command for the fleet: expires_after is {}; give from 1 ms to 7 days",
                crate::time::duration::shown(length)
            );
            return Err(FleetError::new(FleetErrorKind::Argument, text));
        }
        let length = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
        let command = FleetCommand { id: 0, mode, author: author(&operator), length };
        self.request(group, Body::Command(command)).await.map(drop)
    }

    /// Sends one request, and lets the agent look at the group.
    async fn request(&self, group: &str, body: Body) -> Result<View, FleetError> {
        let name = GroupName::new(group);
        let process = self.process();
        let request = Request { process, known: Known::default(), draw: draw(), body };
        let answers = self.store().exchange(&[(name.clone(), request)]).await;
        let answer = answers.and_then(|answers| {
            let none = || {
                crate::fleet::store::StoreError::new(
                    crate::fleet::store::StoreErrorKind::Unreadable,
                    "no answer",
                )
            };
            answers.into_iter().next().unwrap_or_else(|| Err(none()))
        });
        self.look_at(name);
        answer.map_err(|error| FleetError::store(&error))
    }
}

fn author(operator: &Operator) -> Author {
    let text = |text: &str| -> Arc<str> { text.chars().take(MAX_TEXT).collect::<String>().into() };
    Author { name: text(&operator.author), reason: operator.reason.as_deref().map(text) }
}
