//! The use of each slot of a group, and how far the sweep over them has come: [`Evictor`].
//!
//! Calls of a closed member are not timed. A hit only sets a flag in the table, and the time of the last
//! use is set when a sweep finds that flag, as in the CLOCK algorithm of page caches. An LRU list would
//! be exact, and each hit would write to memory that all threads share.

use crate::keyed::table::{SlotHash, SlotId};
use crate::time::Ticks;

/// The slots that one insertion visits, to evict idle members and to find one that costs nothing to
/// evict.
pub(crate) const STRIDE: usize = 128;

/// The sweeps over all slots in each `key_idle`.
const SWEEPS: Ticks = 4;

/// When each slot was last used, kept under the lock of its group.
#[derive(Debug, Default)]
pub(crate) struct Evictor {
    slots: Vec<Usage>,
    /// The number of slots in use.
    len: usize,
    /// The number of slots taken into use so far, which may wrap.
    added: u32,
    /// The number of slots used within `key_idle`, as far as is known.
    recent: usize,
    /// The slot that is visited next.
    cursor: usize,
    sweep_began: Option<Ticks>,
    /// The number of members that the present sweep has still to visit.
    sweep_left: usize,
}

/// The use of one slot.
#[derive(Clone, Copy, Debug, Default)]
struct Usage {
    last_use: Ticks,
    /// The number of slots taken into use before it.
    number: u32,
    /// The hash of the key, and above it [`Usage::IN_USE`] and [`Usage::RECENT`].
    bits: u32,
}

impl Usage {
    const IN_USE: u32 = 1 << 31;
    const RECENT: u32 = 1 << 30;

    fn is_in_use(self) -> bool {
        self.bits & Self::IN_USE != 0
    }

    fn is_recent(self) -> bool {
        self.bits & Self::RECENT != 0
    }

    fn hash(self) -> SlotHash {
        SlotHash::new(u64::from(self.bits & !(Self::IN_USE | Self::RECENT)))
    }
}

const _: () = assert!(1 << SlotHash::BITS <= Usage::RECENT);

/// The use of a slot that was just visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotUse {
    pub(crate) id: SlotId,
    pub(crate) last_use: Ticks,
    /// The number of slots taken into use before it: the order of slots last used at one time. That of
    /// their ids is another one in each process.
    pub(crate) number: u32,
    /// Whether the last use was within `key_idle`.
    pub(crate) recent: bool,
}

impl Evictor {
    /// Returns the number of slots in use.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Returns how many slots were used within `key_idle`, as far as is known.
    pub(crate) fn recent(&self) -> usize {
        self.recent
    }

