//! Settling the call of a stream: its time is the time for which the reader waited for items, and its
//! concurrency permit is held until the stream ends.

use std::fmt;
use std::mem;
use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::breaker::concurrency::ConcurrencyPermit;
use crate::breaker::inner::Inner;
use crate::breaker::owned_permit::OwnedPermit;
use crate::state::cell::CallEnd;
use crate::state::policy::Policy;
use crate::state::token::CallToken;
use crate::time::Ticks;
use crate::time::clock::ticks;
use crate::types::outcome::Evidence;

/// The part of a settled permit that a stream keeps until it ends.
pub(crate) struct KeptPermit {
    breaker: CircuitBreaker,
    holds_permit: bool,
}

impl OwnedPermit {
    /// Settles the call of a stream, which may go on. `longest_wait` as in [`Inner::settle_stream`].
    pub(crate) fn settle_stream(
        self,
        end: CallEnd,
        retry_after: Option<Duration>,
        longest_wait: Ticks,
    ) -> KeptPermit {
        self.settle_stream_with(end, retry_after, longest_wait, Evidence::NONE)
    }

    /// Settles the call of a stream, as [`settle_stream`](Self::settle_stream), with what is known of
    /// its result.
    pub(crate) fn settle_stream_with(
        self,
        end: CallEnd,
        retry_after: Option<Duration>,
        longest_wait: Ticks,
        evidence: Evidence,
    ) -> KeptPermit {
        let (breaker, token) = self.into_parts();
        let permit = token.and_then(|token| {
            breaker.own_inner().settle_stream(token, end, retry_after, longest_wait, evidence)
        });
        // Released by the drop of what is returned.
        let holds_permit = permit.map(mem::forget).is_some();
        KeptPermit { breaker, holds_permit }
    }
}

impl KeptPermit {
    pub(crate) fn inner(&self) -> &Inner {
        self.breaker.own_inner()
    }
}

impl Drop for KeptPermit {
    fn drop(&mut self) {
        if self.holds_permit {
            drop(ConcurrencyPermit(self.breaker.own_inner()));
        }
    }
}

impl fmt::Debug for KeptPermit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeptPermit").field(&self.inner().name()).finish()
    }
}

impl Inner {
    /// Settles a call, and returns its concurrency permit for the rest of its stream.
    ///
    /// `longest_wait` is the longest time for which the reader waited for one item: the call is slow if
    /// that is longer than `slow_call`.
    #[inline(never)]
    fn settle_stream(
        &self,
        token: CallToken,
        end: CallEnd,
        retry_after: Option<Duration>,
        longest_wait: Ticks,
        evidence: Evidence,
    ) -> Option<ConcurrencyPermit<'_>> {
        let settings = self.settings();
        if !token.holds_permit() && settings.policy.slow_call.is_none() {
            match end {
                CallEnd::Success => self.succeed(token),
                _ => self.settle_with(token, end, retry_after, evidence),
            }
            return None;
        }
        let permit = token.holds_permit().then(|| ConcurrencyPermit(self));
        let token = if permit.is_some() { token.without_permit() } else { token };
        let open_for = retry_after.filter(|_| settings.config.honour_retry_after()).map(ticks);
        // The cell compares the whole time since the admission, in which a reader may have been busy
        // with something else. A limit of `None` would open the gate of a closed state for good.
        let policy = Policy {
            slow_call: settings
                .policy
                .slow_call
                .map(|limit| if longest_wait > limit { 0 } else { Ticks::MAX }),
            ..settings.policy
        };
        #[cfg(feature = "shadow")]
        self.shadow_stream(token, longest_wait);
        self.settle_fully(&policy, token, end, open_for, evidence);
        permit
    }

    /// Returns whether the times for which readers wait decide which calls are slow.
    pub(crate) fn measures_streams(&self) -> bool {
        self.settings().policy.slow_call.is_some()
    }

    /// Returns `first_item` and `idle`.
    pub(crate) fn stream_limits(&self) -> (Option<Duration>, Option<Duration>) {
        let config = &self.settings().config;
        (config.first_item, config.idle)
    }
}
