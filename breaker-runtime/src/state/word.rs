//! The 64 bits that hold a breaker's state, and the token that a call keeps of them.
//!
//! ```text
//!  63  61 60        48 47          32   31   30                   0
//! ┌──────┬───────────┬──────────────┬──────┬──────────────────────┐
//! │ kind │ generation│ payload, high│ gate │ payload, low         │
//! └──────┴───────────┴──────────────┴──────┴──────────────────────┘
//! ```
//!
//! The payload is the failure streak while closed, the end of the open period (in [`Ticks`]) while
//! open, and the number of probe successes while half-open. State, generation and deadline are never
//! published apart, so no reader can pair a new state with an old deadline.
//!
//! Behind the *gate* no call is admitted on sight: every word has it that is not closed. It stands among the low
//! half of the payload, which is empty while closed and well, so that one look at that half decides the common
//! case. A closed word has it for policies that ask for more than counting failures in a
//! row, if the time of calls is to be measured, or if only a share of them runs. With a second flag, the *note*, a success is not counted on sight: it may have to do with a window. Where neither is set, all that a
//! policy costs is the same load and comparison as without it.
//!
//! The generation counts state changes modulo 2^13. The result of a late call is taken for a current one only if the
//! call lasted through an exact multiple of 8,192 state changes *and* the kind is the same again. A wider generation
//! has no room: the time at which an open state ends and at which a timed call began take up all other bits. What is
//! kept beside the word and tagged with a generation does not get that old: see [`crate::state::probe_slots`] and [`crate::state::open_history`].

use crate::time::{TICKS_BITS, TICKS_MAX, Ticks};

const PAYLOAD_MASK: u64 = TICKS_MAX;

const KIND_SHIFT: u32 = 61;
const GENERATION_SHIFT: u32 = 48;
const GENERATION_BITS: u32 = 13;
const HIGH_SHIFT: u32 = 32;
const LOW_BITS: u32 = 31;
const LOW_MASK: u64 = (1 << LOW_BITS) - 1;

const SLOW_ADMIT: u64 = 1 << LOW_BITS;
/// In a closed payload, above the streak.
const WINDOW_DUE: u64 = 1 << (LOW_BITS - 1);
const STREAK_MASK: u64 = WINDOW_DUE - 1;

/// Kind and generation.
const STATE_MASK: u64 = !((1 << GENERATION_SHIFT) - 1);

/// The longest streak that is counted.
pub(crate) const STREAK_MAX: u32 = STREAK_MASK as u32;

/// A probe's token has, in the place of a payload, `index 10 | began 32 | serial 4`. A breaker has at most 1024
/// probes.
const INDEX_SHIFT: u32 = BEGAN_SHIFT + u32::BITS;
const INDEX_MASK: u64 = (1 << 10) - 1;
const BEGAN_SHIFT: u32 = 4;

/// Bits of [`ProbeSlot::serial`].
pub(crate) const SERIAL_MASK: u64 = (1 << BEGAN_SHIFT) - 1;

/// Bits of [`StateWord::generation`].
pub(crate) const GENERATION_MASK: u64 = (1 << GENERATION_BITS) - 1;

