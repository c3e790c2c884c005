//! The calls of a breaker for a recording: [`CallLog`] puts them into the queue of a [`CallFeed`].
//!
//! A breaker that is recorded is observed: see `observation`.
//!
//! - No call waits for the recording. The queue is bounded, and a call that finds it full is counted and
//!   left out. It is the one of std, of which the sending side takes no lock while nothing waits on the
//!   receiving side: the thread that writes polls.
//! - No call allocates for it, and no code of the user's runs in it. The text of a key is made when the
//!   breaker of the key joins.
//! - The low bits of the start of a call hold the number of its attempt: see
//!   [`CallToken::with_attempt`].

mod feed;
mod log;

use std::sync::Arc;

pub(crate) use crate::breaker::call_log::feed::{CallFeed, join_active, start, stop};
pub(crate) use crate::breaker::call_log::log::{CallEntry, CallLog};
use crate::breaker::inner::Inner;
use crate::state::cell::{CallEnd, Settled};
use crate::state::token::CallToken;
use crate::time::Ticks;
use crate::types::call_outcome::CallOutcome;
use crate::types::error::ErrorKind;
use crate::types::outcome::Evidence;

impl Inner {
    /// Starts to log the calls of this breaker, or ends that. The log of a template is for the breakers
    /// of its keys as well.
    pub(crate) fn set_call_log(&self, log: Option<Arc<CallLog>>) {
        let is_logged = log.is_some();
        let old = self.call_log.swap(log);
        self.choose_rejection_path(is_logged || self.config().has_shadow());
        // May be the last reference, which puts a line into the queue.
        drop(old);
        let config = self.config();
        if self.settings().policy.observed != (is_logged || config.has_shadow()) {
            self.replace(config, None, |current| current.settings.config == config);
        }
    }

    /// Returns the log of this breaker's calls.
    pub(crate) fn call_log(&self) -> Option<Arc<CallLog>> {
        self.cold_if_made()?.call_log.load_full()
    }

    /// Returns whether the calls of this breaker are logged.
    pub(crate) fn is_logged(&self) -> bool {
        self.cold_if_made().is_some_and(|cold| cold.call_log.load().is_some())
    }

    /// Lets the breaker of a new key join the recording of its template.
    pub(crate) fn join_call_log_of(&self, template: &Self) {
        if let Some(log) = template.call_log() {
            log.pass_on(self);
        }
    }

    /// Returns the token of an admitted call as that of this attempt, from 1.
    #[cold]
    pub(crate) fn numbered(&self, token: CallToken, attempt: u32) -> CallToken {
        // A call that waits for a game day is found by its token, which must not change then.
        let is_free = self.injection().is_none();
        if is_free && self.is_logged() { token.with_attempt(attempt) } else { token }
    }

    /// Logs the end of a call. A call that was admitted before the recording began has no start, and is
    /// left out.
    pub(super) fn log_end(&self, token: CallToken, end: CallEnd, settled: &Settled, evidence: Evidence) {
        let log = self.call_log.load();
        let Some(log) = log.as_ref() else { return };
        let (began, took, attempt) = match (token.probe_slot(), token.began(), settled.took) {
            (None, Some(began), Some(took)) => (began, took, token.attempt()),
            (Some(_), _, Some(took)) => (self.now().saturating_sub(took), took, 1),
            (Some(slot), _, None) => {
                // It has lost its slot, which keeps the low bits of its start.
                let now = self.now();
                let took = Ticks::from((now as u32).wrapping_sub(slot.began));
                (now.saturating_sub(took), took, 1)
            }
            _ => return,
        };
        log.add(outcome(end, evidence), began, took, attempt, settled.slow);
    }

    /// Logs a call that was rejected.
    pub(super) fn log_rejection(&self, kind: ErrorKind) {
        let log = self.call_log.load();
        let Some(log) = log.as_ref() else { return };
        let outcome = if kind == ErrorKind::Full { CallOutcome::Full } else { CallOutcome::Rejected };
        log.add(outcome, self.now(), 0, 1, false);
    }
}

/// Returns how a call ended, for its entry.
fn outcome(end: CallEnd, evidence: Evidence) -> CallOutcome {
    match (end, evidence.cause) {
        (CallEnd::Success, _) => CallOutcome::Success,
        (CallEnd::Failure, Some("call_timeout" | "total_timeout")) => CallOutcome::Timeout,
        (CallEnd::Failure, _) => CallOutcome::Failure,
        (CallEnd::Ignored, _) => CallOutcome::Ignored,
        (CallEnd::Cancelled, _) => CallOutcome::Cancelled,
        (CallEnd::Left, _) => CallOutcome::Left,
    }
}
