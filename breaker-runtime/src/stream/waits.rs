//! How long the reader of a stream waits for the dependency: [`ReaderWaits`].
//!
//! Two values are shared with the threads that wake a stream, in [`Wakes`]: its reader, and the time of
//! the first wake-up. Neither decides whether the other is seen, so that no order between them has to
//! hold:
//!
//! - The reader is stored before the stream is polled with the waker. A stream that wakes by what that
//!   poll has given it wakes this reader or a later one; one that wakes by an older waker may wake the
//!   reader before, as without the breaker, and the poll that follows sees what it has to say.
//! - The time is set by a compare-and-swap from 0, so that the first wake-up counts, and is taken by a
//!   swap. A wake-up that comes after the swap is one for the next wait, or is forgotten when that
//!   begins. It moves the end of one wait within that wait, as [`ReaderWait::resume`] clamps it, and
//!   never settles a call.
//! - The user's waker runs last and outside of any lock: a panic in it leaves both values as they should
//!   be.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use arc_swap::ArcSwap;

use crate::breaker::inner::Inner;
use crate::config::stream::StreamLimits;
use crate::time::Ticks;
#[cfg(not(feature = "tokio"))]
use crate::time::clock::Instant;
use crate::time::clock::ticks;
#[cfg(feature = "tokio")]
use crate::time::timer::{Instant, sleep};

/// The timer of one wait.
#[cfg(feature = "tokio")]
type WaitTimer = crate::time::timer::Sleep;
/// Without timers there is neither `first_item` nor `idle`: the builder refuses them.
#[cfg(not(feature = "tokio"))]
type WaitTimer = std::future::Pending<()>;

#[cfg(not(feature = "tokio"))]
fn sleep(_: Duration) -> WaitTimer {
    std::future::pending()
}

#[cfg(feature = "tokio")]
fn restart(alarm: Pin<&mut WaitTimer>, length: Duration) {
    alarm.restart(length);
}

#[cfg(not(feature = "tokio"))]
fn restart(_: Pin<&mut WaitTimer>, _: Duration) {}

/// The clock of one stream. It runs from the moment in which the stream is pending to the one in which
/// it wakes its reader: what the reader does before it polls again is the reader's time.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "independent facts, each read on its own")]
pub(super) struct ReaderWaits {
    /// The limit of the current item.
    limit: Option<Duration>,
    idle: Option<Duration>,
    measures: bool,
    /// Returns whether anything depends on the time.
    matter: bool,
    is_waiting: bool,
    /// Whether there is anything to forget when the item comes.
    is_new: bool,
    /// The longest wait for one item, by the breaker's clock.
    longest: Ticks,
    /// In a box, as a stream without limits needs nothing of it.
    wait: Option<Box<ReaderWait>>,
}

/// The time of one item is over.
pub(super) struct TimeIsOver;

impl ReaderWaits {
    pub(super) fn new(inner: &Inner, own: StreamLimits) -> Self {
        let (first_item, idle) = inner.stream_limits();
        let (limit, idle) = (own.first_item.or(first_item), own.idle.or(idle));
        let measures = inner.measures_streams();
        Self {
            limit,
            idle,
            measures,
            matter: limit.is_some() || idle.is_some() || measures,
            is_waiting: false,
            is_new: true,
            longest: 0,
            wait: None,
        }
    }

    /// Returns whether anything depends on the time.
    #[inline(always)]
    pub(super) fn matter(&self) -> bool {
        self.matter
    }

    /// Returns the longest time for which the reader waited for one item.
    pub(super) fn longest(&self) -> Ticks {
        self.longest
    }

    /// Returns whether the last poll found no item.
    #[inline(always)]
    pub(super) fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// Ends the wait of the last poll.
    #[cold]
    pub(super) fn resume(&mut self, inner: &Inner) {
        self.is_waiting = false;
        if let Some(wait) = &mut self.wait {
            wait.resume(self.measures.then_some(inner));
        }
    }

