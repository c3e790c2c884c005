//! What a breaker is among others: one for itself, a template, or that of a key.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Weak};

use once_cell::race::OnceBox;
use once_cell::sync::OnceCell;

use crate::breaker::listeners::Listeners;
use crate::config::keyed::Limits;
use crate::keyed::group::KeyedGroup;
use crate::state::commands::Applied;
use crate::state::open_quota::{OpenQuota, QuotaShare};
use crate::state::retry_budget::RetryBudget;
use crate::time::Ticks;
use crate::types::key::Key;

/// What a breaker is among others.
#[derive(Debug)]
pub(crate) enum Role {
    /// One for itself.
    Single,
    /// That after which the others of its group are made.
    Template(Template),
    /// That of a key.
    KeyedMember(KeyedMember),
}

#[derive(Debug)]
pub(crate) struct Template {
    limits: Limits,
    /// Made with the first key: a `static` can't hold it.
    group: OnceCell<Arc<KeyedGroup>>,
}

#[derive(Debug)]
pub(crate) struct KeyedMember {
    key: Key,
    shared: Arc<GroupShared>,
    share: QuotaShare,
    obeyed: Applied,
    /// When an open breaker was last asked by a call: rejections are the only calls that are timed anyway.
    last_call: AtomicU64,
}

/// What the breakers of a group have in common.
#[derive(Debug)]
pub(crate) struct GroupShared {
    pub(crate) quota: OpenQuota,
    pub(crate) listeners: Listeners,
    budget: OnceBox<RetryBudget>,
    /// Gone with its template, whose breakers may live on.
    group: Weak<KeyedGroup>,
}

/// Calls of an open breaker closer together than this are timed as one, so that they need not write.
const CALL_APART: Ticks = 1_000;

impl Template {
    pub(crate) const fn new(limits: Limits) -> Self {
        Self { limits, group: OnceCell::new() }
    }

    #[cfg(feature = "test-util")]
    pub(crate) fn shadow(&self) -> Self {
        Self::new(self.limits)
    }

    /// The limits in the code.
    pub(crate) fn own_limits(&self) -> Limits {
        self.limits
    }

    #[inline(always)]
    pub(crate) fn group(&self) -> &KeyedGroup {
        self.group.get_or_init(|| KeyedGroup::new(self.limits))
    }
}

impl KeyedMember {
    /// Returns that of a breaker which is made as the first `orders` demand.
    pub(crate) fn new(key: Key, shared: Arc<GroupShared>, orders: u64) -> Self {
        let (share, obeyed) = (QuotaShare::new(), Applied::new(orders));
        Self { key, shared, share, obeyed, last_call: AtomicU64::new(0) }
    }

    pub(crate) fn key(&self) -> &Key {
        &self.key
    }

    pub(crate) fn shared(&self) -> &GroupShared {
        &self.shared
    }

    pub(crate) fn obeyed(&self) -> &Applied {
        &self.obeyed
    }

    pub(crate) fn reserve_open_slot(&self, forced: bool) -> bool {
        self.share.take(&self.shared.quota, forced)
    }

    pub(crate) fn release_open_slot(&self) {
        self.share.give_back(&self.shared.quota);
    }

    /// Whether the breaker was called within `key_idle`, and so takes the room of its allowance.
    pub(crate) fn set_recent(&self, recent: bool) {
        if recent {
            self.share.revive(&self.shared.quota);
        } else {
            self.share.lapse(&self.shared.quota);
        }
    }

    /// The breaker is not found by its key any longer.
    pub(crate) fn leave(&self) {
        self.share.leave(&self.shared.quota);
    }

    /// Notes a call that an open breaker rejects.
    #[inline]
    pub(crate) fn record_call_while_open(&self, now: Ticks) {
        if now.abs_diff(self.last_call.load(Ordering::Relaxed)) >= CALL_APART {
            self.last_call.store(now, Ordering::Relaxed);
        }
    }

    pub(crate) fn last_call(&self) -> Ticks {
        self.last_call.load(Ordering::Relaxed)
    }

    /// Of the same key in no group.
    #[cfg(feature = "test-util")]
    pub(crate) fn shadow(&self) -> Self {
        Self::new(self.key.clone(), Arc::new(GroupShared::new(None, Weak::new())), 0)
    }
}

impl GroupShared {
    pub(crate) fn new(max_open: Option<f64>, group: Weak<KeyedGroup>) -> Self {
        let (quota, listeners) = (OpenQuota::new(max_open), Listeners::default());
        Self { quota, listeners, budget: OnceBox::new(), group }
    }

    pub(crate) fn group(&self) -> Option<Arc<KeyedGroup>> {
        self.group.upgrade()
    }

    /// The retries of all keys together: a share of their calls is what the dependency behind all of them has to bear.
    pub(crate) fn budget(&self) -> &OnceBox<RetryBudget> {
        &self.budget
    }
}
