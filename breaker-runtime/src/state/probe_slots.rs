//! The slots of probes in flight.
//!
//! Each slot is a lease: a probe that does not end by its deadline loses its slot, so that a lost probe
//! never wedges a half-open breaker. Atomics rather than a counter: a counter cannot say which probe was
//! lost.
//!
//! A slot is one atomic number, `began 47 | generation 13 | serial 4`; a start of 0 means free. Taking a
//! slot and giving it back are each one compare-and-swap, so that at most `max` leases of one generation
//! are alive. A holder knows its slot by serial and start: the serial differs between successive holders
//! even if the clock stood still, and the start differs between holders with the same serial.
//!
//! The slot keeps the start and not the deadline, because the start also gives the duration of the
//! probe, and because a lease that changes at run time then holds for the probes in flight. The slots of
//! probes that are lost by then are freed before the new lease is published, so that it does not bring
//! them back. `max` may be lowered while probes are in flight: those in slots behind the first `max`
//! count as well, see [`ProbeTable::open_to_takers`].
//!
//! # Generations
//!
//! Generations are counted modulo 8,192, so a slot that stayed that long could look like one of the
//! current state. None stays: the thread that ends a half-open state frees the slots of its generation,
//! and a thread that takes one after that sees the end of the state and gives it back. Two generations
//! that are compared here are therefore close, and the half of the circle that holds their difference
//! shows which is later.

use once_cell::race::OnceBox;

use crate::state::token::{ProbeSlot, SERIAL_MASK};
use crate::state::word::GENERATION_MASK;
use crate::sync::{AtomicU64, Ordering};
use crate::time::{TICKS_MAX, Ticks};

const GENERATION_SHIFT: u32 = 4;
const BEGAN_SHIFT: u32 = 17;

/// The slots of a block. Most breakers have one or two probes and never need a second block.
const BLOCK: usize = 4;

#[derive(Clone, Copy, PartialEq, Eq)]
struct LeaseSlot(u64);

impl LeaseSlot {
    fn leased(began: Ticks, generation: u64, serial: u64) -> Self {
        let began = began.clamp(1, TICKS_MAX);
        Self(
            (began << BEGAN_SHIFT)
                | ((generation & GENERATION_MASK) << GENERATION_SHIFT)
                | (serial & SERIAL_MASK),
        )
    }

    fn at(self, index: u16) -> ProbeSlot {
        ProbeSlot { index, began: self.began() as u32, serial: self.serial() as u8 }
    }

    /// Returns the slot as free. Keeps the serial, so that the next holder gets another one.
    fn freed(self) -> Self {
        Self(self.0 & SERIAL_MASK)
    }

    fn is_free(self) -> bool {
        self.began() == 0
    }

    fn began(self) -> Ticks {
        self.0 >> BEGAN_SHIFT
    }

    fn generation(self) -> u64 {
        (self.0 >> GENERATION_SHIFT) & GENERATION_MASK
    }

    fn serial(self) -> u64 {
        self.0 & SERIAL_MASK
    }

    /// Returns whether a probe of this generation holds the slot.
    fn is_alive(self, generation: u64, lease: Ticks, now: Ticks) -> bool {
        self.generation() == generation && self.lease_runs(lease, now)
    }

    /// Returns whether the probe is lost under this lease. Unlike in [`LeaseSlot::lease_runs`], a probe
    /// that began later than `now` is not lost: it may have begun after the caller read the clock.
    fn is_lost(self, lease: Ticks, now: Ticks) -> bool {
        !self.is_free() && self.began().saturating_add(lease.max(1)) <= now
    }

    /// Returns whether the slot is not available for a caller that saw this generation. The caller may
    /// have slept since: a probe of a later generation must not lose its slot to it.
    fn is_taken(self, generation: u64, lease: Ticks, now: Ticks) -> bool {
        let ahead = self.generation().wrapping_sub(generation) & GENERATION_MASK;
        ahead <= GENERATION_MASK / 2 && self.lease_runs(lease, now)
    }

