//! Timers on one background thread for the whole process, which the first future that waits starts.
//!
//! The timers of the current tokio runtime serve only where its time was paused, so that a test drives
//! them. Otherwise they are not used: a runtime can lack timers, tokio panics if one is made there, and
//! has no way to ask beforehand. With `panic = "abort"`, or a panic hook that exits, to try would end
//! the process.

use std::pin::{Pin, pin};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use pin_project_lite::pin_project;
use tokio::runtime::Handle;
use tokio::task::coop::Unconstrained;
use tokio::task::{self, unconstrained};
use tokio::time;

use crate::time::shared_waker::SharedWaker;
use crate::time::timer::free;
use crate::time::timer::thread::{TimerThread, spawn};

/// The longest time to wait where the clock cannot represent the requested one.
const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// How often a future that began in real time checks whether the runtime's time was paused since.
const PAUSED_CHECK: Option<Duration> =
    if cfg!(feature = "test-util") { Some(Duration::from_millis(10)) } else { None };

/// The future of [`sleep`]. A task that has used up tokio's budget for one poll still sees that the time
/// is over.
///
/// A timer of the background thread serves one sleep after another. A timer for each would be two
/// allocations, and two locks that all timers share.
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Sleep {
    /// `None` once it is dropped.
    timer: Option<Pin<Box<SleepTimer>>>,
}

pin_project! {
    /// A timer, and the thread that it can move to.
    pub(super) struct SleepTimer {
        #[pin]
        timer: Timer,
        thread: &'static TimerThread,
    }
}

