//! A recorded call in 16 bytes: [`PackedCall`].

use once_cell::sync::OnceCell;

use crate::breaker::recorder::EndedCall;
use crate::state::call_ring::RecentCall;
use crate::time::clock::{TimeSource, duration};
use crate::time::{TICKS_BITS, TICKS_MAX, Ticks};
use crate::types::class::Class;
use crate::types::trip::{CallResult, RecordedCall};

/// A recorded call: `at 47 | result 3 | slow 1 | class 3 | cause 5` in a word, and two numbers that
/// saturate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PackedCall {
    word: u64,
    /// In microseconds; [`NOT_TIMED`] if it is not known.
    took: u32,
    successes_before: u32,
}

const NOT_TIMED: u32 = u32::MAX;

const RESULT_SHIFT: u32 = TICKS_BITS;
const RESULT_MASK: u64 = 7;
const SLOW_SHIFT: u32 = RESULT_SHIFT + 3;
const CLASS_SHIFT: u32 = SLOW_SHIFT + 1;
const CAUSE_SHIFT: u32 = CLASS_SHIFT + 3;

/// In the order of their numbers in a word.
const RESULTS: [CallResult; 5] = [
    CallResult::Success,
    CallResult::Failure,
    CallResult::Ignored,
    CallResult::Cancelled,
    CallResult::Late,
];

/// The first is 1, as 0 is no class.
const CLASSES: [Class; 6] = [
    Class::Success,
    Class::ClientError,
    Class::RateLimited,
    Class::ServerError,
    Class::NoAnswer,
    Class::Neutral,
];

/// The different causes of a breaker's recorded calls.
///
/// A cause is one of a few constant texts, so a number stands for it. Those beyond the first
/// [`MAX_CAUSES`] are recorded as [`OTHER_CAUSE`].
#[derive(Debug)]
pub(super) struct Causes([OnceCell<&'static str>; MAX_CAUSES]);

const MAX_CAUSES: usize = 16;

/// The cause of a call where the breaker has seen too many different ones.
pub(super) const OTHER_CAUSE: &str = "another cause";

/// The number of [`OTHER_CAUSE`]; 0 is no cause.
const OTHER: u64 = MAX_CAUSES as u64 + 1;

impl Causes {
    pub(super) const fn new() -> Self {
        Self([const { OnceCell::new() }; MAX_CAUSES])
    }

    /// Returns the number of a cause, from 1 on.
    #[inline(always)]
    fn number(&self, cause: &'static str) -> u64 {
        // Most breakers see one cause, and the text of an error's type stands in the program once.
        match self.0[0].get() {
            Some(first) if std::ptr::eq(*first, cause) => 1,
            _ => self.find(cause),
        }
    }

    #[cold]
    #[inline(never)]
    fn find(&self, cause: &'static str) -> u64 {
        // Another thread that fills the same cell may have the same cause.
        let index = self.0.iter().position(|text| *text.get_or_init(|| cause) == cause);
        index.map_or(OTHER, |index| index as u64 + 1)
    }

    fn text(&self, number: u64) -> Option<&'static str> {
        match number {
            0 => None,
            OTHER => Some(OTHER_CAUSE),
            _ => self.0.get(number as usize - 1)?.get().copied(),
        }
    }
}

/// Returns the word of a call without a class.
#[inline(always)]
fn word(at: Ticks, result: CallResult, slow: bool, cause: u64) -> u64 {
    let result = match result {
        CallResult::Success => 0,
        CallResult::Failure => 1,
        CallResult::Ignored => 2,
        CallResult::Cancelled => 3,
        CallResult::Late => 4,
    };
    at.min(TICKS_MAX) | result << RESULT_SHIFT | u64::from(slow) << SLOW_SHIFT | cause << CAUSE_SHIFT
}

/// Returns a failure of which at most the cause is known, of a call that is not timed, for the ring.
#[inline(always)]
pub(super) fn raw_failure(
    at: Ticks,
    cause: Option<&'static str>,
    success_count: u64,
    causes: &Causes,
) -> RecentCall {
    let cause = cause.map_or(0, |cause| causes.number(cause));
    let word = word(at, CallResult::Failure, false, cause);
    RecentCall { word, success_count, took: NOT_TIMED }
}

/// Returns a call for the ring.
pub(super) fn raw(call: EndedCall, causes: &Causes) -> RecentCall {
    let class = CLASSES.iter().position(|class| Some(*class) == call.class);
    let class = class.map_or(0, |class| class as u64 + 1);
    let cause = call.cause.map_or(0, |cause| causes.number(cause));
    RecentCall {
        word: word(call.at, call.result, call.slow, cause) | class << CLASS_SHIFT,
        success_count: call.success_count,
        took: call.took.map_or(NOT_TIMED, |took| saturated(took, NOT_TIMED - 1)),
    }
}

fn saturated(number: u64, max: u32) -> u32 {
    u32::try_from(number).unwrap_or(max).min(max)
}

impl PackedCall {
    /// Returns a call of the ring, with the number of successes since the one before it.
    pub(super) fn new(call: RecentCall, earlier_count: u64) -> Self {
        let is_success = call.word >> RESULT_SHIFT & RESULT_MASK == 0;
        let successes = call.successes_since(earlier_count).saturating_sub(is_success.into());
        Self { word: call.word, took: call.took, successes_before: saturated(successes, u32::MAX) }
    }

    pub(super) fn unpacked(self, causes: &Causes, time: &TimeSource) -> RecordedCall {
        let field = |shift: u32, bits: u32| (self.word >> shift) & ((1 << bits) - 1);
        RecordedCall {
            successes_before: self.successes_before.into(),
            at: time.reading(self.at()),
            took: (self.took != NOT_TIMED).then(|| duration(self.took.into())),
            result: RESULTS.get(field(RESULT_SHIFT, 3) as usize).copied().unwrap_or(CallResult::Failure),
            slow: field(SLOW_SHIFT, 1) == 1,
            class: CLASSES.get((field(CLASS_SHIFT, 3) as usize).wrapping_sub(1)).copied(),
            cause: causes.text(field(CAUSE_SHIFT, 5)),
        }
    }

    fn at(self) -> Ticks {
        self.word & TICKS_MAX
    }
}
