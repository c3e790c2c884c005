//! The 64 bits that hold a breaker's state.
//!
//! ```text
//!      63      62                  32 31  29 28        16 15           0
//! ┌────────────┬──────────────────────┬──────┬───────────┬──────────────┐
//! │ SLOW_ADMIT │ payload, low         │ kind │ generation│ payload, high│
//! └────────────┴──────────────────────┴──────┴───────────┴──────────────┘
//! ```
//!
//! The payload is the end of the open period (in [`Ticks`]) while open, and the numbers of successful
//! and failed probes while half-open. A closed word has none: its [`streak`](crate::state::streak)
//! stands apart.
//!
//! # Invariants
//!
//! - State, generation and deadline are published together, so no reader can pair a new state with an
//!   old deadline.
//! - If `SLOW_ADMIT` is set, calls take the slow admission path. All words that are not closed or forced
//!   closed have it set. A closed word has it if the policy measures or queues calls, or while only a
//!   share of the calls is admitted. It is the sign of the word: one test decides the common case.
//! - The flags of a closed word are its high half, so the token of a call is the low half.
//! - If `WINDOW_DUE` is set in a closed word, a success takes the slow settle path, because a window may
//!   have to slide or to be judged. Without the two bits, all that a policy costs is one load and one
//!   comparison.
//! - The generation counts state changes modulo 2^13. The result of a late call counts as current only
//!   if the call lasted through an exact multiple of 8,192 state changes *and* the kind is the same
//!   again.
//!
//! There is no room for a wider generation: the end of an open period and the start of a timed call need
//! all other bits. Data beside the word that is tagged with a generation never gets that old: see
//! [`probe_slots`](crate::state::probe_slots) and [`open_history`](crate::state::open_history).

use crate::state::token::CallToken;
use crate::time::{TICKS_MAX, Ticks};

const PAYLOAD_MASK: Ticks = TICKS_MAX;

/// The kind within the low half of a word.
const KIND_SHIFT: u32 = 29;
pub(super) const GENERATION_SHIFT: u32 = 16;
const GENERATION_BITS: u32 = 13;
/// The low part of the payload within a word.
pub(super) const LOW_SHIFT: u32 = 32;
pub(super) const LOW_BITS: u32 = 31;
/// The low part of the payload.
pub(super) const LOW_MASK: u64 = (1 << LOW_BITS) - 1;

/// Calls take the slow admission path.
pub(super) const SLOW_ADMIT: u64 = 1 << (LOW_SHIFT + LOW_BITS);
/// A closed breaker's successes take the slow settle path.
pub(super) const WINDOW_DUE: u64 = 1 << (LOW_SHIFT + LOW_BITS - 1);

/// The low part of a half-open word's payload, which counts the successful probes. The high part counts
/// those that failed.
const PROBE_SUCCESSES_BITS: u32 = 32;
const PROBE_SUCCESSES_MASK: u64 = (1 << PROBE_SUCCESSES_BITS) - 1;

/// The high part of the payload.
const HIGH_MASK: u64 = (1 << GENERATION_SHIFT) - 1;

/// Kind and generation.
pub(super) const STATE_MASK: u64 = u32::MAX as u64 & !HIGH_MASK;

/// The bits of [`StateWord::generation`].
pub(crate) const GENERATION_MASK: u64 = (1 << GENERATION_BITS) - 1;

/// State and mode in one number. The kinds that admit every call are the lowest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum StateKind {
    Closed = 0,
    ForcedClosed = 1,
    ObserveClosed = 2,
    Open = 3,
    HalfOpen = 4,
    ForcedOpen = 5,
    ObserveOpen = 6,
    ObserveHalfOpen = 7,
}

impl StateKind {
    pub(crate) const ALL: [Self; 8] = [
        Self::Closed,
        Self::ForcedClosed,
        Self::ObserveClosed,
        Self::Open,
        Self::HalfOpen,
        Self::ForcedOpen,
        Self::ObserveOpen,
        Self::ObserveHalfOpen,
    ];
}

/// A breaker's state at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StateWord(pub(crate) u64);

impl StateWord {
    /// Returns the word of a new breaker: closed, with generation 0.
    pub(crate) const fn initial(flags: Flags) -> Self {
        Self(0).with_flags(flags)
    }

    pub(crate) const fn new(kind: StateKind, generation: u64, payload: u64) -> Self {
        let payload = if payload > PAYLOAD_MASK { PAYLOAD_MASK } else { payload };
        let slow_admit = if kind as u64 >= StateKind::Open as u64 { SLOW_ADMIT } else { 0 };
        Self(
            ((kind as u64) << KIND_SHIFT)
                | ((generation & GENERATION_MASK) << GENERATION_SHIFT)
                | slow_admit
                | payload_bits(payload),
        )
    }

    pub(crate) const fn kind(self) -> StateKind {
        StateKind::ALL[self.kind_bits() as usize]
    }

    /// Returns the number of the kind.
    #[inline(always)]
    pub(super) const fn kind_bits(self) -> u32 {
        self.0 as u32 >> KIND_SHIFT
    }

    pub(crate) const fn generation(self) -> u64 {
        (self.0 >> GENERATION_SHIFT) & GENERATION_MASK
    }

    /// Returns the payload of a word that is not closed. A closed word has flags instead.
    pub(crate) const fn payload(self) -> u64 {
        ((self.0 & HIGH_MASK) << LOW_BITS) | ((self.0 >> LOW_SHIFT) & LOW_MASK)
    }

