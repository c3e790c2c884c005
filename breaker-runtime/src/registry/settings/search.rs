//! The search for the word that may be meant, within bounds.

use crate::support::similar::nearest;

/// Searches for the nearest word, for the first words that are asked for: a search compares with every word there is, and
/// settings can have a hundred thousand wrong ones, of which none reads that many.
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