    /// Returns the ids of all slots in use.
    pub(crate) fn ids(&self) -> impl Iterator<Item = SlotId> + '_ {
        self.hashes().map(|(id, _)| id)
    }

    /// Returns the ids of all slots in use, and the hashes of their keys.
    pub(crate) fn hashes(&self) -> impl Iterator<Item = (SlotId, SlotHash)> + '_ {
        let in_use = (0..).zip(&self.slots).filter(|(_, slot)| slot.is_in_use());
        in_use.map(|(id, slot)| (id, slot.hash()))
    }

    /// Returns the ids of all slots in use, in the order in which they were taken into use.
    pub(crate) fn ids_in_order(&self) -> Vec<SlotId> {
        let in_use = (0..).zip(&self.slots).filter(|(_, slot)| slot.is_in_use());
        let mut numbered: Vec<(u32, SlotId)> = in_use.map(|(id, slot)| (slot.number, id)).collect();
        numbered.sort_unstable();
        numbered.into_iter().map(|(_, id)| id).collect()
    }

    /// Returns the hash of the key of a slot in use.
    pub(crate) fn hash(&self, id: SlotId) -> Option<SlotHash> {
        self.slots.get(id as usize).filter(|slot| slot.is_in_use()).map(|slot| slot.hash())
    }

    /// Takes over that the table has grown to this many slots, and that those of
    /// [`hashes`](Self::hashes) have moved to these, in the same order.
    pub(crate) fn grow(&mut self, slots: usize, moved: Vec<Option<SlotId>>) {
        let before = std::mem::replace(&mut self.slots, vec![Usage::default(); slots]);
        for (usage, id) in before.into_iter().filter(|slot| slot.is_in_use()).zip(moved) {
            if let Some(slot) = id.and_then(|id| self.slots.get_mut(id as usize)) {
                *slot = usage;
            }
        }
        self.cursor = 0;
        if self.sweep_left > 0 {
            self.sweep_left = self.len;
        }
    }

    /// Takes a free slot into use.
    pub(crate) fn add(&mut self, id: SlotId, hash: SlotHash, now: Ticks) {
        if let Some(slot) = self.slots.get_mut(id as usize).filter(|slot| !slot.is_in_use()) {
            let bits = hash.bits() | Usage::IN_USE | Usage::RECENT;
            *slot = Usage { last_use: now, number: self.added, bits };
            self.added = self.added.wrapping_add(1);
            self.recent += 1;
            self.len += 1;
            // It may be ahead of the cursor: the sweep would end before its last slot.
            self.sweep_left += usize::from(self.sweep_left > 0);
        }
    }

    /// Frees a slot.
    pub(crate) fn remove(&mut self, id: SlotId) {
        if let Some(slot) = self.slots.get_mut(id as usize).filter(|slot| slot.is_in_use()) {
            self.recent -= usize::from(slot.is_recent());
            self.len -= 1;
            *slot = Usage::default();
        }
    }

    /// Updates when a slot was last used; `None` if it is free. `last_use` takes what is known of it and
    /// returns what it is.
    pub(crate) fn refresh(
        &mut self,
        id: SlotId,
        now: Ticks,
        idle: Ticks,
        last_use: impl FnOnce(Ticks) -> Ticks,
    ) -> Option<SlotUse> {
        let slot = self.slots.get_mut(id as usize).filter(|slot| slot.is_in_use())?;
        let last_use = last_use(slot.last_use);
        let recent = now.saturating_sub(last_use) < idle;
        self.recent = self.recent + usize::from(recent) - usize::from(slot.is_recent());
        slot.last_use = last_use;
        slot.bits = (slot.bits & !Usage::RECENT) | if recent { Usage::RECENT } else { 0 };
        Some(SlotUse { id, last_use, number: slot.number, recent })
    }

    /// Moves the cursor over at most `most` slots in use, and returns their ids.
    pub(crate) fn advance(&mut self, most: usize) -> Vec<SlotId> {
        let most = most.min(self.len);
        let mut ids = Vec::with_capacity(most);
        for _ in 0..self.slots.len() {
            if ids.len() == most {
                break;
            }
            if self.slots[self.cursor].is_in_use() {
                ids.push(self.cursor as SlotId);
            }
            self.cursor = (self.cursor + 1) % self.slots.len();
        }
        ids
    }

    /// Returns how many slots in use a caller should visit that visits at most `most`, so that each is
    /// visited [`SWEEPS`] times in `idle`.
    pub(crate) fn sweep_step(&mut self, most: usize, now: Ticks, idle: Ticks) -> usize {
        // A clock that was set back must not stop the sweeps until it has caught up.
        let is_over = self.sweep_began.is_none_or(|began| now.abs_diff(began) >= idle / SWEEPS);
        if self.sweep_left == 0 && is_over {
            self.sweep_began = Some(now);
            self.sweep_left = self.len;
        }
        let step = self.sweep_left.min(most);
        self.sweep_left -= step;
        step
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDLE: Ticks = 100;

    /// Returns an evictor with eight slots, of which the first `used` are in use since time 0.
    fn evictor(used: SlotId) -> Evictor {
        let mut evictor = Evictor::default();
        evictor.grow(8, Vec::new());
        (0..used).for_each(|id| evictor.add(id, SlotHash::new(u64::from(id)), 0));
        evictor
    }

    #[test]
    fn sweep_begins_four_times_in_the_idle_time() {
        let mut evictor = evictor(3);
        let mut step = |most, now| evictor.sweep_step(most, now, IDLE);
        assert_eq!([step(2, 0), step(2, 0), step(2, 24)], [2, 1, 0]);
        assert_eq!([step(9, 25), step(9, 49), step(9, 50)], [3, 0, 3]);
        assert_eq!([step(9, 30), step(9, 20)], [0, 3], "a clock that was set back");
    }

    #[test]
    fn slot_is_recent_until_it_is_idle() {
        let mut evictor = evictor(1);
        evictor.add(1, SlotHash::new(7), 50);
        assert_eq!((evictor.len(), evictor.recent()), (2, 2));
        let usage = evictor.refresh(0, 100, IDLE, |last_use| last_use).expect("in use");
        assert_eq!((usage.recent, evictor.recent()), (false, 1));
        let usage = evictor.refresh(0, 100, IDLE, |_| 90).expect("in use");
        assert_eq!((usage.recent, usage.last_use, evictor.recent()), (true, 90, 2));
        assert_eq!(evictor.hash(1), Some(SlotHash::new(7)));
        evictor.remove(0);
        evictor.remove(1);
        let freed = evictor.refresh(0, 100, IDLE, |last_use| last_use);
        assert_eq!((evictor.len(), evictor.recent(), freed), (0, 0, None));
    }

    #[test]
    fn cursor_visits_all_slots_in_use_in_a_circle() {
        assert!(evictor(0).advance(2).is_empty() && Evictor::default().advance(2).is_empty());
        let mut evictor = evictor(3);
        assert_eq!([evictor.advance(2), evictor.advance(2)], [[0, 1], [2, 0]]);
        assert_eq!(evictor.advance(9), [1, 2, 0]);
        evictor.add(5, SlotHash::new(7), 0);
        assert_eq!(evictor.advance(4), [1, 2, 5, 0], "a slot that is added skips none");
    }

    #[test]
    fn sweep_visits_all_slots_beside_those_that_are_added() {
        let mut evictor = evictor(0);
        for id in [0, 6, 7] {
            evictor.add(id, SlotHash::new(u64::from(id)), 0);
        }
        let step = evictor.sweep_step(1, 0, IDLE);
        assert_eq!(evictor.advance(step), [0]);
        evictor.add(3, SlotHash::new(3), 0);
        let step = evictor.sweep_step(usize::MAX, 0, IDLE);
        assert_eq!(evictor.advance(step), [3, 6, 7]);
    }

    #[test]
    fn slots_keep_their_use_when_they_move() {
        let mut evictor = evictor(2);
        evictor.add(5, SlotHash::new(9), 60);
        evictor.grow(16, vec![Some(12), Some(3), Some(8)]);
        let hashes = [(3, 1), (8, 9), (12, 0)].map(|(id, hash)| (id, SlotHash::new(hash)));
        assert!(evictor.hashes().eq(hashes));
        assert_eq!((evictor.len(), evictor.recent()), (3, 3));
        let usage = evictor.refresh(8, 100, IDLE, |last_use| last_use).expect("in use");
        assert_eq!((usage.last_use, usage.recent), (60, true));
    }
}
