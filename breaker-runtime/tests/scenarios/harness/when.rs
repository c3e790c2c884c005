//! *When*: the steps of a scenario.

use std::fmt;
use std::time::Duration;

use breaker_runtime::State;

use super::length;

#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) action: Action,
    text: String,
}

#[derive(Clone, Debug)]
pub(super) enum Action {
    Call { end: End, took: Duration },
    Rejected,
    Begin(String),
    End(String, End),
    Wait(Duration),
    Order(Order),
    Expect(State),
    Chance(f64),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Success,
    Failure,
    Ignored,
    Panic,
    Cancelled,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Order {
    Trip,
    Reset,
    ForceOpen,
    ForceClosed,
    Observe,
    Automatic,
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Returns the steps one by one, with repeated ones as often as they run.
pub(super) fn steps(text: &str) -> Result<Vec<Step>, String> {
    let mut done = Vec::new();
    let mut group = None;
    for word in text.replace('(', "( ").replace(')', " )").split_whitespace() {
        let (what, times) = repeated(word)?;
        match what {
            "(" => group = Some(done.len()),
            ")" => {
                let start = group.take().ok_or("`)` without `(`")?;
                let once: Vec<Step> = done.drain(start..).collect();
                done.extend(std::iter::repeat_n(once, times).flatten());
            }
            _ => {
                let action = action(what).ok_or_else(|| format!("no such step: {word}"))?;
                let step = Step { action, text: what.to_owned() };
                done.extend(std::iter::repeat_n(step, times));
            }
        }
    }
    if group.is_some() { Err("`(` without `)`".to_owned()) } else { Ok(done) }
}

fn repeated(word: &str) -> Result<(&str, usize), String> {
    match word.split_once('*') {
        None => Ok((word, 1)),
        Some((what, times)) => Ok((what, times.parse().map_err(|_| format!("how often? {word}"))?)),
    }
}

fn action(word: &str) -> Option<Action> {
    let order = |order| Some(Action::Order(order));
    match word {
        "R" => return Some(Action::Rejected),
        "trip" => return order(Order::Trip),
        "reset" => return order(Order::Reset),
        "force-open" => return order(Order::ForceOpen),
        "force-closed" => return order(Order::ForceClosed),
        "observe" => return order(Order::Observe),
        "automatic" => return order(Order::Automatic),
        _ => {}
    }
    if let Some(name) = word.strip_prefix('[') {
        return Some(Action::Begin(name.to_owned()));
    }
    if let Some((name, how)) = word.split_once(']') {
        return Some(Action::End(name.to_owned(), end(how)?));
    }
    if let Some(name) = word.strip_prefix('=') {
        let all = [State::Closed, State::Open, State::HalfOpen];
        return all.into_iter().find(|state| state.to_string() == name).map(Action::Expect);
    }
    if let Some(chance) = word.strip_prefix('%') {
        return chance.parse().ok().map(Action::Chance);
    }
    if let Some(wait) = length(word) {
        return Some(Action::Wait(wait));
    }
    let (how, took) = match word.split_once(':') {
        Some((how, took)) => (how, length(took)?),
        None => (word, Duration::ZERO),
    };
    Some(Action::Call { end: end(how)?, took })
}

fn end(letter: &str) -> Option<End> {
    Some(match letter {
        "S" => End::Success,
        "F" => End::Failure,
        "I" => End::Ignored,
        "P" => End::Panic,
        "C" => End::Cancelled,
        _ => return None,
    })
}
