//! Requests as arguments of the script, and its answer as a view. The order of both is that of the
//! scripts.

use std::sync::Arc;

use redis::{Cmd, FromRedisValue, Value};

use crate::fleet::protocol::message::{
    Author, Body, CommandView, LeaseView, MemberView, OpenCause, Phase, ProcessId, QuorumRule, Report,
    Request, StandingOrder, View,
};
use crate::fleet::store::{GroupName, StoreError, StoreErrorKind};
use crate::types::snapshot::Mode;

/// The largest number that is sent, above all that have a meaning. The scripts compute up to twice as
/// far, so that the sum of two is exact.
const LARGEST: u64 = (1 << 52) + 1;

/// The endings of a group's keys, in the order of the scripts.
const KEYS: [&str; 7] = ["state", "members", "seen", "failing", "open", "settings", "ordered"];

/// Returns the keys of a group. The part in braces is the same in all of them, and so is their slot in a
/// cluster.
pub(super) fn keys(group: &GroupName) -> [String; 7] {
    let tag = tag(group);
    KEYS.map(|ending| format!("{{{tag}}}:{ending}"))
}

/// Returns the part of a group's keys that decides in which slot of a cluster they are.
pub(super) fn tag(group: &GroupName) -> String {
    format!("breaker:1:{}", encoded(group.as_str()))
}

/// Escapes all but letters, digits, `-`, `_`, `.` and `:`, so that no name contains a brace.
fn encoded(name: &str) -> String {
    use std::fmt::Write;

    let mut text = String::with_capacity(name.len());
    for byte in name.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.:".contains(&byte) {
            text.push(char::from(byte));
        } else {
            // Writing to a `String` does not fail.
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

/// Appends a request to a call of the script.
pub(super) fn append(command: &mut Cmd, group: &GroupName, request: &Request) {
    let kind = match request.body {
        Body::Read { .. } => "read",
        Body::Report(_) => "report",
        Body::Settle(_) => "settle",
        Body::Command(_) => "command",
        Body::Reset(_) => "reset",
        Body::Leave => "leave",
    };
    command
        .arg(kind)
        .arg(request.process.0)
        .arg(request.known.incarnation)
        .arg(capped(request.known.epoch));
    command.arg(request.draw).arg(group.as_str());
    command.arg(match &request.body {
        Body::Read { members } => u8::from(*members),
        Body::Report(report) => u8::from(report.is_active()),
        _ => 0,
    });
    match &request.body {
        Body::Read { .. } | Body::Leave => {}
        Body::Report(report) => append_report(command, report),
        Body::Settle(settle) => {
            command.arg(capped(settle.epoch)).arg(settle.token).arg(u8::from(settle.success));
            command.arg(capped(settle.open));
        }
        Body::Command(order) => {
            command.arg(capped(order.id)).arg(mode_word(order.mode));
            append_author(command, &order.author);
            command.arg(capped(order.length));
        }
        Body::Reset(author) => append_author(command, author),
    }
}

fn append_report(command: &mut Cmd, report: &Report) {
    let optional =
        |limit: Option<u64>| limit.map_or_else(String::new, |limit| capped(limit).to_string());
    let rules = &report.rules;
    command.arg(capped(report.seq)).arg(&*report.name);
    command.arg(capped(report.successes)).arg(capped(report.failures)).arg(capped(report.streak));
    command.arg(u8::from(report.failing)).arg(u8::from(report.open)).arg(u8::from(report.wants_probe));
    command.arg(format!("{:x}", report.settings));
    command.arg(optional(rules.streak)).arg(optional(rules.volume)).arg(optional(rules.rate_ppm));
    command.arg(capped(rules.min_calls)).arg(capped(rules.window));
    let (number, share) = match rules.quorum {
        QuorumRule::Processes(number) => (Some(number), None),
        QuorumRule::Share(share) => (None, Some(share)),
    };
    command.arg(optional(number)).arg(optional(share)).arg(capped(rules.open)).arg(capped(rules.lease));
    let (order, epoch, remaining) = match report.order {
        StandingOrder::None => ("", 0, 0),
        StandingOrder::Open { epoch, remaining } => ("open", epoch, remaining),
        StandingOrder::Ended { epoch } => ("ended", epoch, 0),
    };
    command.arg(order).arg(capped(epoch)).arg(capped(remaining));
}

/// A text that may be missing is empty, or begins with `=`.
fn append_author(command: &mut Cmd, author: &Author) {
    command.arg(format!("={}", author.name));
    command.arg(author.reason.as_ref().map_or_else(String::new, |reason| format!("={reason}")));
}

fn capped(number: u64) -> u64 {
    number.min(LARGEST)
}

fn mode_word(mode: Mode) -> &'static str {
    match mode {
        Mode::Automatic => "automatic",
        Mode::ForcedOpen => "forced_open",
        Mode::ForcedClosed => "forced_closed",
        Mode::Observe => "observe",
    }
}