/// State and mode in one number. The kinds that let every call run come first.
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
    /// Closed, generation 0, no failures: what a new breaker starts with.
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
                | spread(payload),
        )
    }

    pub(crate) const fn kind(self) -> StateKind {
        StateKind::ALL[(self.0 >> KIND_SHIFT) as usize]
    }

    pub(crate) const fn generation(self) -> u64 {
        (self.0 >> GENERATION_SHIFT) & GENERATION_MASK
    }

    /// Of a word that is not closed: a closed one has a streak and flags.
    pub(crate) const fn payload(self) -> u64 {
        (((self.0 & !STATE_MASK) >> HIGH_SHIFT) << LOW_BITS) | (self.0 & LOW_MASK)
    }

    /// Failures in a row, of a closed word.
    pub(crate) const fn streak(self) -> u64 {
        self.0 & STREAK_MASK
    }

    /// Of a closed word.
    pub(crate) fn with_streak(self, streak: u64) -> Self {
        Self((self.0 & !STREAK_MASK) | streak.min(STREAK_MASK))
    }

    /// Of a closed word.
    pub(crate) const fn flags(self) -> Flags {
        Flags { slow_admit: self.0 & SLOW_ADMIT != 0, window_due: self.0 & WINDOW_DUE != 0 }
    }

    /// Of a closed word.
    pub(crate) const fn with_flags(self, flags: Flags) -> Self {
        let slow_admit = if flags.slow_admit { SLOW_ADMIT } else { 0 };
        let window_due = if flags.window_due { WINDOW_DUE } else { 0 };
        Self((self.0 & !(SLOW_ADMIT | WINDOW_DUE)) | slow_admit | window_due)
    }

    /// The same state with another payload: no state change, so the generation stays.
    pub(crate) const fn with_payload(self, payload: u64) -> Self {
        Self::new(self.kind(), self.generation(), payload)
    }

    /// The state that follows this one: a new generation.
    pub(crate) const fn next(self, kind: StateKind, payload: u64) -> Self {
        Self::new(kind, self.generation() + 1, payload)
    }

    /// The token of a call that runs on sight: closed, forced closed, or closed in a dry run, and no gate.
    #[inline(always)]
    pub(crate) const fn try_fast_admit(self) -> Option<CallToken> {
        if self.0 as u32 == 0 {
            Some(CallToken(self.0))
        } else if self.0 & SLOW_ADMIT == 0 {
            Some(self.token())
        } else {
            None
        }
    }

    /// Closed by itself or in a dry run: where failures are counted.
    pub(crate) const fn is_closed(self) -> bool {
        matches!(self.kind(), StateKind::Closed | StateKind::ObserveClosed)
    }

    /// Closed, and calls are not admitted on sight.
    #[inline]
    pub(crate) const fn needs_slow_admit(self) -> bool {
        self.is_closed_or_forced_closed() && self.flags().slow_admit
    }

    /// Open by itself.
    #[inline]
    pub(crate) const fn is_open(self) -> bool {
        self.0 >> KIND_SHIFT == StateKind::Open as u64
    }

    pub(crate) const fn is_closed_or_forced_closed(self) -> bool {
        matches!(self.kind(), StateKind::Closed | StateKind::ForcedClosed | StateKind::ObserveClosed)
    }

    pub(crate) const fn is_half_open(self) -> bool {
        matches!(self.kind(), StateKind::HalfOpen | StateKind::ObserveHalfOpen)
    }

    /// The token of a call that this state admits.
    #[inline(always)]
    pub(crate) const fn token(self) -> CallToken {
        CallToken(self.0 & STATE_MASK)
    }
}

/// What a closed word asks for besides counting failures in a row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Flags {
    /// Calls are not admitted on sight.
    pub(crate) slow_admit: bool,
    /// Successes are not counted on sight.
    pub(crate) window_due: bool,
}

const fn spread(payload: u64) -> u64 {
    ((payload >> LOW_BITS) << HIGH_SHIFT) | (payload & LOW_MASK)
}

/// Times before this would look like a streak, which is counted in the same bits.
const EARLIEST: Ticks = UNTIMED + 1;

/// In a token: the call holds a place of the bulkhead. Such a token is in no way like a word, whose gate is the same
/// bit: no short cut takes it for one whose call has nothing to give back.
const PLACE: u64 = SLOW_ADMIT;
/// What stands for the time in a token with a place whose call is not timed: a closed word has nothing up there.
const UNTIMED: Ticks = LOW_MASK + 1;
/// The same for a probe's: no half-open word has counted so many successes.
const PROBE_WITH_PLACE: u64 = 1 << (TICKS_BITS - 1);

/// What an admitted call keeps: kind and generation of the state that admitted it and, for a probe, its
/// slot. It is a plain number, so that carrying it through a call costs one register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CallToken(u64);

