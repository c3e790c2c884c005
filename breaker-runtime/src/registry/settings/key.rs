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

    /// Returns the name, or how names begin.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    pub(super) fn is_name(&self) -> bool {
        !self.is_prefix
    }

    /// Of two keys that match the same name, the more specific one is greater.
    pub(super) fn specificity(&self) -> (bool, usize) {
        (self.is_name(), self.text.len())
    }

    /// Returns what the names of breakers can be, the key of one of which this names: `hosts` for `hosts[eu-1]`.
    pub(super) fn families(&self) -> impl Iterator<Item = &str> {
        let is_key = self.is_prefix || self.text.ends_with(']');
        self.text.match_indices('[').filter(move |_| is_key).map(|(at, _)| &self.text[..at])
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
    fn stars_stand_at_the_end_alone() {
        for key in
            ["payments", "shop::*", "*", "hosts[eu-*", "<*const u8 as Read>::get", "<*mut u8 as *"]
        {
            assert_eq!(Key::new(key).expect(key).to_string(), key);
        }
        for key in ["", " ", "shop::*::add", "**", "*shop"] {
            assert!(Key::new(key).is_err(), "{key}");
        }
    }

    #[test]
    fn the_families_of_a_key_are_the_names_before_its_brackets() {
        for (key, families) in [
            ("hosts[eu-1]", &["hosts"][..]),
            ("hosts[a[b]]", &["hosts", "hosts[a"]),
            ("hosts[eu-*", &["hosts"]),
            ("hosts", &[]),
            ("hosts[eu-1]::get", &[]),
        ] {
            assert!(Key::new(key).expect(key).families().eq(families.iter().copied()), "{key}");
        }
    }
}