/// Reads the answer of the script.
pub(super) fn view(answer: Value) -> Result<View, StoreError> {
    let unreadable = |what| StoreError::new(StoreErrorKind::Unreadable, what);
    let Value::Array(values) = answer else { return Err(unreadable("no list")) };
    let mut fields = ViewFields(values.into_iter());
    let view = fields.view().ok_or_else(|| unreadable("a field of the view"))?;
    if fields.0.len() > 0 { Err(unreadable("more than a view")) } else { Ok(view) }
}

struct ViewFields(std::vec::IntoIter<Value>);

impl ViewFields {
    fn text(&mut self) -> Option<String> {
        match self.0.next()? {
            // A text that is cut in the middle of a character was written by something else.
            Value::BulkString(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            value => String::from_redis_value(value).ok(),
        }
    }

    fn number(&mut self) -> Option<u64> {
        self.text()?.parse().ok()
    }

    fn optional(&mut self) -> Option<Option<Arc<str>>> {
        Some(self.text()?.strip_prefix('=').map(Arc::from))
    }

    fn author(&mut self) -> Option<Option<Author>> {
        let (name, reason) = (self.optional()?, self.optional()?);
        Some(name.map(|name| Author { name, reason }))
    }

    fn view(&mut self) -> Option<View> {
        Some(View {
            incarnation: self.number()?,
            epoch: self.number()?,
            phase: self.phase()?,
            lease: self.lease()?,
            command_id: self.number()?,
            command: self.command()?,
            live: self.number()?,
            failing: self.number()?,
            open: self.number()?,
            mixed_settings: self.number()? != 0,
            members: self.members()?,
        })
    }

    fn phase(&mut self) -> Option<Phase> {
        let (phase, remaining, cause) = (self.text()?, self.number()?, self.text()?);
        let by = self.author()?;
        Some(match &*phase {
            "idle" => Phase::Idle,
            "open" => Phase::Open { remaining, cause: open_cause(&cause)? },
            "recovered" => Phase::Recovered { by },
            _ => return None,
        })
    }

    fn lease(&mut self) -> Option<LeaseView> {
        let (lease, id, remaining) = (self.text()?, self.number()?, self.number()?);
        Some(match &*lease {
            "free" => LeaseView::Free,
            "mine" => LeaseView::Mine { token: id, remaining },
            "other" => LeaseView::Other { process: ProcessId(id), remaining },
            _ => return None,
        })
    }

    fn command(&mut self) -> Option<Option<CommandView>> {
        let (word, author, remaining) = (self.text()?, self.author()?, self.number()?);
        let mode = match &*word {
            "" => return Some(None),
            "automatic" => Mode::Automatic,
            "forced_open" => Mode::ForcedOpen,
            "forced_closed" => Mode::ForcedClosed,
            "observe" => Mode::Observe,
            _ => return None,
        };
        let author = author.unwrap_or_else(|| Author { name: "".into(), reason: None });
        Some(Some(CommandView { mode, author, remaining }))
    }

    fn members(&mut self) -> Option<Vec<MemberView>> {
        let mut members = Vec::with_capacity(self.0.len() / 5);
        while self.0.len() > 0 {
            let (process, name) = (ProcessId(self.number()?), self.text()?.into());
            let flags = self.number()?;
            let settings = u64::from_str_radix(&self.text()?, 16).ok()?;
            let (failing, open) = (flags & 1 != 0, flags & 2 != 0);
            members.push(MemberView { process, name, failing, open, settings, idle: self.number()? });
        }
        members.sort_unstable_by_key(|member| member.process);
        Some(members)
    }
}

fn open_cause(word: &str) -> Option<OpenCause> {
    Some(match word {
        "members" => OpenCause::Members,
        "streak" => OpenCause::Streak,
        "volume" => OpenCause::Volume,
        "rate" => OpenCause::Rate,
        "probe" => OpenCause::Probe,
        _ => return None,
    })
}
