//! The background thread of timers: [`TimerThread`].

use std::future::pending;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use once_cell::sync::OnceCell;
use tokio::runtime::{Builder, Handle};

/// How long a poll blocks its thread where no background thread can be started.
const PAUSE: Duration = Duration::from_millis(1);

type Spawn = fn(Box<dyn FnOnce() + Send>) -> io::Result<()>;

/// A thread that runs a tokio runtime for timers only.
pub(super) struct TimerThread {
    runtime: OnceCell<Handle>,
    spawn: Spawn,
    /// The pauses of polls that had to do without the thread.
    pauses: AtomicU64,
}

impl TimerThread {
    pub(super) const fn new(spawn: Spawn) -> Self {
        Self { runtime: OnceCell::new(), spawn, pauses: AtomicU64::new(0) }
    }

    /// Returns the thread's runtime. Starts the thread the first time, and again after an error.
    pub(super) fn runtime(&self) -> io::Result<&Handle> {
        self.runtime.get_or_try_init(|| {
            let runtime = Builder::new_current_thread().enable_time().build()?;
            let handle = runtime.handle().clone();
            (self.spawn)(Box::new(move || runtime.block_on(pending::<()>())))?;
            Ok(handle)
        })
    }

    /// Returns how many pauses there were.
    pub(super) fn pauses(&self) -> u64 {
        self.pauses.load(Ordering::Relaxed)
    }

    /// Blocks the current thread for a moment, unless another poll has done so since `seen`: futures
    /// that wait without a timer must neither keep a core busy nor slow each other down.
    pub(super) fn pause(&self, left: Duration, seen: &mut u64) {
        let pauses = self.pauses();
        if *seen == pauses {
            thread::sleep(left.min(PAUSE));
            *seen = self.pauses.fetch_add(1, Ordering::Relaxed).wrapping_add(1);
        } else {
            *seen = pauses;
        }
    }
}

/// Starts the thread of a [`TimerThread`].
pub(super) fn spawn(run: Box<dyn FnOnce() + Send>) -> io::Result<()> {
    thread::Builder::new().name("breaker-timers".to_owned()).spawn(run).map(drop)
}

#[cfg(test)]
mod tests {
    use std::panic::resume_unwind;
    use std::pin::pin;
    use std::sync::atomic::AtomicU32;
    use std::sync::{Arc, mpsc};
    use std::task::{Context, Poll, Wake, Waker};
    use std::time::Instant;

    use super::*;
    use crate::support::contain::contained;
    use crate::time::timer::native::Sleep;

    const AN_HOUR: Duration = Duration::from_secs(3600);
    const SHORT: Duration = Duration::from_millis(20);

    /// In real time, as it is about the work that is done in it.
    #[test]
    fn sleep_without_a_thread_ends_and_leaves_the_processor_alone() {
        static NO_THREAD: TimerThread = TimerThread::new(|_| Err(io::Error::other("no threads")));
        let polls = AtomicU64::new(0);
        let counted = |length| {
            let mut sleep = Box::pin(Sleep::begin(&NO_THREAD, length));
            let polls = &polls;
            std::future::poll_fn(move |context| {
                polls.fetch_add(1, Ordering::Relaxed);
                sleep.as_mut().poll(context)
            })
        };
        let began = Instant::now();
        // Several, which share the pauses: each alone would take as long as all of them together.
        let all = futures::future::join_all((0..8).map(|_| counted(SHORT)));
        futures::executor::block_on(all);
        let took = began.elapsed();
        assert!(took >= SHORT);
        // One pause of at least 1 ms each time that all were polled.
        let most = 8 * (took.as_millis() + 3);
        assert!(u128::from(polls.into_inner()) <= most, "more than {most} polls in {took:?}");
    }

    /// Panics when it is woken and when it is dropped.
    struct Panics(mpsc::Sender<()>);

    impl Wake for Panics {
        fn wake(self: Arc<Self>) {
            let _ = self.0.send(());
            resume_unwind(Box::new("woken"));
        }
    }

    impl Drop for Panics {
        fn drop(&mut self) {
            let _ = self.0.send(());
            if !thread::panicking() {
                resume_unwind(Box::new("dropped"));
            }
        }
    }

    /// In real time, as it is about the background thread.
    #[test]
    fn panic_of_a_waker_leaves_other_sleeps_and_the_thread_alone() {
        static OWN: TimerThread = TimerThread::new(spawn);
        let soon = Duration::from_millis(50);
        let (woken, was_woken) = mpsc::channel();
        // Polled again, it drops the first waker; all end in the same tick of the timer.
        let mut panicking: Vec<_> = (0..8).map(|_| Box::pin(Sleep::begin(&OWN, soon))).collect();
        for sleep in &mut panicking {
            let waker = Waker::from(Arc::new(Panics(woken.clone())));
            assert_eq!(sleep.as_mut().poll(&mut Context::from_waker(&waker)), Poll::Pending);
            let _ = contained(|| drop(waker));
        }
        let (done, is_done) = mpsc::channel();
        thread::spawn(move || {
            let all = (0..8).map(|_| Sleep::begin(&OWN, soon));
            futures::executor::block_on(futures::future::join_all(all));
            futures::executor::block_on(Sleep::begin(&OWN, SHORT));
            let _ = done.send(());
        });
        let patience = Duration::from_secs(60);
        for _ in 0..8 {
            was_woken.recv_timeout(patience).expect("the panicking wakers are called");
        }
        is_done.recv_timeout(patience).expect("the others end, and so does one that begins later");
        assert!(panicking.iter().all(|sleep| sleep.is_over()));
        drop(panicking);
    }

    #[test]
    fn sleep_begun_without_a_thread_takes_one_that_can_be_had_later() {
        static ATTEMPTS: AtomicU32 = AtomicU32::new(0);
        static SECOND_TIME: TimerThread = TimerThread::new(|run| {
            if ATTEMPTS.fetch_add(1, Ordering::Relaxed) == 0 {
                return Err(io::Error::other("no threads for the moment"));
            }
            spawn(run)
        });
        let mut slept = pin!(Sleep::begin(&SECOND_TIME, AN_HOUR));
        assert!(slept.is_polled());
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(slept.as_mut().poll(&mut context), Poll::Pending);
        assert!(!slept.is_polled());
    }
}
