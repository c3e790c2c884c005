//! A log in memory: the calls of each breaker and key, in the order of their starts.
//!
//! - 24 bytes a call, at most [`LoadLimits::calls`] of them: a longer log is an error that says so.
//! - Lines are parsed on all cores, a batch at a time, and added in their order.
//! - A line that stands for several calls becomes as many, spread evenly over the time since the last
//!   call of the same breaker and key.

mod batch;
mod load;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::time::{Duration, SystemTime};

pub(crate) use crate::lab::log::batch::Format;
pub(crate) use crate::lab::log::load::{LoadLimits, LogSource, MAX_GROUPS, load};
use crate::lab::recording::CallOutcome;

/// One call; times in ns since the start of the log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TimedCall {
    pub(crate) start: u64,
    pub(crate) took: u64,
    /// The position in the log among the calls of the same breaker and key, which is the order of ends.
    pub(crate) position: u32,
    pub(crate) outcome: CallOutcome,
}

impl TimedCall {
    pub(crate) fn end(&self) -> u64 {
        self.start.saturating_add(self.took)
    }

    /// Returns whether the call failed, or took longer than `slow`; `None` if the log cannot show it.
    pub(crate) fn is_bad(&self, slow: Option<Duration>) -> Option<bool> {
        match self.outcome {
            CallOutcome::Failure | CallOutcome::Timeout => Some(true),
            CallOutcome::Success => {
                Some(slow.is_some_and(|slow| u128::from(self.took) > slow.as_nanos()))
            }
            _ => None,
        }
    }
}

/// The calls of one breaker, and key if it has keys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CallGroup {
    pub(crate) breaker: String,
    pub(crate) key: Option<String>,
    /// In the order of their starts, and those with the same start in the order of the log.
    pub(crate) calls: Vec<TimedCall>,
}

impl CallGroup {
    /// Returns this without its calls.
    pub(crate) fn clone_empty(&self) -> Self {
        Self { breaker: self.breaker.clone(), key: self.key.clone(), calls: Vec::new() }
    }

    /// Returns the name with the key, `hosts[eu-1]`.
    pub(crate) fn label(&self) -> String {
        match &self.key {
            None => self.breaker.clone(),
            Some(key) => format!("{}[{key}]", self.breaker),
        }
    }
}

/// A log in memory.
#[derive(Clone, Debug)]
pub(crate) struct LoadedLog {
    /// The wall-clock time from which the times count.
    pub(crate) started: SystemTime,
    /// In the order of their first lines.
    pub(crate) groups: Vec<CallGroup>,
    pub(crate) found: LogFacts,
}

/// The facts about a log beside its calls.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
pub(crate) struct LogFacts {
    /// The calls, those included for which other lines stand.
    pub(crate) calls: u64,
    /// The calls that the recorder has lost.
    pub(crate) dropped: u64,
    /// The lines that cannot be read, where they are skipped.
    pub(crate) damaged: u64,
    /// The calls that have no line of their own.
    pub(crate) sampled_away: u64,
    /// Whether the last line was cut off, and left out.
    pub(crate) is_cut: bool,
    /// Whether the times are those of an access log of nginx, to the second.
    pub(crate) to_the_second: bool,
}

impl LoadedLog {
    /// Returns the end of the last call, in ns since the start.
    pub(crate) fn end(&self) -> u64 {
        let calls = self.groups.iter().flat_map(|group| &group.calls);
        calls.map(TimedCall::end).max().unwrap_or_default()
    }
}

/// The groups, by their names and keys.
#[derive(Debug, Default)]
struct GroupIndex(HashMap<String, GroupsOfName>);

#[derive(Debug, Default)]
struct GroupsOfName {
    without_key: Option<usize>,
    keys: HashMap<String, usize>,
}

impl GroupIndex {
    /// Returns the index of a group; `next` if it is new.
    fn get_or_insert(&mut self, breaker: &str, key: Option<&str>, next: usize) -> usize {
        if !self.0.contains_key(breaker) {
            self.0.insert(breaker.to_owned(), GroupsOfName::default());
        }
        let Some(groups) = self.0.get_mut(breaker) else { return next };
        match key {
            None => *groups.without_key.get_or_insert(next),
            Some(key) => match groups.keys.get(key) {
                Some(index) => *index,
                None => *groups.keys.entry(key.to_owned()).or_insert(next),
            },
        }
    }
}
