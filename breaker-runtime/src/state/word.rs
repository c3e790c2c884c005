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

const GATE: u64 = 1 << LOW_BITS;
/// In a closed payload, above the streak.
const NOTE: u64 = 1 << (LOW_BITS - 1);
const STREAK_MASK: u64 = NOTE - 1;

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
pub(crate) enum Kind {
    Closed = 0,
    ForcedClosed = 1,
    ObserveClosed = 2,
    Open = 3,
    HalfOpen = 4,
    ForcedOpen = 5,
    ObserveOpen = 6,
    ObserveHalfOpen = 7,
}

impl Kind {
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

    pub(crate) const fn new(kind: Kind, generation: u64, payload: u64) -> Self {
        let payload = if payload > PAYLOAD_MASK { PAYLOAD_MASK } else { payload };
        let gate = if kind as u64 >= Kind::Open as u64 { GATE } else { 0 };
        Self(
            ((kind as u64) << KIND_SHIFT)
                | ((generation & GENERATION_MASK) << GENERATION_SHIFT)
                | gate
                | spread(payload),
        )
    }

    pub(crate) const fn kind(self) -> Kind {
        Kind::ALL[(self.0 >> KIND_SHIFT) as usize]
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
        Flags { gate: self.0 & GATE != 0, note: self.0 & NOTE != 0 }
    }

    /// Of a closed word.
    pub(crate) const fn with_flags(self, flags: Flags) -> Self {
        let gate = if flags.gate { GATE } else { 0 };
        let note = if flags.note { NOTE } else { 0 };
        Self((self.0 & !(GATE | NOTE)) | gate | note)
    }

    /// The same state with another payload: no state change, so the generation stays.
    pub(crate) const fn with_payload(self, payload: u64) -> Self {
        Self::new(self.kind(), self.generation(), payload)
    }

    /// The state that follows this one: a new generation.
    pub(crate) const fn next(self, kind: Kind, payload: u64) -> Self {
        Self::new(kind, self.generation() + 1, payload)
    }

    /// The token of a call that runs on sight: closed, forced closed, or closed in a dry run, and no gate.
    #[inline(always)]
    pub(crate) const fn admit_on_sight(self) -> Option<CallToken> {
        if self.0 as u32 == 0 {
            Some(CallToken(self.0))
        } else if self.0 & GATE == 0 {
            Some(self.token())
        } else {
            None
        }
    }

    /// Closed by itself or in a dry run: where failures are counted.
    pub(crate) const fn is_closed(self) -> bool {
        matches!(self.kind(), Kind::Closed | Kind::ObserveClosed)
    }

    /// Closed, and calls are not admitted on sight.
    #[inline]
    pub(crate) const fn is_gated(self) -> bool {
        self.is_closed_or_forced_closed() && self.flags().gate
    }

    /// Open by itself.
    #[inline]
    pub(crate) const fn is_open(self) -> bool {
        self.0 >> KIND_SHIFT == Kind::Open as u64
    }

    pub(crate) const fn is_closed_or_forced_closed(self) -> bool {
        matches!(self.kind(), Kind::Closed | Kind::ForcedClosed | Kind::ObserveClosed)
    }

    pub(crate) const fn is_half_open(self) -> bool {
        matches!(self.kind(), Kind::HalfOpen | Kind::ObserveHalfOpen)
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
    pub(crate) gate: bool,
    /// Successes are not counted on sight.
    pub(crate) note: bool,
}

const fn spread(payload: u64) -> u64 {
    ((payload >> LOW_BITS) << HIGH_SHIFT) | (payload & LOW_MASK)
}

/// Times before this would look like a streak, which is counted in the same bits.
const EARLIEST: Ticks = UNTIMED + 1;

/// In a token: the call holds a place of the bulkhead. Such a token is in no way like a word, whose gate is the same
/// bit: no short cut takes it for one whose call has nothing to give back.
const PLACE: u64 = GATE;
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
    pub(crate) const fn unfenced(self) -> Self {
        let word = StateWord(self.0);
        Self(StateWord::new(Kind::ObserveOpen, word.generation(), word.payload()).0 & !GATE)
    }

    /// When the call began, if that is measured and the token is not a probe's.
    pub(crate) const fn began(self) -> Option<Ticks> {
        match (self.probe_slot(), StateWord(self.0).payload()) {
            (Some(_), _) | (None, 0) => None,
            (None, began) => Some(began),
        }
    }

