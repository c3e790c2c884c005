//! The token that an admitted call keeps of the state that admitted it.
//!
//! A token is a plain number with the layout of a [`StateWord`]: kind and generation are those of the
//! word, and the payload holds the start of a timed call, or the slot of a probe. Carrying it through a
//! call costs one register.
//!
//! # Invariants
//!
//! - A token belongs to a word if kind and generation are equal. The result of any other token is late.
//! - A token that holds a concurrency permit never equals a word, so no shortcut settles its call: the
//!   permit would not be released.
//! - The start of a timed call never looks like the flags, which a closed word has in the same bits.

use crate::state::word::{
    GENERATION_SHIFT, LOW_BITS, LOW_MASK, LOW_SHIFT, SLOW_ADMIT, STATE_MASK, StateKind, StateWord,
    WINDOW_DUE, payload_bits,
};
use crate::time::{TICKS_BITS, TICKS_MAX, Ticks};

/// The payload of a probe's token is `index 10 | began 32 | serial 4`. A breaker has at most 1024
/// probes.
const INDEX_SHIFT: u32 = BEGAN_SHIFT + u32::BITS;
const INDEX_MASK: u64 = (1 << 10) - 1;
const BEGAN_SHIFT: u32 = 4;

/// The bits of [`ProbeSlot::serial`].
pub(crate) const SERIAL_MASK: u64 = (1 << BEGAN_SHIFT) - 1;

/// The earliest start of a timed call. Earlier times would look like flags, or like no start.
const EARLIEST: Ticks = UNTIMED + 1;

/// The call holds a concurrency permit. The bit is `SLOW_ADMIT` of a word.
const PERMIT: u64 = SLOW_ADMIT;
/// The payload of a token with a permit and without a start. No closed word has these bits.
const UNTIMED: Ticks = LOW_MASK + 1;
/// The payload bit of a probe's token with a permit. No half-open word has counted so many successes.
const PROBE_WITH_PERMIT: u64 = 1 << (TICKS_BITS - 1);

/// The bits of the start of a call that hold the number of its attempt, if it is stored there.
#[cfg(feature = "record")]
const ATTEMPT_MASK: u64 = 7;
/// The highest number of an attempt that is stored.
#[cfg(feature = "record")]
const MOST_ATTEMPTS: u32 = 8;

/// The proof of admission that a call carries: kind and generation of the state that admitted it, and
/// the slot of a probe or the start of a timed call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct CallToken(pub(super) u64);

impl CallToken {
    /// Returns the token of a probe that holds `slot`.
    pub(crate) const fn probe(word: StateWord, slot: ProbeSlot) -> Self {
        Self(
            word.token().0
                | payload_bits(
                    ((slot.index as u64 & INDEX_MASK) << INDEX_SHIFT)
                        | ((slot.began as u64) << BEGAN_SHIFT)
                        | slot.serial as u64,
                ),
        )
    }

    /// Returns the token of a call with a measured duration.
    pub(crate) fn timed(word: StateWord, began: Ticks) -> Self {
        Self(word.token().0 | payload_bits(began.clamp(EARLIEST, TICKS_MAX)))
    }

    /// Returns what [`timed`](Self::timed) does; `None` if the start is out of range.
    #[inline(always)]
    pub(crate) const fn try_timed(word: StateWord, began: Ticks) -> Option<Self> {
        // By the high part alone, which is needed anyway: 36 minutes at the beginning are out of range.
        let high = began >> LOW_BITS;
        if high.wrapping_sub(2) > (TICKS_MAX >> LOW_BITS) - 2 {
            return None;
        }
        // A closed word has nothing else in its low half.
        Some(Self(word.0 as u32 as u64 | high | (began & LOW_MASK) << LOW_SHIFT))
    }

    /// Returns what [`timed`](Self::timed) does for a reading that may be out of range. A huge one is
    /// that of a clock that was set back to before its origin.
    #[inline(always)]
    pub(crate) fn timed_unclamped(word: StateWord, began: Ticks) -> Self {
        Self::try_timed(word, began).unwrap_or_else(|| Self::timed_at_an_end(word, began))
    }

    #[cold]
    #[inline(never)]
    fn timed_at_an_end(word: StateWord, began: Ticks) -> Self {
        Self::timed(word, if began > Ticks::MAX / 2 { 0 } else { began })
    }

