//! Changes by an operator: the body of a request becomes a command with author, reason and end.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, StatusCode};
use serde::Deserialize;

use crate::breaker::CircuitBreaker;
use crate::observe::dashboard::guard::RequestRefusal;
use crate::types::operator::Operator;
use crate::types::snapshot::Mode;

/// The end of a forced mode if the request names none, in minutes.
const DEFAULT_MINUTES: u32 = 30;
/// The latest end: a week.
const MAX_MINUTES: u32 = 7 * 24 * 60;
/// The largest number of characters of an author and of a reason.
const MAX_AUTHOR: usize = 100;
const MAX_REASON: usize = 500;
/// Longer ones are cut where all processes receive them.
const MAX_FLEET_REASON: usize = 256;

/// The body of a change.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ChangeRequest {
    /// In the address of a command for the fleet.
    action: Option<Action>,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    author: String,
    minutes: Option<u32>,
}

#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Action {
    ForceOpen,
    ForceClosed,
    Automatic,
    Reset,
}

impl ChangeRequest {
    fn read(body: &[u8]) -> Result<Self, RequestRefusal> {
        serde_json::from_slice(body)
            .map_err(|error| unfit(format!("the change is not readable: {error}")))
    }
}

fn unfit(text: impl Into<String>) -> RequestRefusal {
    RequestRefusal::new(StatusCode::UNPROCESSABLE_ENTITY, text)
}

/// A change that was checked.
#[derive(Debug)]
pub(super) struct CheckedChange {
    pub(super) action: Action,
    pub(super) operator: Operator,
}

impl CheckedChange {
    /// Reads a change. `author_header` names the header of the service's own login, if there is one: the
    /// author is then who that says.
    pub(super) fn read(
        body: &[u8],
        headers: &HeaderMap,
        author_header: Option<&HeaderName>,
    ) -> Result<Self, RequestRefusal> {
        let request = ChangeRequest::read(body)?;
        let action = request.action.ok_or_else(|| unfit("action: there is none; send what to do"))?;
        Self::checked(action, request, MAX_REASON, headers, author_header)
    }

    /// Reads a command for all processes of a group, with its action in the address.
    pub(super) fn of_fleet(
        action: &str,
        body: &[u8],
        headers: &HeaderMap,
        author_header: Option<&HeaderName>,
    ) -> Result<Self, RequestRefusal> {
        let action = serde_json::from_value(action.into()).map_err(|_| {
            let text = "there is no such command; send force_open, force_closed, automatic or reset";
            RequestRefusal::new(StatusCode::NOT_FOUND, text)
        })?;
        let request = ChangeRequest::read(body)?;
        if request.action.is_some() {
            return Err(unfit("action: it is in the address; leave it out of the body"));
        }
        Self::checked(action, request, MAX_FLEET_REASON, headers, author_header)
    }

    fn checked(
        action: Action,
        request: ChangeRequest,
        most: usize,
        headers: &HeaderMap,
        author_header: Option<&HeaderName>,
    ) -> Result<Self, RequestRefusal> {
        let author = match author_header {
            None => request.author,
            Some(name) => {
                let author = headers.get(name).and_then(|value| value.to_str().ok());
                author
                    .ok_or_else(|| unfit(format!("the author is missing in the header `{name}`")))?
                    .to_owned()
            }
        };
        let author = text("author", &author, MAX_AUTHOR).map_err(unfit)?;
        let reason = text("reason", &request.reason, most).map_err(unfit)?;
        let mut operator = Operator::new(author).reason(reason);
        if matches!(action, Action::ForceOpen | Action::ForceClosed) {
            let minutes = request.minutes.unwrap_or(DEFAULT_MINUTES);
            if !(1..=MAX_MINUTES).contains(&minutes) {
                return Err(unfit(format!(
                    "minutes: {minutes} is out of range; send 1 to {MAX_MINUTES}"
                )));
            }
            operator = operator.expires_after(Duration::from_secs(u64::from(minutes) * 60));
        }
        Ok(Self { action, operator })
    }

    /// Makes the change.
    pub(super) fn apply(self, breaker: &CircuitBreaker) {
        let Self { action, operator } = self;
        match action {
            Action::ForceOpen => breaker.set_mode_by(Mode::ForcedOpen, operator),
            Action::ForceClosed => breaker.set_mode_by(Mode::ForcedClosed, operator),
            Action::Automatic => breaker.set_mode_by(Mode::Automatic, operator),
            Action::Reset => breaker.reset_by(operator),
        }
    }
}

/// Returns a text of one line within the limits.
fn text(name: &str, given: &str, most: usize) -> Result<String, String> {
    let given = given.trim();
    if given.is_empty() {
        return Err(format!("{name}: there is none; send who or why, as the event shows it"));
    }
    if given.chars().count() > most {
        return Err(format!("{name}: it is too long; send at most {most} characters"));
    }
    if given.chars().any(char::is_control) {
        return Err(format!("{name}: it has control characters; send one line of text"));
    }
    Ok(given.to_owned())
}
