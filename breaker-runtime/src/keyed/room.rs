//! Which breakers of keys go: the idle ones, and where a new key finds no room, the one that is needed least.

use std::collections::VecDeque;
use std::ops::{Deref, DerefMut};
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::breaker::inner::Inner;
use crate::breaker::member::Standing;
use crate::keyed::evictor::{Evictor, STRIDE, Seen};
use crate::keyed::group::{KeyedGroup, RetiredTotals};
use crate::support::contain::contained;
use crate::time::Ticks;
use crate::types::snapshot::KeyCounts;

/// What a group knows of its breakers, under its lock.
#[derive(Debug, Default)]
pub(crate) struct GroupState {
    book: Evictor,
    /// Of breakers that are gone.
    past: RetiredTotals,
    /// Breakers that are found by no key any longer, and were in use when they left: they may still count.
    detached: VecDeque<Arc<Inner>>,
    /// Those to evict next, from the last look at all places, and those that have come since.
    victims: VecDeque<Victim>,
    newcomers: Vec<u32>,
    evicted: u64,
    evicted_open: u64,
}

/// A breaker that may be evicted: those of a lower rank go first, and then those that were called longest ago.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Victim {
    rank: u8,
    last_use: Ticks,
    link: u32,
}

/// How many detached breakers a caller looks at, to let go of those that are not in use any longer.
const DETACHED_STRIDE: usize = 8;

impl Deref for GroupState {
    type Target = Evictor;

    fn deref(&self) -> &Evictor {
        &self.book
    }
}

impl DerefMut for GroupState {
    fn deref_mut(&mut self) -> &mut Evictor {
        &mut self.book
    }
}

impl GroupState {
    /// Returns what the breakers have counted that are found by no key any longer.
    pub(crate) fn past(&self) -> RetiredTotals {
        self.detached.iter().fold(self.past, |sum, engine| sum.plus(&engine.past()))
    }

    pub(crate) fn counts(&self) -> KeyCounts {
        KeyCounts {
            keys: self.book.len() as u64,
            evicted: self.evicted,
            evicted_open: self.evicted_open,
        }
    }

    /// Begins the place of a breaker that is new.
    pub(crate) fn begin(&mut self, now: Ticks) -> u32 {
        let link = self.book.begin(now);
        if !self.victims.is_empty() {
            self.newcomers.push(link);
        }
        link
    }

    /// Lets go of breakers that are not in use any longer.
    fn settle_detached(&mut self, most: usize, gone: &mut Vec<Arc<Inner>>) {
        for _ in 0..most.min(self.detached.len()) {
            let Some(engine) = self.detached.pop_front() else { return };
            // Nothing else leads to it, so that a handle which is the only one stays that.
            if Arc::strong_count(&engine) == 1 {
                self.past = self.past.plus(&engine.past());
                gone.push(engine);
            } else {
                self.detached.push_back(engine);
            }
        }
    }
}

impl KeyedGroup {
    /// Lets idle breakers go, if it is time to look for them.
    pub(crate) fn sweep(&self, template: &Inner, now: Ticks) {
        let mut gone = Vec::new();
        let mut ledger = self.ledger();
        self.let_idle_go(&mut ledger, template, usize::MAX, now, &mut gone);
        self.count(&ledger);
        drop(ledger);
        drop_each(gone);
    }

    /// Looks anew which breakers were called within `key_idle`, as one that is about to open may have room then. Does
    /// nothing unless the answer may differ from that of the last time.
    pub(crate) fn refresh_quota(&self, now: Ticks) {
        let idle = self.limits().key_idle();
        let next = self.next_look.load(Ordering::Relaxed);
        // A clock that was set back must not put off the next look.
        if now < next && next - now <= idle {
            return;
        }
        let mut ledger = self.ledger();
        let links: Vec<_> = ledger.links().collect();
        let seen = links.into_iter().filter_map(|link| self.look_at(&mut ledger, link, now));
        let lapse = seen.filter(|seen| seen.recent).map(|seen| seen.last_use.saturating_add(idle)).min();
        let at_latest = now.saturating_add((idle / 16).max(1));
        self.next_look.store(lapse.map_or(at_latest, |lapse| lapse.min(at_latest)), Ordering::Relaxed);
        self.count(&ledger);
    }

    /// Makes room for one more breaker. There always is: a new key always gets its own.
    pub(crate) fn make_room(
        &self,
        ledger: &mut GroupState,
        template: &Inner,
        now: Ticks,
        gone: &mut Vec<Arc<Inner>>,
    ) {
        ledger.settle_detached(DETACHED_STRIDE, gone);
        self.let_idle_go(ledger, template, STRIDE, now, gone);
        while ledger.len() >= self.limits().max_keys() as usize {
            let evicted = self.evict_clean(ledger, template, now, gone)
                || self.evict_next(ledger, template, now, gone)
                || self.evict_any(ledger, template, now, gone);
            if !evicted {
                return;
            }
        }
    }

    /// How many breakers `max_open_keys` is a share of.
    pub(crate) fn count(&self, ledger: &GroupState) {
        self.shared.quota.set_breakers(ledger.recent() as u64);
    }

    fn look_at(&self, ledger: &mut GroupState, link: u32, now: Ticks) -> Option<Seen> {
        let known = |known| self.last_use(link, known, now);
        let seen = ledger.look_at(link, now, self.limits().key_idle(), known)?;
        if self.shared.quota.is_limited() {
            if let Some(engine) = self.table.entry(link) {
                engine.set_recent(seen.recent);
            }
        }
        Some(seen)
    }

