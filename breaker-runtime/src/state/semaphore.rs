//! The limit on concurrent calls, and the queue of the calls that wait for a permit.
//!
//! One word holds the number of permits in use, the limit, and whether a call waits: a call that finds a
//! free permit, or none and does not wait, needs nothing else. While a call waits, a released permit is
//! handed to the first waiter under the lock of the queue, and no other call can take it.

use std::collections::VecDeque;
use std::mem;
use std::sync::PoisonError;
use std::task::Waker;

use crate::support::contain::contained;
use crate::sync::{AtomicU64, Mutex, MutexGuard, Ordering};

#[derive(Debug)]
pub(crate) struct Semaphore {
    occupancy: AtomicU64,
    line: Mutex<Queue>,
}

/// Those who wait, by ascending ticket. Who is not in it any more has a place.
#[derive(Debug)]
struct Queue {
    waiting: VecDeque<Waiter>,
    tickets: u64,
}

#[derive(Debug)]
struct Waiter {
    ticket: u64,
    /// None until it has asked for its turn.
    waker: Option<Waker>,
}

/// A call's place in the line. Used up by [`Semaphore::leave`], unless its turn has come.
#[derive(Debug)]
#[must_use = "whoever is forgotten in the line is handed a place all the same"]
pub(crate) struct WaiterId(u64);

/// What a call meets that is ready to wait.
#[derive(Debug)]
pub(crate) enum Joined {
    /// A place was free after all.
    Place,
    QueuedCall(WaiterId),
    /// The line is as long as it may be.
    LineIsFull,
}

/// `waits 1 | limit 31 | running 32`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Occupancy(u64);

const RUNNING_BITS: u32 = 32;
const RUNNING_MASK: u64 = (1 << RUNNING_BITS) - 1;
const WAITS: u64 = 1 << 63;
const LIMIT_MASK: u64 = !(RUNNING_MASK | WAITS);

/// No limit: more calls than this do not run anywhere.
pub(crate) const UNLIMITED: u32 = u32::MAX >> 1;

impl Occupancy {
    fn new(limit: u32) -> Self {
        Self(0).with_limit(limit)
    }

    fn with_limit(self, limit: u32) -> Self {
        Self((self.0 & !LIMIT_MASK) | (u64::from(limit.min(UNLIMITED)) << RUNNING_BITS))
    }

    const fn running(self) -> u64 {
        self.0 & RUNNING_MASK
    }

    const fn has_room(self) -> bool {
        self.running() < (self.0 & LIMIT_MASK) >> RUNNING_BITS
    }

    const fn somebody_waits(self) -> bool {
        self.0 & WAITS != 0
    }

    const fn with_one_more(self) -> Self {
        Self(self.0 + 1)
    }
}