    /// Returns whether the lease has not ended. A start more than a lease ahead comes from a clock that
    /// stepped back, and must not block the slot until the clock has caught up.
    fn lease_runs(self, lease: Ticks, now: Ticks) -> bool {
        let lease = lease.max(1);
        !self.is_free()
            && self.began().saturating_add(lease) > now
            && self.began() <= now.saturating_add(lease)
    }
}

/// A chain of blocks of slots, grown when first needed and never shrunk.
#[derive(Debug)]
pub(crate) struct ProbeTable {
    slots: [AtomicU64; BLOCK],
    more: OnceBox<ProbeTable>,
}

impl ProbeTable {
    #[cfg(not(breaker_loom))]
    pub(crate) const fn new() -> Self {
        Self { slots: [const { AtomicU64::new(0) }; BLOCK], more: OnceBox::new() }
    }

    #[cfg(breaker_loom)]
    pub(crate) fn new() -> Self {
        Self { slots: std::array::from_fn(|_| AtomicU64::new(0)), more: OnceBox::new() }
    }

    /// Takes a free slot, if fewer than `max` are taken.
    pub(crate) fn take(&self, generation: u64, max: u16, lease: Ticks, now: Ticks) -> Option<ProbeSlot> {
        let max = self.open_to_takers(generation, max, lease, now);
        if max == 0 {
            return None;
        }
        let mut block = self;
        let mut first = 0_u16;
        loop {
            for (index, slot) in (first..max).zip(&block.slots) {
                if let Some(mine) = take_slot(slot, generation, lease, now) {
                    return Some(mine.at(index));
                }
            }
            first = first.saturating_add(BLOCK as u16);
            if first >= max {
                return None;
            }
            block = block.more.get_or_init(|| Box::new(Self::new()));
        }
    }

    /// Gives a slot back. Returns the start of the probe, or `None` if the lease was lost: then the
    /// result of the probe is late.
    pub(crate) fn give_back(
        &self,
        held: ProbeSlot,
        generation: u64,
        lease: Ticks,
        now: Ticks,
    ) -> Option<Ticks> {
        let slot = self.slot(held.index)?;
        let seen = LeaseSlot(slot.load(Ordering::Acquire));
        let held_here =
            !seen.is_free() && seen.generation() == generation && seen.at(held.index) == held;
        // A lost lease is given back as well, if no other probe has taken the slot.
        let mine = held_here
            && slot
                .compare_exchange(seen.0, seen.freed().0, Ordering::AcqRel, Ordering::Acquire)
                .is_ok()
            && seen.is_alive(generation, lease, now);
        mine.then(|| seen.began())
    }

    /// Returns how many of the first slots may be taken: `max`, less the slots behind them that are
    /// alive, which were taken before `max` was lowered.
    ///
    /// Slots behind the first `max` are only given back. Callers that race see at least as many of them
    /// alive as there are, and together take at most the slots that `max` leaves.
    fn open_to_takers(&self, generation: u64, max: u16, lease: Ticks, now: Ticks) -> u16 {
        let alive = |from: u16, to: u16| {
            let slots = self.slots_from(from).take(usize::from(to - from));
            slots.filter(|slot| slot.is_alive(generation, lease, now)).count()
        };
        let mut end = max;
        let mut behind = alive(max, u16::MAX);
        loop {
            let first = max.saturating_sub(u16::try_from(behind).unwrap_or(u16::MAX));
            if first >= end {
                return end;
            }
            behind += alive(first, end);
            end = first;
        }
    }

    /// Returns the number of probes in flight with a lease that has not ended.
    pub(crate) fn in_flight(&self, generation: u64, lease: Ticks, now: Ticks) -> u32 {
        let alive = self.slots_from(0).filter(|slot| slot.is_alive(generation, lease, now));
        u32::try_from(alive.count()).unwrap_or(u32::MAX)
    }