    /// Returns the token with this start. A probe keeps its slot, which has one.
    #[cfg(feature = "inject")]
    pub(crate) fn restarted(self, began: Ticks) -> Self {
        if self.probe_slot().is_some() {
            return self;
        }
        #[cfg(feature = "record")]
        let began = began & !ATTEMPT_MASK | self.began().unwrap_or_default() & ATTEMPT_MASK;
        let timed = Self::timed(StateWord(self.0), began);
        if self.holds_permit() { timed.with_permit() } else { timed }
    }

    /// Returns the token of a timed call with the number of its attempt, from 1, in the low bits of its
    /// start, which changes by up to 7 microseconds. A higher number than 8 is stored as 8. A probe has
    /// no room for one.
    #[cfg(feature = "record")]
    pub(crate) fn with_attempt(self, attempt: u32) -> Self {
        // A call that is not timed must not look like one that began long ago.
        let Some(began) = self.began().filter(|began| *began >= EARLIEST) else { return self };
        let bits = u64::from(attempt.clamp(1, MOST_ATTEMPTS) - 1);
        let timed = Self::timed(StateWord(self.0), began & !ATTEMPT_MASK | bits);
        if self.holds_permit() { timed.with_permit() } else { timed }
    }

    /// Returns a number that the tokens of one call have in common, whatever holds a permit or the
    /// number of an attempt. Calls that the same state admits within 8 microseconds have the same.
    #[cfg(any(feature = "shadow", breaker_loom))]
    pub(crate) const fn identity(self) -> u64 {
        let Self(token) = self.without_permit();
        if self.probe_slot().is_some() { token } else { token & !payload_bits(7) }
    }

    /// Returns the number of the attempt of a timed call, from 1, if it was stored.
    #[cfg(feature = "record")]
    pub(crate) const fn attempt(self) -> u32 {
        match self.began() {
            Some(began) => (began & ATTEMPT_MASK) as u32 + 1,
            None => 1,
        }
    }

    /// Marks the token of a call that observe mode lets through although the breaker would reject it.
    pub(crate) const fn bypassed(self) -> Self {
        let word = StateWord(self.0);
        Self(StateWord::new(StateKind::ObserveOpen, word.generation(), word.payload()).0 & !SLOW_ADMIT)
    }

    /// Returns the start of a timed call of a closed breaker.
    #[inline(always)]
    pub(crate) const fn payload(self) -> Ticks {
        StateWord(self.0).payload()
    }

    /// Returns when the call began, or `None` for a probe and for a call that is not timed.
    pub(crate) const fn began(self) -> Option<Ticks> {
        match (self.probe_slot(), StateWord(self.0).payload()) {
            (Some(_), _) | (None, 0) => None,
            (None, began) => Some(began),
        }
    }

    /// Marks the token of a call that holds a concurrency permit. A bypassed call never holds one.
    pub(crate) const fn with_permit(self) -> Self {
        let word = StateWord(self.0);
        let payload = match self.probe_slot() {
            Some(_) => word.payload() | PROBE_WITH_PERMIT,
            None if word.payload() == 0 => UNTIMED,
            None => word.payload(),
        };
        Self(word.token().0 | payload_bits(payload) | PERMIT)
    }

    /// Returns the token of a call that is not timed and holds a concurrency permit, in the state of a
    /// word that is closed or forced closed.
    #[inline(always)]
    pub(crate) const fn untimed_with_permit(word: StateWord) -> Self {
        Self(word.token().0 | payload_bits(UNTIMED) | PERMIT)
    }

    /// Reverts [`CallToken::with_permit`].
    pub(crate) const fn without_permit(self) -> Self {
        let word = StateWord(self.0);
        let payload = match self.probe_slot() {
            Some(_) => word.payload() & !PROBE_WITH_PERMIT,
            None if word.payload() == UNTIMED => 0,
            None => word.payload(),
        };
        Self(word.token().0 | payload_bits(payload))
    }

    /// Returns whether the token is a probe's, of a timed call, or holds a permit.
    pub(crate) const fn has_payload(self) -> bool {
        self.0 & !STATE_MASK != 0
    }

