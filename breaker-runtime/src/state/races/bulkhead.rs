//! Concurrency permits and their queue: no permit is lost or given twice, and no waiter is forgotten. A
//! waiter that is not woken is a deadlock, which loom reports.

use std::task::{Wake, Waker};

use crate::state::races::*;
use crate::state::semaphore::{Joined, Semaphore, WaiterId};

struct Unpark(loom::thread::Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// A bulkhead, and how many really run.
struct Rooms {
    semaphore: Semaphore,
    running: AtomicUsize,
    most: usize,
}

impl Rooms {
    fn new(limit: u32, most: usize) -> Arc<Self> {
        Arc::new(Self { semaphore: Semaphore::new(limit), running: AtomicUsize::new(0), most })
    }

    fn hold(&self) {
        assert!(self.semaphore.try_acquire());
        self.running.fetch_add(1, Ordering::Relaxed);
    }

    fn enqueue(&self) -> WaiterId {
        match self.semaphore.join(u32::MAX) {
            Joined::Queued(id) => id,
            other => panic!("{other:?}"),
        }
    }

    /// Until the ticket's turn comes.
    fn wait(&self, id: &WaiterId) {
        let waker = Waker::from(Arc::new(Unpark(loom::thread::current())));
        while !self.semaphore.poll_permit(id, &waker) {
            loom::thread::park();
        }
    }

    fn run(&self) {
        let others = self.running.fetch_add(1, Ordering::Relaxed);
        assert!(others < self.most, "{others} others are running");
        loom::thread::yield_now();
        self.leave();
    }

    fn leave(&self) {
        self.running.fetch_sub(1, Ordering::Relaxed);
        self.semaphore.release();
    }

    fn wait_and_run(&self) {
        if let Joined::Queued(id) = self.semaphore.join(u32::MAX) {
            self.wait(&id);
        }
        self.run();
    }

    fn is_empty_again(&self, limit: usize) {
        assert_eq!((self.semaphore.running(), self.semaphore.pending()), (0, 0));
        let again = (0..=limit).filter(|_| self.semaphore.try_acquire()).count();
        assert_eq!(again, limit);
    }
}

#[test]
fn a_place_is_never_lost() {
    explore(2, 1_400, || {
        let rooms = Rooms::new(1, 1);
        rooms.hold();
        let mut race = Race::default().with({
            let rooms = Arc::clone(&rooms);
            move || rooms.leave()
        });
        for _ in 0..2 {
            let rooms = Arc::clone(&rooms);
            race = race.with(move || rooms.wait_and_run());
        }
        race.run();
        rooms.is_empty_again(1);
    });
}

/// Pitfall 7: a check and then an increment let 1600 of 1600 in.
#[test]
fn no_more_calls_run_than_may() {
    explore(2, 2_900, || {
        let rooms = Rooms::new(1, 1);
        let mut race = Race::default();
        for waits in [false, false, true] {
            let rooms = Arc::clone(&rooms);
            race = race.with(move || {
                if waits {
                    rooms.wait_and_run();
                } else if rooms.semaphore.try_acquire() {
                    rooms.run();
                }
            });
        }
        race.run();
        rooms.is_empty_again(1);
    });
}

#[test]
fn a_cancelled_waiter_passes_its_turn_on() {
    explore(3, 2_700, || {
        let rooms = Rooms::new(1, 1);
        rooms.hold();
        let (first, second) = (rooms.enqueue(), rooms.enqueue());
        let mut race = Race::default().with({
            let rooms = Arc::clone(&rooms);
            move || rooms.leave()
        });
        race = race.with({
            let rooms = Arc::clone(&rooms);
            move || {
                if rooms.semaphore.leave(&first) {
                    rooms.semaphore.release();
                }
            }
        });
        race = race.with({
            let rooms = Arc::clone(&rooms);
            move || {
                rooms.wait(&second);
                rooms.run();
            }
        });
        race.run();
        rooms.is_empty_again(1);
    });
}

/// While calls end, and others join the line.
#[test]
fn a_raised_limit_is_for_those_who_wait() {
    explore(2, 2_100, || {
        let rooms = Rooms::new(1, 2);
        rooms.hold();
        let mut race = Race::default().with({
            let rooms = Arc::clone(&rooms);
            move || {
                rooms.semaphore.set_limit(2);
                rooms.semaphore.grant();
            }
        });
        race = race.with({
            let rooms = Arc::clone(&rooms);
            move || rooms.leave()
        });
        race = race.with({
            let rooms = Arc::clone(&rooms);
            move || rooms.wait_and_run()
        });
        race.run();
        rooms.is_empty_again(2);
    });
}
