//! The faults of one breaker: which calls meet one, and what these do.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use once_cell::sync::Lazy;

use crate::breaker::injection::plan::{InjectedFault, Plan};
use crate::breaker::injection::trips::TripNotes;
use crate::breaker::injection::waits::InjectedWaits;
use crate::breaker::inner::Inner;
use crate::breaker::permit::{FailOnUnwind, Permit};
use crate::breaker::scope::ScopeId;
use crate::state::token::CallToken;
use crate::support::contain::contained;
use crate::types::error::{BreakerError, ErrorKind};
use crate::types::injection::{InjectedCounts, Injection};

/// The cause of an injected failure in reports.
const CAUSE: &str = "injected failure";

/// The time after which a sync call that waits looks whether the game day goes on.
const SLICE: Duration = Duration::from_millis(100);

type CountersByName = HashMap<(ScopeId, &'static str), &'static InjectedCounters>;

/// The state of game days at one breaker.
#[derive(Debug)]
pub(crate) struct InjectedCalls {
    pub(super) counters: &'static InjectedCounters,
    /// Twice the number of the plan that the key was last compared with, and whether it applies.
    key_match: AtomicU64,
    /// The number of the last plan that it met, and that of the last one that it saw to be over.
    met: AtomicU64,
    seen_over: AtomicU64,
    pub(super) waits: InjectedWaits,
    pub(super) trips: TripNotes,
}

/// The calls with injected faults of all breakers of one name: those of keys too, so that no count is
/// lost with the breaker of a key.
#[derive(Debug, Default)]
pub(super) struct InjectedCounters {
    failed: AtomicU64,
    delayed: AtomicU64,
    hung: AtomicU64,
    /// The number of the last plan of which a call was to wait and could not.
    skipped_waits_of: AtomicU64,
}

impl InjectedCounters {
    /// Returns those of a name, which are kept for the life of the process.
    fn of(scope: ScopeId, name: &'static str) -> &'static Self {
        Self::all().entry((scope, name)).or_insert_with(|| Box::leak(Box::default()))
    }

    /// Returns those of a name, if a game day has met it.
    fn find(scope: ScopeId, name: &'static str) -> Option<&'static Self> {
        Self::all().get(&(scope, name)).copied()
    }

    fn all() -> MutexGuard<'static, CountersByName> {
        static ALL: Lazy<Mutex<CountersByName>> = Lazy::new(Mutex::default);
        ALL.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Counts a fault that a call meets.
    pub(super) fn add(&self, fault: InjectedFault) {
        let count = match fault {
            InjectedFault::Fail => &self.failed,
            InjectedFault::Hang => &self.hung,
            InjectedFault::Wait(_) => &self.delayed,
        };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// Notes that a call that was to wait could not.
    pub(super) fn note_skipped_wait(&self, plan: &Plan) {
        self.skipped_waits_of.store(plan.number, Ordering::Relaxed);
    }

    fn read(&self) -> InjectedCounts {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        InjectedCounts { failed: of(&self.failed), delayed: of(&self.delayed), hung: of(&self.hung) }
    }
}

impl Inner {
    /// Returns the state of game days at this breaker.
    pub(crate) fn injected(&self) -> &InjectedCalls {
        self.injected.get_or_init(|| {
            Box::new(InjectedCalls {
                counters: InjectedCounters::of(self.scope, self.name()),
                key_match: AtomicU64::new(0),
                met: AtomicU64::new(0),
                seen_over: AtomicU64::new(0),
                waits: InjectedWaits::default(),
                trips: TripNotes::default(),
            })
        })
    }

    /// Returns the calls with injected faults, of a template with those of its keys.
    pub(crate) fn injected_counts(&self) -> InjectedCounts {
        let counters = InjectedCounters::find(self.scope, self.name());
        counters.map(InjectedCounters::read).unwrap_or_default()
    }

    /// Returns whether calls that were to wait by this plan could not.
    pub(super) fn has_skipped_waits(&self, plan: &Plan) -> bool {
        let counters = InjectedCounters::find(self.scope, self.name());
        counters.is_some_and(|found| found.skipped_waits_of.load(Ordering::Relaxed) == plan.number)
    }

    /// Returns the calls that game days have failed, delayed and hung.
    #[cfg(any(feature = "metrics", feature = "metrics-facade", feature = "opentelemetry"))]
    #[expect(clippy::unnecessary_wraps, reason = "there is a twin without game days")]
    pub(crate) fn injected_by_kind(&self) -> Option<[u64; 3]> {
        let counts = self.injected_counts();
        Some([counts.failed, counts.delayed, counts.hung])
    }

    /// Returns whether a game day injects faults into calls here. One that is for keys injects none into
    /// a breaker without them.
    #[cfg(any(feature = "metrics", feature = "metrics-facade", feature = "opentelemetry"))]
    #[expect(clippy::unnecessary_wraps, reason = "there is a twin without game days")]
    pub(crate) fn is_on_game_day(&self) -> Option<bool> {
        Some(self.injected_faults().is_some())
    }

    /// Lets an admitted call meet the faults of a game day. `blocks` is whether it runs on this thread
    /// at once, so that a wait has to be here; any other call waits in its first polls, by the token
    /// that this returns.
    ///
    /// # Errors
    ///
    /// An injected failure. The permit is settled.
    #[inline]
    pub(crate) fn inject(&self, token: CallToken, blocks: bool) -> Result<CallToken, BreakerError> {
        match self.injection() {
            None => Ok(token),
            Some(plan) => self.inject_by(plan, token, blocks),
        }
    }

    #[cold]
    fn inject_by(
        &self,
        plan: &'static Plan,
        token: CallToken,
        blocks: bool,
    ) -> Result<CallToken, BreakerError> {
        // The source of random numbers and the clock may be code of the user's.
        let guard = FailOnUnwind::new(Permit::new(self, token));
        let remaining = plan.end.remaining();
        self.report_first(plan, remaining.is_none());
        let remaining = remaining.filter(|_| self.applies(plan));
        let drawn = remaining.and_then(|left| Some((plan.draw(|| self.chance.draw())?, left)));
        let token = match drawn {
            None => token,
            Some((InjectedFault::Fail, _)) => {
                self.injected().counters.add(InjectedFault::Fail);
                let _ = guard.into_permit().map(Permit::into_token);
                self.fail(token, CAUSE);
                return Err(self.error(ErrorKind::Injected, None));
            }
            Some((fault, left)) => {
                let length =
                    if let InjectedFault::Wait(length) = fault { length.min(left) } else { left };
                if blocks {
                    self.injected().counters.add(fault);
                    self.wait_out(plan, length);
                    token
                } else {
                    self.wait_later(plan, token, fault, length)
                }
            }
        };
        // The token is what holds the permit from here on.
        let _ = guard.into_permit().map(Permit::into_token);
        Ok(token)
    }

    /// Reports the first call that meets a plan, and the first one that sees that it is over: the
    /// breaker may have been built after the settings were read.
    fn report_first(&self, plan: &Plan, is_over: bool) {
        let calls = self.injected();
        let reported = if is_over { &calls.seen_over } else { &calls.met };
        if reported.swap(plan.number, Ordering::Relaxed) != plan.number {
            (plan.registry.on_change)();
        }
    }

    /// Returns whether a plan is for this breaker's key.
    pub(super) fn applies(&self, plan: &Plan) -> bool {
        let keys = &plan.injection.keys;
        if keys.is_empty() {
            return true;
        }
        let Some(key) = self.key() else { return false };
        let known = self.injected().key_match.load(Ordering::Relaxed);
        if known >> 1 == plan.number {
            return known & 1 == 1;
        }
        // Printed by the user's type, once for a plan.
        let texts = contained(|| [key.text(), key.to_string()]).unwrap_or_default();
        let applies = texts.iter().any(|text| keys.contains(text));
        self.injected().key_match.store(plan.number << 1 | u64::from(applies), Ordering::Relaxed);
        applies
    }

    /// Returns the faults of the game day that applies to this breaker.
    pub(crate) fn injected_faults(&self) -> Option<&'static Injection> {
        let plan = self.injection().filter(|plan| !plan.end.is_over())?;
        (self.group().is_some() || self.applies(plan)).then_some(&plan.injection)
    }

    /// Returns whether this plan still applies.
    pub(super) fn is_in_force(&self, plan: &Plan) -> bool {
        self.injection().is_some_and(|current| current == plan) && !plan.end.is_over()
    }

    /// Blocks the thread, by the breaker's clock.
    fn wait_out(&self, plan: &Plan, mut left: Duration) {
        while !left.is_zero() && self.is_in_force(plan) {
            let slice = left.min(SLICE);
            self.sleep(slice);
            left -= slice;
        }
    }
}
