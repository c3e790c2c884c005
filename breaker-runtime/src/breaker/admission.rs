//! Admission of a call: the state machine decides, then the concurrency limit.
//!
//! - A call that finds no free concurrency permit withdraws the decision of the state machine, so that
//!   it takes no probe slot and counts in no window. What the call does then is the type parameter of
//!   [`Inner::admit`].
//! - A call that waits is counted as rejected once, when it stops waiting without a permit.
//! - A closed breaker without a limit admits by one load and one comparison, inlined into the caller.
//!   All the rest is compiled once, in this crate: a generic function would be compiled again in each
//!   crate that calls it.

use std::convert::Infallible;
use std::sync::atomic::Ordering;
use std::time::Duration;

use crate::breaker::acquire::Acquire;
use crate::breaker::cold::Cold;
use crate::breaker::inner::{ActiveOptions, Inner};
use crate::breaker::permit::Permit;
#[cfg(feature = "tracing")]
use crate::breaker::traced;
use crate::state::cell::AtomicState;
use crate::state::counters::rare::Count;
use crate::state::counters::striped::HotCounter;
use crate::state::counters::thread_slot;
use crate::state::semaphore::Semaphore;
use crate::state::token::CallToken;
use crate::state::transition::Rejection;
use crate::state::word::StateWord;
use crate::time::Ticks;
use crate::time::clock::TimeSource;
use crate::types::error::{BreakerError, ErrorKind};

/// The answer to a call that asks for a permit: `P` is the permit, `Q` waits for one.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "only the attribute of the same version uses it")]
pub enum Admission<P, Q> {
    /// The call runs.
    Admitted(P),
    /// The concurrency limit is reached: the call waits for a permit in the queue.
    Queued(Q),
    /// The call does not run.
    Rejected(BreakerError),
}

impl<P, Q> Admission<P, Q> {
    /// Returns the decision.
    ///
    /// # Errors
    ///
    /// What waits for a permit, where there is no decision yet.
    #[inline(always)]
    pub fn decided(self) -> Result<Result<P, BreakerError>, Q> {
        match self {
            Self::Admitted(permit) => Ok(Ok(permit)),
            Self::Rejected(rejection) => Ok(Err(rejection)),
            Self::Queued(queued) => Err(queued),
        }
    }
}

impl<P> Admission<P, Infallible> {
    /// Returns the decision about a call that does not wait in a future.
    #[inline(always)]
    pub(crate) fn into_result(self) -> Result<P, BreakerError> {
        match self {
            Self::Admitted(permit) => Ok(permit),
            Self::Rejected(rejection) => Err(rejection),
            Self::Queued(never) => match never {},
        }
    }
}

/// The behaviour of a call at the concurrency limit.
pub(crate) trait OnFull: Sized {
    /// The future of a call that waits in one.
    type Queued<'e>;

    /// Whether the call runs on this thread as soon as it is admitted, so that an injected wait blocks
    /// it.
    const BLOCKS: bool = false;

    /// Runs [`Inner::admit_slowly`]. A function of each type that is not generic, so that it is compiled
    /// once.
    fn admit_slowly(inner: &Inner) -> Admission<CallToken, Self::Queued<'_>>;

    /// Answers a call that has found no permit, and may wait for one for as long as `max_wait`.
    fn on_full(inner: &Inner, max_wait: Option<Duration>) -> Admission<CallToken, Self::Queued<'_>>;
}

/// The call is rejected.
pub(crate) struct Reject;

/// The call blocks its thread.
pub(crate) struct BlockThread;

/// The call waits in a future.
pub(crate) struct WaitInFuture;

/// Whether a call can wait on its thread. On `wasm32-unknown-unknown` it cannot, and there is no other
/// thread that could free a permit.
const CAN_BLOCK: bool = cfg!(not(all(target_family = "wasm", target_os = "unknown")));

impl OnFull for Reject {
    type Queued<'e> = Infallible;

    #[cold]
    #[inline(never)]
    fn admit_slowly(inner: &Inner) -> Admission<CallToken, Infallible> {
        inner.admit_slowly::<Self>()
    }

    fn on_full(inner: &Inner, _: Option<Duration>) -> Admission<CallToken, Infallible> {
        Admission::Rejected(inner.rejected_as_full())
    }
}

impl OnFull for BlockThread {
    type Queued<'e> = Infallible;

    const BLOCKS: bool = true;

    #[cold]
    #[inline(never)]
    fn admit_slowly(inner: &Inner) -> Admission<CallToken, Infallible> {
        inner.admit_slowly::<Self>()
    }

    fn on_full(inner: &Inner, max_wait: Option<Duration>) -> Admission<CallToken, Infallible> {
        match max_wait {
            Some(max_wait) if CAN_BLOCK => inner.wait_on_thread(max_wait),
            _ => Admission::Rejected(inner.rejected_as_full()),
        }
    }
}

impl OnFull for WaitInFuture {
    type Queued<'e> = Acquire<'e>;

