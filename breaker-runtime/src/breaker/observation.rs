//! The hooks of calls that are observed: by a recording, by a shadow, or by both.
//!
//! An observed breaker has `SLOW_ADMIT` set in its word, and each call carries its start, as with
//! `slow_call`: so each call takes the slow paths, and only those pass here. Any other breaker pays
//! nothing while it is closed.

use std::sync::atomic::Ordering;

use crate::breaker::inner::Inner;
use crate::state::cell::{CallEnd, Settled};
use crate::state::token::CallToken;
use crate::time::Ticks;
use crate::types::error::ErrorKind;
use crate::types::outcome::Evidence;

impl Inner {
    /// Returns whether the policy sends each call to an observer.
    #[inline]
    pub(super) fn is_observed(&self) -> bool {
        self.settings().policy.observed
    }

    /// Returns the token of an admitted call as that of a first attempt.
    #[inline]
    pub(crate) fn observe_admission(&self, token: CallToken) -> CallToken {
        if self.is_observed() { self.observe_admission_slowly(token) } else { token }
    }

    #[cold]
    #[inline(never)]
    fn observe_admission_slowly(&self, token: CallToken) -> CallToken {
        #[cfg(feature = "record")]
        let token = if self.is_logged() { token.with_attempt(1) } else { token };
        #[cfg(feature = "shadow")]
        self.shadow_admission(token);
        token
    }

    /// Observes the end of a call. `wait` is the pause that a failed dependency asked for.
    #[cold]
    #[inline(never)]
    #[cfg_attr(not(feature = "shadow"), allow(unused_variables, reason = "it is for a shadow"))]
    #[cfg_attr(not(feature = "record"), allow(unused_variables, reason = "they are for a recording"))]
    pub(crate) fn observe_end(
        &self,
        token: CallToken,
        end: CallEnd,
        settled: &Settled,
        evidence: Evidence,
        wait: Option<Ticks>,
    ) {
        #[cfg(feature = "record")]
        self.log_end(token, end, settled, evidence);
        #[cfg(feature = "shadow")]
        self.shadow_end(token, end, wait);
    }

    /// Observes a call that was rejected.
    #[inline]
    pub(crate) fn observe_rejection(&self, kind: ErrorKind) {
        if self.is_observed() {
            self.observe_rejection_slowly(kind);
        }
    }

    #[cold]
    #[inline(never)]
    fn observe_rejection_slowly(&self, kind: ErrorKind) {
        #[cfg(feature = "record")]
        self.log_rejection(kind);
        #[cfg(feature = "shadow")]
        self.shadow_rejection(kind);
    }

    /// Lets rejections take the path on which they are observed, or the short one.
    pub(super) fn choose_rejection_path(&self, is_observed: bool) {
        self.rejects_early.store(!is_observed && self.may_reject_early(), Ordering::Relaxed);
    }
}
