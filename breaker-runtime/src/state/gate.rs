//! The checks of a call of a closed breaker that has more to do than to be counted, in one word:
//! [`CallGate`].
//!
//! The options that ask for them are spread over several cache lines and may be replaced at any time. A
//! call would have to guard them and look at each; it reads this word instead.

use crate::state::policy::Policy;
use crate::sync::{AtomicU64, Ordering};
use crate::time::clock::{COARSE_ERROR, HEAD_START, ticks};
use crate::time::{TICKS_MAX, Ticks};

/// The word, in bits: three for the ways of admission, then `system's clock 60 | fine 59 | early 58 |
/// admits 57 | permits 56 | timed 55 | limit 47`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallGate(u64);

/// `SLOW_ADMIT` of a closed word asks for nothing but the time of a call, by the coarse clock of the
/// system. Each of these three follows from the other bits, and is tested by one instruction.
const COARSE_ALONE: u64 = 1 << 63;
/// It asks for nothing but the time of a call, by the precise clock of the system.
const PRECISE_ALONE: u64 = 1 << 62;
/// It asks for a concurrency permit alone.
const PERMITS_ALONE: u64 = 1 << 61;
/// The clock is the system's, and its coarse one has an origin.
const SYSTEM: u64 = 1 << 60;
const FINE: u64 = 1 << 59;
const EARLY: u64 = 1 << 58;
const ADMITS: u64 = 1 << 57;
const PERMITS: u64 = 1 << 56;
const TIMED: u64 = 1 << 55;

/// The gate of the options that are active now, and what the coarse clock of the system decides by.
/// Replaced with them.
#[derive(Debug)]
pub(crate) struct CurrentGate {
    gate: AtomicU64,
    coarse_limit: AtomicU64,
    /// The reading of that clock at time 0.
    origin: Option<u64>,
}

/// Whether calls end by the clock that judges them, as their exact lengths are recorded. Otherwise they
/// end by the coarse one, and by the precise one only if it is needed.
pub(crate) const ENDS_EXACTLY: bool = cfg!(feature = "latency");

/// The difference between the end of a call, in microseconds of the clock of the system that it ends by,
/// and the earliest start with which it was certainly not slow.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CoarseLimit(u64);

/// Stands for no limit: the earliest start would be above the maximum.
const NO_LIMIT: CoarseLimit = CoarseLimit((TICKS_MAX + 1).wrapping_neg());

/// The longest limit that is compared by the coarse clock: the times of the clock are longer.
const LONGEST_LIMIT: Ticks = ticks(HEAD_START) / 2;

impl CoarseLimit {
    /// Returns the earliest start of a call that was certainly not slow, if it ended at this reading. It
    /// may be above the maximum.
    #[inline(always)]
    pub(crate) const fn earliest(self, end: u64) -> Ticks {
        end.wrapping_sub(self.0)
    }
}

impl CallGate {
    /// Returns the gate of a policy. `has_permits` is whether it limits how many calls run at once.
    pub(crate) const fn new(policy: &Policy, has_permits: bool) -> Self {
        if policy.observed {
            // The shortcuts report no call: each takes the full path.
            return Self(0);
        }
        let (timed, limit) = match policy.slow_call {
            Some(limit) => (TIMED, if limit > TICKS_MAX { TICKS_MAX } else { limit }),
            None => (0, 0),
        };
        let permits = if has_permits { PERMITS } else { 0 };
        let fine = if policy.coarse { 0 } else { FINE };
        let only_these = timed | permits != 0 && policy.ramp == 0 && policy.throttle.is_none();
        // No call is shorter than the error of the coarse clock for certain.
        let early = if fine != 0 && limit > COARSE_ERROR { EARLY } else { 0 };
        Self(if only_these { ADMITS } else { 0 } | permits | timed | fine | early | limit).routed()
    }

    /// Returns the same gate, with the ways of admission that follow from it.
    const fn routed(self) -> Self {
        const ROUTES: u64 = COARSE_ALONE | PRECISE_ALONE | PERMITS_ALONE;
        const COARSE: u64 = ADMITS | TIMED | SYSTEM;
        const PRECISE: u64 = COARSE | FINE;
        const PERMIT: u64 = ADMITS | PERMITS;
        let route = match self.0 & (PRECISE | PERMITS) {
            COARSE => COARSE_ALONE,
            PRECISE => PRECISE_ALONE,
            other if other & (ADMITS | PERMITS | TIMED) == PERMIT => PERMITS_ALONE,
            _ => 0,
        };
        Self(self.0 & !ROUTES | route)
    }

    /// Returns the same gate, for calls that have more to pass than these checks.
    #[must_use]
    pub(crate) const fn with_more_checks(self) -> Self {
        Self(self.0 & !ADMITS).routed()
    }