    /// The same for a call that holds a place of the bulkhead. Not for one that is unfenced.
    pub(crate) const fn with_place(self) -> Self {
        let word = StateWord(self.0);
        let payload = match self.probe_slot() {
            Some(_) => word.payload() | PROBE_WITH_PLACE,
            None if word.payload() == 0 => UNTIMED,
            None => word.payload(),
        };
        Self(word.token().0 | spread(payload) | PLACE)
    }

    /// As it was before [`CallToken::with_place`].
    pub(crate) const fn without_place(self) -> Self {
        let word = StateWord(self.0);
        let payload = match self.probe_slot() {
            Some(_) => word.payload() & !PROBE_WITH_PLACE,
            None if word.payload() == UNTIMED => 0,
            None => word.payload(),
        };
        Self(word.token().0 | spread(payload))
    }

    pub(crate) const fn holds_place(self) -> bool {
        self.0 & PLACE != 0
    }

    /// The state that admitted the call, with nothing else.
    pub(crate) const fn state(self) -> StateWord {
        StateWord(self.0 & STATE_MASK)
    }

    pub(crate) const fn is_unfenced(self) -> bool {
        matches!(StateWord(self.0).kind(), Kind::ObserveOpen)
    }

    pub(crate) const fn probe_slot(self) -> Option<ProbeSlot> {
        let word = StateWord(self.0);
        match word.kind() {
            Kind::HalfOpen | Kind::ObserveHalfOpen => Some(ProbeSlot {
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
    pub(crate) const fn is_of_plain_closed(self, word: StateWord) -> bool {
        self.0 == word.0 & !STREAK_MASK && word.0 >> KIND_SHIFT == Kind::Closed as u64
    }

    /// Whether the word is closed by itself, of this token's generation, with an empty streak and a note.
    #[inline(always)]
    pub(crate) const fn is_of_noted_closed(self, word: StateWord) -> bool {
        self.0 | NOTE == word.0 && word.0 >> KIND_SHIFT == Kind::Closed as u64
    }

    /// Whether the word is closed, of this token's generation, with an empty streak, a gate and no note: as
    /// [`CallToken::is_untouched`], where every call has to pass the gate.
    #[inline(always)]
    pub(crate) const fn is_untouched_behind_gate(self, word: StateWord) -> bool {
        self.0 | GATE == word.0 && word.is_closed_or_forced_closed()
    }

    /// Whether the word is closed, of this token's generation, with an empty streak and no flags: then a success has
    /// nothing to change.
    #[inline(always)]
    pub(crate) const fn is_untouched(self, word: StateWord) -> bool {
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
        for kind in Kind::ALL {
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
        let word = StateWord::new(Kind::Open, GENERATION_MASK, u64::MAX);
        assert_eq!(word.payload(), TICKS_MAX);
        assert_eq!(word.next(Kind::Closed, 0), StateWord::initial(Flags::default()));
    }

    #[test]
    fn flags_and_streak_are_apart() {
        for gate in [false, true] {
            for note in [false, true] {
                let flags = Flags { gate, note };
                let word =
                    StateWord::new(Kind::ObserveClosed, 9, 0).with_flags(flags).with_streak(u64::MAX);
                assert_eq!((word.flags(), word.streak()), (flags, u64::from(STREAK_MAX)));
                assert_eq!((word.kind(), word.generation()), (Kind::ObserveClosed, 9));
                assert_eq!(word.with_flags(Flags::default()).flags(), Flags::default());
                assert_eq!(word.admit_on_sight(), (!gate).then_some(word.token()));
                assert!(word.token().belongs_to(word));
            }
        }
    }

    /// The time stands where the word has its streak: no time may look like a streak.
    #[test]
    fn a_measured_call_does_not_pass_for_one_with_nothing_to_change() {
        let word = StateWord::new(Kind::Closed, 9, 0).with_streak(7);
        assert!(!CallToken::timed(word, 7).is_untouched(word));
        assert_eq!(CallToken::timed(word, 1 << 40).began(), Some(1 << 40));
        assert_eq!(word.token().began(), None);
        let late = CallToken::timed(word, u64::MAX);
        assert!(late.belongs_to(word) && late.began() == Some(TICKS_MAX));
    }

    #[test]
    fn a_place_is_held_by_the_token_alone() {
        let closed = [Kind::Closed, Kind::ForcedClosed, Kind::ObserveClosed];
        let closed = closed.into_iter().flat_map(|kind| {
            let word = StateWord::new(kind, 9, 0);
            [word.token(), CallToken::timed(word, 0), CallToken::timed(word, TICKS_MAX)]
        });
        let probes = [Kind::HalfOpen, Kind::ObserveHalfOpen].into_iter().flat_map(|kind| {
            let word = StateWord::new(kind, 9, 0);
            [(0, 0, 1), (1023, u32::MAX, 15)]
                .map(|(index, began, serial)| CallToken::probe(word, ProbeSlot { index, began, serial }))
        });
        for token in closed.chain(probes) {
            let with_place = token.with_place();
            assert!(with_place.holds_place() && !token.holds_place());
            assert_eq!(with_place.without_place(), token);
            assert_eq!(with_place.state(), token.state());
        }
    }

    /// Or the place would never come back: a success that is counted on sight has nothing to give back.
    #[test]
    fn a_token_with_a_place_does_not_pass_for_a_word() {
        let streaks = [0, 1, u64::MAX];
        for kind in [Kind::Closed, Kind::ForcedClosed, Kind::ObserveClosed] {
            for (gate, note, streak) in [false, true]
                .into_iter()
                .flat_map(|gate| [false, true].map(|note| (gate, note)))
                .flat_map(|(gate, note)| streaks.map(|streak| (gate, note, streak)))
            {
                let word =
                    StateWord::new(kind, 9, 0).with_flags(Flags { gate, note }).with_streak(streak);
                for token in [word.token(), CallToken::timed(word, 0)].map(CallToken::with_place) {
                    let like = token.is_untouched(word)
                        || token.is_of_plain_closed(word)
                        || token.is_of_noted_closed(word);
                    assert!(!like, "{word:?}");
                }
            }
        }
        let word = StateWord::new(Kind::Closed, 9, 0).with_flags(Flags { gate: true, note: false });
        assert!(word.token().with_place().without_place().is_untouched_behind_gate(word));
        assert!(!word.token().is_untouched_behind_gate(word.with_streak(1)));
        for kind in [Kind::HalfOpen, Kind::ObserveHalfOpen] {
            for successes in [0, 1, 15, u64::from(u32::MAX)] {
                let word = StateWord::new(kind, 9, successes);
                let slot = ProbeSlot { index: 0, began: 0, serial: (successes & 15) as u8 };
                assert!(!CallToken::probe(word, slot).with_place().is_untouched(word));
            }
        }
    }

    /// Each shortcut skips what the long way would look at.
    #[test]
    fn shortcut_takes_only_words_that_leave_nothing_to_do() {
        let word = |kind, gate, note, streak| {
            StateWord::new(kind, 9, 0).with_flags(Flags { gate, note }).with_streak(streak)
        };
        let token = word(Kind::Closed, false, false, 0).token();
        let taken_by = |word| {
            let behind_gate = token.is_untouched_behind_gate(word);
            let noted = token.is_of_noted_closed(word);
            [token.is_untouched(word), token.is_of_plain_closed(word), noted, behind_gate]
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
            let (gate, note, streak) = closed;
            let closed = word(Kind::Closed, gate, note, streak);
            assert_eq!(taken_by(closed), by, "{closed:?}");
            assert_eq!(taken_by(closed.next(Kind::Closed, 0).with_flags(closed.flags())), [false; 4]);
        }
        // Others than a plain closed word are for the long way, but for a success that changes nothing.
        let forced = word(Kind::ForcedClosed, false, false, 0);
        let token = forced.token();
        assert!(token.is_untouched(forced) && !token.is_of_plain_closed(forced));
        assert!(!token.is_of_noted_closed(word(Kind::ForcedClosed, false, true, 0)));
        assert!(token.is_untouched_behind_gate(word(Kind::ForcedClosed, true, false, 0)));
    }

    #[test]
    fn a_probe_token_keeps_its_slot() {
        let word = StateWord::new(Kind::HalfOpen, 9, 1);
        for slot in [
            ProbeSlot { index: 1023, began: u32::MAX, serial: 15 },
            ProbeSlot { index: 0, began: 0, serial: 1 },
        ] {
            let token = CallToken::probe(word, slot);
            assert_eq!(token.probe_slot(), Some(slot));
            assert!(!token.is_untouched(word));
        }
        let slot = ProbeSlot { index: 0, began: 0, serial: 1 };
        let token = CallToken::probe(word, slot);
        assert!(token.belongs_to(word.with_payload(2)));
        assert!(!token.belongs_to(word.next(Kind::Closed, 0)));
    }
}
