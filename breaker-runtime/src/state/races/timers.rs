//! The waker of a sleep, on a timer that serves one sleep after another. A task that is not woken is a
//! deadlock, which loom reports.

use std::task::{Context, Poll, Waker};

use loom::sync::Mutex;

use crate::state::races::*;
use crate::time::shared_waker::SharedWaker;

/// A timer of the background thread, as tokio has it.
#[derive(Default)]
struct Timer(Mutex<Registered>);

#[derive(Default)]
struct Registered {
    now: u64,
    end: u64,
    waker: Option<Waker>,
}

impl Timer {
    fn new(end: u64) -> Arc<Self> {
        let timer = Self::default();
        timer.set_to(end);
        Arc::new(timer)
    }

    fn set_to(&self, end: u64) {
        self.0.lock().expect("no panic").end = end;
    }

    fn poll(&self, context: &mut Context<'_>) -> Poll<()> {
        let mut timer = self.0.lock().expect("no panic");
        if timer.end <= timer.now {
            return Poll::Ready(());
        }
        timer.waker = Some(context.waker().clone());
        Poll::Pending
    }

    /// Wakes outside of the lock, as tokio does: meanwhile the timer can be set anew and polled.
    fn advance(&self, now: u64) {
        let mut timer = self.0.lock().expect("no panic");
        timer.now = now;
        let waker = if timer.end <= now { timer.waker.take() } else { None };
        drop(timer);
        if let Some(waker) = waker {
            waker.wake();
        }
    }
}

fn poll(wakes: &mut SharedWaker, timer: &Timer, waker: &Waker) -> Poll<()> {
    wakes.poll(waker, |context| timer.poll(context))
}

/// Waits as a task does that polls again only when it is woken.
fn wait(wakes: &mut SharedWaker, timer: &Timer) {
    let waker = Unpark::waker();
    while poll(wakes, timer, &waker).is_pending() {
        loom::thread::park();
    }
}

/// The timer fires while the sleep moves from another task to this one.
#[test]
fn sleeping_task_is_woken_when_the_timer_fires() {
    explore(20, 400, || {
        let timer = Timer::new(1);
        let mut race = Race::default().with({
            let timer = Arc::clone(&timer);
            move || timer.advance(1)
        });
        race = race.with(move || {
            let mut wakes = SharedWaker::new();
            if poll(&mut wakes, &timer, Waker::noop()).is_pending() {
                wait(&mut wakes, &timer);
            }
            wakes.clear();
        });
        race.run();
    });
}

/// It takes the waker of the next sleep, which has to give another.
#[test]
fn late_wake_of_a_sleep_leaves_the_next_one_its_own() {
    explore(20, 2_900, || {
        let timer = Timer::new(1);
        let mut race = Race::default().with({
            let timer = Arc::clone(&timer);
            move || {
                timer.advance(1);
                timer.advance(2);
            }
        });
        race = race.with(move || {
            let mut wakes = SharedWaker::new();
            let _ = poll(&mut wakes, &timer, Waker::noop());
            wakes.clear();
            timer.set_to(2);
            wait(&mut wakes, &timer);
            wakes.clear();
        });
        race.run();
    });
}
