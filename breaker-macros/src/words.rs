//! The words of other libraries for the options of this one.
//!
//! The same file is in `breaker-macros/src` and in `breaker-runtime/src/registry/settings`, as a macro
//! crate exports nothing but macros.

#[cfg(test)]
mod published;
mod retry;
mod tables;

use self::retry::PARTS_OF_RETRY;
use self::tables::{OPTIONS, Words};

/// The counterpart here of a word of another library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Foreign {
    pub(crate) library: &'static str,
    /// The text to write instead; empty if nothing corresponds to it.
    pub(crate) write: &'static str,
}

impl Foreign {
    /// Returns the counterpart of an option of another library, in any of the usual spellings.
    pub(crate) fn option(word: &str) -> Option<Self> {
        find(word, OPTIONS)
    }

    /// Returns the counterpart of an option of another library's retries.
    pub(crate) fn part_of_retry(word: &str) -> Option<Self> {
        find(word, PARTS_OF_RETRY)
    }

    /// Returns the first option or function in the text to write.
    pub(crate) fn target(self) -> &'static str {
        let end = self.write.find(|c: char| !(c.is_alphanumeric() || c == '_'));
        &self.write[..end.unwrap_or(self.write.len())]
    }

    /// Returns the rest of the message about an option or part of this name.
    pub(crate) fn advice(self) -> String {
        let Self { library, write } = self;
        if write.is_empty() {
            format!("it is a word of {library}, and has no counterpart here; leave it out")
        } else {
            format!("it is a word of {library}; write `{write}`")
        }
    }
}

fn find(word: &str, table: &[(&'static str, Words)]) -> Option<Foreign> {
    let word = plain(word);
    table.iter().find_map(|(library, words)| {
        let (_, write) = words.iter().find(|(theirs, _)| *theirs == word)?;
        Some(Foreign { library, write })
    })
}

/// Returns the word in snake case, without the `with_` of a setter.
pub(crate) fn plain(word: &str) -> String {
    let word = snake_case(word);
    word.strip_prefix("with_").map(str::to_owned).unwrap_or(word)
}

/// Converts a word to snake case: `sleepWindowInMilliseconds` and `sleep-window-in-milliseconds` are one
/// word.
fn snake_case(word: &str) -> String {
    let mut snake = String::with_capacity(word.len() + 8);
    let mut after_small = false;
    for letter in word.chars() {
        if letter.is_uppercase() && after_small {
            snake.push('_');
        }
        after_small = letter.is_lowercase() || letter.is_ascii_digit();
        snake.extend(if letter == '-' { '_' } else { letter }.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Functions that the advice may name.
    const FUNCTIONS: [&str; 2] = ["breaker_of", "CircuitBreaker"];

    fn all(table: &[(&'static str, Words)]) -> Vec<(&'static str, &'static str)> {
        table.iter().flat_map(|(_, words)| words.iter().copied()).collect()
    }

    #[test]
    fn word_leads_to_an_option_that_exists() {
        let (options, parts) = super::super::option_names();
        for (table, names) in [(OPTIONS, &options), (PARTS_OF_RETRY, &parts)] {
            for (word, write) in all(table) {
                let found = find(word, table).expect(word);
                // A part of `retry` may correspond to an option beside it.
                let known = |name: &str| {
                    options.contains(&name) || names.contains(&name) || FUNCTIONS.contains(&name)
                };
                assert!(write.is_empty() || known(found.target()), "{word}: {write}");
                assert_eq!(found.write, write, "{word} is in the table twice");
                assert!(!names.contains(&word), "{word} is an option itself");
            }
        }
    }

    #[test]
    fn published_option_of_another_library_is_known() {
        let (options, parts) = super::super::option_names();
        for (library, words) in published::OPTIONS {
            for word in words.split_whitespace() {
                let known = options.contains(&&*plain(word)) || Foreign::option(word).is_some();
                assert!(known, "{word} of {library}");
            }
        }
        for (library, words) in published::PARTS_OF_RETRY {
            for word in words.split_whitespace() {
                let known = parts.contains(&&*plain(word)) || Foreign::part_of_retry(word).is_some();
                assert!(known, "{word} of {library}, in `retry(..)`");
            }
        }
    }

    #[test]
    fn word_is_found_in_every_spelling() {
        for word in
            ["sleepWindowInMilliseconds", "SleepWindowInMilliseconds", "sleep-window-in-milliseconds"]
        {
            assert_eq!(Foreign::option(word).map(Foreign::target), Some("timeout"), "{word}");
        }
        assert_eq!(Foreign::option("withDelay").map(Foreign::target), Some("timeout"));
        assert_eq!(Foreign::option("colour"), None);
        assert_eq!(Foreign::part_of_retry("maxAttempts").map(Foreign::target), Some("attempts"));
    }
}
