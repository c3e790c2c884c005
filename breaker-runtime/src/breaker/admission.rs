//! The bulkhead's part of a call: a place to run in, or a place in the line of those that wait for one.

use std::mem;
use std::sync::Arc;
use std::task::{Wake, Waker};
use std::thread::{self, Thread};
use std::time::Duration;

use crate::breaker::inner::{Inner, Settings};
use crate::state::cell::End;
use crate::state::counters::rare::Count;
use crate::state::counters::striped::HotCounter;
use crate::state::counters::thread_slot;
use crate::state::semaphore::{Joined, Semaphore, UNLIMITED, WaiterId};
use crate::state::transition::Rejection;
use crate::state::word::CallToken;
use crate::time::clock::{Instant, ticks};
use crate::types::error::{BreakerError, ErrorKind};
use crate::types::snapshot::BulkheadCounts;

/// Whether a call can wait on its thread. On `wasm32-unknown-unknown` it cannot, and there is no other thread that
/// could free what it waits for.
const CAN_BLOCK: bool = cfg!(not(all(target_family = "wasm", target_os = "unknown")));

/// Why a call does not run now.
enum Refusal {
    Rejected(Rejection),
    /// There is no place; so long it may wait for one.
    Full(Option<Duration>),
}

impl Inner {
    /// Admits a call that may not wait.
    #[inline(never)]
    pub(crate) fn admit_fully(&self) -> Result<CallToken, BreakerError> {
        self.find_place().map_err(|refusal| match refusal {
            Refusal::Rejected(rejection) => self.rejected(rejection),
            Refusal::Full(_) => self.rejected_as_full(),
        })
    }

    /// As [`Inner::admit`], for a call that blocks its thread until it has a place.
    #[inline(always)]
    pub(crate) fn admit_or_wait(&self) -> Result<CallToken, BreakerError> {
        match self.cell.admit_closed() {
            Some(token) => Ok(token),
            None => self.admit_slowly_or_wait(),
        }
    }

    #[cold]
    #[inline(never)]
    fn admit_slowly_or_wait(&self) -> Result<CallToken, BreakerError> {
        self.admit_slowly_by(Self::admit_fully_or_wait)
    }

    #[inline(never)]
    fn admit_fully_or_wait(&self) -> Result<CallToken, BreakerError> {
        self.find_place().or_else(|refusal| match refusal {
            Refusal::Rejected(rejection) => Err(self.rejected(rejection)),
            Refusal::Full(Some(longest)) if CAN_BLOCK => self.wait(longest),
            Refusal::Full(_) => Err(self.rejected_as_full()),
        })
    }

    /// As [`Inner::admit`], for a call that can wait in a future: one that [may](BreakerError::may_wait) is not
    /// counted as rejected, and goes on to [`Inner::line_up`].
    #[cfg(feature = "tokio")]
    #[inline(always)]
    pub(crate) fn admit_or_line_up(&self) -> Result<CallToken, BreakerError> {
        match self.cell.admit_closed() {
            Some(token) => Ok(token),
            None => self.admit_slowly_or_line_up(),
        }
    }

    #[cfg(feature = "tokio")]
    #[cold]
    #[inline(never)]
    fn admit_slowly_or_line_up(&self) -> Result<CallToken, BreakerError> {
        self.admit_slowly_by(Self::admit_fully_or_line_up)
    }

    #[cfg(feature = "tokio")]
    #[inline(never)]
    fn admit_fully_or_line_up(&self) -> Result<CallToken, BreakerError> {
        self.find_place().map_err(|refusal| match refusal {
            Refusal::Rejected(rejection) => self.rejected(rejection),
            Refusal::Full(None) => self.rejected_as_full(),
            Refusal::Full(Some(_)) => BreakerError::full_but_may_wait(self.name()),
        })
    }

    /// The breaker decides first. Where there is no place for the call it takes its decision back.
    fn find_place(&self) -> Result<CallToken, Refusal> {
        let settings = self.settings();
        let token = self.ask(&settings).map_err(Refusal::Rejected)?;
        let Some(limit) = settings.config.max_concurrent.filter(|_| !token.is_unfenced()) else {
            return Ok(token);
        };
        if self.bulkhead(limit).take() {
            return Ok(token.with_place());
        }
        let spared = self.cell.withdraw(&settings.policy, token, self);
        if spared.is_some() {
            self.counters.add(Count::WouldReject);
        }
        spared.ok_or(Refusal::Full(settings.config.max_wait))
    }

    fn bulkhead(&self, limit: u32) -> &Semaphore {
        self.bulkhead.get_or_init(|| Box::new(Semaphore::new(limit)))
    }

    /// Under the lock of the windows: so the limit is that of the settings that came last.
    pub(crate) fn set_concurrency_limit(&self, settings: &Settings) {
        match (settings.config.max_concurrent, self.bulkhead.get()) {
            (Some(limit), _) => self.bulkhead(limit).set_limit(limit),
            (None, Some(bulkhead)) => bulkhead.set_limit(UNLIMITED),
            (None, None) => {}
        }
    }

    /// Those who wait notice that the limit has been raised.
    pub(crate) fn wake_waiters(&self) {
        if let Some(bulkhead) = self.bulkhead.get() {
            bulkhead.serve();
        }
    }

    fn wait(&self, longest: Duration) -> Result<CallToken, BreakerError> {
        let until = Instant::now().checked_add(longest);
        match self.line_up()? {
            Enqueued::Now(token) => Ok(token),
            Enqueued::Later(mut in_line) => {
                if in_line.block(until) {
                    in_line.run()
                } else {
                    in_line.give_up()
                }
            }
        }
    }

