//! Time for futures that wait: [`sleep`], on whatever executor they are polled.
//!
//! A future that is made inside a tokio runtime takes that one's timer, and so follows its paused time. Everywhere
//! else, and in a runtime without timers, there is one background thread for the whole process, started by the
//! first future that needs it.

use std::cell::Cell;
use std::future::{Future, pending};
use std::io;
use std::panic::catch_unwind;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::thread;
use std::time::{Duration, Instant};

use once_cell::sync::OnceCell;
use pin_project_lite::pin_project;
use tokio::runtime::{Builder, Handle, Id};
use tokio::task::{coop, unconstrained};
use tokio::time;

pin_project! {
    /// The future of [`sleep`]. A task that has used up tokio's budget for one poll still sees that the time is over.
    #[must_use = "futures do nothing unless polled"]
    pub(crate) struct Sleep {
        #[pin]
        timer: Timer,
    }
}

pin_project! {
    #[project = TimerProjection]
    enum Timer {
        Tokio { #[pin] sleep: coop::Unconstrained<time::Sleep>, until: time::Instant },
        /// Where not even a thread can be had: looks at the time whenever it is polled, and asks to be.
        Looking { until: Option<Instant> },
    }
}

/// Ends after this length of time from now; one that is beyond the clock's range, after decades. The timer is that of
/// the runtime in which this is called, which has to live as long as the future is polled.
pub(crate) fn sleep(length: Duration) -> Sleep {
    let timer = match here(length).or_else(|| elsewhere(length)) {
        Some(sleep) => Timer::Tokio { until: sleep.deadline(), sleep: unconstrained(sleep) },
        None => Timer::Looking { until: Instant::now().checked_add(length) },
    };
    Sleep { timer }
}

impl Sleep {
    /// Whether the time is over, whether or not that was seen by a poll.
    pub(crate) fn is_over(&self) -> bool {
        match &self.timer {
            Timer::Tokio { until, .. } => *until <= time::Instant::now(),
            Timer::Looking { until } => until.is_some_and(|until| Instant::now() >= until),
        }
    }
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
        match self.project().timer.project() {
            TimerProjection::Tokio { sleep, .. } => sleep.poll(context),
            TimerProjection::Looking { until } => {
                if until.is_some_and(|until| Instant::now() >= until) {
                    return Poll::Ready(());
                }
                context.waker().wake_by_ref();
                Poll::Pending
            }
        }
    }
}

thread_local! {
    /// The last runtime of this thread that turned out to have no timers.
    static WITHOUT_TIMERS: Cell<Option<Id>> = const { Cell::new(None) };
}

/// By the current runtime. Whether it has timers cannot be asked: tokio panics where it has none, and says so once.
fn here(length: Duration) -> Option<time::Sleep> {
    let runtime = Handle::try_current().ok()?.id();
    if WITHOUT_TIMERS.try_with(Cell::get).ok()? == Some(runtime) {
        return None;
    }
    let sleep = catch_unwind(|| time::sleep(length)).ok();
    if sleep.is_none() {
        WITHOUT_TIMERS.with(|known| known.set(Some(runtime)));
    }
    sleep
}

/// By a runtime that does nothing else.
fn elsewhere(length: Duration) -> Option<time::Sleep> {
    static TIMERS: OnceCell<Handle> = OnceCell::new();
    let _inside = TIMERS.get_or_try_init(start).ok()?.enter();
    Some(time::sleep(length))
}

fn start() -> io::Result<Handle> {
    let runtime = Builder::new_current_thread().enable_time().build()?;
    let timers = runtime.handle().clone();
    let run = move || runtime.block_on(pending::<()>());
    thread::Builder::new().name("breaker-timers".to_owned()).spawn(run)?;
    Ok(timers)
}

#[cfg(test)]
mod tests {
    use std::pin::pin;

    use super::*;

    const AN_HOUR: Duration = Duration::from_secs(3600);
    const SHORT: Duration = Duration::from_millis(20);

    #[tokio::test(start_paused = true)]
    async fn follows_the_paused_time_of_the_runtime() {
        let began = time::Instant::now();
        sleep(AN_HOUR).await;
        assert_eq!(began.elapsed(), AN_HOUR);
    }

    #[test]
    fn works_on_any_executor() {
        let began = Instant::now();
        futures::executor::block_on(sleep(SHORT));
        assert!(began.elapsed() >= SHORT);
    }

    #[test]
    fn works_in_a_runtime_without_timers() {
        let runtime = Builder::new_current_thread().build().expect("a runtime");
        let began = Instant::now();
        runtime.block_on(sleep(SHORT));
        runtime.block_on(async { sleep(SHORT).await });
        assert!(began.elapsed() >= 2 * SHORT);
    }

    #[tokio::test(start_paused = true)]
    async fn is_seen_by_a_task_that_has_used_up_its_budget() {
        let mut over = pin!(sleep(SHORT));
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert_eq!(over.as_mut().poll(&mut context), Poll::Pending);
        time::advance(SHORT).await;
        while coop::has_budget_remaining() {
            let _ = pin!(coop::consume_budget()).poll(&mut context);
        }
        assert_eq!(over.poll(&mut context), Poll::Ready(()));
    }

    #[test]
    fn looks_at_the_time_where_there_is_no_thread_for_it() {
        let began = Instant::now();
        futures::executor::block_on(Sleep { timer: Timer::Looking { until: began.checked_add(SHORT) } });
        assert!(began.elapsed() >= SHORT);
    }

    #[tokio::test(start_paused = true)]
    async fn takes_any_length() {
        let mut context = Context::from_waker(std::task::Waker::noop());
        assert_eq!(pin!(sleep(Duration::MAX)).poll(&mut context), Poll::Pending);
    }
}
