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

/// The concurrency permits of one breaker.
#[derive(Debug)]
pub(crate) struct Semaphore {
    occupancy: AtomicU64,
    queue: Mutex<Queue>,
}

/// The waiters, by ascending id. A waiter that is not in it any more has a permit.
#[derive(Debug)]
struct Queue {
    waiting: VecDeque<Waiter>,
    next_id: u64,
}

#[derive(Debug)]
struct Waiter {
    id: u64,
    /// `None` until the call has polled for its permit.
    waker: Option<Waker>,
}

/// The id of a call in the queue, which ends with the permit or with [`Semaphore::leave`].
#[derive(Debug)]
#[must_use = "a waiter that is forgotten in the queue is granted a permit all the same"]
pub(crate) struct WaiterId(u64);

/// The result of [`Semaphore::join`].
#[derive(Debug)]
pub(crate) enum Joined {
    /// The call has a permit: one was free after all.
    Permit,
    /// The call waits.
    Queued(WaiterId),
    /// The call is not in the queue: `max_pending` calls wait already.
    QueueFull,
}

/// The state in one word, in bits: `has waiters 1 | limit 31 | running 32`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Occupancy(u64);

const RUNNING_BITS: u32 = 32;
const RUNNING_MASK: u64 = (1 << RUNNING_BITS) - 1;
const HAS_WAITERS: u64 = 1 << 63;
const LIMIT_MASK: u64 = !(RUNNING_MASK | HAS_WAITERS);

