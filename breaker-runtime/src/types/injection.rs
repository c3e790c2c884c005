//! The faults of a game day, as users see them: [`Injection`].

use std::fmt;
use std::time::{Duration, SystemTime};

use crate::support::text::escaped;
use crate::time::duration::shown as shown_length;

/// The faults that a game day injects into the calls of a breaker, from the option `inject` of
/// [`Settings`](crate::Settings).
///
/// Prints as one line.
///
/// ```
/// use breaker_runtime::inject::{self, Injection};
///
/// let game_day: Option<inject::GameDay> = inject::game_day();
/// assert!(game_day.is_none());
/// fn seconds(injection: &Injection) -> u64 {
///     injection.latency.map_or(0, |latency| latency.as_secs())
/// }
/// # let _ = seconds;
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Injection {
    /// The share of calls that fail at once and do not run, from 0 to 1. Default: 0.
    pub fail: f64,
    /// The share of the other calls that hang until the end, from 0 to 1. Default: 0.
    pub hang: f64,
    /// The length of time for which the rest of the calls, or `share` of them, wait before they run;
    /// `None` without. Above zero. Default: none.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::seconds::optional"))]
    pub latency: Option<Duration>,
    /// The share of the calls that have neither failed nor hung to which `latency` applies, from 0 to 1.
    /// Default: 1.
    pub share: f64,
    /// The keys to which the game day is limited, as they are printed; empty for all calls.
    pub keys: Vec<String>,
    /// The end: nothing is injected from then on. At most a day ahead when the settings are read.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::since_epoch"))]
    pub until: SystemTime,
}

impl Injection {
    /// Writes the faults and the keys, without the end.
    fn write_faults(&self, f: &mut impl fmt::Write) -> fmt::Result {
        let mut separator = "";
        for (share, what) in [(self.fail, "fail"), (self.hang, "hang")] {
            if share > 0.0 {
                write!(f, "{separator}{} % {what}", share * 100.0)?;
                separator = ", ";
            }
        }
        if let Some(latency) = self.latency {
            write!(f, "{separator}{} % wait for {}", self.share * 100.0, shown_length(latency))?;
            separator = ", ";
        }
        if !self.keys.is_empty() {
            write!(f, "{separator}for the keys {}", escaped(self.keys.join(", ")))?;
        }
        Ok(())
    }

    /// Returns the faults and the keys as a text, without the end.
    #[cfg(feature = "dashboard")]
    pub(crate) fn faults(&self) -> String {
        let mut text = String::new();
        // Only a type that is written could fail, and none here does.
        let _ = self.write_faults(&mut text);
        text
    }
}

impl fmt::Display for Injection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.write_faults(f)?;
        write!(
            f,
            ", until {}",
            humantime::format_rfc3339_seconds(self.until.max(SystemTime::UNIX_EPOCH))
        )
    }
}

/// The calls of a breaker into which game days have injected a fault.
///
/// ```
/// use breaker_runtime::inject::InjectedCounts;
///
/// assert_eq!(InjectedCounts::default().failed, 0);
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct InjectedCounts {
    /// The calls that failed and did not run.
    pub failed: u64,
    /// The calls that waited before they ran.
    pub delayed: u64,
    /// The calls that hung.
    pub hung: u64,
}

impl InjectedCounts {
    /// Returns what was counted after an earlier reading.
    pub(crate) fn since(self, earlier: Self) -> Self {
        Self {
            failed: self.failed.saturating_sub(earlier.failed),
            delayed: self.delayed.saturating_sub(earlier.delayed),
            hung: self.hung.saturating_sub(earlier.hung),
        }
    }
}
