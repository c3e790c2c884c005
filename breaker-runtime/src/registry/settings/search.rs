//! A bounded search for words that may be meant.

use crate::support::similar::nearest;

/// A search for the nearest word, for the first 100 words that are asked for: a search compares with all
/// words, and settings can have a hundred thousand wrong ones.
#[derive(Clone, Copy, Debug)]
pub(super) struct Search {
    left: u32,
}

impl Search {
    pub(super) const fn new() -> Self {
        Self { left: 100 }
    }

    /// Returns what [`nearest`] does; for all but the first 100 words `None`, without a search.
    pub(super) fn nearest<'w>(&mut self, word: &str, among: &[&'w str]) -> Option<Option<&'w str>> {
        self.left = self.left.checked_sub(1)?;
        Some(nearest(word, among))
    }
}
