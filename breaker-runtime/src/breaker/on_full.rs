//! The answers to a call that asks for a permit ([`Admission`]), and what a call does at the concurrency
//! limit ([`OnFull`]): it is rejected, blocks its thread, or waits in a future.

use std::convert::Infallible;
use std::time::Duration;

use crate::breaker::inner::Inner;
use crate::state::token::CallToken;
use crate::state::word::StateWord;
use crate::types::error::{BreakerError, PackedKind};

/// The answer to a call that asks for a permit: `P` is the permit, `Q` waits for one, `R` says why there
/// is none.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "only the attribute of the same version uses it")]
pub enum Admission<P, Q, R = BreakerError> {
    /// The call runs.
    Admitted(P),
    /// The concurrency limit is reached: the call waits for a permit in the queue.
    Queued(Q),
    /// The call does not run.
    Rejected(R),
}

/// The decision about a call, which is returned in two registers. `Q` is a type without a value for a
/// call that does not wait in a future.
pub(super) type AdmissionDecision<Q> = Admission<CallToken, Q, PackedKind>;

impl<P, Q, R> Admission<P, Q, R> {
    /// Returns the decision.
    ///
    /// # Errors
    ///
    /// What waits for a permit, where there is no decision yet.
    #[inline(always)]
    pub fn decided(self) -> Result<Result<P, R>, Q> {
        match self {
            Self::Admitted(permit) => Ok(Ok(permit)),
            Self::Rejected(rejection) => Ok(Err(rejection)),
            Self::Queued(queued) => Err(queued),
        }
    }
}

impl<P, R> Admission<P, Infallible, R> {
    /// Returns the decision about a call that does not wait in a future.
    #[inline(always)]
    pub(super) fn into_result(self) -> Result<P, R> {
        match self {
            Self::Admitted(permit) => Ok(permit),
            Self::Rejected(rejection) => Err(rejection),
            Self::Queued(never) => match never {},
        }
    }
}

impl<Q> AdmissionDecision<Q> {
    /// Returns a decision that was made on the way to an error.
    pub(super) fn from_result(decided: Result<CallToken, BreakerError>) -> Self {
        match decided {
            Ok(token) => Self::Admitted(token),
            Err(rejection) => Self::Rejected(rejection.packed()),
        }
    }
}

/// The behaviour of a call at the concurrency limit.
pub(crate) trait OnFull: Sized {
    /// Stands for a call that waits in a future.
    type Queued;

    /// Whether the call runs on this thread as soon as it is admitted, so that an injected wait blocks
    /// it.
    const BLOCKS: bool = false;

    /// Runs [`Inner::admit_slowly`]. A function of each type that is not generic, so that it is compiled
    /// once.
    fn admit_slowly(inner: &Inner, word: StateWord) -> AdmissionDecision<Self::Queued>;

    /// Runs [`admit_slowly`](Self::admit_slowly) for a caller that has the error at hand before it looks
    /// at the decision.
    fn admit_with_error(inner: &Inner, word: StateWord) -> Admission<CallToken, Self::Queued>;

    /// Answers a call that has found no permit, and may wait for one for as long as `max_wait`.
    fn on_full(inner: &Inner, max_wait: Option<Duration>) -> AdmissionDecision<Self::Queued>;
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
    type Queued = Infallible;

    #[cold]
    #[inline(never)]
    fn admit_slowly(inner: &Inner, word: StateWord) -> AdmissionDecision<Infallible> {
        inner.admit_slowly::<Self>(word)
    }

    #[cold]
    #[inline(never)]
    fn admit_with_error(inner: &Inner, word: StateWord) -> Admission<CallToken, Infallible> {
        inner.with_error(Self::admit_slowly(inner, word))
    }

    fn on_full(inner: &Inner, _: Option<Duration>) -> AdmissionDecision<Infallible> {
        Admission::Rejected(inner.decide_full())
    }
}

impl OnFull for BlockThread {
    type Queued = Infallible;

    const BLOCKS: bool = true;

    #[cold]
    #[inline(never)]
    fn admit_slowly(inner: &Inner, word: StateWord) -> AdmissionDecision<Infallible> {
        inner.admit_slowly::<Self>(word)
    }

    #[cold]
    #[inline(never)]
    fn admit_with_error(inner: &Inner, word: StateWord) -> Admission<CallToken, Infallible> {
        inner.with_error(Self::admit_slowly(inner, word))
    }

    fn on_full(inner: &Inner, max_wait: Option<Duration>) -> AdmissionDecision<Infallible> {
        match max_wait {
            Some(max_wait) if CAN_BLOCK => {
                AdmissionDecision::from_result(inner.wait_on_thread(max_wait).into_result())
            }
            _ => Admission::Rejected(inner.decide_full()),
        }
    }
}

impl OnFull for WaitInFuture {
    type Queued = ();

    #[cold]
    #[inline(never)]
    fn admit_slowly(inner: &Inner, word: StateWord) -> AdmissionDecision<()> {
        inner.admit_slowly::<Self>(word)
    }

    #[cold]
    #[inline(never)]
    fn admit_with_error(inner: &Inner, word: StateWord) -> Admission<CallToken, ()> {
        inner.with_error(Self::admit_slowly(inner, word))
    }

    fn on_full(inner: &Inner, max_wait: Option<Duration>) -> AdmissionDecision<()> {
        match max_wait {
            Some(_) => Admission::Queued(()),
            None => Admission::Rejected(inner.decide_full()),
        }
    }
}