    /// For a call that has found no place. It is not counted as rejected yet.
    pub(crate) fn line_up(&self) -> Result<Enqueued<'_>, BreakerError> {
        let settings = self.settings();
        let limit = settings.config.max_concurrent.unwrap_or(UNLIMITED);
        let longest = settings.config.max_pending.unwrap_or(u32::MAX);
        match self.bulkhead(limit).join(longest) {
            Joined::Place => self.run_in(ConcurrencyPermit(self)).map(Enqueued::Now),
            Joined::QueuedCall(ticket) => {
                Ok(Enqueued::Later(QueuedCall { engine: self, ticket: Some(ticket) }))
            }
            Joined::LineIsFull => Err(self.rejected_as_full()),
        }
    }

    /// The breaker is asked anew: it may have opened while the call waited.
    fn run_in(&self, place: ConcurrencyPermit<'_>) -> Result<CallToken, BreakerError> {
        match self.ask(&self.settings()) {
            // A dry run has begun meanwhile: what it lets through does not take part.
            Ok(token) if token.is_unfenced() => Ok(token),
            Ok(token) => {
                mem::forget(place);
                Ok(token.with_place())
            }
            Err(rejection) => {
                drop(place);
                Err(self.rejected(rejection))
            }
        }
    }

    #[cold]
    fn rejected_as_full(&self) -> BreakerError {
        self.cell.count(HotCounter::Rejected, thread_slot::claim());
        BreakerError::new(self.name(), ErrorKind::Full, None)
    }

    /// Settles a call that holds a place. Who takes the place finds the state that the result has brought about;
    /// listeners that are told of it find the place free.
    #[inline(never)]
    pub(crate) fn settle_and_leave(&self, token: CallToken, end: End, wait: Option<Duration>) {
        let place = ConcurrencyPermit(self);
        let token = token.without_place();
        if end == End::Success && self.cell.pass_behind_gate(token, thread_slot::claim()) {
            return;
        }
        let settings = self.settings();
        let wait = wait.filter(|_| settings.config.honour_retry_after()).map(ticks);
        self.look_before_opening();
        let settled = self.cell.settle(&settings.policy, token, end, wait, self);
        self.tally(end, settled);
        // Entered before the wakers of the calls that wait, notified after them.
        if let Some(change) = settled.change {
            self.append(change);
        }
        drop(place);
        if settled.change.is_some() {
            self.notify();
        }
    }

    pub(crate) fn bulkhead_counts(&self) -> Option<BulkheadCounts> {
        self.config().max_concurrent()?;
        let count = |bulkhead: &Semaphore| BulkheadCounts {
            running: bulkhead.running(),
            pending: bulkhead.pending(),
        };
        Some(self.bulkhead.get().map_or_else(BulkheadCounts::default, count))
    }
}

/// A place in the bulkhead, which comes free when this is dropped.
pub(crate) struct ConcurrencyPermit<'e>(pub(crate) &'e Inner);

impl Drop for ConcurrencyPermit<'_> {
    fn drop(&mut self) {
        if let Some(bulkhead) = self.0.bulkhead.get() {
            bulkhead.give_back();
        }
    }
}

/// When a call runs that has found no place.
pub(crate) enum Enqueued<'e> {
    /// There is one after all.
    Now(CallToken),
    Later(QueuedCall<'e>),
}

/// A place in the line. Dropped, it is given up, and the place to run in as well if there is one by then.
pub(crate) struct QueuedCall<'e> {
    engine: &'e Inner,
    ticket: Option<WaiterId>,
}

impl<'e> QueuedCall<'e> {
    #[cfg(feature = "tokio")]
    pub(crate) fn engine(&self) -> &'e Inner {
        self.engine
    }

    /// Whether the call has a place. If not, `waker` is told when it has.
    pub(crate) fn is_turn(&self, waker: &Waker) -> bool {
        self.waits_in().is_none_or(|(bulkhead, ticket)| bulkhead.is_turn(ticket, waker))
    }

    /// After its turn has come.
    pub(crate) fn run(&mut self) -> Result<CallToken, BreakerError> {
        self.ticket = None;
        self.engine.run_in(ConcurrencyPermit(self.engine))
    }

    /// After it has waited for as long as it may. A place that it has by now is taken.
    pub(crate) fn give_up(&mut self) -> Result<CallToken, BreakerError> {
        if self.leave() {
            self.engine.run_in(ConcurrencyPermit(self.engine))
        } else {
            Err(self.engine.rejected_as_full())
        }
    }

    fn waits_in(&self) -> Option<(&'e Semaphore, &WaiterId)> {
        self.engine.bulkhead.get().zip(self.ticket.as_ref())
    }

    /// Whether it has a place now.
    fn leave(&mut self) -> bool {
        let has_place = self.waits_in().is_some_and(|(bulkhead, ticket)| bulkhead.leave(ticket));
        self.ticket = None;
        has_place
    }

    /// Whether its turn came in time.
    fn block(&self, until: Option<Instant>) -> bool {
        let waker = Waker::from(Arc::new(Unpark(thread::current())));
        loop {
            if self.is_turn(&waker) {
                return true;
            }
            let Some(until) = until else {
                thread::park();
                continue;
            };
            match until.saturating_duration_since(Instant::now()) {
                Duration::ZERO => return false,
                left => thread::park_timeout(left),
            }
        }
    }
}

impl Drop for QueuedCall<'_> {
    fn drop(&mut self) {
        if self.leave() {
            drop(ConcurrencyPermit(self.engine));
        }
    }
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}