/// Stands for no limit: more calls than this never run at once.
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

    /// Returns whether a permit is free, and no call waits for one.
    #[inline(always)]
    const fn is_free(self) -> bool {
        // The number of running calls is below the limit, which has 31 bits.
        (self.0 as i32) < (self.0 >> RUNNING_BITS) as i32
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

    /// Takes a free permit, unless a call waits for one.
    #[inline]
    pub(crate) fn try_acquire(&self) -> bool {
        loop {
            if let Some(is_taken) = self.try_acquire_once() {
                return is_taken;
            }
        }
    }

    /// Takes a permit as [`try_acquire`](Self::try_acquire) does; `None` if another thread was quicker,
    /// and the caller is to try again.
    #[inline(always)]
    pub(crate) fn try_acquire_once(&self) -> Option<bool> {
        let seen = self.occupancy();
        if !seen.is_free() {
            return Some(false);
        }
        self.exchange(seen, seen.with_one_more()).is_ok().then_some(true)
    }

    /// Releases a permit of the caller, and hands it to the first waiter if there is one.
    #[inline]
    pub(crate) fn release(&self) {
        if self.release_alone() {
            self.grant();
        }
    }

    /// Releases a permit of the caller, and returns whether a call waits. The caller then calls
    /// [`grant`](Self::grant).
    #[inline(always)]
    #[must_use = "a call may wait for the permit"]
    pub(crate) fn release_alone(&self) -> bool {
        Occupancy(self.occupancy.fetch_sub(1, Ordering::AcqRel)).has_waiters()
    }

    /// Takes a free permit, or joins the end of the queue if fewer than `max_pending` calls wait.
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
                // From now on a call that releases a permit grants it under the lock of the queue.
                break;
            }
        }
        let id = queue.next_id;
        queue.next_id += 1;
        queue.waiting.push_back(Waiter { id, waker: None });
        Joined::Queued(WaiterId(id))
    }

    /// Returns whether the waiter has a permit. If not, `waker` is woken when it has one.
    pub(crate) fn poll_permit(&self, id: &WaiterId, waker: &Waker) -> bool {
        // To clone and to drop a waker may run the user's code: both happen without the lock.
        let mut waker = Some(waker.clone());
        let mut queue = self.queue();
        let Some(at) = queue.find(id) else { return true };
        mem::swap(&mut queue.waiting[at].waker, &mut waker);
        drop(queue);
        false
    }

    /// Leaves the queue. Returns whether the waiter has been granted a permit, which the caller must
    /// then release.
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

    /// Sets the limit for later calls. For the waiters, [`Semaphore::grant`] must follow.
    pub(crate) fn set_limit(&self, limit: u32) {
        let mut seen = self.occupancy();
        while let Err(now) = self.exchange(seen, seen.with_limit(limit)) {
            seen = now;
        }
    }

    /// Grants the free permits to the first waiters, and wakes them.
    pub(crate) fn grant(&self) {
        // Each is woken without the lock, as a waker is the user's code. A panic in the waker of one
        // call must harm neither this call nor the waiters behind it.
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

    /// Clears the mark that calls wait. For callers that hold the lock of an empty queue.
    fn mark_queue_empty(&self) {
        self.occupancy.fetch_and(!HAS_WAITERS, Ordering::AcqRel);
    }

    /// Returns how many calls hold a permit.
    pub(crate) fn running(&self) -> u32 {
        self.occupancy().running() as u32
    }

    /// Returns how many calls wait for a permit.
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
    fn released_permit_is_free_again_under_the_limit() {
        let semaphore = Semaphore::new(2);
        assert_eq!([(); 3].map(|()| semaphore.try_acquire()), [true, true, false]);
        semaphore.release();
        assert_eq!([(); 2].map(|()| semaphore.try_acquire()), [true, false]);
        assert_eq!((semaphore.running(), semaphore.pending()), (2, 0));
    }

    #[test]
    fn released_permit_goes_to_the_first_waiter() {
        let semaphore = Semaphore::new(1);
        assert!(semaphore.try_acquire());
        let (first, second) = (enqueue(&semaphore), enqueue(&semaphore));
        semaphore.release();
        assert!(!semaphore.try_acquire(), "the permit is the first waiter's");
        assert_eq!((semaphore.running(), semaphore.pending()), (1, 1));
        assert!(poll_permit(&semaphore, &first) && !poll_permit(&semaphore, &second));
        semaphore.release();
        assert!(poll_permit(&semaphore, &second));
        semaphore.release();
        assert!(semaphore.try_acquire());
    }

    #[test]
    fn waiter_that_leaves_has_the_permit_that_was_granted_meanwhile() {
        let semaphore = Semaphore::new(1);
        assert!(semaphore.try_acquire());
        let (first, second, third) = (enqueue(&semaphore), enqueue(&semaphore), enqueue(&semaphore));
        assert!(!semaphore.leave(&second), "no permit was granted to it yet");
        semaphore.release();
        assert!(semaphore.leave(&first), "it has the permit");
        semaphore.release();
        assert!(poll_permit(&semaphore, &third));
        assert_eq!((semaphore.running(), semaphore.pending()), (1, 0));
    }

    /// If the mark that calls wait stays, every later call that must not wait is rejected.
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
    fn join_of_a_full_queue_is_refused_until_a_waiter_leaves() {
        let semaphore = Semaphore::new(1);
        assert!(matches!(semaphore.join(1), Joined::Permit), "a permit is free");
        let id = enqueue(&semaphore);
        assert!(matches!(semaphore.join(1), Joined::QueueFull));
        assert!(!semaphore.leave(&id));
        assert!(matches!(semaphore.join(1), Joined::Queued(_)));
    }

    #[test]
    fn raised_limit_grants_permits_to_waiters_and_a_lowered_one_revokes_none() {
        let semaphore = Semaphore::new(1);
        assert!(semaphore.try_acquire());
        let waiting = [(); 3].map(|()| enqueue(&semaphore));
        semaphore.set_limit(3);
        semaphore.grant();
        assert_eq!(waiting.each_ref().map(|id| poll_permit(&semaphore, id)), [true, true, false]);
        semaphore.set_limit(1);
        semaphore.release();
        semaphore.release();
        assert!(!poll_permit(&semaphore, &waiting[2]), "one call runs, which is the limit");
        semaphore.release();
        assert!(poll_permit(&semaphore, &waiting[2]));
        for limit in [UNLIMITED, u32::MAX] {
            semaphore.set_limit(limit);
            assert!((0..10_000).all(|_| semaphore.try_acquire()));
        }
    }
}
