//! Timers of the background thread that no sleep uses, for the next ones of this thread.
//!
//! A timer that is kept stays registered until its last end. To set it to a later one is then a store:
//! no lock of the timers, and the background thread is not woken for it.

use std::cell::RefCell;
use std::pin::Pin;

use crate::time::timer::native::SleepTimer;

/// How many timers a thread keeps. Each takes about 300 bytes.
const KEPT: usize = 32;

thread_local! {
    static FREE: RefCell<Vec<Pin<Box<SleepTimer>>>> = const { RefCell::new(Vec::new()) };
}

/// Takes a timer that was used before.
pub(super) fn take() -> Option<Pin<Box<SleepTimer>>> {
    FREE.try_with(|free| free.try_borrow_mut().ok()?.pop()).ok().flatten()
}

/// Keeps a timer, which holds nothing of its last user, or drops it.
pub(super) fn keep(timer: Pin<Box<SleepTimer>>) {
    let mut timer = Some(timer);
    // None is kept while the thread ends. One more than are kept is dropped outside of the borrow.
    let _ = FREE.try_with(|free| {
        if let Ok(mut free) = free.try_borrow_mut() {
            if free.len() < KEPT {
                free.extend(timer.take());
            }
        }
    });
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::sync::Arc;
    use std::task::{Context, Poll, Wake, Waker};
    use std::thread;
    use std::time::{Duration, Instant};

    use super::*;
    use crate::time::timer::native::{Sleep, sleep};

    const AN_HOUR: Duration = Duration::from_secs(3600);
    const SHORT: Duration = Duration::from_millis(20);

    struct Task;

    impl Wake for Task {
        fn wake(self: Arc<Self>) {}
    }

    /// Returns how many timers this thread keeps.
    fn kept() -> usize {
        FREE.with_borrow(Vec::len)
    }

    fn poll(sleep: &mut Sleep, waker: &Waker) -> Poll<()> {
        pin!(sleep).poll(&mut Context::from_waker(waker))
    }

    /// Drops a sleep that was pending. On a thread of its own, which keeps no other timer.
    fn with_kept_timer(length: Duration, then: impl FnOnce() + Send) {
        thread::scope(|scope| {
            scope.spawn(move || {
                let mut pending = sleep(length);
                assert_eq!(poll(&mut pending, Waker::noop()), Poll::Pending);
                drop(pending);
                assert_eq!(kept(), 1);
                then();
            });
        });
    }

    #[test]
    fn kept_timer_serves_the_next_sleep() {
        with_kept_timer(AN_HOUR, || {
            let next = sleep(AN_HOUR);
            assert_eq!(kept(), 0);
            drop(next);
            assert_eq!(kept(), 1);
        });
    }

    /// In real time, as it is about the background thread, like the next one.
    #[test]
    fn kept_timer_of_a_long_sleep_ends_a_short_one() {
        with_kept_timer(AN_HOUR, || {
            let began = Instant::now();
            futures::executor::block_on(sleep(SHORT));
            assert!(began.elapsed() >= SHORT);
        });
    }

    #[test]
    fn kept_timer_of_a_short_sleep_does_not_end_a_long_one() {
        with_kept_timer(SHORT, || {
            let began = Instant::now();
            futures::executor::block_on(sleep(3 * SHORT));
            assert!(began.elapsed() >= 3 * SHORT);
            // It has ended once, and is registered again.
            futures::executor::block_on(sleep(SHORT));
            assert!(began.elapsed() >= 4 * SHORT);
        });
    }

    #[test]
    fn kept_timer_holds_no_waker() {
        let task = Arc::new(Task);
        let waker = Waker::from(Arc::clone(&task));
        with_kept_timer(AN_HOUR, || {
            let mut pending = sleep(AN_HOUR);
            assert_eq!(poll(&mut pending, &waker), Poll::Pending);
            assert!(Arc::strong_count(&task) > 2);
            drop(pending);
            assert_eq!(kept(), 1);
            assert_eq!(Arc::strong_count(&task), 2);
        });
    }

    #[test]
    fn timers_beyond_those_that_are_kept_are_dropped() {
        with_kept_timer(AN_HOUR, || {
            let many: Vec<Sleep> = (0..2 * KEPT).map(|_| sleep(AN_HOUR)).collect();
            drop(many);
            assert_eq!(kept(), KEPT);
        });
    }
}