    /// Returns whether `SLOW_ADMIT` of a closed word asks for nothing but the time of a call, or a
    /// concurrency permit.
    #[inline(always)]
    pub(crate) const fn admits(self) -> bool {
        self.0 & ADMITS != 0
    }

    /// Returns the same gate, of a breaker that has the clock of the system with a coarse one, or not.
    #[must_use]
    const fn on_system(self, is_on_system: bool) -> Self {
        Self(if is_on_system { self.0 | SYSTEM } else { self.0 & !SYSTEM }).routed()
    }

    /// Returns whether `SLOW_ADMIT` of a closed word asks for nothing but the time of a call, by the
    /// coarse clock of the system.
    #[inline(always)]
    pub(crate) const fn times_coarsely_alone(self) -> bool {
        self.0 & COARSE_ALONE != 0
    }

    /// Returns whether `SLOW_ADMIT` of a closed word asks for nothing but the time of a call, by the
    /// precise clock of the system.
    #[inline(always)]
    pub(crate) const fn times_precisely_alone(self) -> bool {
        self.0 & PRECISE_ALONE != 0
    }

    /// Returns whether `SLOW_ADMIT` of a closed word asks for a concurrency permit alone.
    #[inline(always)]
    pub(crate) const fn has_permits_alone(self) -> bool {
        self.0 & PERMITS_ALONE != 0
    }

    /// Returns whether the coarse clock of the system is there, and precise enough.
    pub(crate) const fn is_coarse_on_system(self) -> bool {
        self.0 & (FINE | SYSTEM) == SYSTEM
    }

    /// Returns the limit for calls that end by the clock of the system, which has this origin.
    const fn coarse_limit(self, origin: Option<u64>) -> CoarseLimit {
        let limit = self.0 & TICKS_MAX;
        let Some(origin) = origin else { return NO_LIMIT };
        if !self.is_timed() || limit > LONGEST_LIMIT {
            NO_LIMIT
        } else if ENDS_EXACTLY || !self.is_fine() {
            CoarseLimit(origin.wrapping_add(limit))
        } else if self.is_early() {
            CoarseLimit(origin.wrapping_add(limit - COARSE_ERROR))
        } else {
            NO_LIMIT
        }
    }

    /// Returns whether a call needs a concurrency permit.
    #[inline(always)]
    pub(crate) const fn has_permits(self) -> bool {
        self.0 & PERMITS != 0
    }

    /// Returns whether calls are timed.
    #[inline(always)]
    pub(crate) const fn is_timed(self) -> bool {
        self.0 & TIMED != 0
    }

    /// Returns whether the coarse clock is not precise enough.
    #[inline(always)]
    pub(crate) const fn is_fine(self) -> bool {
        self.0 & FINE != 0
    }

    /// Returns whether the precise clock judges calls, and the coarse clock shows of some that they were
    /// not slow.
    #[inline(always)]
    pub(crate) const fn is_early(self) -> bool {
        self.0 & EARLY != 0
    }

    /// Returns whether a timed call was not slow. `false` if calls are not timed.
    #[inline(always)]
    pub(crate) const fn is_quick(self, took: Ticks) -> bool {
        self.is_timed() && took <= self.0 & TICKS_MAX
    }
}

impl CurrentGate {
    /// Makes that of a breaker of which the coarse clock of the system has this origin, if it is read.
    pub(crate) fn new(gate: CallGate, origin: Option<u64>) -> Self {
        let gate = gate.on_system(origin.is_some());
        let CoarseLimit(limit) = gate.coarse_limit(origin);
        Self { gate: AtomicU64::new(gate.0), coarse_limit: AtomicU64::new(limit), origin }
    }

    #[inline(always)]
    pub(crate) fn get(&self) -> CallGate {
        CallGate(self.gate.load(Ordering::Acquire))
    }

    #[inline(always)]
    pub(crate) fn coarse_limit(&self) -> CoarseLimit {
        CoarseLimit(self.coarse_limit.load(Ordering::Acquire))
    }

    /// Returns the time at this reading of the coarse clock of the system.
    #[inline(always)]
    pub(crate) fn time_at(&self, micros: u64) -> Ticks {
        micros.wrapping_sub(self.origin.unwrap_or_default())
    }

    /// Replaces the gate, and keeps the clock. For callers that hold the lock under which the options
    /// are replaced.
    pub(crate) fn set(&self, gate: CallGate) {
        let gate = gate.on_system(self.origin.is_some());
        let CoarseLimit(limit) = gate.coarse_limit(self.origin);
        self.gate.store(gate.0, Ordering::Release);
        self.coarse_limit.store(limit, Ordering::Release);
    }
}
