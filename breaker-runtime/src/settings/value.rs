//! The value of an option as it was written, right or wrong: [`SettingValue`].

use std::fmt;
use std::time::Duration;

use crate::settings::duration::shown as shown_length;

/// The value of an option in [`Settings`](super::Settings), of any kind: whether it is right is for
/// [`configure`](super::configure) to say.
#[derive(Clone, Debug, PartialEq)]
pub struct SettingValue(pub(super) Raw);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum Raw {
    Flag(bool),
    Whole(i128),
    Decimal(f64),
    Text(String),
    Length(Duration),
    Table(Table),
    /// What no option takes, by its kind.
    #[cfg_attr(not(feature = "serde"), expect(dead_code, reason = "nothing but a file has such values"))]
    Other(&'static str),
}

/// In the order of the file; a name that is there twice is a mistake to be told.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Table(pub(super) Vec<(String, SettingValue)>);

impl Table {
    /// Sets an option, or one in the table of an option: `throttle.k`.
    pub(super) fn set(&mut self, path: &str, value: SettingValue) {
        *match path.split_once('.') {
            None => self.entry(path),
            Some((table, name)) => self.entry(table).table().entry(name),
        } = value;
    }

    /// The value of a name, which is an empty table if there was none.
    pub(super) fn entry(&mut self, name: &str) -> &mut SettingValue {
        let at = self.0.iter().position(|(there, _)| there == name).unwrap_or(self.0.len());
        if at == self.0.len() {
            self.0.push((name.to_owned(), SettingValue(Raw::Table(Self::default()))));
        }
        &mut self.0[at].1
    }

    /// The names that are there more than once.
    pub(super) fn repeated(&self) -> impl Iterator<Item = &str> {
        self.0.iter().enumerate().filter_map(|(at, (name, _))| {
            self.0[..at].iter().any(|(earlier, _)| earlier == name).then_some(name.as_str())
        })
    }
}

impl SettingValue {
    /// The table that this is, or else becomes.
    pub(super) fn table(&mut self) -> &mut Table {
        if !matches!(self.0, Raw::Table(_)) {
            self.0 = Raw::Table(Table::default());
        }
        match &mut self.0 {
            Raw::Table(table) => table,
            _ => unreachable!("it was made one"),
        }
    }
}

/// As in a message.
impl fmt::Display for Raw {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Whole(number) => number.fmt(f),
            Self::Decimal(number) => write!(f, "{number:?}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Length(length) => shown_length(*length).fmt(f),
            Self::Table(_) => f.write_str("a table"),
            Self::Other(kind) => f.write_str(kind),
        }
    }
}

impl From<bool> for SettingValue {
    fn from(flag: bool) -> Self {
        Self(Raw::Flag(flag))
    }
}

impl From<u32> for SettingValue {
    fn from(number: u32) -> Self {
        Self(Raw::Whole(number.into()))
    }
}

impl From<f64> for SettingValue {
    fn from(number: f64) -> Self {
        Self(Raw::Decimal(number))
    }
}

impl From<&str> for SettingValue {
    fn from(text: &str) -> Self {
        Self(Raw::Text(text.to_owned()))
    }
}

impl From<String> for SettingValue {
    fn from(text: String) -> Self {
        Self(Raw::Text(text))
    }
}

impl From<Duration> for SettingValue {
    fn from(length: Duration) -> Self {
        Self(Raw::Length(length))
    }
}
