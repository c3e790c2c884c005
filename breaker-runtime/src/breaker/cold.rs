//! The part of a breaker that a call does not touch while closed: [`Cold`].
//!
//! It stands behind a pointer, and is made when it is first needed, from an [`Origin`] or a
//! [`ColdSource`](super::cold_source::ColdSource): an annotated function that is never called costs the
//! program little, and so does the breaker of a key that only succeeds.
//!
//! Behind a second pointer is [`ColdRest`], of which the compiler does not see the type: it proves for
//! each `static`, and for each future that holds a breaker, that threads can share them, and would prove
//! it again for each field. What takes part in most calls that are no plain success is not there, as a
//! call through the second pointer is a virtual one.

use std::fmt::Debug;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex};

use arc_swap::ArcSwap;
#[cfg(any(feature = "record", feature = "shadow"))]
use arc_swap::ArcSwapOption;
use once_cell::race::OnceBox;
use once_cell::sync::OnceCell;

use crate::breaker::CircuitBreaker;
#[cfg(feature = "tokio")]
use crate::breaker::background::{BackgroundLink, BackgroundProbe};
#[cfg(feature = "record")]
use crate::breaker::call_log::CallLog;
use crate::breaker::events::EventLog;
use crate::breaker::findings::FindingRecord;
#[cfg(feature = "redis")]
use crate::breaker::fleet_link::FleetLink;
#[cfg(feature = "tokio")]
use crate::breaker::handle::WeakBreaker;
#[cfg(feature = "inject")]
use crate::breaker::injection::InjectedCalls;
use crate::breaker::inner::Inner;
#[cfg(feature = "latency")]
use crate::breaker::latency::LatencyRecorder;
use crate::breaker::reconfigure::{ActiveOptions, ChangedOptions, External};
use crate::breaker::recorder::{RecentCalls, Recorder};
use crate::breaker::role::{KeySettings, Role, Template};
use crate::breaker::scope::ScopeId;
use crate::breaker::shared_options;
use crate::config::keyed::Limits;
use crate::config::{Config, ConstConfig};
use crate::state::counters::rare::Count;
use crate::state::counters::rare::RareCounters;
use crate::state::counters::striped::ThreadSlot;
use crate::state::counters::thread_slot;
use crate::state::env::Env;
use crate::state::failure_gate::FailureGate;
use crate::state::gate::CurrentGate;
use crate::state::retry_budget::RetryBudget;
use crate::state::rng::Rng;
use crate::state::semaphore::Semaphore;
#[cfg(feature = "shadow")]
use crate::state::shadow::ShadowCell;
use crate::state::word::Flags;
use crate::time::Ticks;
use crate::time::clock::TimeSource;
use crate::types::key::Key;

/// The part of a breaker that a plain success does not touch while closed.
#[derive(Debug)]
pub(crate) struct Cold {
    /// The options in the code, which breakers share that were built alike.
    pub(crate) own: Arc<ActiveOptions>,
    /// The options since they were changed at run time. Replaced under the lock of the windows.
    pub(crate) changed: OnceBox<ArcSwap<ChangedOptions>>,
    /// The checks that these options ask for.
    pub(crate) gate: CurrentGate,
    /// The checks of a failure.
    pub(crate) failure_gate: FailureGate,
    /// The last results that were no plain successes, since the first one.
    pub(crate) recent: OnceBox<RecentCalls>,
    /// The concurrency permits, since a call first needed one.
    pub(crate) semaphore: OnceBox<Semaphore>,
    pub(crate) counters: RareCounters,
    pub(crate) time: TimeSource,
    /// Unset until it is first read, for an annotated function: its name depends on all other names.
    pub(crate) name: OnceCell<&'static str>,
    /// Whether an early rejection needs neither a clock of the user, nor a key, nor a background probe.
    pub(super) rejects_early: AtomicBool,
    /// Whether it has the option `probe`.
    #[cfg(feature = "tokio")]
    pub(super) has_probe: bool,
    pub(super) rest: Box<dyn ErasedRest>,
}

