//! The calls of a breaker for a recording: [`CallLog`] puts them into the queue of a [`CallFeed`].
//!
//! A breaker that is recorded has `SLOW_ADMIT` set in its word, and each call carries its start, as with
//! `slow_call`: so each call takes the slow paths, and only those look for a log. Any other breaker pays
//! nothing while it is closed.
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
use std::sync::atomic::Ordering;

pub(crate) use crate::breaker::call_log::feed::{CallFeed, join_active, start, stop};
pub(crate) use crate::breaker::call_log::log::{CallEntry, CallLog, EntryEnd};
use crate::breaker::inner::Inner;
use crate::state::cell::{CallEnd, Settled};
use crate::state::token::CallToken;
use crate::time::Ticks;
use crate::types::error::ErrorKind;
use crate::types::outcome::Evidence;

impl Inner {
    /// Starts to log the calls of this breaker, or ends that. The log of a template is for the breakers
    /// of its keys as well.
    pub(crate) fn set_call_log(&self, log: Option<Arc<CallLog>>) {
        let is_logged = log.is_some();
        let old = self.call_log.swap(log);
        self.rejects_early.store(!is_logged && self.may_reject_early(), Ordering::Relaxed);
        // May be the last reference, which puts a line into the queue.
        drop(old);
        let config = self.config();
        if self.settings().policy.observed != is_logged {
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

    /// Returns whether the policy sends each call to a log.
    #[inline]
    fn is_observed(&self) -> bool {
        self.settings().policy.observed
    }

    /// Returns the token of an admitted call as that of a first attempt.
    #[inline]
    pub(crate) fn first_attempt(&self, token: CallToken) -> CallToken {
        if self.is_observed() { token.with_attempt(1) } else { token }
    }

    /// Returns the token of an admitted call as that of this attempt, from 1.
    #[cold]
    pub(crate) fn numbered(&self, token: CallToken, attempt: u32) -> CallToken {
        // A call that waits for a game day is found by its token, which must not change then.
        let is_free = self.injection().is_none();
        if is_free && self.is_observed() { token.with_attempt(attempt) } else { token }
    }

    /// Logs the end of a call. A call that was admitted before the recording began has no start, and is
    /// left out.
    #[cold]
    #[inline(never)]
    pub(crate) fn log_end(&self, token: CallToken, end: CallEnd, settled: &Settled, evidence: Evidence) {
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
        log.add(EntryEnd::of(end, evidence), began, took, attempt, settled.slow);
    }

    /// Logs a call that was rejected.
    #[inline]
    pub(crate) fn log_rejection(&self, kind: ErrorKind) {
        if self.is_observed() {
            self.log_rejection_slowly(kind);
        }
    }

    #[cold]
    #[inline(never)]
    fn log_rejection_slowly(&self, kind: ErrorKind) {
        let log = self.call_log.load();
        let Some(log) = log.as_ref() else { return };
        let end = if kind == ErrorKind::Full { EntryEnd::Full } else { EntryEnd::Rejected };
        log.add(end, self.now(), 0, 1, false);
    }
}
