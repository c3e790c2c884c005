//! *Then*: the expected end of a row.

use std::fmt::Debug;
use std::time::Duration;

use breaker_runtime::{BreakerError, ConfigError, Event, Mode, Reason, State};

use super::world::Seen;
use super::{length, share};

enum Value {
    Text(String),
    Length(Option<Duration>),
    Share(Option<f64>),
}

/// Checks each word of `then`, the first of which is the state.
pub(super) fn holds(then: &str, seen: &Seen) -> Result<(), String> {
    let mut words = then.split_whitespace();
    let state = words.next().ok_or("nothing is said of the state")?;
    equal("the state", &state, &seen.snapshot.state.to_string().as_str())?;
    let (mut events_expected, mut mode_expected) = (false, false);
    for word in words {
        let (name, expected) = word.split_once('=').ok_or_else(|| format!("no value: {word}"))?;
        events_expected |= matches!(name, "by" | "events");
        mode_expected |= name == "mode";
        let value = value(name, seen).ok_or_else(|| format!("no such thing to see: {name}"))?;
        compare(name, expected, &value)?;
    }
    if !events_expected {
        equal("the events", &"", &reasons(&seen.events).as_str())?;
    }
    if mode_expected { Ok(()) } else { equal("the mode", &Mode::Automatic, &seen.snapshot.mode) }
}

fn compare(name: &str, expected: &str, seen: &Value) -> Result<(), String> {
    let wrong = || format!("{name}={expected}: no such value");
    match seen {
        Value::Text(seen) => equal(name, &expected, &seen.as_str()),
        Value::Length(seen) if expected == "none" => equal(name, &None, seen),
        Value::Length(seen) => equal(name, &Some(length(expected).ok_or_else(wrong)?), seen),
        Value::Share(seen) if expected == "none" => equal(name, &None, seen),
        Value::Share(seen) => {
            let expected = share(expected).ok_or_else(wrong)?;
            let close = seen.is_some_and(|seen| (seen - expected).abs() < 1e-12);
            if close { Ok(()) } else { equal(name, &Some(expected), seen) }
        }
    }
}

fn value(name: &str, seen: &Seen) -> Option<Value> {
    let Seen { snapshot, events, rejection, .. } = seen;
    let totals = snapshot.totals;
    let number = |number: u64| Value::Text(number.to_string());
    let or_none = |text: Option<String>| Value::Text(text.unwrap_or_else(|| "none".to_owned()));
    Some(match name {
        "mode" => Value::Text(snapshot.mode.to_string().replace(' ', "-")),
        "by" => or_none(events.last().map(|event| format!("{:?}", event.reason))),
        "events" => Value::Text(reasons(events)),
        "kind" => or_none(rejection.as_ref().map(|error| format!("{:?}", error.kind()))),
        "wait" => Value::Length(rejection.as_ref().and_then(BreakerError::retry_after)),
        "retry" => Value::Length(snapshot.retry_after),
        "in-state" => Value::Length(Some(snapshot.in_state)),
        "streak" => number(snapshot.streak),
        "window" => or_none(snapshot.window.map(|w| format!("{}/{}/{}", w.calls, w.failures, w.slow))),
        "rate" => Value::Share(snapshot.failure_rate),
        "slow-rate" => Value::Share(snapshot.slow_call_rate),
        "throttle" => Value::Share(snapshot.throttle),
        "in-flight" => number(snapshot.in_flight.into()),
        "trips" => number(snapshot.trips),
        "success" => number(totals.success),
        "failure" => number(totals.failure),
        "ignored" => number(totals.ignored),
        "cancelled" => number(totals.cancelled),
        "late" => number(totals.late),
        "slow" => number(totals.slow),
        "rejected" => number(totals.rejected),
        "would-reject" => number(totals.would_reject),
        _ => return None,
    })
}

fn reasons(events: &[Event]) -> String {
    events.iter().map(|event| format!("{:?}", event.reason)).collect::<Vec<_>>().join(",")
}

/// Checks a row of a breaker that could not be built.
pub(super) fn refused(then: &str, error: &ConfigError) -> Result<(), String> {
    let seen = error.options().collect::<Vec<_>>().join(",");
    equal("the builder", &then, &format!("refused={seen}").as_str())
}

/// Checks the rules that hold after each run.
pub(super) fn always_holds(seen: &Seen) -> Result<(), String> {
    let Seen { snapshot, events, ended, rejected, now, .. } = seen;
    let totals = snapshot.totals;
    let sum = totals.success + totals.failure + totals.ignored + totals.cancelled + totals.late;
    equal("calls that ended", ended, &sum)?;
    equal("calls that were rejected", rejected, &totals.rejected)?;
    let is_trip = |event: &&Event| {
        use Reason::{FailureRate, FailureThreshold, ProbeFailed, SlowCallRate, Tripped};
        matches!(event.reason, FailureThreshold | FailureRate | SlowCallRate | ProbeFailed | Tripped)
    };
    equal("trips", &(events.iter().filter(is_trip).count() as u64), &snapshot.trips)?;
    let mut before = (State::Closed, Duration::ZERO);
    for (event, number) in events.iter().zip(1..) {
        equal("the number of an event", &number, &event.sequence)?;
        equal(&format!("where event {number} comes from"), &before.0, &event.from)?;
        if event.at < before.1 || event.at > *now {
            return Err(format!(
                "event {number} is of {:?}, after {:?} and at {now:?}",
                event.at, before.1
            ));
        }
        before = (event.to, event.at);
    }
    let open = snapshot.state == State::Open && snapshot.mode != Mode::ForcedOpen;
    equal("whether there is a time to retry after", &open, &snapshot.retry_after.is_some())?;
    let closed = snapshot.state == State::Closed;
    if closed { Ok(()) } else { equal("the streak while not closed", &0, &snapshot.streak) }
}

fn equal<T: PartialEq + Debug>(what: &str, expected: &T, seen: &T) -> Result<(), String> {
    if expected == seen { Ok(()) } else { Err(format!("{what}: expected {expected:?}, saw {seen:?}")) }
}