pin_project! {
    #[project = TimerProjection]
    enum Timer {
        /// A timer of the background thread, in the system's time.
        Thread { #[pin] sleep: time::Sleep, until: Instant, wakes: SharedWaker },
        /// A timer of the current runtime, in its paused time.
        Runtime { #[pin] sleep: Unconstrained<time::Sleep>, until: time::Instant },
        /// Checks the time at each poll and asks for the next one, where there is no background thread.
        Polled { until: Instant, pauses_seen: u64 },
    }
}

/// Returns a future that ends after this length of time from now, or after decades if the clock cannot
/// represent that. In paused time it belongs to the runtime in which this is called.
///
/// # Panics
///
/// Panics in a tokio runtime that has paused time and no timers, as tokio's own `sleep` does.
pub(crate) fn sleep(length: Duration) -> Sleep {
    static THREAD: TimerThread = TimerThread::new(spawn);
    Sleep::begin(&THREAD, length)
}

/// Returns the time by which [`sleep`] measures: that of the current runtime if it was paused.
pub(crate) fn now() -> Instant {
    system_now().unwrap_or_else(|| time::Instant::now().into_std())
}

impl Sleep {
    /// Begins a sleep that can move to this thread.
    pub(super) fn begin(thread: &'static TimerThread, length: Duration) -> Self {
        let Some(now) = system_now() else {
            let sleep = time::sleep(length);
            let timer = Timer::Runtime { until: sleep.deadline(), sleep: unconstrained(sleep) };
            return Self::new(timer, thread);
        };
        let until = end_of(now, length);
        if let Some(mut timer) = free::take().filter(|timer| timer.is_of(thread)) {
            timer.as_mut().set_to(until);
            return Self { timer: Some(timer) };
        }
        Self::new(Timer::on(thread, until), thread)
    }

    fn new(timer: Timer, thread: &'static TimerThread) -> Self {
        Self { timer: Some(Box::pin(SleepTimer { timer, thread })) }
    }

    /// Begins anew with this length of time from now.
    #[cfg(feature = "stream")]
    pub(crate) fn restart(mut self: Pin<&mut Self>, length: Duration) {
        let Some(timer) = &mut self.timer else { return };
        let is_set = system_now().is_some_and(|now| timer.as_mut().set_to(end_of(now, length)));
        if !is_set {
            let began = Self::begin(timer.thread, length);
            self.set(began);
        }
    }

    /// Returns whether the time is over, whether or not a poll has seen it.
    pub(crate) fn is_over(&self) -> bool {
        match self.timer.as_ref().map(|timer| &timer.timer) {
            Some(Timer::Runtime { until, .. }) => *until <= time::Instant::now(),
            Some(Timer::Thread { until, .. } | Timer::Polled { until, .. }) => *until <= Instant::now(),
            None => true,
        }
    }

    /// Returns whether it has no timer, as the background thread could not be started.
    #[cfg(test)]
    pub(super) fn is_polled(&self) -> bool {
        self.timer.as_ref().is_some_and(|timer| matches!(timer.timer, Timer::Polled { .. }))
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        self.timer.as_mut().map_or(Poll::Ready(()), |timer| timer.as_mut().poll(context))
    }
}

impl Drop for Sleep {
    fn drop(&mut self) {
        let Some(mut timer) = self.timer.take() else { return };
        if let TimerProjection::Thread { wakes, .. } = timer.as_mut().project().timer.project() {
            wakes.clear();
            free::keep(timer);
        }
    }
}

impl SleepTimer {
    /// Sets a timer of the background thread to another end; returns whether it is one.
    fn set_to(self: Pin<&mut Self>, end: Instant) -> bool {
        let TimerProjection::Thread { sleep, until, .. } = self.project().timer.project() else {
            return false;
        };
        *until = end;
        sleep.reset(next_wake(end).into());
        true
    }

    /// Returns whether it is a timer of this thread.
    fn is_of(&self, thread: &TimerThread) -> bool {
        std::ptr::eq(self.thread, thread)
    }

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        let mut this = self.project();
        loop {
            let next = match this.timer.as_mut().project() {
                TimerProjection::Runtime { sleep, .. } => return sleep.poll(context),
                TimerProjection::Thread { mut sleep, until, wakes } => {
                    if PAUSED_CHECK.is_some() && system_now().is_none() {
                        Timer::of_runtime((*until).into())
                    } else {
                        let timer = pin!(unconstrained(sleep.as_mut()));
                        ready!(wakes.poll(context.waker(), |shielded| timer.poll(shielded)));
                        if *until <= Instant::now() {
                            return Poll::Ready(());
                        }
                        sleep.reset(next_wake(*until).into());
                        continue;
                    }
                }
                TimerProjection::Polled { until, pauses_seen } => {
                    let left = until.saturating_duration_since(Instant::now());
                    if left.is_zero() {
                        return Poll::Ready(());
                    }
                    match Timer::on(this.thread, *until) {
                        Timer::Polled { .. } => {
                            this.thread.pause(left, pauses_seen);
                            context.waker().wake_by_ref();
                            return Poll::Pending;
                        }
                        timer => timer,
                    }
                }
            };
            this.timer.set(next);
        }
    }
}

/// Returns the end of a length of time that begins now.
fn end_of(now: Instant, length: Duration) -> Instant {
    now.checked_add(length).or_else(|| now.checked_add(FAR)).unwrap_or(now)
}

/// Returns when a timer of the background thread wakes a future that ends then.
fn next_wake(until: Instant) -> Instant {
    let check = PAUSED_CHECK.and_then(|after| Instant::now().checked_add(after));
    check.map_or(until, |check| check.min(until))
}

impl Timer {
    /// Makes a timer on the thread, or one that polls if the thread cannot be started.
    fn on(thread: &TimerThread, until: Instant) -> Self {
        let Ok(runtime) = thread.runtime() else {
            return Self::Polled { until, pauses_seen: thread.pauses() };
        };
        let _inside = runtime.enter();
        let sleep = time::sleep_until(next_wake(until).into());
        Self::Thread { sleep, until, wakes: SharedWaker::new() }
    }

    fn of_runtime(until: time::Instant) -> Self {
        Self::Runtime { sleep: unconstrained(time::sleep_until(until)), until }
    }
}

/// How far the runtime's time may be ahead of a reading before it without another reading after it: a
/// few times as long as two readings take. Paused time that was advanced to there by chance is noticed
/// by the next wait.
const READING: Duration = Duration::from_nanos(300);

/// Returns the system's time; `None` if that of the current runtime is another, because it was paused at
/// some time.
fn system_now() -> Option<Instant> {
    // Outside of a runtime there is only the system's time, and while a thread ends tokio's clock would
    // panic. The handle is a shared count, and a task need not be asked for it.
    if task::try_id().is_none() && Handle::try_current().is_err() {
        return Some(Instant::now());
    }
    // Equal readings do not decide: a coarse clock stands still as well. It moves on within a few
    // readings.
    for _ in 0..10_000 {
        let before = Instant::now();
        let runtime = time::Instant::now().into_std();
        if runtime != before {
            let ahead = runtime.checked_duration_since(before);
            let is_real = ahead.is_some_and(|ahead| ahead <= READING || runtime <= Instant::now());
            return is_real.then_some(runtime);
        }
    }
    Some(Instant::now())
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Waker;
    use std::thread;

    use tokio::runtime::Builder;
    use tokio::task::coop;

    use super::*;

    const AN_HOUR: Duration = Duration::from_secs(3600);
    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test(start_paused = true)]
    async fn sleep_in_paused_time_follows_it() {
        let began = time::Instant::now();
        sleep(AN_HOUR).await;
        assert_eq!(began.elapsed(), AN_HOUR);
    }

    #[cfg(feature = "test-util")]
    #[tokio::test]
    async fn sleep_begun_before_the_time_is_paused_follows_it() {
        let began = time::Instant::now();
        let slept = tokio::spawn(sleep(AN_HOUR));
        tokio::task::yield_now().await;
        time::pause();
        slept.await.expect("no panic");
        assert!(began.elapsed() >= AN_HOUR);
    }

    #[tokio::test(start_paused = true)]
    async fn sleep_in_time_that_was_resumed_is_that_of_the_runtime() {
        time::advance(AN_HOUR).await;
        time::resume();
        let began = time::Instant::now();
        sleep(SHORT).await;
        assert!(began.elapsed() >= SHORT);
    }

    #[test]
    fn sleep_on_any_executor_ends() {
        let began = Instant::now();
        futures::executor::block_on(sleep(SHORT));
        assert!(began.elapsed() >= SHORT);
    }

    #[test]
    fn sleep_in_a_runtime_without_timers_ends() {
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        let began = Instant::now();
        runtime.block_on(sleep(SHORT));
        runtime.block_on(async { sleep(SHORT).await });
        assert!(began.elapsed() >= 2 * SHORT);
    }

    #[test]
    fn sleep_polled_after_its_runtime_has_ended_still_ends() {
        let runtime = Builder::new_current_thread().enable_time().build().expect("a runtime");
        let began = Instant::now();
        let rest = {
            let _inside = runtime.enter();
            sleep(SHORT)
        };
        drop(runtime);
        futures::executor::block_on(rest);
        assert!(began.elapsed() >= SHORT);
    }

    #[tokio::test(start_paused = true)]
    async fn sleep_in_a_task_without_budget_is_seen_to_end() {
        let mut over = pin!(sleep(SHORT));
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(over.as_mut().poll(&mut context), Poll::Pending);
        time::advance(SHORT).await;
        while coop::has_budget_remaining() {
            let _ = pin!(coop::consume_budget()).poll(&mut context);
        }
        assert_eq!(over.poll(&mut context), Poll::Ready(()));
    }

    #[tokio::test(start_paused = true)]
    async fn sleep_of_any_length_is_pending() {
        let mut context = Context::from_waker(Waker::noop());
        assert_eq!(pin!(sleep(Duration::MAX)).poll(&mut context), Poll::Pending);
        let in_real_time = thread::spawn(|| sleep(Duration::MAX)).join().expect("no panic");
        assert_eq!(pin!(in_real_time).poll(&mut context), Poll::Pending);
    }
}
