//! The failures in a row of a closed state: [`Streak`].
//!
//! A success ends a streak, and nearly every call is one, so a success must not write where other
//! threads read. A failure keeps the number of successes that were counted before it
//! ([`striped`](crate::state::counters::striped)) instead: if it is the same at the next failure, no
//! success has ended between the two. In the word of the state, each success after a failure would have
//! to remove the streak.
//!
//! ```text
//!  63          51 50                     20 19            0
//! ┌──────────────┬─────────────────────────┬───────────────┐
//! │ generation   │ success count, low bits │ streak        │
//! └──────────────┴─────────────────────────┴───────────────┘
//! ```
//!
//! # Invariants
//!
//! - The word is read before the state and before the success count. What the thread that stored it has
//!   read is then read here as well, so that the count never steps back from one failure to the next. An
//!   exchange that succeeds belongs to the state that was read: a failure of the next state would have
//!   changed the word.
//! - The streak is that of one generation. A new state begins with none, and writes nothing.
//! - A success that is not in the count, such as a slow one, stores a streak of 0.
//!
//! Results that end one after the other are in a streak exactly, with two exceptions: failures with an
//! exact multiple of 2^31 successes between them look adjacent, and a success of an earlier state that
//! is counted late, as its thread slept for so long, ends a streak of the present one.

use crate::state::word::GENERATION_MASK;
use crate::sync::{AtomicU64, Ordering};

const STREAK_BITS: u32 = 20;
const STREAK_MASK: u64 = (1 << STREAK_BITS) - 1;
const GENERATION_SHIFT: u32 = 51;
const COUNT_MASK: u64 = (1 << GENERATION_SHIFT) - 1 - STREAK_MASK;

/// The longest streak that is counted.
pub(crate) const STREAK_MAX: u32 = STREAK_MASK as u32;

/// The streak of one breaker, as of the last failure.
#[derive(Debug)]
pub(crate) struct Streak(AtomicU64);

/// The streak at one failure, and the successes before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreakWord(u64);

impl StreakWord {
    /// Returns the word after a failure. A longer streak than [`STREAK_MAX`] saturates.
    #[inline(always)]
    pub(crate) fn new(generation: u64, success_count: u64, streak: u64) -> Self {
        Self(tag(generation, success_count) | streak.min(STREAK_MASK))
    }

    /// Returns the number of failures in a row in the state of this generation, now that so many
    /// successes are counted.
    #[inline(always)]
    pub(crate) const fn streak(self, generation: u64, success_count: u64) -> u64 {
        // Above the mask with another tag.
        let streak = self.0 ^ tag(generation, success_count);
        if streak <= STREAK_MASK { streak } else { 0 }
    }
}

/// Returns the bits that are the same at two failures of one state without a success between them.
#[inline(always)]
const fn tag(generation: u64, success_count: u64) -> u64 {
    generation << GENERATION_SHIFT | success_count << STREAK_BITS & COUNT_MASK
}

impl Streak {
    pub(crate) fn new() -> Self {
        Self(AtomicU64::new(0))
    }

    /// Reads the word: before the state, and before the success count.
    #[inline(always)]
    pub(crate) fn read(&self) -> StreakWord {
        StreakWord(self.0.load(Ordering::Acquire))
    }

    /// Stores a word, unless it has changed since it was read.
    #[inline(always)]
    pub(crate) fn replace(&self, seen: StreakWord, next: StreakWord) -> bool {
        self.0.compare_exchange(seen.0, next.0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }

    /// Ends the streak of a state that has ended, and of one before it: generations are compared modulo
    /// 8,192, and a word that stayed longer could be taken for that of a later state. The new word
    /// differs from any before it, so that no failure of the ended state is stored over it.
    pub(crate) fn end(&self, generation: u64) {
        let seen = self.read();
        let age = generation.wrapping_sub(seen.0 >> GENERATION_SHIFT) & GENERATION_MASK;
        if age <= GENERATION_MASK / 2 {
            // If this fails, another thread has stored a later word, or the last one of the ended state.
            let _ = self.replace(seen, StreakWord::new(generation + 1, 0, 0));
        }
    }
}

#[cfg(all(test, not(breaker_loom)))]
mod tests {
    use super::*;

    #[test]
    fn streak_is_that_of_its_generation_and_success_count() {
        let word = StreakWord::new(7, 5, 3);
        assert_eq!(word.streak(7, 5), 3);
        assert_eq!([word.streak(7, 6), word.streak(7, 4), word.streak(8, 5), word.streak(6, 5)], [0; 4]);
        assert_eq!([0, 1].map(|generation| StreakWord(0).streak(generation, 0)), [0, 0]);
    }

    #[test]
    fn long_streak_saturates_and_large_numbers_stay_apart() {
        let longest = u64::from(STREAK_MAX);
        for streak in [longest, longest + 1, u64::MAX] {
            let word = StreakWord::new(GENERATION_MASK, u64::MAX, streak);
            assert_eq!(word.streak(GENERATION_MASK, u64::MAX), longest);
            assert_eq!((word.streak(0, u64::MAX), word.streak(GENERATION_MASK, 0)), (0, 0));
        }
        let word = StreakWord::new(1, 0, 2);
        assert_eq!([1 << 30, 1 << 31].map(|count| word.streak(1, count)), [0, 2]);
    }

    #[test]
    fn word_is_stored_once_and_ends_with_its_state() {
        let streak = Streak::new();
        let (seen, next) = (streak.read(), StreakWord::new(9, 5, 1));
        assert!(streak.replace(seen, next) && !streak.replace(seen, next));
        streak.end(8);
        assert_eq!(streak.read(), next, "it belongs to the next state");
        streak.end(9);
        assert_eq!(streak.read(), StreakWord::new(10, 0, 0));
        let last = StreakWord::new(GENERATION_MASK, 5, 1);
        assert!(streak.replace(streak.read(), last));
        streak.end(1);
        assert_eq!(streak.read(), StreakWord::new(2, 0, 0), "the numbers of the states wrap");
        streak.end(GENERATION_MASK);
        assert_eq!(streak.read(), StreakWord::new(2, 0, 0), "it belongs to an earlier state");
    }

    /// Otherwise a failure that was read before the first one of its state is stored after its end.
    #[test]
    fn word_of_an_ended_state_differs_from_that_of_a_new_breaker() {
        let streak = Streak::new();
        let seen = streak.read();
        assert!(streak.replace(seen, StreakWord::new(0, 0, 1)));
        streak.end(0);
        assert!(!streak.replace(seen, StreakWord::new(0, 0, 1)));
    }
}