    /// Frees the slots of probes that are lost under this lease, so that a longer lease does not revive
    /// them.
    pub(crate) fn free_lost(&self, lease: Ticks, now: Ticks) {
        self.free_if(|slot| slot.is_lost(lease, now));
    }

    /// Frees the slots of a generation that has ended.
    pub(crate) fn free_all(&self, generation: u64) {
        self.free_if(|slot| !slot.is_free() && slot.generation() == generation & GENERATION_MASK);
    }

    fn free_if(&self, ends: impl Fn(LeaseSlot) -> bool) {
        for slot in self.blocks().flat_map(|block| &block.slots) {
            let seen = LeaseSlot(slot.load(Ordering::Acquire));
            if ends(seen) {
                // If this fails, the probe has ended or another probe has the slot.
                let _ =
                    slot.compare_exchange(seen.0, seen.freed().0, Ordering::AcqRel, Ordering::Acquire);
            }
        }
    }

    fn blocks(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |block| block.more.get())
    }

    /// Returns the contents of the slots from this index on.
    fn slots_from(&self, first: u16) -> impl Iterator<Item = LeaseSlot> {
        let slots = self.blocks().flat_map(|block| &block.slots).skip(usize::from(first));
        slots.map(|slot| LeaseSlot(slot.load(Ordering::Acquire)))
    }

    fn slot(&self, index: u16) -> Option<&AtomicU64> {
        let mut block = self;
        for _ in 0..usize::from(index) / BLOCK {
            block = block.more.get()?;
        }
        block.slots.get(usize::from(index) % BLOCK)
    }
}

fn take_slot(slot: &AtomicU64, generation: u64, lease: Ticks, now: Ticks) -> Option<LeaseSlot> {
    let mut seen = LeaseSlot(slot.load(Ordering::Acquire));
    loop {
        if seen.is_taken(generation, lease, now) {
            return None;
        }
        let serial = (seen.serial() + 1) & SERIAL_MASK;
        let mine = LeaseSlot::leased(now, generation, serial);
        match slot.compare_exchange(seen.0, mine.0, Ordering::AcqRel, Ordering::Acquire) {
            Ok(_) => return Some(mine),
            Err(current) => seen = LeaseSlot(current),
        }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    const LEASE: Ticks = 100;

    /// The slots behind the lowered maximum count first, then those that they leave to fewer takers.
    #[test]
    fn lowered_max_leaves_no_slot_while_as_many_probes_are_in_flight() {
        let table = ProbeTable::new();
        let take = |max| table.take(7, max, LEASE, 1);
        let probes = [(); 5].map(|()| take(5).expect("it is free"));
        table.give_back(probes[0], 7, LEASE, 1).expect("in time");
        assert_eq!(take(4), None, "four are left");
        table.give_back(probes[1], 7, LEASE, 1).expect("in time");
        assert_eq!(take(4).map(|slot| slot.index), Some(0));
        assert_eq!(take(4), None);
        assert_eq!(table.in_flight(7, LEASE, 1), 4);
    }

    #[test]
    fn slot_of_a_later_generation_is_taken_and_that_of_an_earlier_one_is_free() {
        for (held_by, asks, index) in [(1_000, 1, 1), (1_000, 1_999, 0), (1, GENERATION_MASK, 1)] {
            let table = ProbeTable::new();
            table.take(held_by, 2, LEASE, 1).expect("it is free");
            assert_eq!(table.take(asks, 2, LEASE, 1).map(|slot| slot.index), Some(index));
        }
    }

    #[test]
    fn slots_are_freed_with_their_own_generation() {
        let table = ProbeTable::new();
        let [later, earlier] = [8, 7].map(|generation| table.take(generation, 2, LEASE, 1));
        assert_eq!((later.map(|slot| slot.index), earlier.map(|slot| slot.index)), (Some(0), Some(1)));
        table.free_all(7);
        assert_eq!([7, 8].map(|generation| table.in_flight(generation, LEASE, 1)), [0, 1]);
    }
}
