//! What is wrong with settings: [`SettingsError`].

use std::error::Error;
use std::fmt;

use crate::support::text::escaped;

/// Settings were refused, and nothing has changed; tells every mistake in them.
///
/// It is printed as one line, and a line more for each mistake.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    mistakes: Vec<SettingsIssue>,
}

impl SettingsError {
    /// `Ok` if there are no mistakes.
    pub(super) fn unless_none(mistakes: Vec<SettingsIssue>) -> Result<(), Self> {
        if mistakes.is_empty() { Ok(()) } else { Err(Self { mistakes }) }
    }

    /// The mistakes: first those of single entries in the order of the file, then those of what several entries
    /// and the code come to for a breaker.
    pub fn mistakes(&self) -> impl ExactSizeIterator<Item = &SettingsIssue> {
        self.mistakes.iter()
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.mistakes.len() {
            1 => f.write_str("the settings have a mistake, and nothing was changed:")?,
            many => write!(f, "the settings have {many} mistakes, and nothing was changed:")?,
        }
        self.mistakes.iter().try_for_each(|mistake| write!(f, "\n  {mistake}"))
    }
}

impl Error for SettingsError {}

/// One mistake in settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsIssue {
    pub(super) key: String,
    pub(super) breaker: Option<&'static str>,
    pub(super) option: Option<String>,
    pub(super) text: String,
}

impl SettingsIssue {
    /// The key of the entry, as it is written.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// The breaker that cannot do with what the entries that match it come to; `None` if the entry is wrong
    /// whatever breakers it is for.
    pub fn breaker(&self) -> Option<&'static str> {
        self.breaker
    }

    /// The option, as it is written; `None` if the mistake is in the key or in the entry as a whole.
    pub fn option(&self) -> Option<&str> {
        self.option.as_deref()
    }
}

impl fmt::Display for SettingsIssue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { key, breaker, text, .. } = self;
        let text = escaped(text);
        match breaker {
            Some(breaker) if breaker != key => {
                write!(f, "{key:?}, for `{}`: {text}", escaped(breaker))
            }
            _ => write!(f, "{key:?}: {text}"),
        }
    }
}