    fn let_idle_go(
        &self,
        ledger: &mut GroupState,
        template: &Inner,
        most: usize,
        now: Ticks,
        gone: &mut Vec<Arc<Inner>>,
    ) {
        let idle = self.limits().key_idle();
        let due = ledger.due(most, now, idle);
        for link in ledger.next(due) {
            let Some(seen) = self.look_at(ledger, link, now) else { continue };
            if seen.recent {
                continue;
            }
            let is_idle = |engine: &mut Inner| match engine.standing(template, now) {
                Standing::Clean | Standing::Marked => true,
                Standing::Open { until } => now.saturating_sub(until) >= idle,
                Standing::Kept => false,
            };
            self.let_go(ledger, link, is_idle, gone);
        }
    }

    /// Evicts the one that was called longest ago, of some that are as a new one would be.
    fn evict_clean(
        &self,
        ledger: &mut GroupState,
        template: &Inner,
        now: Ticks,
        gone: &mut Vec<Arc<Inner>>,
    ) -> bool {
        let links: Vec<_> = ledger.next(STRIDE).collect();
        let mut clean: Vec<_> =
            links.into_iter().filter_map(|link| self.victim(ledger, template, link, now)).collect();
        clean.retain(|victim| victim.rank == Standing::Clean.rank());
        clean.sort_unstable();
        clean.into_iter().any(|victim| self.evict(ledger, victim, gone))
    }

    /// Evicts the next one of the last look at all places.
    fn evict_next(
        &self,
        ledger: &mut GroupState,
        template: &Inner,
        now: Ticks,
        gone: &mut Vec<Arc<Inner>>,
    ) -> bool {
        while let Some(listed) = ledger.victims.pop_front() {
            let Some(next) = self.victim(ledger, template, listed.link, now) else { continue };
            if next.last_use != listed.last_use || next.rank > listed.rank {
                continue;
            }
            let newcomers = std::mem::take(&mut ledger.newcomers);
            let better = newcomers.iter().filter_map(|link| self.victim(ledger, template, *link, now));
            let mut better: Vec<_> = better.filter(|newcomer| newcomer.rank < next.rank).collect();
            better.sort_unstable();
            ledger.newcomers = newcomers;
            if better.into_iter().any(|better| self.evict(ledger, better, gone)) {
                ledger.victims.push_front(listed);
                return true;
            }
            if self.evict(ledger, next, gone) {
                return true;
            }
        }
        false
    }

    /// Looks at all places, and evicts the first one in order that is not in use, or else the first one.
    fn evict_any(
        &self,
        ledger: &mut GroupState,
        template: &Inner,
        now: Ticks,
        gone: &mut Vec<Arc<Inner>>,
    ) -> bool {
        let links: Vec<_> = ledger.links().collect();
        let mut all: Vec<_> =
            links.into_iter().filter_map(|link| self.victim(ledger, template, link, now)).collect();
        all.sort_unstable();
        ledger.newcomers.clear();
        if let Some(place) = all.iter().position(|victim| self.evict(ledger, *victim, gone)) {
            // Looking at very many places for each newcomer would let a flood of keys take the processor.
            let more = if all.len() > STRIDE { STRIDE } else { 0 };
            ledger.victims = all.into_iter().skip(place + 1).take(more).collect();
            return true;
        }
        let Some(first) = all.first() else { return false };
        ledger.note_eviction(*first);
        self.detach(ledger, first.link)
    }

    fn victim(
        &self,
        ledger: &mut GroupState,
        template: &Inner,
        link: u32,
        now: Ticks,
    ) -> Option<Victim> {
        let Seen { last_use, .. } = self.look_at(ledger, link, now)?;
        let rank = self.table.entry(link)?.standing(template, now).rank();
        Some(Victim { rank, last_use, link })
    }

    /// Returns whether the breaker has gone: it stays while it is in use.
    fn evict(&self, ledger: &mut GroupState, victim: Victim, gone: &mut Vec<Arc<Inner>>) -> bool {
        let evicted = self.let_go(ledger, victim.link, |_| true, gone);
        if evicted {
            ledger.note_eviction(victim);
        }
        evicted
    }

    fn let_go(
        &self,
        ledger: &mut GroupState,
        link: u32,
        may_go: impl FnOnce(&mut Inner) -> bool,
        gone: &mut Vec<Arc<Inner>>,
    ) -> bool {
        let Some(engine) = self.table.remove_unused(link, may_go) else { return false };
        engine.leave_group();
        ledger.end(link);
        ledger.past = ledger.past.plus(&engine.past());
        gone.push(engine);
        true
    }

    /// Lets a breaker be found by its key no longer, also if it is in use. What it counts from here on is still in the sum.
    pub(crate) fn detach(&self, ledger: &mut GroupState, link: u32) -> bool {
        let Some(engine) = self.table.remove(link) else { return false };
        engine.leave_group();
        ledger.end(link);
        ledger.detached.push_back(engine);
        self.count(ledger);
        true
    }
}

/// Drops what belongs to other calls: their keys are values of the user's, and a panic in the `Drop` of one must end
/// neither this call nor the drop of the others.
pub(crate) fn drop_each(gone: Vec<Arc<Inner>>) {
    for engine in gone {
        let _ = contained(|| drop(engine));
    }
}

impl GroupState {
    fn note_eviction(&mut self, victim: Victim) {
        self.evicted += 1;
        self.evicted_open += u64::from(victim.rank == Standing::Open { until: 0 }.rank());
    }
}