    #[cold]
    #[inline(never)]
    fn admit_slowly(inner: &Inner) -> Admission<CallToken, Acquire<'_>> {
        inner.admit_slowly::<Self>()
    }

    fn on_full(inner: &Inner, max_wait: Option<Duration>) -> Admission<CallToken, Acquire<'_>> {
        match max_wait.and_then(|_| Acquire::new(inner)) {
            Some(acquire) => Admission::Queued(acquire),
            None => Admission::Rejected(inner.rejected_as_full()),
        }
    }
}

/// The reason why a call is not admitted at once.
enum Refusal {
    /// The state machine rejects it.
    Rejected(Rejection),
    /// The concurrency limit is reached; the call may wait for as long as this.
    Full(Option<Duration>),
}

impl Inner {
    /// Acquires a permit without waiting for one.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub(crate) fn try_acquire(&self) -> Result<Permit<'_>, BreakerError> {
        self.admit::<Reject>().into_result().map(|token| Permit::new(self, token))
    }

    /// Acquires a permit, and blocks the thread for up to `max_wait` while the concurrency limit is
    /// reached.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub(crate) fn acquire_blocking(&self) -> Result<Permit<'_>, BreakerError> {
        self.admit::<BlockThread>().into_result().map(|token| Permit::new(self, token))
    }

    /// Acquires a permit, or returns the future that waits for one.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub(crate) fn acquire_or_queue(&self) -> Admission<Permit<'_>, Acquire<'_>> {
        match self.admit::<WaitInFuture>() {
            Admission::Admitted(token) => Admission::Admitted(Permit::new(self, token)),
            Admission::Queued(acquire) => Admission::Queued(acquire),
            Admission::Rejected(rejection) => Admission::Rejected(rejection),
        }
    }

    /// Admits a call. While the breaker is closed this is a load and a comparison.
    #[inline(always)]
    fn admit<F: OnFull>(&self) -> Admission<CallToken, F::Queued<'_>> {
        match self.cell.try_fast_admit() {
            Some(token) => Admission::Admitted(token),
            None => F::admit_slowly(self),
        }
    }

    /// Admits a call that has to be timed or to take a concurrency permit, rejects one of an open
    /// breaker, and decides about any other by [`admit_apart`](Self::admit_apart). Part of each caller,
    /// so that neither makes another call than that of the clock.
    #[inline(always)]
    fn admit_slowly<F: OnFull>(&self) -> Admission<CallToken, F::Queued<'_>> {
        let word = self.cell.word();
        if word.is_open() {
            return self.admit_open::<F>(word);
        }
        if word.needs_slow_admit() {
            let token = self.cold_if_made().and_then(|cold| Self::try_gated_admit(cold, word));
            if let Some(token) = token {
                return Admission::Admitted(token);
            }
        }
        self.admit_apart::<F>()
    }

    /// Rejects a call of an open breaker, and admits others by [`Inner::admit_fully`].
    #[inline(always)]
    fn admit_open<F: OnFull>(&self, open: StateWord) -> Admission<CallToken, F::Queued<'_>> {
        // An open breaker has made it. A call that makes it would need registers to be saved.
        let Some(cold) = self.cold_if_made().filter(|cold| cold.rejects_early.load(Ordering::Relaxed))
        else {
            return self.admit_apart::<F>();
        };
        let rejection = self.cell.reject_early(open, TimeSource::default_coarse_unclamped());
        let Some(Rejection { kind, retry_after }) = rejection else {
            return self.admit_fully::<F>();
        };
        #[cfg(feature = "tracing")]
        let is_traced = traced::wants_rejections();
        #[cfg(not(feature = "tracing"))]
        let is_traced = false;
        match cold.name.get() {
            // A thread without a number has no counter of its own either.
            Some(name)
                if !is_traced && self.cell.try_count(HotCounter::Rejected, thread_slot::current()) =>
            {
                Admission::Rejected(BreakerError::new(name, kind, retry_after))
            }
            // One way out for what is missing: the values at hand need not survive two other calls. An
            // error that is emitted as well would have to be built in memory and copied.
            _ => self.reject(kind, retry_after),
        }
    }

    #[cold]
    #[inline(never)]
    fn reject<Q>(&self, kind: ErrorKind, retry_after: Option<Ticks>) -> Admission<CallToken, Q> {
        Admission::Rejected(self.rejected(Rejection { kind, retry_after }))
    }

    /// Admits a call that has to be timed or to take a concurrency permit and to pass no other check;
    /// `None` if it is to ask on the full path.
    #[inline(always)]
    fn try_gated_admit(cold: &Cold, word: StateWord) -> Option<CallToken> {
        let gate = cold.gate.get();
        let has_permit = || cold.semaphore.get().is_some_and(Semaphore::try_acquire);
        if !gate.is_timed() {
            return (gate.admits() && has_permit()).then(|| word.token().with_permit());
        }
        let token = AtomicState::try_timed_admit(word, gate, cold)?;
        if !cold.gate.get().has_permits() {
            return Some(token);
        }
        has_permit().then(|| token.with_permit())
    }

    /// Admits a call as [`admit_slowly`](Self::admit_slowly) does, for any breaker.
    #[inline(never)]
    fn admit_apart<F: OnFull>(&self) -> Admission<CallToken, F::Queued<'_>> {
        let rejection = self.cell.open_word().and_then(|open| {
            let now = self.time.coarse();
            if let Some(member) = self.membership() {
                member.record_call_while_open(now);
            }
            #[cfg(feature = "tokio")]
            if self.has_probe {
                self.enlist_if_free(open.payload());
            }
            self.cell.reject_early(open, now)
        });
        match rejection {
            Some(rejection) => Admission::Rejected(self.rejected(rejection)),
            None => self.admit_fully::<F>(),
        }
    }

    #[inline(never)]
    fn admit_fully<F: OnFull>(&self) -> Admission<CallToken, F::Queued<'_>> {
        match self.try_admit() {
            Ok(token) => {
                #[cfg(any(feature = "record", feature = "shadow"))]
                let token = self.observe_admission(token);
                self.admit_with_faults(token, F::BLOCKS)
            }
            Err(Refusal::Rejected(rejection)) => Admission::Rejected(self.rejected(rejection)),
            Err(Refusal::Full(max_wait)) => F::on_full(self, max_wait),
        }
    }

    /// Applies a game day to an admitted call.
    pub(crate) fn admit_with_faults<Q>(
        &self,
        token: CallToken,
        blocks: bool,
    ) -> Admission<CallToken, Q> {
        match self.inject(token, blocks) {
            Ok(token) => Admission::Admitted(token),
            Err(error) => Admission::Rejected(error),
        }
    }

    /// Asks the state machine, then takes a concurrency permit. Without a free one the decision is
    /// withdrawn.
    #[inline(always)]
    fn try_admit(&self) -> Result<CallToken, Refusal> {
        let cold = &**self;
        let settings = cold.settings();
        let token = self.decide(cold, &settings).map_err(Refusal::Rejected)?;
        let Some(limit) = settings.config.max_concurrent.filter(|_| !token.is_bypassed()) else {
            return Ok(token);
        };
        if cold.semaphore(limit).try_acquire() {
            return Ok(token.with_permit());
        }
        let bypassed = self.cell.withdraw(&settings.policy, token, cold);
        if bypassed.is_some() {
            cold.counters.add(Count::WouldReject);
        }
        bypassed.ok_or(Refusal::Full(settings.config.max_wait))
    }

    /// Asks the state machine, for every word that does not decide by itself. A rejection is not counted
    /// yet.
    #[inline(always)]
    pub(crate) fn decide(&self, cold: &Cold, settings: &ActiveOptions) -> Result<CallToken, Rejection> {
        let admit = || self.cell.admit(&settings.policy, cold, |change| self.append_and_notify(change));
        let token = admit().or_else(|rejection| {
            let is_forced = rejection.kind == ErrorKind::ForcedOpen;
            if is_forced && self.end_expired_mode() { admit() } else { Err(rejection) }
        })?;
        if token.is_bypassed() {
            cold.counters.add(Count::WouldReject);
        }
        if cold.changed.get().is_some() && self.cell.has_fast_admission() {
            // This call has changed the state, by options that may have been replaced meanwhile.
            self.refresh_if_outdated(settings);
        }
        Ok(token)
    }

    #[cold]
    fn refresh_if_outdated(&self, seen: &ActiveOptions) {
        let current = self.settings();
        if current.config != seen.config {
            self.cell.refresh_flags(&current.policy, self.time.now());
        }
    }

    /// Counts a rejection, and returns it as an error.
    #[cold]
    #[inline(never)]
    pub(crate) fn rejected(&self, Rejection { kind, retry_after }: Rejection) -> BreakerError {
        match Count::of_rejection(kind) {
            Some(count) => self.counters.add(count),
            None => self.cell.count(HotCounter::Rejected, thread_slot::claim()),
        }
        self.rejection(kind, retry_after)
    }

    /// Counts a rejection at the concurrency limit, and returns it as an error.
    #[cold]
    pub(crate) fn rejected_as_full(&self) -> BreakerError {
        self.counters.add(Count::RejectedFull);
        self.rejection(ErrorKind::Full, None)
    }

    /// Returns a rejection that is counted as an error, and reports it.
    fn rejection(&self, kind: ErrorKind, retry_after: Option<Ticks>) -> BreakerError {
        let error = self.error(kind, retry_after);
        #[cfg(any(feature = "record", feature = "shadow"))]
        self.observe_rejection(kind);
        #[cfg(feature = "tracing")]
        traced::rejection(&error);
        error
    }

    /// Returns the error of a call of this breaker.
    pub(crate) fn error(&self, kind: ErrorKind, retry_after: Option<Ticks>) -> BreakerError {
        BreakerError::new(self.name(), kind, retry_after).with_key(self.error_key())
    }
}
