//! Settling the call of a stream, whose time is the time for which its reader waited.

use std::mem;
use std::time::Duration;

use crate::breaker::concurrency::ConcurrencyPermit;
use crate::breaker::inner::Inner;
use crate::state::cell::CallEnd;
use crate::state::policy::Policy;
use crate::state::word::CallToken;
use crate::time::Ticks;
use crate::time::clock::ticks;

/// The part of a settled call's permit that is held until its stream ends: its share of `max_concurrent`.
pub(crate) struct Held<'e>(Option<ConcurrencyPermit<'e>>);

impl<'e> Held<'e> {
    /// Leaves it to the caller to give the share back, by [`Held::again`]; returns whether there is one.
    pub(crate) fn keep(self) -> bool {
        let holds = self.0.is_some();
        mem::forget(self);
        holds
    }

    pub(crate) fn again(engine: &'e Inner) -> Self {
        Self(Some(ConcurrencyPermit(engine)))
    }
}

impl Inner {
    /// Settles a call, and keeps its share of `max_concurrent` for what follows the result. `waited` is the longest
    /// time for which its reader waited for one item: the call is slow if that is longer than `slow_call`.
    #[inline(never)]
    pub(crate) fn settle_stream(
        &self,
        token: CallToken,
        end: CallEnd,
        wait: Option<Duration>,
        waited: Ticks,
    ) -> Held<'_> {
        let settings = self.settings();
        if !token.holds_permit() && settings.policy.slow_call.is_none() {
            match (end, wait) {
                (CallEnd::Success, _) => self.succeed(token),
                (CallEnd::Failure, Some(wait)) => self.fail_until(token, wait),
                _ => self.settle(token, end),
            }
            return Held(None);
        }
        let held = Held(token.holds_permit().then(|| ConcurrencyPermit(self)));
        let token = if token.holds_permit() { token.without_permit() } else { token };
        let wait = wait.filter(|_| settings.config.honour_retry_after()).map(ticks);
        // The cell compares the whole time since the admission, in which a reader may have been busy with something
        // else. A limit of `None` would open the gate of a closed state for good.
        let policy = Policy {
            slow_call: settings
                .policy
                .slow_call
                .map(|limit| if waited > limit { 0 } else { Ticks::MAX }),
            ..settings.policy
        };
        self.settle_fully(&policy, token, end, wait);
        held
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
