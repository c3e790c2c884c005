//! Signs that a breaker cannot do its work: [`Finding`].

use std::borrow::Cow;
use std::fmt;
use std::time::Duration;

use crate::support::text::escaped;

/// A sign that a breaker cannot do its work as it is configured or called, from
/// [`Snapshot::findings`](crate::Snapshot::findings) and `findings()`.
///
/// It prints as one line that says what was found, for how long it has been so, and what to do:
/// `payments: no window of 10 s had the 20 calls of min_calls, at most 3, so that no rate can open it
/// (for 2.0 h); lower min_calls, make window longer, or set failure_threshold`.
///
/// Each kind, with its cause and remedy, is in
/// [`guide::operations`](crate::guide::operations#findings).
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::{CircuitBreaker, Finding, FindingKind, ManualClock};
///
/// let clock = ManualClock::new();
/// let breaker = CircuitBreaker::builder("reports").clock(clock.clone()).build()?;
/// clock.advance(Duration::from_secs(3 * 24 * 3600));
/// let snapshot = breaker.snapshot();
/// let finding: &Finding = &snapshot.findings()[0];
/// assert_eq!(finding.kind, FindingKind::NeverCalled);
/// assert_eq!(finding.lasted, Duration::from_secs(3 * 24 * 3600));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Finding {
    /// The name of the breaker. That of a function with keys stands for all of them.
    pub breaker: Cow<'static, str>,
    /// The kind.
    pub kind: FindingKind,
    /// For how long it has been so: since its cause began where that is known, and otherwise since it
    /// was first found.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::seconds"))]
    pub lasted: Duration,
    /// The figures that were found, without the time.
    pub what: String,
}

/// The kind of a [`Finding`].
///
/// Prints as a word for filters that does not change: `cannot-open`.
///
/// ```
/// use breaker_runtime::FindingKind;
///
/// assert_eq!(FindingKind::CannotOpen.to_string(), "cannot-open");
/// for kind in FindingKind::ALL {
///     println!("{kind}: {}", kind.remedy());
/// }
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum FindingKind {
    /// The window of time never has `min_calls` calls, and only rates of it can open the breaker.
    CannotOpen,
    /// Many calls failed in a row, and the breaker is closed.
    FailingWhileClosed,
    /// Almost all calls are dropped before they end, so that the breaker does not see their results.
    AlwaysCancelled,
    /// All calls end in an ignored outcome.
    AlwaysIgnored,
    /// Most callers have received a fallback, or an old answer, for hours.
    FallbackForHours,
    /// No probe has succeeded for long.
    ProbesAlwaysFail,
    /// The budget of retries refuses most of them.
    RetryBudgetSpent,
    /// Another breaker has the name that this one wants.
    NameClash,
    /// No call has ended since the breaker was created.
    NeverCalled,
    /// A game day injects faults that callers do not meet as they would meet those of the dependency.
    GameDayLimited,
}

impl FindingKind {
    /// All kinds, in the order in which findings are listed.
    pub const ALL: &'static [Self] = &[
        Self::CannotOpen,
        Self::FailingWhileClosed,
        Self::AlwaysCancelled,
        Self::AlwaysIgnored,
        Self::FallbackForHours,
        Self::ProbesAlwaysFail,
        Self::RetryBudgetSpent,
        Self::NameClash,
        Self::NeverCalled,
        Self::GameDayLimited,
    ];

    /// Returns what to do about it.
    pub const fn remedy(self) -> &'static str {
        match self {
            Self::CannotOpen => "lower min_calls, make window longer, or set failure_threshold",
            Self::FailingWhileClosed => {
                "set failure_threshold, make window shorter, or raise max_open_keys if it is set"
            }
            Self::AlwaysCancelled => {
                "leave abandoned_threshold on, or set call_timeout below the deadline of the callers, so that a \
                 hanging call counts"
            }
            Self::AlwaysIgnored => "correct ignore_if, exclude or classify, so that results count",
            Self::FallbackForHours => "repair the dependency, or call what answers instead of it",
            Self::ProbesAlwaysFail => {
                "repair the dependency; if it answers, see why the probe fails, by the report of the trip"
            }
            Self::RetryBudgetSpent => {
                "repair the dependency; if it fails this often when it is well, retry less or raise budget"
            }
            Self::NameClash => {
                "give one of the two another name, or share one breaker by `breaker = ..`"
            }
            Self::NeverCalled => {
                "remove it, or see whether the calls go through another function or never end"
            }
            Self::GameDayLimited => {
                "change `inject` in the settings, or read the report of the game day without these faults"
            }
        }
    }
}

impl fmt::Display for FindingKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::CannotOpen => "cannot-open",
            Self::FailingWhileClosed => "failing-while-closed",
            Self::AlwaysCancelled => "always-cancelled",
            Self::AlwaysIgnored => "always-ignored",
            Self::FallbackForHours => "fallback-for-hours",
            Self::ProbesAlwaysFail => "probes-always-fail",
            Self::RetryBudgetSpent => "retry-budget-spent",
            Self::NameClash => "name-clash",
            Self::NeverCalled => "never-called",
            Self::GameDayLimited => "game-day-limited",
        })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { breaker, kind, lasted, what } = self;
        write!(f, "{}: {}", escaped(breaker), escaped(what))?;
        if !lasted.is_zero() {
            write!(f, " (for {})", Span(*lasted))?;
        }
        write!(f, "; {}", kind.remedy())
    }
}

/// A length of time, from seconds to days.
struct Span(Duration);

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let seconds = self.0.as_secs_f64();
        match self.0.as_secs() {
            ..=119 => write!(f, "{seconds:.0} s"),
            120..=7_199 => write!(f, "{:.0} min", seconds / 60.0),
            7_200..=172_799 => write!(f, "{:.1} h", seconds / 3_600.0),
            _ => write!(f, "{:.1} days", seconds / 86_400.0),
        }
    }
}