    /// Polls once more after a poll that found nothing, with a waker that notes the time. So an item
    /// that is there needs no clock.
    #[cold]
    pub(super) fn poll_again<T>(
        &mut self,
        inner: &Inner,
        context: &mut Context<'_>,
        poll: impl FnOnce(&mut Context<'_>) -> Poll<T>,
    ) -> Poll<Result<T, TimeIsOver>> {
        let wait = self.wait.get_or_insert_with(|| Box::new(ReaderWait::new(context.waker())));
        self.is_new = true;
        wait.listen(context.waker());
        if let Poll::Ready(item) = poll(&mut Context::from_waker(&wait.waker)) {
            return Poll::Ready(Ok(item));
        }
        if let Some(limit) = self.limit {
            let left = limit.saturating_sub(wait.spent);
            if left.is_zero() || wait.poll_alarm(left, context).is_ready() {
                self.longest = self.longest.max(wait.spent_ticks);
                return Poll::Ready(Err(TimeIsOver));
            }
        }
        wait.suspend(self.measures.then_some(inner));
        self.is_waiting = true;
        Poll::Pending
    }

    /// Ends the wait: the item has come.
    #[inline(always)]
    pub(super) fn end(&mut self) {
        if self.is_new {
            self.next_item();
        }
    }

    #[inline(never)]
    fn next_item(&mut self) {
        self.is_new = false;
        self.limit = self.idle;
        if let Some(wait) = &mut self.wait {
            self.longest = self.longest.max(wait.spent_ticks);
            wait.next_item();
        }
    }

    /// Adds the current wait, because the reader drops the stream. Returns whether it was too long.
    pub(super) fn give_up(&mut self, inner: &Inner) -> bool {
        let Some(wait) = self.wait.as_mut().filter(|_| self.is_waiting) else { return false };
        wait.resume(self.measures.then_some(inner));
        self.longest = self.longest.max(wait.spent_ticks);
        self.limit.is_some_and(|limit| wait.spent >= limit)
    }
}

struct ReaderWait {
    since: Instant,
    since_ticks: Ticks,
    /// For the item that is waited for now.
    spent: Duration,
    spent_ticks: Ticks,
    reader: Waker,
    /// The waker that the stream is polled with.
    waker: Waker,
    wakes: Arc<Wakes>,
    alarm: Option<Pin<Box<WaitTimer>>>,
    /// Whether the alarm is set to the end of the present wait.
    is_set: bool,
}

impl ReaderWait {
    fn new(reader: &Waker) -> Self {
        let now = Instant::now();
        let wakes = Arc::new(Wakes {
            reader: ArcSwap::from_pointee(reader.clone()),
            origin: now,
            woken: AtomicU64::new(0),
        });
        Self {
            since: now,
            since_ticks: 0,
            spent: Duration::ZERO,
            spent_ticks: 0,
            reader: reader.clone(),
            waker: wakes.clone().into(),
            wakes,
            alarm: None,
            is_set: false,
        }
    }

    /// Passes wake-ups on to the reader that polls now.
    #[inline]
    fn listen(&mut self, reader: &Waker) {
        if !self.reader.will_wake(reader) {
            self.reader.clone_from(reader);
            self.wakes.reader.store(Arc::new(reader.clone()));
        }
        // One that came between two waits ends neither of them.
        self.wakes.take();
    }

    fn suspend(&mut self, measured_by: Option<&Inner>) {
        self.since = Instant::now();
        self.since_ticks = measured_by.map_or(0, |inner| inner.now());
    }

    /// Ends a wait where the stream woke its reader, or now if it did not.
    fn resume(&mut self, measured_by: Option<&Inner>) {
        let now = Instant::now();
        let woken = self.wakes.take();
        // The stream may be woken by a thread with another notion of the time.
        let end = woken.map_or(now, |at| at.max(self.since).min(now));
        self.spent = self.spent.saturating_add(end.saturating_duration_since(self.since));
        self.is_set &= woken.is_none();
        if let Some(inner) = measured_by {
            let whole = inner.now().saturating_sub(self.since_ticks);
            let of_reader = now.saturating_duration_since(end);
            let of_reader = if of_reader.is_zero() { 0 } else { ticks(of_reader) };
            self.spent_ticks = self.spent_ticks.saturating_add(whole.saturating_sub(of_reader));
        }
    }

    fn next_item(&mut self) {
        self.spent = Duration::ZERO;
        self.spent_ticks = 0;
        self.is_set = false;
    }

    /// Wakes the reader itself. Set anew without an allocation.
    fn poll_alarm(&mut self, left: Duration, context: &mut Context<'_>) -> Poll<()> {
        let alarm = match &mut self.alarm {
            Some(alarm) => {
                if !self.is_set {
                    restart(alarm.as_mut(), left);
                }
                alarm
            }
            none => none.insert(Box::pin(sleep(left))),
        };
        self.is_set = true;
        alarm.as_mut().poll(context)
    }
}

impl fmt::Debug for ReaderWait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wait").field("spent", &self.spent).finish_non_exhaustive()
    }
}

/// The waker of a stream: notes when the stream woke its reader first, and wakes that.
struct Wakes {
    reader: ArcSwap<Waker>,
    origin: Instant,
    /// Nanoseconds after `origin`, plus one; 0 before it is woken.
    woken: AtomicU64,
}

impl Wakes {
    /// Takes the time of the first wake-up since the last call.
    fn take(&self) -> Option<Instant> {
        let after = self.woken.swap(0, Ordering::AcqRel).checked_sub(1)?;
        Some(self.origin + Duration::from_nanos(after))
    }
}

impl Wake for Wakes {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        if self.woken.load(Ordering::Acquire) == 0 {
            let after = Instant::now().saturating_duration_since(self.origin).as_nanos();
            let after = u64::try_from(after).unwrap_or(u64::MAX - 1).saturating_add(1);
            // Lost against an earlier wake-up, which is the one that counts.
            let _ = self.woken.compare_exchange(0, after, Ordering::AcqRel, Ordering::Acquire);
        }
        self.reader.load().wake_by_ref();
    }
}
