//! Which breakers an entry is for.

use std::fmt;

/// A breaker's name, or the beginning of names and `*`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Key {
    text: String,
    is_prefix: bool,
}

impl Key {
    pub(super) fn new(text: &str) -> Result<Self, &'static str> {
        let (start, is_prefix) = text.strip_suffix('*').map_or((text, false), |start| (start, true));
        // The name of a method of a pointer has one of its own: `<*const u8 as Read>::get`.
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

    pub(super) fn matches(&self, name: &str) -> bool {
        if self.is_prefix { name.starts_with(&self.text) } else { name == self.text }
    }

    pub(super) fn is_name(&self) -> bool {
        !self.is_prefix
    }

    /// Of two keys that match the same name, the more specific one is greater.
    pub(super) fn specificity(&self) -> (bool, usize) {
        (self.is_name(), self.text.len())
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)?;
        f.write_str(if self.is_prefix { "*" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::Key;

    #[test]
    fn a_key_is_a_name_or_the_beginning_of_one() {
        for (key, name, matches) in [
            ("payments", "payments", true),
            ("payments", "payments#2", false),
            ("payments*", "payments#2", true),
            ("shop::*", "shop::cart::add", true),
            ("shop::*", "shop", false),
            ("*", "anything", true),
            ("<*const u8 as Read>::get", "<*const u8 as Read>::get", true),
            ("<*mut u8 as *", "<*mut u8 as Read>::get", true),
        ] {
            assert_eq!(Key::new(key).expect(key).matches(name), matches, "{key} and {name}");
        }
        for key in ["", " ", "shop::*::add", "**", "*shop"] {
            assert!(Key::new(key).is_err(), "{key}");
        }
    }

    #[test]
    fn a_name_is_more_specific_than_any_beginning_and_a_longer_one_than_a_shorter() {
        let mut keys = ["shop", "shop::*", "*", "sh*"].map(|key| Key::new(key).expect(key));
        keys.sort_by_key(Key::specificity);
        assert_eq!(keys.map(|key| key.to_string()), ["*", "sh*", "shop::*", "shop"]);
    }
}
