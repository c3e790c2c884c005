//! Which members are taken out: idle ones at each sweep, and the one that costs least where a new key
//! finds no room.
//!
//! The order of eviction is that of [`EvictionCost`], and among equals the least recent use. A flood of
//! new keys must not make each insertion look at all members, so one look at all of them queues the next
//! candidates for the insertions that follow.

use std::collections::VecDeque;
use std::mem;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::keyed::evictor::{Evictor, STRIDE, SlotUse};
use crate::keyed::group::KeyedGroup;
use crate::keyed::member::{EvictionCost, Member};
use crate::keyed::table::{SlotHash, SlotId};
use crate::support::contain::contained;
use crate::time::Ticks;
use crate::types::counts::GroupCounts;
use crate::types::snapshot::KeyCounts;

/// The state of a group that its lock protects.
pub(crate) struct GroupState<M> {
    pub(super) evictor: Evictor,
    /// The totals of members that were taken out and are gone.
    retired: GroupCounts,
    /// Members that were taken out while in use. They may still count.
    detached: VecDeque<Arc<M>>,
    /// The members to evict next, as of the last look at all of them.
    candidates: VecDeque<Candidate>,
    /// Slots taken into use since that look.
    newcomers: Vec<SlotId>,
    evicted: u64,
    evicted_open: u64,
}

/// A member that may be evicted. The least one goes first: the lowest cost, then the least recent use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Candidate {
    rank: u8,
    last_use: Ticks,
    number: u32,
    id: SlotId,
}

/// The detached members that one insertion visits, to free those that are no longer in use.
const DETACHED_STRIDE: usize = 8;

impl<M> Default for GroupState<M> {
    fn default() -> Self {
        Self {
            evictor: Evictor::default(),
            retired: GroupCounts::default(),
            detached: VecDeque::new(),
            candidates: VecDeque::new(),
            newcomers: Vec::new(),
            evicted: 0,
            evicted_open: 0,
        }
    }
}

impl<M: Member> GroupState<M> {
    /// Returns what the members have counted that were taken out.
    pub(super) fn retired(&self) -> GroupCounts {
        let mut sum = self.retired.clone();
        self.detached.iter().for_each(|member| sum.add(&member.counted()));
        sum
    }

    /// Returns how many members there are, and how many were evicted.
    pub(super) fn counts(&self) -> KeyCounts {
        KeyCounts {
            keys: self.evictor.len() as u64,
            evicted: self.evicted,
            evicted_open: self.evicted_open,
        }
    }

    /// Takes a slot into use for a new member.
    pub(super) fn add(&mut self, id: SlotId, hash: SlotHash, now: Ticks) {
        self.evictor.add(id, hash, now);
        if !self.candidates.is_empty() {
            self.newcomers.push(id);
        }
    }

    /// Takes over where the members have moved; see [`Evictor::grow`].
    pub(super) fn grow(&mut self, slots: usize, moved: Vec<Option<SlotId>>) {
        self.evictor.grow(slots, moved);
        // Their slots are others by now.
        self.candidates.clear();
        self.newcomers.clear();
    }

    fn count_eviction(&mut self, candidate: Candidate) {
        self.evicted += 1;
        self.evicted_open += u64::from(candidate.rank == EvictionCost::NOT_CLOSED);
    }

    /// Moves at most `most` detached members that are no longer in use to `removed`.
    fn free_detached(&mut self, most: usize, removed: &mut Vec<Arc<M>>) {
        for _ in 0..most.min(self.detached.len()) {
            let Some(member) = self.detached.pop_front() else { return };
            // Nothing else leads to it, so an only handle stays the only one.
            if Arc::strong_count(&member) == 1 {
                self.retired.add(&member.counted());
                removed.push(member);
            } else {
                self.detached.push_back(member);
            }
        }
    }
}

impl<M: Member> KeyedGroup<M> {
    /// Evicts idle members if a sweep is due.
    pub(crate) fn sweep(&self, template: &M, now: Ticks) {
        // Declared before the guard and so dropped after it.
        let mut eviction = Eviction::new(self, template, now);
        let mut state = self.lock();
        eviction.evict_idle(&mut state, usize::MAX);
        self.set_quota_base(&state);
    }

