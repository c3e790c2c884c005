//! A recorded call in 16 bytes: [`PackedCall`].

use std::sync::atomic::{AtomicUsize, Ordering};

use once_cell::sync::OnceCell;

use crate::breaker::recorder::EndedCall;
use crate::state::call_ring::{RecentCall, WORD_BITS};
use crate::time::clock::{TimeSource, duration};
use crate::time::{TICKS_BITS, TICKS_MAX, Ticks};
use crate::types::class::Class;
use crate::types::trip::{CallResult, RecordedCall};

/// A recorded call: `at 47 | cause 5 | result 3 | slow 1 | class 3` in a word, and two numbers that
/// saturate. In the ring, what comes after the cause is with the duration, which most results lack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct PackedCall {
    word: u64,
    /// In microseconds; [`NOT_TIMED`] if it is not known.
    took: u32,
    successes_before: u32,
}

const NOT_TIMED: u32 = u32::MAX;

const CAUSE_SHIFT: u32 = TICKS_BITS;
const RESULT_SHIFT: u32 = CAUSE_SHIFT + 5;
const SLOW_SHIFT: u32 = RESULT_SHIFT + 3;
const CLASS_SHIFT: u32 = SLOW_SHIFT + 1;

const _: () = assert!(RESULT_SHIFT == WORD_BITS);

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

/// The number of the first cause.
const FIRST: u64 = 1;

/// The address and the length of the first cause, to compare with. Most breakers see one cause, and the
/// text of an error's type stands in the program once.
#[derive(Debug)]
pub(super) struct FirstCause {
    address: AtomicUsize,
    len: AtomicUsize,
}

impl FirstCause {
    pub(super) const fn new() -> Self {
        Self { address: AtomicUsize::new(0), len: AtomicUsize::new(0) }
    }

    /// Returns the number of a cause if it is the first one.
    #[inline(always)]
    pub(super) fn number(&self, cause: &'static str) -> Option<u64> {
        // Acquire: what has set the two has stored the text before.
        let is_first = self.address.load(Ordering::Acquire) == cause.as_ptr().addr()
            && self.len.load(Ordering::Acquire) == cause.len();
        is_first.then_some(FIRST)
    }

    /// Sets the two, of which no thread stores others.
    fn set(&self, cause: &'static str) {
        self.len.store(cause.len(), Ordering::Release);
        self.address.store(cause.as_ptr().addr(), Ordering::Release);
    }
}

impl Causes {
    pub(super) const fn new() -> Self {
        Self([const { OnceCell::new() }; MAX_CAUSES])
    }

    /// Returns the number of a cause, from 1 on.
    pub(super) fn number(&self, cause: &'static str, first: &FirstCause) -> u64 {
        first.number(cause).unwrap_or_else(|| self.find(cause, first))
    }

    #[cold]
    #[inline(never)]
    fn find(&self, cause: &'static str, first: &FirstCause) -> u64 {
        // Another thread that fills the same cell may have the same cause.
        let index = self.0.iter().position(|text| *text.get_or_init(|| cause) == cause);
        if let (Some(0), Some(text)) = (index, self.0[0].get()) {
            first.set(text);
        }
        index.map_or(OTHER, |index| index as u64 + FIRST)
    }

    fn text(&self, number: u64) -> Option<&'static str> {
        match number {
            0 => None,
            OTHER => Some(OTHER_CAUSE),
            _ => self.0.get((number - FIRST) as usize)?.get().copied(),
        }
    }
}

/// Returns the word of a call without a class.
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

/// Returns a failure of which at most the cause is known, by its number, of a call that is not timed.
/// `at` is at most [`TICKS_MAX`].
#[inline(always)]
pub(super) fn raw_failure(at: Ticks, cause: u64, success_count: u64) -> RecentCall {
    RecentCall { word: at | cause << CAUSE_SHIFT, success_count, details: None }
}

/// Returns a call for the ring.
pub(super) fn raw(call: EndedCall, causes: &Causes, first: &FirstCause) -> RecentCall {
    let class = CLASSES.iter().position(|class| Some(*class) == call.class);
    let class = class.map_or(0, |class| class as u64 + 1);
    let cause = call.cause.map_or(0, |cause| causes.number(cause, first));
    let word = word(call.at, call.result, call.slow, cause) | class << CLASS_SHIFT;
    let took = call.took.map_or(NOT_TIMED, |took| saturated(took, NOT_TIMED - 1));
    let details = word >> WORD_BITS << u32::BITS | u64::from(took);
    let word = word & ((1 << WORD_BITS) - 1);
    RecentCall { word, success_count: call.success_count, details: Some(details) }
}

fn saturated(number: u64, max: u32) -> u32 {
    u32::try_from(number).unwrap_or(max).min(max)
}

impl PackedCall {
    /// Returns a call of the ring, with the number of successes since the one before it.
    pub(super) fn new(call: RecentCall, earlier_count: u64) -> Self {
        let (above, took) = match call.details {
            Some(details) => (details >> u32::BITS << WORD_BITS, details as u32),
            None => (word(0, CallResult::Failure, false, 0), NOT_TIMED),
        };
        let packed = Self { word: call.word | above, took, successes_before: 0 };
        let is_success = packed.result() == CallResult::Success;
        let successes = call.successes_since(earlier_count).saturating_sub(is_success.into());
        Self { successes_before: saturated(successes, u32::MAX), ..packed }
    }

    pub(super) fn unpacked(self, causes: &Causes, time: &TimeSource) -> RecordedCall {
        RecordedCall {
            successes_before: self.successes_before.into(),
            at: time.reading(self.at()),
            took: (self.took != NOT_TIMED).then(|| duration(self.took.into())),
            result: self.result(),
            slow: self.field(SLOW_SHIFT, 1) == 1,
            class: CLASSES.get((self.field(CLASS_SHIFT, 3) as usize).wrapping_sub(1)).copied(),
            cause: causes.text(self.field(CAUSE_SHIFT, 5)),
        }
    }

    fn result(self) -> CallResult {
        RESULTS.get(self.field(RESULT_SHIFT, 3) as usize).copied().unwrap_or(CallResult::Failure)
    }

    fn field(self, shift: u32, bits: u32) -> u64 {
        (self.word >> shift) & ((1 << bits) - 1)
    }

    fn at(self) -> Ticks {
        self.word & TICKS_MAX
    }
}
