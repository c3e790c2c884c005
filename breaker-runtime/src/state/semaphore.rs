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
    queue: Mutex<Queue>,
}

/// Those who wait, by ascending ticket. Who is not in it any more has a place.
#[derive(Debug)]
struct Queue {
    waiting: VecDeque<Waiter>,
    next_id: u64,
}

#[derive(Debug)]
struct Waiter {
    id: u64,
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
    Permit,
    Queued(WaiterId),
    /// The line is as long as it may be.
    QueueFull,
}

/// `waits 1 | limit 31 | running 32`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Occupancy(u64);

const RUNNING_BITS: u32 = 32;
const RUNNING_MASK: u64 = (1 << RUNNING_BITS) - 1;
const HAS_WAITERS: u64 = 1 << 63;
const LIMIT_MASK: u64 = !(RUNNING_MASK | HAS_WAITERS);

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

    const fn has_waiters(self) -> bool {
        self.0 & HAS_WAITERS != 0
    }

    const fn with_one_more(self) -> Self {
        Self(self.0 + 1)
    }
}

impl Semaphore {
    pub(crate) fn new(limit: u32) -> Self {
        Self {
            occupancy: AtomicU64::new(Occupancy::new(limit).0),
            queue: Mutex::new(Queue { waiting: VecDeque::new(), next_id: 0 }),
        }
    }

    /// Takes a free place, if nobody waits for one.
    #[inline]
    pub(crate) fn try_acquire(&self) -> bool {
        let mut seen = self.occupancy();
        while seen.has_room() && !seen.has_waiters() {
            match self.exchange(seen, seen.with_one_more()) {
                Ok(()) => return true,
                Err(now) => seen = now,
            }
        }
        false
    }

    /// Gives a place back that the caller holds, or passes it on.
    #[inline]
    pub(crate) fn release(&self) {
        let before = Occupancy(self.occupancy.fetch_sub(1, Ordering::AcqRel));
        if before.has_waiters() {
            self.grant();
        }
    }

    /// Stands in line behind all others, if there is no place yet.
    pub(crate) fn join(&self, max_pending: u32) -> Joined {
        let mut queue = self.queue();
        loop {
            let seen = self.occupancy();
            if queue.waiting.is_empty() && seen.has_room() {
                if self.exchange(seen, seen.with_one_more()).is_ok() {
                    return Joined::Permit;
                }
            } else if queue.waiting.len() >= max_pending as usize {
                return Joined::QueueFull;
            } else if self.exchange(seen, Occupancy(seen.0 | HAS_WAITERS)).is_ok() {
                // Whoever gives a place back from now on comes to the line with it.
                break;
            }
        }
        let id = queue.next_id;
        queue.next_id += 1;
        queue.waiting.push_back(Waiter { id, waker: None });
        Joined::Queued(WaiterId(id))
    }

    /// Whether the holder of the ticket has a place now. If not, `waker` is told when it has.
    pub(crate) fn poll_permit(&self, id: &WaiterId, waker: &Waker) -> bool {
        // It may be the user's code that makes one and drops one: both without the lock.
        let mut waker = Some(waker.clone());
        let mut queue = self.queue();
        let Some(at) = queue.find(id) else { return true };
        mem::swap(&mut queue.waiting[at].waker, &mut waker);
        drop(queue);
        false
    }

    /// Waits no longer. Whether there is a place by now, which is then the caller's.
    pub(crate) fn leave(&self, id: &WaiterId) -> bool {
        let mut queue = self.queue();
        let Some(at) = queue.find(id) else { return true };
        let waiter = queue.waiting.remove(at);
        if queue.waiting.is_empty() {
            self.mark_queue_empty();
        }
        drop(queue);
        drop(waiter);
        false
    }

    /// For calls from now on. Who waits notices by [`Semaphore::grant`].
    pub(crate) fn set_limit(&self, limit: u32) {
        let mut seen = self.occupancy();
        while let Err(now) = self.exchange(seen, seen.with_limit(limit)) {
            seen = now;
        }
    }

    /// Hands out the places that are free to those who wait.
    pub(crate) fn grant(&self) {
        // Woken one by one and without the lock, as a waker is the user's code. It is that of another
        // call than the one that serves, which must not suffer from a panic in it, nor the waiters
        // behind it.
        while let Some(waiter) = self.grant_first() {
            if let Some(waker) = waiter.waker {
                let _ = contained(|| waker.wake());
            }
        }
    }

    fn grant_first(&self) -> Option<Waiter> {
        let mut queue = self.queue();
        loop {
            let seen = self.occupancy();
            if queue.waiting.is_empty() || !seen.has_room() {
                return None;
            }
            if self.exchange(seen, seen.with_one_more()).is_ok() {
                break;
            }
        }
        let first = queue.waiting.pop_front();
        if queue.waiting.is_empty() {
            self.mark_queue_empty();
        }
        first
    }

