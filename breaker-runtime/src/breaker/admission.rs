//! Admission of a call: the state machine decides, then the concurrency limit.
//!
//! - A call that finds no free concurrency permit withdraws the decision of the state machine, so that
//!   it takes no probe slot and counts in no window. What the call does then is the type parameter of
//!   the functions, [`OnFull`].
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
use crate::breaker::on_full::{Admission, AdmissionDecision, BlockThread, OnFull, Reject, WaitInFuture};
use crate::breaker::permit::Permit;
use crate::breaker::rejected::{IntoError, Rejected};
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
use crate::types::error::{BreakerError, ErrorKind, PackedKind};

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
        self.admit_or_error::<Reject>().into_result().map(|token| Permit::new(self, token))
    }

    /// Acquires a permit as [`try_acquire`](Self::try_acquire) does. The error is not made yet.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub(crate) fn try_acquire_plainly(&self) -> Result<Permit<'_>, Rejected<'_>> {
        self.admit_plainly::<Reject>()
    }

    /// Acquires a permit, and blocks the thread for up to `max_wait` while the concurrency limit is
    /// reached.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub(crate) fn acquire_blocking(&self) -> Result<Permit<'_>, BreakerError> {
        self.admit_or_error::<BlockThread>().into_result().map(|token| Permit::new(self, token))
    }

    /// Acquires a permit as [`acquire_blocking`](Self::acquire_blocking) does. The error is not made
    /// yet.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub(crate) fn acquire_plainly(&self) -> Result<Permit<'_>, Rejected<'_>> {
        self.admit_plainly::<BlockThread>()
    }

    /// Acquires a permit, or returns the future that waits for one.
    #[cfg_attr(not(debug_assertions), inline(always))]
    #[cfg_attr(debug_assertions, inline)]
    pub(crate) fn acquire_or_queue(&self) -> Admission<Permit<'_>, Acquire<'_>> {
        match self.admit_or_error::<WaitInFuture>() {
            Admission::Admitted(token) => Admission::Admitted(Permit::new(self, token)),
            Admission::Queued(()) => match Acquire::new(self) {
                Some(acquire) => Admission::Queued(acquire),
                // Without timers, which would end the wait.
                None => Admission::Rejected(self.rejected_as_full()),
            },
            Admission::Rejected(rejection) => Admission::Rejected(rejection),
        }
    }

    /// Admits a call. While the breaker is closed this is a load and a comparison.
    ///
    /// That case returns first: where it meets the others, the compiler asks once more which one it was.
    #[inline(always)]
    fn admit_plainly<F: OnFull<Queued = Infallible>>(&self) -> Result<Permit<'_>, Rejected<'_>> {
        let word = self.cell.word();
        if let Some(token) = word.try_fast_admit() {
            return Ok(Permit::new(self, token));
        }
        match F::admit_slowly(self, word) {
            Admission::Admitted(token) => Ok(Permit::new(self, token)),
            Admission::Rejected(packed) => Err(Rejected::new(self, packed)),
            Admission::Queued(never) => match never {},
        }
    }

    /// Admits a call as [`admit_plainly`](Self::admit_plainly) does, for a caller that needs the error
    /// at once.
    #[inline(always)]
    fn admit_or_error<F: OnFull>(&self) -> Admission<CallToken, F::Queued> {
        let word = self.cell.word();
        match word.try_fast_admit() {
            Some(token) => Admission::Admitted(token),
            None => F::admit_with_error(self, word),
        }
    }

    #[inline(always)]
    pub(super) fn with_error<Q>(&self, decision: AdmissionDecision<Q>) -> Admission<CallToken, Q> {
        match decision {
            Admission::Admitted(token) => Admission::Admitted(token),
            Admission::Queued(queued) => Admission::Queued(queued),
            Admission::Rejected(packed) => Admission::Rejected(Rejected::new(self, packed).into_error()),
        }
    }

    /// Admits a call that has to be timed or to take a concurrency permit, rejects one of an open
    /// breaker, and decides about any other by [`admit_apart`](Self::admit_apart). The word has
    /// `SLOW_ADMIT`. Each of the paths is a function of its own, so that none saves the registers of
    /// another one.
    #[inline(always)]
    pub(super) fn admit_slowly<F: OnFull>(&self, word: StateWord) -> AdmissionDecision<F::Queued> {
        if word.is_open() {
            return self.admit_open::<F>(word);
        }
        if !word.is_closed_or_forced_closed() {
            return self.admit_apart::<F>();
        }
        let Some(cold) = self.cold_if_made() else { return self.admit_apart::<F>() };
        let gate = cold.gate.get();
        if gate.times_coarsely_alone() {
            return Self::admit_timed(word);
        }
        if gate.times_precisely_alone() {
            return Self::admit_timed_precisely(word);
        }
        if gate.has_permits_alone() {
            if let Some(semaphore) = cold.semaphore.get() {
                match semaphore.try_acquire_once() {
                    Some(true) => return Admission::Admitted(CallToken::untimed_with_permit(word)),
                    Some(false) => {}
                    None => return self.admit_in_turn::<F>(word, semaphore),
                }
            }
        }
        self.admit_apart::<F>()
    }

    /// Admits a call that takes a concurrency permit and has no other check, after another thread was
    /// quicker to take one.
    #[inline(never)]
    fn admit_in_turn<F: OnFull>(
        &self,
        word: StateWord,
        semaphore: &Semaphore,
    ) -> AdmissionDecision<F::Queued> {
        if semaphore.try_acquire() {
            return Admission::Admitted(CallToken::untimed_with_permit(word));
        }
        self.admit_apart::<F>()
    }

    /// Admits a call that has to be timed by the coarse clock of the system alone.
    #[inline(never)]
    fn admit_timed<Q>(word: StateWord) -> AdmissionDecision<Q> {
        Admission::Admitted(CallToken::timed_unclamped(word, TimeSource::coarse_since_origin()))
    }

    /// Admits a call that has to be timed by the precise clock of the system alone.
    #[inline(never)]
    fn admit_timed_precisely<Q>(word: StateWord) -> AdmissionDecision<Q> {
        Admission::Admitted(CallToken::timed_unclamped(word, TimeSource::since_origin()))
    }

    /// Rejects a call of an open breaker, and admits others by [`Inner::admit_fully`].
    #[inline(never)]
    fn admit_open<F: OnFull>(&self, open: StateWord) -> AdmissionDecision<F::Queued> {
        // An open breaker has made it. A call that makes it would need registers to be saved.
        let rejects_early = |cold: &Cold| cold.rejects_early.load(Ordering::Relaxed);
        if !self.cold_if_made().is_some_and(rejects_early) {
            return self.admit_apart::<F>();
        }
        let rejection = self.cell.reject_early(open, TimeSource::default_coarse_unclamped());
        let Some(Rejection { kind, retry_after }) = rejection else {
            return self.admit_fully::<F>();
        };
        #[cfg(feature = "tracing")]
        let is_traced = traced::wants_rejections();
        #[cfg(not(feature = "tracing"))]
        let is_traced = false;
        // A thread without a number has no counter of its own either.
        if !is_traced && self.cell.try_count(HotCounter::Rejected, thread_slot::current()) {
            Admission::Rejected(PackedKind::new(kind, retry_after))
        } else {
            // One way out for what is missing: the values at hand need not survive two other calls.
            self.reject(kind, retry_after)
        }
    }

    #[cold]
    #[inline(never)]
    fn reject<Q>(&self, kind: ErrorKind, retry_after: Option<Ticks>) -> AdmissionDecision<Q> {
        Admission::Rejected(self.decide_rejected(Rejection { kind, retry_after }))
    }

    /// Admits a call that has to be timed, by any clock, and may have to take a concurrency permit, and
    /// has to pass no other check; `None` if it is to ask on the full path.
    #[inline(always)]
    fn try_gated_admit(cold: &Cold, word: StateWord) -> Option<CallToken> {
        let gate = cold.gate.get();
        let token = AtomicState::try_timed_admit(word, gate, cold)?;
        if !gate.has_permits() {
            return Some(token);
        }
        cold.semaphore.get().is_some_and(Semaphore::try_acquire).then(|| token.with_permit())
    }

    /// Admits a call as [`admit_slowly`](Self::admit_slowly) does, for any breaker.
    #[inline(never)]
    fn admit_apart<F: OnFull>(&self) -> AdmissionDecision<F::Queued> {
        let word = self.cell.word();
        if word.needs_slow_admit() {
            let token = self.cold_if_made().and_then(|cold| Self::try_gated_admit(cold, word));
            if let Some(token) = token {
                return Admission::Admitted(token);
            }
        }
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
            Some(rejection) => Admission::Rejected(self.decide_rejected(rejection)),
            None => self.admit_fully::<F>(),
        }
    }

    #[inline(never)]
    fn admit_fully<F: OnFull>(&self) -> AdmissionDecision<F::Queued> {
        match self.try_admit() {
            Ok(token) => {
                #[cfg(any(feature = "record", feature = "shadow"))]
                let token = self.observe_admission(token);
                AdmissionDecision::from_result(self.inject(token, F::BLOCKS))
            }
            Err(Refusal::Rejected(rejection)) => Admission::Rejected(self.decide_rejected(rejection)),
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
    pub(crate) fn rejected(&self, rejection: Rejection) -> BreakerError {
        Rejected::new(self, self.decide_rejected(rejection)).into_error_apart()
    }

    /// Counts a rejection by the state machine, and reports it. The error is not made yet.
    #[cold]
    fn decide_rejected(&self, Rejection { kind, retry_after }: Rejection) -> PackedKind {
        match Count::of_rejection(kind) {
            Some(count) => self.counters.add(count),
            None => self.cell.count(HotCounter::Rejected, thread_slot::claim()),
        }
        self.report_rejection(kind, retry_after)
    }

    /// Counts a rejection at the concurrency limit, and returns it as an error.
    #[cold]
    pub(crate) fn rejected_as_full(&self) -> BreakerError {
        Rejected::new(self, self.decide_full()).into_error_apart()
    }

    /// Counts a rejection at the concurrency limit, and reports it. The error is not made yet.
    #[cold]
    pub(super) fn decide_full(&self) -> PackedKind {
        self.counters.add(Count::RejectedFull);
        self.report_rejection(ErrorKind::Full, None)
    }

    /// Reports a rejection that is counted as an error, and returns it.
    fn report_rejection(&self, kind: ErrorKind, retry_after: Option<Ticks>) -> PackedKind {
        #[cfg(any(feature = "record", feature = "shadow"))]
        self.observe_rejection(kind);
        #[cfg(feature = "tracing")]
        if traced::wants_rejections() {
            traced::rejection(&self.error(kind, retry_after));
        }
        PackedKind::new(kind, retry_after)
    }

    /// Returns the error of a call of this breaker.
    pub(crate) fn error(&self, kind: ErrorKind, retry_after: Option<Ticks>) -> BreakerError {
        BreakerError::new(self.name(), kind, retry_after).with_key(self.error_key())
    }
}