    #[inline(always)]
    pub(crate) const fn holds_permit(self) -> bool {
        self.0 & PERMIT != 0
    }

    /// Returns the kind and generation that admitted the call, with an empty payload.
    pub(crate) const fn state(self) -> StateWord {
        StateWord(self.0 & STATE_MASK)
    }

    /// Returns whether the call runs only because of observe mode.
    pub(crate) const fn is_bypassed(self) -> bool {
        StateWord(self.0).kind_bits() == StateKind::ObserveOpen as u32
    }

    /// Returns the slot that the call holds, if it is a probe.
    pub(crate) const fn probe_slot(self) -> Option<ProbeSlot> {
        let word = StateWord(self.0);
        if !word.is_half_open() {
            return None;
        }
        Some(ProbeSlot {
            index: ((word.payload() >> INDEX_SHIFT) & INDEX_MASK) as u16,
            began: (word.payload() >> BEGAN_SHIFT) as u32,
            serial: (word.payload() & SERIAL_MASK) as u8,
        })
    }

    pub(crate) const fn generation(self) -> u64 {
        StateWord(self.0).generation()
    }

    /// Returns whether the breaker is still in the state that admitted the call.
    pub(crate) const fn belongs_to(self, word: StateWord) -> bool {
        (self.0 ^ word.0) & STATE_MASK == 0
    }

    /// Returns whether `word` is closed in automatic mode and has this token's generation and no flags.
    #[inline(always)]
    pub(crate) const fn matches_closed_without_flags(self, word: StateWord) -> bool {
        self.0 == word.0 && word.kind_bits() == StateKind::Closed as u32
    }

    /// Returns whether `word` is closed in automatic or observe mode and has this token's generation,
    /// with any flags.
    #[inline(always)]
    pub(crate) const fn belongs_to_closed(self, word: StateWord) -> bool {
        word.is_closed() && self.belongs_to(word)
    }

    /// Returns whether `word` is closed in any mode and has this token's generation and `SLOW_ADMIT`
    /// alone.
    #[inline(always)]
    pub(crate) const fn matches_idle_slow_admit(self, word: StateWord) -> bool {
        self.0 | SLOW_ADMIT == word.0 && word.is_closed_or_forced_closed()
    }

    /// Returns whether `word` is closed in any mode, has `SLOW_ADMIT` alone, and this is the token of a
    /// call that it has admitted with a permit and without a start.
    #[inline(always)]
    pub(crate) const fn has_permit_of_idle(self, word: StateWord) -> bool {
        // A probe's token has a bit that no half-open word has, and no other state gives permits.
        self.0 ^ word.0 == payload_bits(UNTIMED)
    }

    /// Returns whether `word` is closed in automatic or observe mode, has this token's generation and
    /// `WINDOW_DUE` alone.
    #[inline(always)]
    pub(crate) const fn matches_due(self, word: StateWord) -> bool {
        // Tokens of open and half-open states differ from the word in `SLOW_ADMIT`, or have the bit of a
        // probe with a permit.
        self.0 ^ word.0 == WINDOW_DUE && word.is_closed()
    }

    /// Returns whether the start of this timed call is not before `earliest`, which may be above the
    /// maximum: then no start is late enough.
    #[inline(always)]
    pub(crate) const fn began_since(self, earliest: Ticks) -> bool {
        // The parts of the start in their order, with the bit of `SLOW_ADMIT` between them: they are
        // compared as they stand, and that of the time is moved there.
        let began = self.0.rotate_right(GENERATION_SHIFT) >> GENERATION_SHIFT;
        began >= earliest.wrapping_add(earliest & !LOW_MASK)
    }

    /// Returns whether `word` is closed and has this token's generation and no flags: a success then
    /// changes nothing.
    #[inline(always)]
    pub(crate) const fn matches_idle(self, word: StateWord) -> bool {
        self.0 == word.0
    }
}

/// A slot for a probe in flight, and which of its successive holders this is. Two holders differ in
/// their start, or in the serial if the clock stood still or stepped back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProbeSlot {
    pub(crate) index: u16,
    /// The low 32 bits of the time at which the probe began.
    pub(crate) began: u32,
    pub(crate) serial: u8,
}

#[cfg(all(test, not(breaker_loom)))]
mod tests;