impl CallToken {
    pub(crate) const fn probe(word: StateWord, slot: ProbeSlot) -> Self {
        Self(
            word.token().0
                | spread(
                    ((slot.index as u64 & INDEX_MASK) << INDEX_SHIFT)
                        | ((slot.began as u64) << BEGAN_SHIFT)
                        | slot.serial as u64,
                ),
        )
    }

    /// The token of a call whose time is measured.
    pub(crate) fn timed(word: StateWord, began: Ticks) -> Self {
        Self(word.token().0 | spread(began.clamp(EARLIEST, TICKS_MAX)))
    }

    /// The same for a call that a dry run lets through where the breaker would have rejected it.
    pub(crate) const fn bypassed(self) -> Self {
        let word = StateWord(self.0);
        Self(StateWord::new(StateKind::ObserveOpen, word.generation(), word.payload()).0 & !SLOW_ADMIT)
    }

    /// When the call began, if that is measured and the token is not a probe's.
    pub(crate) const fn began(self) -> Option<Ticks> {
        match (self.probe_slot(), StateWord(self.0).payload()) {
            (Some(_), _) | (None, 0) => None,
            (None, began) => Some(began),
        }
    }

    /// The same for a call that holds a place of the bulkhead. Not for one that is bypassed.
    pub(crate) const fn with_permit(self) -> Self {
        let word = StateWord(self.0);
        let payload = match self.probe_slot() {
            Some(_) => word.payload() | PROBE_WITH_PLACE,
            None if word.payload() == 0 => UNTIMED,
            None => word.payload(),
        };
        Self(word.token().0 | spread(payload) | PLACE)
    }

    /// As it was before [`CallToken::with_permit`].
    pub(crate) const fn without_permit(self) -> Self {
        let word = StateWord(self.0);
        let payload = match self.probe_slot() {
            Some(_) => word.payload() & !PROBE_WITH_PLACE,
            None if word.payload() == UNTIMED => 0,
            None => word.payload(),
        };
        Self(word.token().0 | spread(payload))
    }

    pub(crate) const fn holds_permit(self) -> bool {
        self.0 & PLACE != 0
    }

    /// The state that admitted the call, with nothing else.
    pub(crate) const fn state(self) -> StateWord {
        StateWord(self.0 & STATE_MASK)
    }

    pub(crate) const fn is_bypassed(self) -> bool {
        matches!(StateWord(self.0).kind(), StateKind::ObserveOpen)
    }

    pub(crate) const fn probe_slot(self) -> Option<ProbeSlot> {
        let word = StateWord(self.0);
        match word.kind() {
            StateKind::HalfOpen | StateKind::ObserveHalfOpen => Some(ProbeSlot {
                index: ((word.payload() >> INDEX_SHIFT) & INDEX_MASK) as u16,
                began: (word.payload() >> BEGAN_SHIFT) as u32,
                serial: (word.payload() & SERIAL_MASK) as u8,
            }),
            _ => None,
        }
    }

    pub(crate) const fn generation(self) -> u64 {
        StateWord(self.0).generation()
    }

    /// Whether the breaker is still in the very state that admitted the call.
    pub(crate) const fn belongs_to(self, word: StateWord) -> bool {
        (self.0 ^ word.0) & STATE_MASK == 0
    }

    /// Whether the word is closed by itself and without flags, of this token's generation, whatever its streak.
    #[inline(always)]
    pub(crate) const fn matches_closed_without_flags(self, word: StateWord) -> bool {
        self.0 == word.0 & !STREAK_MASK && word.0 >> KIND_SHIFT == StateKind::Closed as u64
    }

    /// Whether the word is closed by itself, of this token's generation, with an empty streak and a note.
    #[inline(always)]
    pub(crate) const fn matches_idle_window_due(self, word: StateWord) -> bool {
        self.0 | WINDOW_DUE == word.0 && word.0 >> KIND_SHIFT == StateKind::Closed as u64
    }

