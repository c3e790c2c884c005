//! A recorded call in 16 bytes: [`PackedCall`].

use crate::breaker::recorder::EndedCall;
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
const SLOW_SHIFT: u32 = RESULT_SHIFT + 3;
const CLASS_SHIFT: u32 = SLOW_SHIFT + 1;
const CAUSE_SHIFT: u32 = CLASS_SHIFT + 3;

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
pub(super) struct Causes {
    texts: [&'static str; MAX_CAUSES],
    len: usize,
}

const MAX_CAUSES: usize = 16;

/// The cause of a call where the breaker has seen too many different ones.
pub(super) const OTHER_CAUSE: &str = "another cause";

/// The number of [`OTHER_CAUSE`]; 0 is no cause.
const OTHER: u64 = MAX_CAUSES as u64 + 1;

impl Causes {
    pub(super) fn new() -> Self {
        Self { texts: [""; MAX_CAUSES], len: 0 }
    }

    /// Returns the number of a cause, from 1 on.
    fn number(&mut self, cause: &'static str) -> u64 {
        let known = self.texts[..self.len].iter().position(|text| *text == cause);
        let index = known.or_else(|| {
            let index = self.len;
            *self.texts.get_mut(index)? = cause;
            self.len += 1;
            Some(index)
        });
        index.map_or(OTHER, |index| index as u64 + 1)
    }

    fn text(&self, number: u64) -> Option<&'static str> {
        match number {
            0 => None,
            OTHER => Some(OTHER_CAUSE),
            _ => self.texts.get(number as usize - 1).copied(),
        }
    }
}

impl PackedCall {
    pub(super) fn new(call: EndedCall, successes: u64, causes: &mut Causes) -> Self {
        let result = RESULTS.iter().position(|result| *result == call.result).unwrap_or(0);
        let class = CLASSES.iter().position(|class| Some(*class) == call.class);
        let class = class.map_or(0, |class| class as u64 + 1);
        let cause = call.cause.map_or(0, |cause| causes.number(cause));
        let word = call.at.min(TICKS_MAX)
            | (result as u64) << RESULT_SHIFT
            | u64::from(call.slow) << SLOW_SHIFT
            | class << CLASS_SHIFT
            | cause << CAUSE_SHIFT;
        let saturated = |number: u64, max: u32| u32::try_from(number).unwrap_or(max).min(max);
        Self {
            word,
            took: call.took.map_or(NOT_TIMED, |took| saturated(took, NOT_TIMED - 1)),
            successes_before: saturated(successes, u32::MAX),
        }
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