    /// Updates which members were used within `key_idle`, since a member that is about to open may have
    /// room then. Does nothing while the answer cannot have changed.
    pub(crate) fn refresh_quota(&self, now: Ticks) {
        let idle = self.limits().key_idle();
        let next = self.next_refresh.load(Ordering::Relaxed);
        // A clock that was set back must not delay the next refresh.
        if now < next && next - now <= idle {
            return;
        }
        let mut state = self.lock();
        let ids: Vec<_> = state.evictor.ids().collect();
        let used = ids.into_iter().filter_map(|id| self.refresh(&mut state, id, now));
        let lapse = used.filter(|used| used.recent).map(|used| used.last_use.saturating_add(idle)).min();
        let at_latest = now.saturating_add((idle / 16).max(1));
        self.next_refresh
            .store(lapse.map_or(at_latest, |lapse| lapse.min(at_latest)), Ordering::Relaxed);
        self.set_quota_base(&state);
    }

    /// Sets the number of members that `max_open_keys` is a share of.
    pub(super) fn set_quota_base(&self, state: &GroupState<M>) {
        M::open_quota(&self.shared).set_breakers(state.evictor.recent() as u64);
    }

    /// Updates when a slot was last used; `None` if it is free.
    fn refresh(&self, state: &mut GroupState<M>, id: SlotId, now: Ticks) -> Option<SlotUse> {
        let last_use = |known| self.last_use(id, known, now);
        let usage = state.evictor.refresh(id, now, self.limits().key_idle(), last_use)?;
        if M::open_quota(&self.shared).is_limited() {
            if let Some(member) = self.table.get(id) {
                member.set_recent(usage.recent);
            }
        }
        Some(usage)
    }

    /// Takes out a member that may be in use. What it counts from here on stays in the totals. Returns
    /// whether there was one.
    pub(super) fn detach(&self, state: &mut GroupState<M>, id: SlotId) -> bool {
        let Some(hash) = state.evictor.hash(id) else { return false };
        let Some(member) = self.table.remove(id, hash) else { return false };
        member.on_remove(true);
        state.evictor.remove(id);
        state.detached.push_back(member);
        self.set_quota_base(state);
        true
    }
}

/// One run of evictions, at one time. The members that it takes out are dropped with it: callers drop it
/// after they have released the lock.
pub(super) struct Eviction<'g, M: Member> {
    group: &'g KeyedGroup<M>,
    template: &'g M,
    now: Ticks,
    removed: Vec<Arc<M>>,
}

impl<'g, M: Member> Eviction<'g, M> {
    pub(super) fn new(group: &'g KeyedGroup<M>, template: &'g M, now: Ticks) -> Self {
        Self { group, template, now, removed: Vec::new() }
    }

    /// Returns the time of this run.
    pub(super) fn now(&self) -> Ticks {
        self.now
    }

    /// Makes room for one more member. This always succeeds: a new key always gets a member of its own.
    pub(super) fn make_room(&mut self, state: &mut GroupState<M>) {
        state.free_detached(DETACHED_STRIDE, &mut self.removed);
        self.evict_idle(state, STRIDE);
        while state.evictor.len() >= self.group.limits().max_keys() as usize {
            let evicted =
                self.evict_costless(state) || self.evict_candidate(state) || self.evict_any(state);
            if !evicted {
                return;
            }
        }
    }

    /// Evicts idle members among the next slots, at most `most`, if the sweep is due.
    fn evict_idle(&mut self, state: &mut GroupState<M>, most: usize) {
        let (template, now) = (self.template, self.now);
        let idle = self.group.limits().key_idle();
        let step = state.evictor.sweep_step(most, now, idle);
        for id in state.evictor.advance(step) {
            let Some(usage) = self.group.refresh(state, id, now) else { continue };
            if usage.recent {
                continue;
            }
            self.remove_unused(state, id, |member| match member.eviction_cost(template, now) {
                EvictionCost::Nothing | EvictionCost::Failures => true,
                EvictionCost::NotClosed { until } => now.saturating_sub(until) >= idle,
                EvictionCost::OwnSettings => false,
            });
        }
    }

