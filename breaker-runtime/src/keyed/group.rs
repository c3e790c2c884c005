//! The breakers of one group: found by their keys, and led by their template.

use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::AtomicU64;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arc_swap::Guard;
use foldhash::fast::RandomState;

use crate::breaker::inner::Inner;
use crate::breaker::role::GroupShared;
use crate::config::keyed::Limits;
use crate::keyed::room::GroupState;
use crate::keyed::table::Table;
use crate::registry::settings;
use crate::state::commands::{Applied, CommandLog};
use crate::state::transition::Command;
use crate::time::Ticks;
use crate::types::key::KeyRef;
use crate::types::snapshot::{KeyCounts, Totals};

#[derive(Debug)]
pub(crate) struct KeyedGroup {
    /// No other lock is taken under this one.
    limits: Mutex<Limits>,
    pub(crate) hasher: RandomState,
    pub(crate) table: Table<Inner>,
    pub(crate) shared: Arc<GroupShared>,
    orders: CommandLog,
    /// That of the template.
    obeyed: Applied,
    /// No code of the user's runs under this lock: not the clock, and nothing of a key or of a listener.
    pub(crate) ledger: Mutex<GroupState>,
    /// When to look again, before a breaker opens, at how many may be open.
    pub(crate) next_look: AtomicU64,
}

/// What remains of breakers that are gone.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RetiredTotals {
    pub(crate) totals: Totals,
    pub(crate) trips: u64,
}

/// A breaker in use.
pub(crate) type BorrowedMember = Guard<Option<Arc<Inner>>>;

