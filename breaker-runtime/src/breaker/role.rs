//! The relation of a breaker to others: on its own, a template, or the breaker of a key.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use once_cell::race::OnceBox;
use once_cell::sync::OnceCell;

use crate::breaker::cold_source::NewestSource;
use crate::breaker::inner::Inner;
#[cfg(feature = "latency")]
use crate::breaker::latency::LatencyRecorder;
use crate::breaker::listeners::Listeners;
use crate::config::Config;
use crate::config::keyed::Limits;
use crate::keyed::group::KeyedGroup;
use crate::state::commands::Applied;
use crate::state::open_quota::{OpenQuota, QuotaShare};
use crate::state::outlier::OutlierIntervals;
use crate::state::retry_budget::RetryBudget;
use crate::time::Ticks;

/// The relation of a breaker to others.
#[derive(Debug)]
pub(crate) enum Role {
    /// A breaker on its own.
    Single,
    /// The breaker after which those of a group's keys are made.
    Template(Template),
    /// The breaker of a key.
    KeyedMember(KeyedMember),
}

/// The part of a template that other breakers have not.
#[derive(Debug)]
pub(crate) struct Template {
    limits: Limits,
    settings: &'static KeySettings,
    /// Made with the first key: a `static` cannot hold it.
    group: OnceCell<Arc<KeyedGroup<Inner>>>,
    /// The source of the breakers of keys.
    pub(super) newest_source: NewestSource,
}

/// How a group looks up what settings from outside say about single keys. The maker of a template passes
/// it, as the settings belong to the registry, which lies above this room.
#[derive(Debug)]
pub(crate) struct KeySettings {
    /// Applies the settings to a breaker that was just inserted.
    pub(crate) apply: fn(&Inner),
    /// Returns the options for a breaker under these options of its template.
    pub(crate) options: fn(&Inner, Config) -> Config,
    /// Returns a number that changes with the settings; `None` without any for single keys.
    pub(crate) version: fn() -> Option<u64>,
}

/// The part of a keyed breaker that other breakers have not.
#[derive(Debug)]
pub(crate) struct KeyedMember {
    shared: Arc<GroupShared>,
    share: QuotaShare,
    applied: Applied,
    /// When a call last found the breaker open. Rejections are the only calls that are timed anyway.
    last_call: AtomicU64,
    /// The successes and failures at the start of the interval in which outliers are looked for.
    interval: OnceBox<[AtomicU64; 2]>,
}

/// State that the breakers of a group share.
#[derive(Debug)]
pub(crate) struct GroupShared {
    pub(crate) quota: OpenQuota,
    pub(crate) outliers: OutlierIntervals,
    pub(crate) listeners: Listeners,
    /// The commands that the template has applied.
    applied: Applied,
    budget: OnceBox<RetryBudget>,
    #[cfg(feature = "latency")]
    pub(crate) latency: OnceBox<LatencyRecorder>,
    /// Gone with its template. Breakers of keys may outlive it.
    group: Weak<KeyedGroup<Inner>>,
}

/// The least time between two recorded calls of an open breaker, so that not each rejection writes.
const CALL_RESOLUTION: Ticks = 1_000;

impl Template {
    /// Makes the template of an empty group.
    pub(crate) const fn new(limits: Limits, settings: &'static KeySettings) -> Self {
        Self { limits, settings, group: OnceCell::new(), newest_source: NewestSource::new() }
    }

    #[cfg(feature = "test-util")]
    pub(crate) fn shadow(&self) -> Self {
        Self::new(self.limits, self.settings)
    }

    /// Returns the limits in the code.
    pub(crate) fn own_limits(&self) -> Limits {
        self.limits
    }

    /// Returns the lookup of settings for single keys.
    pub(crate) fn settings(&self) -> &'static KeySettings {
        self.settings
    }

    /// Returns the group, which is made at the first call.
    #[inline(always)]
    pub(crate) fn group(&self) -> &KeyedGroup<Inner> {
        self.group.get_or_init(|| KeyedGroup::new(self.limits, |group| self.new_shared(group)))
    }

    fn new_shared(&self, group: Weak<KeyedGroup<Inner>>) -> GroupShared {
        GroupShared::new(&self.limits, group)
    }
}

