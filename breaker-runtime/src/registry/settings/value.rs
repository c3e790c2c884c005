//! The value of an option as it is written, valid or not: [`SettingValue`].

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::time::Duration;

use crate::time::duration::shown as shown_length;

/// The value of an option in [`Settings`](crate::Settings), of any kind. [`configure`](crate::configure)
/// checks it.
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::{SettingValue, Settings};
///
/// let timeout = SettingValue::from(Duration::from_secs(30));
/// let settings = Settings::new().set("payments", "timeout", timeout).set("payments", "observe", true);
/// assert!(settings.check().is_ok());
/// ```
#[derive(Clone, Debug, PartialEq)]
pub struct SettingValue(pub(super) RawValue);

#[derive(Clone, Debug, PartialEq)]
pub(super) enum RawValue {
    Flag(bool),
    Whole(i128),
    Decimal(f64),
    Text(String),
    Length(Duration),
    ValueTable(ValueTable),
    List(Vec<SettingValue>),
    /// A value that no option takes, by its kind.
    #[cfg_attr(not(feature = "serde"), expect(dead_code, reason = "nothing but a file has such values"))]
    Other(&'static str),
}

/// Entries in the order of the file; a name may stand there twice, which is reported. With the positions
/// of the names, so that the time for a large table grows linearly.
#[derive(Clone, Default)]
pub(super) struct ValueTable(pub(super) Vec<(String, SettingValue)>, Positions);

#[derive(Clone, Default)]
struct Positions {
    of: HashMap<String, usize>,
    /// The number of entries that it knows. Those of a file are added when they are needed.
    known: usize,
}

impl fmt::Debug for ValueTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ValueTable").field(&self.0).finish()
    }
}

impl PartialEq for ValueTable {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}

impl ValueTable {
    #[cfg(feature = "serde")]
    pub(super) fn new(entries: Vec<(String, SettingValue)>) -> Self {
        Self(entries, Positions::default())
    }

    /// Sets an option, or one in the table of an option: `throttle.k`.
    pub(super) fn set(&mut self, path: &str, value: SettingValue) {
        *match path.split_once('.') {
            None => self.entry(path),
            Some((table, name)) => self.entry(table).table().entry(name),
        } = value;
    }

    /// Returns the value of a name, after adding an empty table if there is none.
    pub(super) fn entry(&mut self, name: &str) -> &mut SettingValue {
        let Self(entries, positions) = self;
        for (at, (there, _)) in entries.iter().enumerate().skip(positions.known) {
            positions.of.entry(there.clone()).or_insert(at);
        }
        let at = *positions.of.entry(name.to_owned()).or_insert_with(|| {
            entries.push((name.to_owned(), SettingValue(RawValue::ValueTable(Self::default()))));
            entries.len() - 1
        });
        positions.known = entries.len();
        &mut entries[at].1
    }

    /// Returns the names that stand there more than once.
    pub(super) fn repeated(&self) -> impl Iterator<Item = &str> {
        let mut seen = HashSet::new();
        self.0.iter().filter_map(move |(name, _)| (!seen.insert(name.as_str())).then_some(name.as_str()))
    }
}

impl SettingValue {
    /// Returns the table, after replacing a value of another kind by an empty one.
    pub(super) fn table(&mut self) -> &mut ValueTable {
        if !matches!(self.0, RawValue::ValueTable(_)) {
            self.0 = RawValue::ValueTable(ValueTable::default());
        }
        match &mut self.0 {
            RawValue::ValueTable(table) => table,
            _ => unreachable!("it was made one"),
        }
    }
}

/// Prints the value as in a message.
impl fmt::Display for RawValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(flag) => flag.fmt(f),
            Self::Whole(number) => number.fmt(f),
            Self::Decimal(number) => write!(f, "{number:?}"),
            Self::Text(text) => write!(f, "{text:?}"),
            Self::Length(length) => shown_length(*length).fmt(f),
            Self::ValueTable(_) => f.write_str("a table"),
            Self::List(_) => f.write_str("a list"),
            Self::Other(kind) => f.write_str(kind),
        }
    }
}

/// A list, of which each element is converted.
impl<T: Into<SettingValue>> From<Vec<T>> for SettingValue {
    fn from(list: Vec<T>) -> Self {
        Self(RawValue::List(list.into_iter().map(Into::into).collect()))
    }
}

impl From<bool> for SettingValue {
    fn from(flag: bool) -> Self {
        Self(RawValue::Flag(flag))
    }
}

impl From<u32> for SettingValue {
    fn from(number: u32) -> Self {
        Self(RawValue::Whole(number.into()))
    }
}

impl From<f64> for SettingValue {
    fn from(number: f64) -> Self {
        Self(RawValue::Decimal(number))
    }
}

impl From<&str> for SettingValue {
    fn from(text: &str) -> Self {
        Self(RawValue::Text(text.to_owned()))
    }
}

impl From<String> for SettingValue {
    fn from(text: String) -> Self {
        Self(RawValue::Text(text))
    }
}

impl From<Duration> for SettingValue {
    fn from(length: Duration) -> Self {
        Self(RawValue::Length(length))
    }
}
