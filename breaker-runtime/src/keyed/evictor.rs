//! The use of each slot of a group, and how far the sweep over them has come: [`Evictor`].
//!
//! Calls of a closed member are not timed. A hit only sets a flag in the table, and the time of the last
//! use is set when a sweep finds that flag, as in the CLOCK algorithm of page caches. An LRU list would
//! be exact, and each hit would write to memory that all threads share.

use crate::keyed::table::SlotId;
use crate::time::Ticks;

/// The slots that one insertion visits, to evict idle members and to find one that costs nothing to
/// evict.
pub(crate) const STRIDE: usize = 128;

/// The sweeps over all slots in each `key_idle`.
const SWEEPS: Ticks = 4;

/// When each slot was last used, kept under the lock of its group.
#[derive(Debug, Default)]
pub(crate) struct Evictor {
    /// At index 0 the slot with id 1.
    slots: Vec<Usage>,
    free: Vec<SlotId>,
    /// The number of slots used within `key_idle`, as far as is known.
    recent: usize,
    /// The index of the slot that is visited next.
    cursor: usize,
    sweep_began: Option<Ticks>,
    /// The slots that the present sweep has still to visit.
    sweep_left: usize,
}

#[derive(Clone, Copy, Debug)]
struct Usage {
    in_use: bool,
    recent: bool,
    last_use: Ticks,
}

/// The use of a slot that was just visited.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct SlotUse {
    pub(crate) id: SlotId,
    pub(crate) last_use: Ticks,
    /// Whether the last use was within `key_idle`.
    pub(crate) recent: bool,
}

impl Evictor {
    /// Returns the number of slots in use.
    pub(crate) fn len(&self) -> usize {
        self.slots.len() - self.free.len()
    }

    /// Returns how many slots were used within `key_idle`, as far as is known.
    pub(crate) fn recent(&self) -> usize {
        self.recent
    }

    /// Returns the ids of all slots in use.
    pub(crate) fn ids(&self) -> impl Iterator<Item = SlotId> + '_ {
        (1..).zip(&self.slots).filter(|(_, slot)| slot.in_use).map(|(id, _)| id)
    }

    /// Takes a free slot into use.
    pub(crate) fn add(&mut self, now: Ticks) -> SlotId {
        let usage = Usage { in_use: true, recent: true, last_use: now };
        self.recent += 1;
        match self.free.pop() {
            Some(id) => {
                self.slots[id as usize - 1] = usage;
                id
            }
            None => {
                self.slots.push(usage);
                self.slots.len() as SlotId
            }
        }
    }

    /// Frees a slot.
    pub(crate) fn remove(&mut self, id: SlotId) {
        let slot = &mut self.slots[id as usize - 1];
        self.recent -= usize::from(slot.recent);
        (slot.in_use, slot.recent) = (false, false);
        self.free.push(id);
    }

    /// Updates the last use of a slot and returns it, or `None` if the slot is free.
    ///
    /// `last_use` receives the last use known so far, and returns the one known at present.
    pub(crate) fn refresh(
        &mut self,
        id: SlotId,
        now: Ticks,
        idle: Ticks,
        last_use: impl FnOnce(Ticks) -> Ticks,
    ) -> Option<SlotUse> {
        let slot = self.slots.get_mut(id as usize - 1).filter(|slot| slot.in_use)?;
        slot.last_use = last_use(slot.last_use);
        let recent = now.saturating_sub(slot.last_use) < idle;
        self.recent = self.recent + usize::from(recent) - usize::from(slot.recent);
        slot.recent = recent;
        Some(SlotUse { id, last_use: slot.last_use, recent })
    }

    /// Moves the cursor over at most `most` slots, free ones included, and returns their ids.
    pub(crate) fn advance(&mut self, most: usize) -> impl Iterator<Item = SlotId> + use<> {
        let (len, first) = (self.slots.len(), self.cursor);
        let most = most.min(len);
        self.cursor = if len == 0 { 0 } else { (first + most) % len };
        (0..most).map(move |step| ((first + step) % len) as SlotId + 1)
    }

    /// Returns how many slots a caller should visit that visits at most `most`, so that each slot is
    /// visited [`SWEEPS`] times in `idle`.
    pub(crate) fn sweep_step(&mut self, most: usize, now: Ticks, idle: Ticks) -> usize {
        // A clock that was set back must not stop the sweeps until it has caught up.
        let is_over = self.sweep_began.is_none_or(|began| now.abs_diff(began) >= idle / SWEEPS);
        if self.sweep_left == 0 && is_over {
            self.sweep_began = Some(now);
            self.sweep_left = self.slots.len();
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

    #[test]
    fn sweep_begins_four_times_in_the_idle_time() {
        let mut evictor = Evictor::default();
        assert_eq!([(); 3].map(|()| evictor.add(0)), [1, 2, 3]);
        let mut step = |most, now| evictor.sweep_step(most, now, IDLE);
        assert_eq!([step(2, 0), step(2, 0), step(2, 24)], [2, 1, 0]);
        assert_eq!([step(9, 25), step(9, 49), step(9, 50)], [3, 0, 3]);
        assert_eq!([step(9, 30), step(9, 20)], [0, 3], "a clock that was set back");
    }

    #[test]
    fn slot_is_recent_until_it_is_idle() {
        let mut evictor = Evictor::default();
        let [first, second] = [evictor.add(0), evictor.add(50)];
        assert_eq!((evictor.len(), evictor.recent()), (2, 2));
        let usage = evictor.refresh(first, 100, IDLE, |last_use| last_use).expect("in use");
        assert_eq!((usage.recent, evictor.recent()), (false, 1));
        let usage = evictor.refresh(first, 100, IDLE, |_| 90).expect("in use");
        assert_eq!((usage.recent, usage.last_use, evictor.recent()), (true, 90, 2));
        evictor.remove(first);
        evictor.remove(second);
        let freed = evictor.refresh(first, 100, IDLE, |last_use| last_use);
        assert_eq!((evictor.len(), evictor.recent(), freed), (0, 0, None));
    }

    #[test]
    fn cursor_visits_all_slots_in_a_circle() {
        let mut evictor = Evictor::default();
        assert_eq!(evictor.advance(2).count(), 0);
        assert_eq!([(); 3].map(|()| evictor.add(0)), [1, 2, 3]);
        assert!(evictor.advance(2).eq([1, 2]) && evictor.advance(2).eq([3, 1]));
        assert!(evictor.advance(9).eq([2, 3, 1]));
        assert_eq!(evictor.add(0), 4);
        assert!(evictor.advance(4).eq([2, 3, 4, 1]), "a slot that is added skips none");
    }
}