impl KeyedGroup {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new_cyclic(|group| Self {
            limits: Mutex::new(limits),
            hasher: RandomState::default(),
            table: Table::new(),
            shared: Arc::new(GroupShared::new(limits.max_open_keys(), group.clone())),
            orders: CommandLog::default(),
            obeyed: Applied::default(),
            ledger: Mutex::default(),
            next_look: AtomicU64::new(0),
        })
    }

    pub(crate) fn limits(&self) -> Limits {
        *self.limits.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes the limits, with effect on the next new key and the next breaker that opens; returns whether they were others before.
    pub(crate) fn set_limits(&self, limits: Limits) -> bool {
        let mut present = self.limits.lock().unwrap_or_else(PoisonError::into_inner);
        self.shared.quota.set_limit(limits.max_open_keys());
        std::mem::replace(&mut *present, limits) != limits
    }

    pub(crate) fn shared(&self) -> &GroupShared {
        &self.shared
    }

    /// The breaker of a key, for a call that ends on this thread. A thread can borrow only a few at a time.
    #[inline(always)]
    pub(crate) fn borrow_or_insert(&self, template: &Inner, key: KeyRef<'_>) -> BorrowedMember {
        let hash = self.hash(key);
        match self.table.find(hash, |engine| engine.is_for(key)) {
            Some(held) => held,
            None => BorrowedMember::from_inner(Some(self.make(template, hash, key))),
        }
    }

    /// The same for anybody.
    #[inline]
    pub(crate) fn get_or_insert(&self, template: &Inner, key: KeyRef<'_>) -> Option<Arc<Inner>> {
        Guard::into_inner(self.borrow_or_insert(template, key))
    }

    /// Returns the breaker of a key, if there is one. That does not count as a use.
    pub(crate) fn peek(&self, key: KeyRef<'_>) -> Option<Arc<Inner>> {
        self.find_with_link(key).map(|(_, engine)| engine)
    }

    fn find_with_link(&self, key: KeyRef<'_>) -> Option<(u32, Arc<Inner>)> {
        let hash = self.hash(key);
        let found = {
            let _ledger = self.ledger();
            self.table.of_hash(hash)
        };
        // Compared without the lock: how keys compare may be the user's code.
        found.into_iter().find(|(_, engine)| engine.is_for(key))
    }

    pub(crate) fn len(&self) -> usize {
        self.ledger().len()
    }

    pub(crate) fn members(&self) -> Vec<Arc<Inner>> {
        let ledger = self.ledger();
        ledger.links().filter_map(|link| self.table.entry(link)).collect()
    }

    /// Gives an order to the template and to all breakers of keys, those included that are made meanwhile.
    pub(crate) fn broadcast(&self, template: &Inner, mut order: Command) {
        loop {
            let number = self.orders.give(order, || {
                self.obey(template);
                for member in self.members() {
                    if let Some(obeyed) = member.obeyed() {
                        member.obey(&self.orders, obeyed);
                    }
                }
            });
            let mode = template.mode();
            match order {
                // Settings have changed the mode meanwhile, and may have reached a breaker before this order did.
                Command::Mode(given) if given != mode && self.orders.given() == number => {
                    order = Command::Mode(mode);
                }
                _ => return,
            }
        }
    }

    /// Has the template carry out what it has not.
    fn obey(&self, template: &Inner) {
        template.obey(&self.orders, &self.obeyed);
    }

    /// Returns how many orders the template has carried out, once these are all that were given.
    pub(crate) fn orders_obeyed(&self, template: &Inner) -> u64 {
        self.obey(template);
        self.obeyed.number()
    }

    pub(crate) fn orders_given(&self) -> u64 {
        self.orders.given()
    }

    /// Gives all the template's options, under what settings give to single keys.
    pub(crate) fn pass_on_options(&self, template: &Inner) {
        loop {
            let (options, settings) = (template.config(), settings::of_keys());
            for member in self.members() {
                let options = settings.options(&member, options);
                while !member.reconfigure(member.config(), options) {}
            }
            if template.config() == options && settings.are_those_of(&settings::of_keys()) {
                return;
            }
        }
    }

    /// Returns what those that are there and those that are gone have counted.
    pub(crate) fn totals(&self) -> RetiredTotals {
        let ledger = self.ledger();
        let members = ledger.links().filter_map(|link| self.table.entry(link));
        members.fold(ledger.past(), |sum, engine| sum.plus(&engine.past()))
    }

    pub(crate) fn counts(&self) -> KeyCounts {
        self.ledger().counts()
    }

    /// Removes the breaker of a key; calls in flight go on with it.
    pub(crate) fn remove(&self, key: KeyRef<'_>) -> Option<Arc<Inner>> {
        loop {
            let (link, found) = self.find_with_link(key)?;
            if self.remove_from(link, &found) {
                return Some(found);
            }
            // It was removed or evicted at this moment, and there may be another one.
        }
    }

    /// Removes the breakers for which `keep` returns `false`.
    pub(crate) fn retain(&self, mut keep: impl FnMut(&Arc<Inner>) -> bool) {
        let all: Vec<_> = {
            let ledger = self.ledger();
            ledger.links().filter_map(|link| Some((link, self.table.entry(link)?))).collect()
        };
        for (link, engine) in all {
            if !keep(&engine) {
                self.remove_from(link, &engine);
            }
        }
    }

    /// Returns whether this breaker was found by its key until now.
    fn remove_from(&self, link: u32, engine: &Arc<Inner>) -> bool {
        let mut ledger = self.ledger();
        let is_there = self.table.entry(link).is_some_and(|there| Arc::ptr_eq(&there, engine));
        is_there && self.detach(&mut ledger, link)
    }

    #[inline(always)]
    fn hash(&self, key: KeyRef<'_>) -> u64 {
        let mut state = self.hasher.build_hasher();
        key.hash(&mut state);
        state.finish()
    }

    pub(crate) fn ledger(&self) -> MutexGuard<'_, GroupState> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when a breaker was called last: `known`, or `now` if that is all that can be said. For callers that hold
    /// the lock.
    pub(crate) fn last_use(&self, link: u32, known: Ticks, now: Ticks) -> Ticks {
        let touched = self.table.was_touched(link);
        let rejected_at = self.table.entry(link).and_then(|engine| engine.last_call_while_open());
        match rejected_at {
            Some(rejected_at) => known.max(rejected_at).min(now.max(known)),
            None if touched => now,
            None => known,
        }
    }
}

impl RetiredTotals {
    pub(crate) fn plus(&self, other: &Self) -> Self {
        let mut sum = *self;
        sum.totals += other.totals;
        sum.trips = sum.trips.saturating_add(other.trips);
        sum
    }
}
