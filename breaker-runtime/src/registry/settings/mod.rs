//! Settings from outside the code: entries by names of breakers, for a file that is read at the start,
//! and again when it has changed.
//!
//! `value` holds what is written, valid or not. `parse` reads the value of one option and `option` lists
//! the options; `entry` parses an entry, once; `entries` finds those that match a breaker; `merge`
//! merges them over the code's options and checks the result. `active` holds the settings that apply
//! now.
//!
//! This module knows no registry: [`configure`](crate::registry::configure) lists the breakers and
//! applies settings to each.

mod active;
#[cfg(feature = "serde")]
mod deserialize;
mod entries;
mod entry;
mod error;
mod inject;
mod key;
mod merge;
mod option;
mod parse;
mod search;
mod shadow;
mod value;
pub(crate) mod words;

#[cfg(feature = "test-util")]
pub(crate) use crate::registry::settings::active::apply_active_to_shadow;
pub(crate) use crate::registry::settings::active::{KEY_SETTINGS, activate, apply_active};
pub(crate) use crate::registry::settings::entries::{Entries, Subject};
pub use crate::registry::settings::error::{SettingsError, SettingsIssue};
#[cfg(test)]
use crate::registry::settings::option::names as option_names;
pub use crate::registry::settings::value::SettingValue;
use crate::registry::settings::value::ValueTable;

/// Options for breakers, by their names: for [`configure`](crate::configure).
///
/// With the feature `serde` they can be deserialised from every format that distinguishes texts, numbers
/// and tables, such as TOML, JSON or YAML, as a file of their own or as a part of one:
///
/// ```toml
/// ["*"]                           # every breaker
/// timeout = "30s"
///
/// ["shop::payments::*"]           # all with names that begin so
/// failure_rate = 0.5
/// window = "10s"                  # or a number of calls
///
/// ["shop::payments::refund"]      # one
/// failure_threshold = "off"
/// throttle = { k = 1.5, window = "1m" }
/// observe = true
/// ```
///
/// # Keys
///
/// A key is the name of a breaker, or the beginning of names and `*`. All entries that match a breaker
/// apply to it, over the options of its code: first the entry with the shortest beginning, then longer
/// ones, and last the one with the whole name. The order in the file has no meaning.
///
/// An entry for the name of a function or group with keyed breakers applies to all of those.
/// `"shop::hosts[eu.example.com]"` applies to the breaker of one key, also if that is made later, and
/// `"shop::hosts[eu.*"` to those of keys that begin so; they come last.
///
/// # Options
///
/// All options of the attribute that are not code, as `fallback` is, written in the same way: numbers,
/// and lengths of time as texts such as `"1m 30s"`, or as numbers of seconds: `90`, `1.5`. The
/// [`CircuitBreakerBuilder`](crate::CircuitBreakerBuilder) has the table of them. Beyond that:
///
/// - `"off"`, or `false`, switches off what need not be on: `failure_threshold`, `failure_rate`,
///   `slow_call`, `abandoned_threshold`, `max_timeout`, `probe_every`, `total_timeout`, `call_timeout`,
///   `first_item`, `idle`, `ramp`, `throttle`, `max_concurrent`, `max_wait`, `max_pending`, `shared`,
///   `fleet_failures`, `max_open_keys`, `outlier`, `retry`, `inject`, `shadow`. For `honour_retry_after`
///   and `observe`, which are flags, it means `false`.
/// - `throttle` is a table of `k` and `window`, either of which may be left out, or `true`.
/// - `outlier` is a table of `stdev`, `min_keys`, `min_calls` and `window`, each of which may be left
///   out, or `true`.
/// - `shared` is the name of a group, or `true` for the name of the breaker.
/// - `mode` is `"forced-open"`, `"forced-closed"`, `"observe"` or `"automatic"`. Each
///   [`configure`](crate::configure) sets that mode; when settings do not have it any longer, the
///   breaker goes back to automatic, unless a call has changed its mode meanwhile.
/// - `observe = true` makes it a [dry run](crate::CircuitBreaker::observe), but a breaker that was
///   forced open or closed stays so.
/// - `retry` is for functions with that option, and for breakers that such a function shares: a table of
///   its parts, each of which may be left out, `"off"`, or `true` for the options of the code. A
///   `max_backoff` of the code that is shorter than `backoff` here counts as that.
/// - `inject` begins a [game day](crate::guide::game_days): a table of faults with an end, by the
///   feature of the same name and a permit. It is an option of settings alone.
/// - `shadow` is a table of options of the policy: those of a
///   [second policy](crate::CircuitBreakerBuilder::shadow) that differ. Entries that match a breaker
///   replace its options one by one. It needs the feature of the same name.
/// - `max_keys`, `key_idle`, `max_open_keys` and `outlier` are for keyed breakers, under the name of all
///   of them; a smaller `max_keys` applies from the next new key on, a smaller `max_open_keys` from the
///   next breaker on that opens.
/// - A text that is a number counts as that number, for formats that have nothing but texts; but a
///   length of time in a text has its unit, and a number as `window` is one of calls.
///
/// # In code
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::{CircuitBreaker, Settings, configure};
///
/// let breaker = CircuitBreaker::builder("in code").build()?;
/// let settings = Settings::new()
///     .set("in *", "timeout", "30s")
///     .set("in code", "failure_threshold", 3)
///     .set("in code", "throttle.window", Duration::from_secs(60));
/// let report = configure(settings)?;
/// assert_eq!(report.to_string(), "1 circuit breaker changed"); // and which entries match none
/// assert_eq!(breaker.config().timeout(), Duration::from_secs(30));
/// assert_eq!(breaker.config().failure_threshold(), Some(3));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Settings(ValueTable);

impl Settings {
    /// Returns empty settings: every breaker has the options of its code.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets an option in the entry with this key. An option in a table is written with a dot:
    /// `throttle.k`.
    ///
    /// Nothing is checked before [`configure`](crate::configure), or [`check`](Self::check).
    #[must_use = "the settings are returned"]
    pub fn set(
        mut self,
        key: impl AsRef<str>,
        option: impl AsRef<str>,
        value: impl Into<SettingValue>,
    ) -> Self {
        self.0.entry(key.as_ref()).table().set(option.as_ref(), value.into());
        self
    }

    /// Parses all entries.
    pub(crate) fn parse(&self) -> (Entries, Vec<SettingsIssue>) {
        Entries::parse(&self.0)
    }
}