impl KeyedMember {
    /// Makes the part of a breaker that has the effects of the first `commands` commands.
    pub(crate) fn new(shared: Arc<GroupShared>, commands: u64) -> Self {
        let (share, applied) = (QuotaShare::new(), Applied::new(commands));
        Self { shared, share, applied, last_call: AtomicU64::new(0), interval: OnceBox::new() }
    }

    /// Returns what the breakers of the group share.
    pub(crate) fn shared(&self) -> &GroupShared {
        &self.shared
    }

    /// Returns which commands this breaker has applied.
    pub(crate) fn applied(&self) -> &Applied {
        &self.applied
    }

    /// Ends the interval in which outliers are looked for. Returns the successes and failures since its
    /// start; `totals` are those since the breaker was made.
    pub(crate) fn end_interval(&self, totals: [u64; 2]) -> [u64; 2] {
        let marks = self.interval.get_or_init(Box::default);
        let ended = |index: usize| {
            // Swapped, so that a result counts in one interval also if two threads judge at once.
            totals[index].saturating_sub(marks[index].swap(totals[index], Ordering::Relaxed))
        };
        [ended(0), ended(1)]
    }

    /// Reserves one of the group's open slots. `forced` always succeeds.
    pub(crate) fn reserve_open_slot(&self, forced: bool) -> bool {
        self.share.reserve(&self.shared.quota, forced)
    }

    /// Returns an open slot to the group.
    pub(crate) fn release_open_slot(&self) {
        self.share.release(&self.shared.quota);
    }

    /// Sets whether the breaker was called within `key_idle`. Only then does its open slot count.
    pub(crate) fn set_recent(&self, recent: bool) {
        if recent {
            self.share.resume(&self.shared.quota);
        } else {
            self.share.suspend(&self.shared.quota);
        }
    }

    /// Returns the open slot for good: the breaker can no longer be found by its key.
    pub(crate) fn leave_quota(&self) {
        self.share.leave(&self.shared.quota);
    }

    /// Records a call that an open breaker rejects.
    #[inline]
    pub(crate) fn record_call_while_open(&self, now: Ticks) {
        if now.abs_diff(self.last_call.load(Ordering::Relaxed)) >= CALL_RESOLUTION {
            self.last_call.store(now, Ordering::Relaxed);
        }
    }

    /// Returns when a call was last rejected.
    pub(crate) fn last_call(&self) -> Ticks {
        self.last_call.load(Ordering::Relaxed)
    }

    /// Makes a copy that is in no group.
    #[cfg(feature = "test-util")]
    #[expect(clippy::unused_self, reason = "a copy of this one")]
    pub(crate) fn shadow(&self) -> Self {
        Self::new(Arc::new(GroupShared::new(&Limits::DEFAULT, Weak::new())), 0)
    }
}

impl GroupShared {
    fn new(limits: &Limits, group: Weak<KeyedGroup<Inner>>) -> Self {
        Self {
            quota: OpenQuota::new(limits.max_open_keys()),
            outliers: OutlierIntervals::new(limits.outlier_rule()),
            listeners: Listeners::default(),
            applied: Applied::default(),
            budget: OnceBox::new(),
            #[cfg(feature = "latency")]
            latency: OnceBox::new(),
            group,
        }
    }

    /// Returns the group, unless it is gone.
    pub(crate) fn group(&self) -> Option<Arc<KeyedGroup<Inner>>> {
        self.group.upgrade()
    }

    /// Returns which commands the template has applied.
    pub(crate) fn applied_by_template(&self) -> &Applied {
        &self.applied
    }

    /// Returns the retry budget of all keys together: what the dependency behind them has to bear is a
    /// share of all calls.
    pub(crate) fn budget(&self) -> &OnceBox<RetryBudget> {
        &self.budget
    }
}