/// The part of a breaker that few calls touch.
#[derive(Debug)]
pub(crate) struct ColdRest {
    pub(crate) role: Role,
    pub(crate) external: Mutex<External>,
    pub(crate) chance: Rng,
    /// The key for errors, of a breaker that has rejected a call or changed its state. Apart from that
    /// in [`Inner`], which a look-up compares without following a pointer.
    pub(crate) error_key: OnceBox<Arc<Key>>,
    pub(crate) event_log: EventLog,
    pub(crate) recorder: Recorder,
    pub(crate) scope: ScopeId,
    /// When a breaker was made that has no source.
    #[cfg(any(feature = "lab", feature = "test-util"))]
    pub(super) created_at: Option<Ticks>,
    /// The durations of calls, since one was first timed.
    #[cfg(feature = "latency")]
    pub(crate) latency: OnceBox<LatencyRecorder>,
    /// The state of game days, once one has met the breaker.
    #[cfg(feature = "inject")]
    pub(crate) injected: OnceBox<InjectedCalls>,
    /// The log of the calls, while they are recorded.
    #[cfg(feature = "record")]
    pub(crate) call_log: ArcSwapOption<CallLog>,
    /// The shadow, if the options have one and a call has needed it.
    #[cfg(feature = "shadow")]
    pub(crate) shadow: ArcSwapOption<ShadowCell>,
    /// The link to the fleet, once the process is connected and if the breaker is shared.
    #[cfg(feature = "redis")]
    pub(crate) fleet: OnceBox<FleetLink>,
    /// The link to the task that probes in the background, if it has the option `probe`.
    #[cfg(feature = "tokio")]
    pub(crate) background: OnceBox<BackgroundLink>,
    /// The retry budget, if calls are retried.
    pub(crate) budget: OnceBox<RetryBudget>,
    /// The recent past for the findings, since they were first read.
    pub(crate) finding_record: OnceBox<Mutex<FindingRecord>>,
    /// The handle of a breaker in a `static`, since it was first asked for.
    pub(crate) handle: OnceBox<CircuitBreaker>,
}

/// The options that the cold part of a breaker in a `static` is made from, in a constant.
#[doc(hidden)]
#[derive(Debug)]
pub struct Origin {
    config: ConstConfig,
    /// The flags of the first state, by these options.
    pub(super) flags: Flags,
    /// The limits of a template.
    limits: Option<Limits>,
    pub(crate) registry: &'static RegistryCalls,
}

/// The functions of higher rooms that a breaker in a `static` calls.
#[derive(Debug)]
pub(crate) struct RegistryCalls {
    /// Returns the name of a breaker, once it is registered.
    pub(crate) name_of: fn(&Inner) -> Option<&'static str>,
    pub(crate) key_settings: &'static KeySettings,
    /// Returns the name that the breaker with this name wants, if another one has that.
    pub(crate) wanted_name: fn(&str) -> Option<&'static str>,
    /// Returns the probe of an annotated function, with the function's breaker.
    #[cfg(feature = "tokio")]
    pub(crate) probe_of: fn(&Inner) -> Option<(BackgroundProbe, WeakBreaker)>,
}

/// A [`ColdRest`] of which the compiler does not see the type.
pub(crate) trait ErasedRest: Debug + Send + Sync + UnwindSafe + RefUnwindSafe {
    fn get(&self) -> &ColdRest;
}

impl ErasedRest for ColdRest {
    fn get(&self) -> &ColdRest {
        self
    }
}

impl Deref for Cold {
    type Target = ColdRest;

    #[inline]
    fn deref(&self) -> &ColdRest {
        self.rest.get()
    }
}

impl Origin {
    /// Creates the origin of a breaker.
    pub(crate) const fn new(config: ConstConfig, registry: &'static RegistryCalls) -> Self {
        Self { config, flags: config.flags(), limits: None, registry }
    }

    /// Creates the origin of a template.
    pub(crate) const fn keyed(
        config: ConstConfig,
        limits: Limits,
        registry: &'static RegistryCalls,
    ) -> Self {
        Self { limits: Some(limits), ..Self::new(config, registry) }
    }

    /// Returns whether it is that of a template.
    pub(super) const fn is_of_keys(&self) -> bool {
        self.limits.is_some()
    }
}

impl Cold {
    /// Makes that of a breaker in a `static`.
    pub(super) fn unnamed(origin: Option<&'static Origin>) -> Self {
        let config = origin.map_or(Config::DEFAULT, |origin| origin.config.get());
        let role = match origin {
            Some(&Origin { limits: Some(limits), registry, .. }) => {
                Role::Template(Template::new(limits, registry.key_settings))
            }
            _ => Role::Single,
        };
        Self::new(shared_options::shared(config), TimeSource::DEFAULT, ColdRest::new(role))
    }