impl Semaphore {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            occupancy: AtomicU64::new(Occupancy::new(limit).0),
            line: Mutex::new(Queue { waiting: VecDeque::new(), tickets: 0 }),
        }
    }

    /// Takes a free place, if nobody waits for one.
    #[inline]
    pub(crate) fn take(&self) -> bool {
        let mut seen = self.occupancy();
        while seen.has_room() && !seen.somebody_waits() {
            match self.exchange(seen, seen.with_one_more()) {
                Ok(()) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    /// Gives a place back that the caller holds, or passes it on.
    #[inline]
    pub(crate) fn give_back(&self) {
        let before = Occupancy(self.occupancy.fetch_sub(1, Ordering::AcqRel));
        if before.somebody_waits() {
            self.serve();
        }
    }

    /// Stands in line behind all others, if there is no place yet.
    pub(crate) fn join(&self, longest: u32) -> Joined {
        let mut line = self.line();
        loop {
            let seen = self.occupancy();
            if line.waiting.is_empty() && seen.has_room() {
                if self.exchange(seen, seen.with_one_more()).is_ok() {
                    return Joined::Place;
                }
            } else if line.waiting.len() >= longest as usize {
                return Joined::LineIsFull;
            } else if self.exchange(seen, Occupancy(seen.0 | WAITS)).is_ok() {
                // Whoever gives a place back from now on comes to the line with it.
                break;
            }
        }
        let ticket = line.tickets;
        line.tickets += 1;
        line.waiting.push_back(Waiter { ticket, waker: None });
        Joined::QueuedCall(WaiterId(ticket))
    }

    /// Whether the holder of the ticket has a place now. If not, `waker` is told when it has.
    pub(crate) fn is_turn(&self, ticket: &WaiterId, waker: &Waker) -> bool {
        // It may be the user's code that makes one and drops one: both without the lock.
        let mut waker = Some(waker.clone());
        let mut line = self.line();
        let Some(at) = line.find(ticket) else { return true };
        mem::swap(&mut line.waiting[at].waker, &mut waker);
        drop(line);
        false
    }

    /// Waits no longer. Whether there is a place by now, which is then the caller's.
    pub(crate) fn leave(&self, ticket: &WaiterId) -> bool {
        let mut line = self.line();
        let Some(at) = line.find(ticket) else { return true };
        let waiter = line.waiting.remove(at);
        if line.waiting.is_empty() {
            self.nobody_waits();
        }
        drop(line);
        drop(waiter);
        false
    }

    /// For calls from now on. Who waits notices by [`Semaphore::serve`].
    pub(crate) fn set_limit(&self, limit: u32) {
        let mut seen = self.occupancy();
        while let Err(now) = self.exchange(seen, seen.with_limit(limit)) {
            seen = now;
        }
    }

    /// Hands out the places that are free to those who wait.
    pub(crate) fn serve(&self) {
        // Woken one by one and without the lock, as a waker is the user's code. It is that of another
        // call than the one that serves, which must not suffer from a panic in it, nor the waiters
        // behind it.
        while let Some(waiter) = self.serve_first() {
            if let Some(waker) = waiter.waker {
                let _ = contained(|| waker.wake());
            }
        }
    }

    fn serve_first(&self) -> Option<Waiter> {
        let mut line = self.line();
        loop {
            let seen = self.occupancy();
            if line.waiting.is_empty() || !seen.has_room() {
                return None;
            }
            if self.exchange(seen, seen.with_one_more()).is_ok() {
                break;
            }
        }
        let first = line.waiting.pop_front();
        if line.waiting.is_empty() {
            self.nobody_waits();
        }
        first
    }

    /// Under the lock of an empty line.
    fn nobody_waits(&self) {
        self.occupancy.fetch_and(!WAITS, Ordering::AcqRel);
    }

    /// Calls that hold a place.
    pub(crate) fn running(&self) -> u32 {
        self.occupancy().running() as u32
    }

    /// Calls that wait for one.
    pub(crate) fn pending(&self) -> u32 {
        u32::try_from(self.line().waiting.len()).unwrap_or(u32::MAX)
    }

    fn occupancy(&self) -> Occupancy {
        Occupancy(self.occupancy.load(Ordering::Acquire))
    }

    fn exchange(&self, old: Occupancy, new: Occupancy) -> Result<(), Occupancy> {
        self.occupancy
            .compare_exchange(old.0, new.0, Ordering::AcqRel, Ordering::Acquire)
            .map(drop)
            .map_err(Occupancy)
    }

    fn line(&self) -> MutexGuard<'_, Queue> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn find(&self, ticket: &WaiterId) -> Option<usize> {
        self.waiting.binary_search_by_key(&ticket.0, |waiter| waiter.ticket).ok()
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    fn in_line(bulkhead: &Semaphore) -> WaiterId {
        match bulkhead.join(u32::MAX) {
            Joined::QueuedCall(ticket) => ticket,
            other => panic!("{other:?}"),
        }
    }

    fn is_turn(bulkhead: &Semaphore, ticket: &WaiterId) -> bool {
        bulkhead.is_turn(ticket, Waker::noop())
    }

    #[test]
    fn as_many_run_as_may_and_a_place_given_back_is_free_again() {
        let bulkhead = Semaphore::new(2);
        assert_eq!([(); 3].map(|()| bulkhead.take()), [true, true, false]);
        bulkhead.give_back();
        assert_eq!([(); 2].map(|()| bulkhead.take()), [true, false]);
        assert_eq!((bulkhead.running(), bulkhead.pending()), (2, 0));
    }

    #[test]
    fn nobody_overtakes_who_waits() {
        let bulkhead = Semaphore::new(1);
        assert!(bulkhead.take());
        let (first, second) = (in_line(&bulkhead), in_line(&bulkhead));
        bulkhead.give_back();
        assert!(!bulkhead.take(), "the place is the first one's");
        assert_eq!((bulkhead.running(), bulkhead.pending()), (1, 1));
        assert!(is_turn(&bulkhead, &first) && !is_turn(&bulkhead, &second));
        bulkhead.give_back();
        assert!(is_turn(&bulkhead, &second));
        bulkhead.give_back();
        assert!(bulkhead.take());
    }

    #[test]
    fn who_leaves_the_line_gives_back_what_was_handed_out_meanwhile() {
        let bulkhead = Semaphore::new(1);
        assert!(bulkhead.take());
        let (first, second, third) = (in_line(&bulkhead), in_line(&bulkhead), in_line(&bulkhead));
        assert!(!bulkhead.leave(&second), "nothing was handed to it yet");
        bulkhead.give_back();
        assert!(bulkhead.leave(&first), "it has the place");
        bulkhead.give_back();
        assert!(is_turn(&bulkhead, &third));
        assert_eq!((bulkhead.running(), bulkhead.pending()), (1, 0));
    }

    /// What says that a call waits was left standing, and calls that may not wait were turned away from
    /// then on.
    #[test]
    fn permit_is_free_for_all_after_the_last_waiter_has_left() {
        let bulkhead = Semaphore::new(1);
        assert!(bulkhead.take());
        let (first, second) = (in_line(&bulkhead), in_line(&bulkhead));
        assert!(!bulkhead.leave(&second) && !bulkhead.leave(&first));
        bulkhead.give_back();
        assert!(bulkhead.take());
    }

    #[test]
    fn the_line_is_as_long_as_it_may_be() {
        let bulkhead = Semaphore::new(1);
        assert!(matches!(bulkhead.join(1), Joined::Place), "a place is free");
        let ticket = in_line(&bulkhead);
        assert!(matches!(bulkhead.join(1), Joined::LineIsFull));
        assert!(!bulkhead.leave(&ticket));
        assert!(matches!(bulkhead.join(1), Joined::QueuedCall(_)));
    }

    #[test]
    fn a_higher_limit_is_for_those_who_wait_and_a_lower_one_takes_no_place_away() {
        let bulkhead = Semaphore::new(1);
        assert!(bulkhead.take());
        let waiting = [(); 3].map(|()| in_line(&bulkhead));
        bulkhead.set_limit(3);
        bulkhead.serve();
        assert_eq!(waiting.each_ref().map(|ticket| is_turn(&bulkhead, ticket)), [true, true, false]);
        bulkhead.set_limit(1);
        bulkhead.give_back();
        bulkhead.give_back();
        assert!(!is_turn(&bulkhead, &waiting[2]), "one runs, and one may");
        bulkhead.give_back();
        assert!(is_turn(&bulkhead, &waiting[2]));
        for limit in [UNLIMITED, u32::MAX] {
            bulkhead.set_limit(limit);
            assert!((0..10_000).all(|_| bulkhead.take()));
        }
    }
}