    /// Whether the word is closed, of this token's generation, with an empty streak, a gate and no note: as
    /// [`CallToken::matches_idle`], where every call has to pass the gate.
    #[inline(always)]
    pub(crate) const fn matches_idle_slow_admit(self, word: StateWord) -> bool {
        self.0 | SLOW_ADMIT == word.0 && word.is_closed_or_forced_closed()
    }

    /// Whether the word is closed, of this token's generation, with an empty streak and no flags: then a success has
    /// nothing to change.
    #[inline(always)]
    pub(crate) const fn matches_idle(self, word: StateWord) -> bool {
        self.0 == word.0
    }
}

/// One of the places for probes in flight, and which of its successive holders this is: one holder
/// began before the next one, and the serial tells them apart where a clock stood still or stepped back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ProbeSlot {
    pub(crate) index: u16,
    /// The low 32 bits of the time at which the probe began.
    pub(crate) began: u32,
    pub(crate) serial: u8,
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    #[test]
    fn fields_do_not_leak_into_each_other() {
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
    fn flags_and_streak_are_apart() {
        for slow_admit in [false, true] {
            for window_due in [false, true] {
                let flags = Flags { slow_admit, window_due };
                let word = StateWord::new(StateKind::ObserveClosed, 9, 0)
                    .with_flags(flags)
                    .with_streak(u64::MAX);
                assert_eq!((word.flags(), word.streak()), (flags, u64::from(STREAK_MAX)));
                assert_eq!((word.kind(), word.generation()), (StateKind::ObserveClosed, 9));
                assert_eq!(word.with_flags(Flags::default()).flags(), Flags::default());
                assert_eq!(word.try_fast_admit(), (!slow_admit).then_some(word.token()));
                assert!(word.token().belongs_to(word));
            }
        }
    }

    /// The time stands where the word has its streak: no time may look like a streak.
    #[test]
    fn a_measured_call_does_not_pass_for_one_with_nothing_to_change() {
        let word = StateWord::new(StateKind::Closed, 9, 0).with_streak(7);
        assert!(!CallToken::timed(word, 7).matches_idle(word));
        assert_eq!(CallToken::timed(word, 1 << 40).began(), Some(1 << 40));
        assert_eq!(word.token().began(), None);
        let late = CallToken::timed(word, u64::MAX);
        assert!(late.belongs_to(word) && late.began() == Some(TICKS_MAX));
    }

    #[test]
    fn a_place_is_held_by_the_token_alone() {
        let closed = [StateKind::Closed, StateKind::ForcedClosed, StateKind::ObserveClosed];
        let closed = closed.into_iter().flat_map(|kind| {
            let word = StateWord::new(kind, 9, 0);
            [word.token(), CallToken::timed(word, 0), CallToken::timed(word, TICKS_MAX)]
        });
        let probes = [StateKind::HalfOpen, StateKind::ObserveHalfOpen].into_iter().flat_map(|kind| {
            let word = StateWord::new(kind, 9, 0);
            [(0, 0, 1), (1023, u32::MAX, 15)]
                .map(|(index, began, serial)| CallToken::probe(word, ProbeSlot { index, began, serial }))
        });
        for token in closed.chain(probes) {
            let with_permit = token.with_permit();
            assert!(with_permit.holds_permit() && !token.holds_permit());
            assert_eq!(with_permit.without_permit(), token);
            assert_eq!(with_permit.state(), token.state());
        }
    }

    /// Or the place would never come back: a success that is counted on sight has nothing to give back.
    #[test]
    fn a_token_with_a_place_does_not_pass_for_a_word() {
        let streaks = [0, 1, u64::MAX];
        for kind in [StateKind::Closed, StateKind::ForcedClosed, StateKind::ObserveClosed] {
            for (slow_admit, window_due, streak) in [false, true]
                .into_iter()
                .flat_map(|slow_admit| [false, true].map(|window_due| (slow_admit, window_due)))
                .flat_map(|(slow_admit, window_due)| {
                    streaks.map(|streak| (slow_admit, window_due, streak))
                })
            {
                let word = StateWord::new(kind, 9, 0)
                    .with_flags(Flags { slow_admit, window_due })
                    .with_streak(streak);
                for token in [word.token(), CallToken::timed(word, 0)].map(CallToken::with_permit) {
                    let like = token.matches_idle(word)
                        || token.matches_closed_without_flags(word)
                        || token.matches_idle_window_due(word);
                    assert!(!like, "{word:?}");
                }
            }
        }
        let word = StateWord::new(StateKind::Closed, 9, 0)
            .with_flags(Flags { slow_admit: true, window_due: false });
        assert!(word.token().with_permit().without_permit().matches_idle_slow_admit(word));
        assert!(!word.token().matches_idle_slow_admit(word.with_streak(1)));
        for kind in [StateKind::HalfOpen, StateKind::ObserveHalfOpen] {
            for successes in [0, 1, 15, u64::from(u32::MAX)] {
                let word = StateWord::new(kind, 9, successes);
                let slot = ProbeSlot { index: 0, began: 0, serial: (successes & 15) as u8 };
                assert!(!CallToken::probe(word, slot).with_permit().matches_idle(word));
            }
        }
    }

    /// Each shortcut skips what the long way would look at.
    #[test]
    fn shortcut_takes_only_words_that_leave_nothing_to_do() {
        let word = |kind, slow_admit, window_due, streak| {
            StateWord::new(kind, 9, 0).with_flags(Flags { slow_admit, window_due }).with_streak(streak)
        };
        let token = word(StateKind::Closed, false, false, 0).token();
        let taken_by = |word| {
            let behind_gate = token.matches_idle_slow_admit(word);
            let noted = token.matches_idle_window_due(word);
            [token.matches_idle(word), token.matches_closed_without_flags(word), noted, behind_gate]
        };
        for (closed, by) in [
            ((false, false, 0), [true, true, false, false]),
            ((false, false, 3), [false, true, false, false]),
            ((false, true, 0), [false, false, true, false]),
            ((false, true, 3), [false; 4]),
            ((true, false, 0), [false, false, false, true]),
            ((true, false, 3), [false; 4]),
            ((true, true, 0), [false; 4]),
        ] {
            let (slow_admit, window_due, streak) = closed;
            let closed = word(StateKind::Closed, slow_admit, window_due, streak);
            assert_eq!(taken_by(closed), by, "{closed:?}");
            assert_eq!(
                taken_by(closed.next(StateKind::Closed, 0).with_flags(closed.flags())),
                [false; 4]
            );
        }
        // Others than a plain closed word are for the long way, but for a success that changes nothing.
        let forced = word(StateKind::ForcedClosed, false, false, 0);
        let token = forced.token();
        assert!(token.matches_idle(forced) && !token.matches_closed_without_flags(forced));
        assert!(!token.matches_idle_window_due(word(StateKind::ForcedClosed, false, true, 0)));
        assert!(token.matches_idle_slow_admit(word(StateKind::ForcedClosed, true, false, 0)));
    }

    #[test]
    fn a_probe_token_keeps_its_slot() {
        let word = StateWord::new(StateKind::HalfOpen, 9, 1);
        for slot in [
            ProbeSlot { index: 1023, began: u32::MAX, serial: 15 },
            ProbeSlot { index: 0, began: 0, serial: 1 },
        ] {
            let token = CallToken::probe(word, slot);
            assert_eq!(token.probe_slot(), Some(slot));
            assert!(!token.matches_idle(word));
        }
        let slot = ProbeSlot { index: 0, began: 0, serial: 1 };
        let token = CallToken::probe(word, slot);
        assert!(token.belongs_to(word.with_payload(2)));
        assert!(!token.belongs_to(word.next(StateKind::Closed, 0)));
    }
}