    /// Under the lock of an empty line.
    fn mark_queue_empty(&self) {
        self.occupancy.fetch_and(!HAS_WAITERS, Ordering::AcqRel);
    }

    /// Calls that hold a place.
    pub(crate) fn running(&self) -> u32 {
        self.occupancy().running() as u32
    }

    /// Calls that wait for one.
    pub(crate) fn pending(&self) -> u32 {
        u32::try_from(self.queue().waiting.len()).unwrap_or(u32::MAX)
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

    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Queue {
    fn find(&self, id: &WaiterId) -> Option<usize> {
        self.waiting.binary_search_by_key(&id.0, |waiter| waiter.id).ok()
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    fn enqueue(semaphore: &Semaphore) -> WaiterId {
        match semaphore.join(u32::MAX) {
            Joined::Queued(id) => id,
            other => panic!("{other:?}"),
        }
    }

    fn poll_permit(semaphore: &Semaphore, id: &WaiterId) -> bool {
        semaphore.poll_permit(id, Waker::noop())
    }

    #[test]
    fn as_many_run_as_may_and_a_place_given_back_is_free_again() {
        let semaphore = Semaphore::new(2);
        assert_eq!([(); 3].map(|()| semaphore.try_acquire()), [true, true, false]);
        semaphore.release();
        assert_eq!([(); 2].map(|()| semaphore.try_acquire()), [true, false]);
        assert_eq!((semaphore.running(), semaphore.pending()), (2, 0));
    }

    #[test]
    fn nobody_overtakes_who_waits() {
        let semaphore = Semaphore::new(1);
        assert!(semaphore.try_acquire());
        let (first, second) = (enqueue(&semaphore), enqueue(&semaphore));
        semaphore.release();
        assert!(!semaphore.try_acquire(), "the place is the first one's");
        assert_eq!((semaphore.running(), semaphore.pending()), (1, 1));
        assert!(poll_permit(&semaphore, &first) && !poll_permit(&semaphore, &second));
        semaphore.release();
        assert!(poll_permit(&semaphore, &second));
        semaphore.release();
        assert!(semaphore.try_acquire());
    }

    #[test]
    fn who_leaves_the_line_gives_back_what_was_handed_out_meanwhile() {
        let semaphore = Semaphore::new(1);
        assert!(semaphore.try_acquire());
        let (first, second, third) = (enqueue(&semaphore), enqueue(&semaphore), enqueue(&semaphore));
        assert!(!semaphore.leave(&second), "nothing was handed to it yet");
        semaphore.release();
        assert!(semaphore.leave(&first), "it has the place");
        semaphore.release();
        assert!(poll_permit(&semaphore, &third));
        assert_eq!((semaphore.running(), semaphore.pending()), (1, 0));
    }

    /// What says that a call waits was left standing, and calls that may not wait were turned away from
    /// then on.
    #[test]
    fn permit_is_free_for_all_after_the_last_waiter_has_left() {
        let semaphore = Semaphore::new(1);
        assert!(semaphore.try_acquire());
        let (first, second) = (enqueue(&semaphore), enqueue(&semaphore));
        assert!(!semaphore.leave(&second) && !semaphore.leave(&first));
        semaphore.release();
        assert!(semaphore.try_acquire());
    }

    #[test]
    fn the_line_is_as_long_as_it_may_be() {
        let semaphore = Semaphore::new(1);
        assert!(matches!(semaphore.join(1), Joined::Permit), "a place is free");
        let id = enqueue(&semaphore);
        assert!(matches!(semaphore.join(1), Joined::QueueFull));
        assert!(!semaphore.leave(&id));
        assert!(matches!(semaphore.join(1), Joined::Queued(_)));
    }

    #[test]
    fn a_higher_limit_is_for_those_who_wait_and_a_lower_one_takes_no_place_away() {
        let semaphore = Semaphore::new(1);
        assert!(semaphore.try_acquire());
        let waiting = [(); 3].map(|()| enqueue(&semaphore));
        semaphore.set_limit(3);
        semaphore.grant();
        assert_eq!(waiting.each_ref().map(|id| poll_permit(&semaphore, id)), [true, true, false]);
        semaphore.set_limit(1);
        semaphore.release();
        semaphore.release();
        assert!(!poll_permit(&semaphore, &waiting[2]), "one runs, and one may");
        semaphore.release();
        assert!(poll_permit(&semaphore, &waiting[2]));
        for limit in [UNLIMITED, u32::MAX] {
            semaphore.set_limit(limit);
            assert!((0..10_000).all(|_| semaphore.try_acquire()));
        }
    }
}