    /// Makes that of a breaker with a name.
    pub(crate) fn named(
        name: &'static str,
        own: Arc<ActiveOptions>,
        time: TimeSource,
        rest: ColdRest,
    ) -> Self {
        Self { name: OnceCell::with_value(name), ..Self::new(own, time, rest) }
    }

    fn new(own: Arc<ActiveOptions>, time: TimeSource, rest: ColdRest) -> Self {
        Self {
            changed: OnceBox::new(),
            gate: CurrentGate::new(own.gate(), time.coarse_origin()),
            failure_gate: FailureGate::new(&own.policy),
            recent: OnceBox::new(),
            semaphore: OnceBox::new(),
            counters: RareCounters::new(),
            rejects_early: AtomicBool::new(
                time.is_default() && !own.config.has_probe() && !own.policy.observed,
            ),
            #[cfg(feature = "tokio")]
            has_probe: own.config.has_probe(),
            own,
            time,
            name: OnceCell::new(),
            rest: Box::new(rest),
        }
    }

    /// Returns whether the fleet lets this process probe, for a call that has read `now`.
    #[cfg_attr(not(feature = "redis"), allow(clippy::unused_self, reason = "it is in no fleet"))]
    pub(crate) fn fleet_lets_probe(&self, now: Ticks) -> bool {
        #[cfg(feature = "redis")]
        return self.fleet.get().is_none_or(|link| link.may_probe(now));
        #[cfg(not(feature = "redis"))]
        {
            let _ = now;
            true
        }
    }

    /// Returns the time of the breaker's clock.
    pub(crate) fn now(&self) -> Ticks {
        self.time.now()
    }
}

impl ColdRest {
    /// Makes that of a breaker in a `static`.
    pub(crate) fn new(role: Role) -> Self {
        Self {
            role,
            external: Mutex::new(External::NOTHING),
            chance: Rng::DEFAULT,
            error_key: OnceBox::new(),
            event_log: EventLog::new(),
            recorder: Recorder::new(),
            scope: ScopeId::PROCESS,
            #[cfg(any(feature = "lab", feature = "test-util"))]
            created_at: None,
            #[cfg(feature = "latency")]
            latency: OnceBox::new(),
            #[cfg(feature = "inject")]
            injected: OnceBox::new(),
            #[cfg(feature = "record")]
            call_log: ArcSwapOption::const_empty(),
            #[cfg(feature = "shadow")]
            shadow: ArcSwapOption::const_empty(),
            #[cfg(feature = "redis")]
            fleet: OnceBox::new(),
            #[cfg(feature = "tokio")]
            background: OnceBox::new(),
            budget: OnceBox::new(),
            finding_record: OnceBox::new(),
            handle: OnceBox::new(),
        }
    }
}

impl Env for Cold {
    fn now(&self) -> Ticks {
        Self::now(self)
    }

    #[inline(always)]
    fn coarse(&self) -> Ticks {
        self.time.coarse()
    }

    // Inline, as are those beside it: a call takes registers from the shortcuts of a window of time.
    #[inline(always)]
    fn coarse_unclamped(&self) -> Ticks {
        self.time.coarse_unclamped()
    }

    #[cfg(not(feature = "latency"))]
    #[inline(always)]
    fn coarse_end(&self) -> Option<Ticks> {
        self.time.coarse_if_cheaper()
    }

    #[cfg(feature = "latency")]
    fn record_duration(&self, took: Ticks) {
        self.record_latency(took);
    }

    fn other_ends(&self) -> u64 {
        self.counters.get(Count::OtherSuccess).wrapping_add(self.counters.get(Count::Ignored))
    }

    fn random(&self) -> f64 {
        self.chance.draw()
    }

    #[inline(always)]
    fn thread_slot(&self) -> ThreadSlot {
        thread_slot::claim()
    }

    fn reserve_open_slot(&self, forced: bool) -> bool {
        let reserved = self.membership().is_none_or(|member| member.reserve_open_slot(forced));
        if !reserved {
            self.failure_gate.refuse();
        }
        reserved
    }

    fn release_open_slot(&self) {
        if let Some(member) = self.membership() {
            member.release_open_slot();
        }
    }

    fn may_probe(&self, now: Ticks) -> bool {
        #[cfg(feature = "tokio")]
        if self.has_probe && !self.background_lets_probe(now) {
            return false;
        }
        self.fleet_lets_probe(now)
    }
}
