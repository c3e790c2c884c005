//! The key of an entry: a pattern of names of breakers.

use std::fmt;

/// The name of a breaker, or the beginning of names and `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct KeyPattern {
    text: String,
    is_prefix: bool,
}

impl KeyPattern {
    /// Parses a key.
    ///
    /// # Errors
    ///
    /// With what is wrong with it: it is blank, or has a `*` that does not end it.
    pub(super) fn new(text: &str) -> Result<Self, &'static str> {
        let (start, is_prefix) = text.strip_suffix('*').map_or((text, false), |start| (start, true));
        // The name of a method of a pointer contains a star: `<*const u8 as Read>::get`.
        let stray = start.match_indices('*').any(|(at, _)| {
            let rest = &start[at + 1..];
            !rest.starts_with("const ") && !rest.starts_with("mut ")
        });
        if text.trim().is_empty() {
            Err("it is blank: write the name of a breaker, or `*` for all of them")
        } else if stray {
            Err("`*` stands for the rest of a name, at the end of the key and nowhere else")
        } else {
            Ok(Self { text: start.to_owned(), is_prefix })
        }
    }

    /// Returns the name, or the beginning of names.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether it is the whole name of one breaker.
    pub(super) fn is_name(&self) -> bool {
        !self.is_prefix
    }

    /// Returns a rank: of two keys that match the same name, the more specific one has the greater rank.
    pub(super) fn specificity(&self) -> (bool, usize) {
        (self.is_name(), self.text.len())
    }

    /// Returns the possible names of the group of keyed breakers that this names a key of: `hosts` for
    /// `hosts[eu-1]`.
    pub(super) fn groups(&self) -> impl Iterator<Item = &str> {
        let is_key = self.is_prefix || self.text.ends_with(']');
        self.text.match_indices('[').filter(move |_| is_key).map(|(at, _)| &self.text[..at])
    }
}

impl fmt::Display for KeyPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        f.write_str(if self.is_prefix { "*" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::KeyPattern;

    #[test]
    fn star_elsewhere_than_at_the_end_is_refused() {
        for key in
            ["payments", "shop::*", "*", "hosts[eu-*", "<*const u8 as Read>::get", "<*mut u8 as *"]
        {
            assert_eq!(KeyPattern::new(key).expect(key).to_string(), key);
        }
        for key in ["", " ", "shop::*::add", "**", "*shop"] {
            assert!(KeyPattern::new(key).is_err(), "{key}");
        }
    }

    #[test]
    fn groups_of_a_key_are_the_names_before_its_brackets() {
        for (key, groups) in [
            ("hosts[eu-1]", &["hosts"][..]),
            ("hosts[a[b]]", &["hosts", "hosts[a"]),
            ("hosts[eu-*", &["hosts"]),
            ("hosts", &[]),
            ("hosts[eu-1]::get", &[]),
        ] {
            assert!(KeyPattern::new(key).expect(key).groups().eq(groups.iter().copied()), "{key}");
        }
    }
}
