//! The error of settings that are refused: [`SettingsError`].

use std::error::Error;
use std::fmt;

use crate::support::text::escaped;

/// Settings were refused, and nothing was changed; has every issue in them.
///
/// It is printed as one line, and a line more for each issue.
///
/// ```
/// use breaker_runtime::{Settings, SettingsError};
///
/// let error: SettingsError = Settings::new().set("payments", "timeout", "soon").check().unwrap_err();
/// assert_eq!(error.issues().len(), 1);
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsError {
    issues: Vec<SettingsIssue>,
}

impl SettingsError {
    /// Returns an error if there are issues.
    pub(crate) fn unless_empty(issues: Vec<SettingsIssue>) -> Result<(), Self> {
        if issues.is_empty() { Ok(()) } else { Err(Self { issues }) }
    }

    /// Returns the issues: first those of single entries in the order of the file, then those of the
    /// merged options of breakers.
    pub fn issues(&self) -> impl ExactSizeIterator<Item = &SettingsIssue> {
        self.issues.iter()
    }
}

impl fmt::Display for SettingsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.issues.len() {
            1 => f.write_str("the settings have an error, and nothing was changed:")?,
            many => write!(f, "the settings have {many} errors, and nothing was changed:")?,
        }
        self.issues.iter().try_for_each(|issue| write!(f, "\n  {issue}"))
    }
}

impl Error for SettingsError {}

/// One issue in settings.
///
/// It is printed with its key, and with its breaker if that has another name.
///
/// ```
/// use breaker_runtime::{Settings, SettingsIssue};
///
/// let error = Settings::new().set("payments", "timeout", "soon").check().unwrap_err();
/// let issues: Vec<&SettingsIssue> = error.issues().collect();
/// assert_eq!((issues[0].key(), issues[0].option()), ("payments", Some("timeout")));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SettingsIssue {
    pub(super) key: String,
    pub(super) breaker: Option<&'static str>,
    pub(super) option: Option<String>,
    pub(super) text: String,
}

impl SettingsIssue {
    /// Creates an issue of an entry, whatever breakers it matches.
    pub(super) fn of_entry(key: &str, option: Option<&str>, text: String) -> Self {
        Self { key: key.to_owned(), breaker: None, option: option.map(str::to_owned), text }
    }

    /// Returns the key of the entry, as it is written.
    pub fn key(&self) -> &str {
        &self.key
    }

    /// Returns the breaker for which the merged options are invalid; `None` if the entry is invalid for
    /// every breaker.
    pub fn breaker(&self) -> Option<&'static str> {
        self.breaker
    }

    /// Returns the option, as it is written; `None` if the issue is in the key or in the entry as a
    /// whole.
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
