//! Concurrency permits and their queue: no permit is lost or given twice, and no waiter is forgotten. A
//! waiter that is not woken is a deadlock, which loom reports.

use crate::state::races::*;
use crate::state::semaphore::{Joined, Semaphore, WaiterId};

/// A semaphore, and the number of calls that really run.
struct Bulkhead {
    semaphore: Semaphore,
    running: AtomicUsize,
    max_running: usize,
}

impl Bulkhead {
    fn new(limit: u32, max_running: usize) -> Arc<Self> {
        Arc::new(Self { semaphore: Semaphore::new(limit), running: AtomicUsize::new(0), max_running })
    }

    fn take_permit(&self) {
        assert!(self.semaphore.try_acquire());
        self.running.fetch_add(1, Ordering::Relaxed);
    }

    fn enqueue(&self) -> WaiterId {
        match self.semaphore.join(u32::MAX) {
            Joined::Queued(id) => id,
            other => panic!("{other:?}"),
        }
    }

    /// Waits for the permit.
    fn wait(&self, id: &WaiterId) {
        let waker = Unpark::waker();
        while !self.semaphore.poll_permit(id, &waker) {
            loom::thread::park();
        }
    }

    fn run(&self) {
        let others = self.running.fetch_add(1, Ordering::Relaxed);
        assert!(others < self.max_running, "{others} others are running");
        loom::thread::yield_now();
        self.end();
    }

    fn end(&self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
        self.semaphore.release();
    }

    fn wait_and_run(&self) {
        if let Joined::Queued(id) = self.semaphore.join(u32::MAX) {
            self.wait(&id);
        }
        self.run();
    }

    fn assert_all_permits_free(&self, limit: usize) {
        assert_eq!((self.semaphore.running(), self.semaphore.pending()), (0, 0));
        let again = (0..=limit).filter(|_| self.semaphore.try_acquire()).count();
        assert_eq!(again, limit);
    }
}

#[test]
fn released_permit_is_never_lost() {
    explore(2, 1_400, || {
        let bulkhead = Bulkhead::new(1, 1);
        bulkhead.take_permit();
        let mut race = Race::default().with({
            let bulkhead = Arc::clone(&bulkhead);
            move || bulkhead.end()
        });
        for _ in 0..2 {
            let bulkhead = Arc::clone(&bulkhead);
            race = race.with(move || bulkhead.wait_and_run());
        }
        race.run();
        bulkhead.assert_all_permits_free(1);
    });
}

/// A check and then an increment let 1600 of 1600 in.
#[test]
fn running_calls_stay_within_the_limit() {
    explore(2, 2_900, || {
        let bulkhead = Bulkhead::new(1, 1);
        let mut race = Race::default();
        for waits in [false, false, true] {
            let bulkhead = Arc::clone(&bulkhead);
            race = race.with(move || {
                if waits {
                    bulkhead.wait_and_run();
                } else if bulkhead.semaphore.try_acquire() {
                    bulkhead.run();
                }
            });
        }
        race.run();
        bulkhead.assert_all_permits_free(1);
    });
}

#[test]
fn cancelled_waiter_passes_its_permit_on() {
    explore(3, 2_700, || {
        let bulkhead = Bulkhead::new(1, 1);
        bulkhead.take_permit();
        let (first, second) = (bulkhead.enqueue(), bulkhead.enqueue());
        let mut race = Race::default().with({
            let bulkhead = Arc::clone(&bulkhead);
            move || bulkhead.end()
        });
        race = race.with({
            let bulkhead = Arc::clone(&bulkhead);
            move || {
                if bulkhead.semaphore.leave(&first) {
                    bulkhead.semaphore.release();
                }
            }
        });
        race = race.with({
            let bulkhead = Arc::clone(&bulkhead);
            move || {
                bulkhead.wait(&second);
                bulkhead.run();
            }
        });
        race.run();
        bulkhead.assert_all_permits_free(1);
    });
}

/// Meanwhile calls end, and others join the queue.
#[test]
fn raised_limit_grants_permits_to_waiters() {
    explore(2, 2_100, || {
        let bulkhead = Bulkhead::new(1, 2);
        bulkhead.take_permit();
        let mut race = Race::default().with({
            let bulkhead = Arc::clone(&bulkhead);
            move || {
                bulkhead.semaphore.set_limit(2);
                bulkhead.semaphore.grant();
            }
        });
        race = race.with({
            let bulkhead = Arc::clone(&bulkhead);
            move || bulkhead.end()
        });
        race = race.with({
            let bulkhead = Arc::clone(&bulkhead);
            move || bulkhead.wait_and_run()
        });
        race.run();
        bulkhead.assert_all_permits_free(2);
    });
}