    /// Evicts the least recently used of the next [`STRIDE`] members that cost nothing.
    fn evict_costless(&mut self, state: &mut GroupState<M>) -> bool {
        let ids = state.evictor.advance(STRIDE);
        let mut costless: Vec<_> = ids.into_iter().filter_map(|id| self.candidate(state, id)).collect();
        costless.retain(|candidate| candidate.rank == EvictionCost::Nothing.rank());
        costless.sort_unstable();
        costless.into_iter().any(|candidate| self.evict(state, candidate))
    }

    /// Evicts the next candidate of the last look at all members, or a newcomer that costs less.
    fn evict_candidate(&mut self, state: &mut GroupState<M>) -> bool {
        while let Some(queued) = state.candidates.pop_front() {
            let Some(next) = self.candidate(state, queued.id) else { continue };
            if next.last_use != queued.last_use || next.rank > queued.rank {
                continue;
            }
            let newcomers = mem::take(&mut state.newcomers);
            let cheaper = newcomers.iter().filter_map(|id| self.candidate(state, *id));
            let mut cheaper: Vec<_> = cheaper.filter(|newcomer| newcomer.rank < next.rank).collect();
            cheaper.sort_unstable();
            state.newcomers = newcomers;
            if cheaper.into_iter().any(|candidate| self.evict(state, candidate)) {
                state.candidates.push_front(queued);
                return true;
            }
            if self.evict(state, next) {
                return true;
            }
        }
        false
    }

    /// Looks at all members, and evicts the first in order that is not in use, or the first if all are
    /// in use.
    fn evict_any(&mut self, state: &mut GroupState<M>) -> bool {
        let ids: Vec<_> = state.evictor.ids().collect();
        let mut all: Vec<_> = ids.into_iter().filter_map(|id| self.candidate(state, id)).collect();
        all.sort_unstable();
        state.newcomers.clear();
        if let Some(index) = all.iter().position(|candidate| self.evict(state, *candidate)) {
            // Queued only where a look at all members is expensive.
            let more = if all.len() > STRIDE { STRIDE } else { 0 };
            state.candidates = all.into_iter().skip(index + 1).take(more).collect();
            return true;
        }
        let Some(first) = all.first() else { return false };
        state.count_eviction(*first);
        self.group.detach(state, first.id)
    }

    /// Returns the member in a slot as a candidate; `None` if the slot is free.
    fn candidate(&self, state: &mut GroupState<M>, id: SlotId) -> Option<Candidate> {
        let SlotUse { last_use, number, .. } = self.group.refresh(state, id, self.now)?;
        let rank = self.group.table.get(id)?.eviction_cost(self.template, self.now).rank();
        Some(Candidate { rank, last_use, number, id })
    }

    /// Evicts a member unless it is in use. Returns whether it did.
    fn evict(&mut self, state: &mut GroupState<M>, candidate: Candidate) -> bool {
        let evicted = self.remove_unused(state, candidate.id, |_| true);
        if evicted {
            state.count_eviction(candidate);
        }
        evicted
    }

    /// Takes out a member that is not in use, if `may_go` agrees. Returns whether it did.
    fn remove_unused(
        &mut self,
        state: &mut GroupState<M>,
        id: SlotId,
        may_go: impl FnOnce(&mut M) -> bool,
    ) -> bool {
        let Some(hash) = state.evictor.hash(id) else { return false };
        let Some(member) = self.group.table.remove_unused(id, hash, may_go) else { return false };
        member.on_remove(false);
        state.evictor.remove(id);
        state.retired.add(&member.counted());
        self.removed.push(member);
        true
    }
}

/// Drops what other calls may have made: their keys are user values, and a panic in the `Drop` of one
/// must end neither this call nor the drop of the others.
impl<M: Member> Drop for Eviction<'_, M> {
    fn drop(&mut self) {
        for member in self.removed.drain(..) {
            let _ = contained(|| drop(member));
        }
    }
}