    /// Returns the flags of a closed word.
    pub(crate) const fn flags(self) -> Flags {
        Flags { slow_admit: self.0 & SLOW_ADMIT != 0, window_due: self.0 & WINDOW_DUE != 0 }
    }

    /// Replaces the flags of a closed word.
    pub(crate) const fn with_flags(self, flags: Flags) -> Self {
        let slow_admit = if flags.slow_admit { SLOW_ADMIT } else { 0 };
        let window_due = if flags.window_due { WINDOW_DUE } else { 0 };
        Self((self.0 & !(SLOW_ADMIT | WINDOW_DUE)) | slow_admit | window_due)
    }

    /// Replaces the payload of a word that is not closed. This is no state change: the generation stays.
    pub(crate) const fn with_payload(self, payload: u64) -> Self {
        Self::new(self.kind(), self.generation(), payload)
    }

    /// Returns the numbers of successful and of failed probes of a half-open word.
    pub(crate) const fn probe_results(self) -> (u64, u64) {
        (self.payload() & PROBE_SUCCESSES_MASK, self.payload() >> PROBE_SUCCESSES_BITS)
    }

    /// Replaces the numbers of successful and of failed probes of a half-open word. Numbers that do not
    /// fit saturate.
    pub(crate) fn with_probe_results(self, successes: u64, failures: u64) -> Self {
        let successes = successes.min(PROBE_SUCCESSES_MASK);
        let failures = failures.min(PAYLOAD_MASK >> PROBE_SUCCESSES_BITS);
        self.with_payload((failures << PROBE_SUCCESSES_BITS) | successes)
    }

    /// Returns the word of the state that follows this one, with the next generation.
    pub(crate) const fn next(self, kind: StateKind, payload: u64) -> Self {
        Self::new(kind, self.generation() + 1, payload)
    }

    /// Returns the token of a call that needs no further check: the word is closed, forced closed, or
    /// closed in a dry run, and `SLOW_ADMIT` is not set.
    ///
    /// One branch, which is not taken while the breaker is closed: a jump over a second case took half a
    /// nanosecond. Such a word has no payload but its flags.
    #[inline(always)]
    pub(crate) const fn try_fast_admit(self) -> Option<CallToken> {
        if self.0 & SLOW_ADMIT == 0 { Some(CallToken(self.0 as u32 as u64)) } else { None }
    }

    /// Returns whether failures count: closed in automatic or observe mode.
    pub(crate) const fn is_closed(self) -> bool {
        self.kind_bits() & !(StateKind::ObserveClosed as u32) == 0
    }

    /// Returns whether the word is closed or forced closed and `SLOW_ADMIT` is set.
    #[inline(always)]
    pub(crate) const fn needs_slow_admit(self) -> bool {
        self.is_closed_or_forced_closed() && self.0 & SLOW_ADMIT != 0
    }

    /// Returns whether the breaker is open in automatic mode.
    #[inline]
    pub(crate) const fn is_open(self) -> bool {
        self.kind_bits() == StateKind::Open as u32
    }

    #[inline(always)]
    pub(crate) const fn is_closed_or_forced_closed(self) -> bool {
        self.kind_bits() < StateKind::Open as u32
    }

    pub(crate) const fn is_half_open(self) -> bool {
        let kind = self.kind_bits();
        kind == StateKind::HalfOpen as u32 || kind == StateKind::ObserveHalfOpen as u32
    }

    /// Returns the token of a call that this state admits.
    #[inline(always)]
    pub(crate) const fn token(self) -> CallToken {
        CallToken(self.0 & STATE_MASK)
    }
}

/// The two bits of a closed word that turn shortcuts off.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// Calls take the slow admission path.
    pub(crate) slow_admit: bool,
    /// Successes take the slow settle path.
    pub(crate) window_due: bool,
}

/// Returns the bits of a word that hold `payload`: the two parts around kind and generation.
pub(super) const fn payload_bits(payload: u64) -> u64 {
    (payload >> LOW_BITS) | ((payload & LOW_MASK) << LOW_SHIFT)
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    #[test]
    fn word_fields_are_independent() {
        for kind in StateKind::ALL {
            for generation in [0, 1, GENERATION_MASK] {
                for payload in [0, 1, PAYLOAD_MASK] {
                    let word = StateWord::new(kind, generation, payload);
                    assert_eq!(
                        (word.kind(), word.generation(), word.payload()),
                        (kind, generation, payload)
                    );
                }
            }
        }
    }

    #[test]
    fn payload_saturates_and_generation_wraps() {
        let word = StateWord::new(StateKind::Open, GENERATION_MASK, u64::MAX);
        assert_eq!(word.payload(), TICKS_MAX);
        assert_eq!(word.next(StateKind::Closed, 0), StateWord::initial(Flags::default()));
    }

    #[test]
    fn flags_change_nothing_else_of_a_closed_word() {
        for slow_admit in [false, true] {
            for window_due in [false, true] {
                let flags = Flags { slow_admit, window_due };
                let word = StateWord::new(StateKind::ObserveClosed, 9, 0).with_flags(flags);
                assert_eq!(word.flags(), flags);
                assert_eq!((word.kind(), word.generation()), (StateKind::ObserveClosed, 9));
                assert_eq!(word.with_flags(Flags::default()).flags(), Flags::default());
                assert_eq!(word.try_fast_admit(), (!slow_admit).then_some(word.token()));
                assert!(word.token().belongs_to(word));
            }
        }
    }
}
