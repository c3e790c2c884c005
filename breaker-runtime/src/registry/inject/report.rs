//! The game day and its report, as users see them: [`GameDay`], [`GameDayReport`].

use std::fmt;
use std::time::SystemTime;

use crate::support::text::escaped;
use crate::time::duration::shown as shown_length;
use crate::types::error::ErrorKind;
use crate::types::injection::{InjectedCounts, Injection};
use crate::types::key::Key;
use crate::types::reason::Reason;
use crate::types::totals::Totals;

/// The game day that is under way, from [`game_day`](crate::inject::game_day).
///
/// It prints as one line; the example is at [`inject`](crate::inject).
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct GameDay {
    /// The time at which settings began it.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::since_epoch"))]
    pub began: SystemTime,
    /// The latest end of its breakers.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::since_epoch"))]
    pub until: SystemTime,
    /// The breakers with injected faults, by name. Those of keys are part of their function's.
    pub breakers: Vec<InjectedBreaker>,
}

/// A breaker with injected faults; the example is at [`inject`](crate::inject).
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct InjectedBreaker {
    /// The breaker's name.
    pub name: &'static str,
    /// The faults.
    pub injection: Injection,
}

impl fmt::Display for GameDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, InjectedBreaker { name, injection }) in self.breakers.iter().enumerate() {
            write!(f, "{}{}: {injection}", if index > 0 { "; " } else { "" }, escaped(name))?;
        }
        Ok(())
    }
}

/// The reason for which a game day ended.
///
/// ```
/// use breaker_runtime::inject::GameDayEnd;
///
/// assert_eq!(GameDayEnd::Until.to_string(), "its end has come");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum GameDayEnd {
    /// `until` has come for all its breakers.
    Until,
    /// Settings without `inject` were read.
    Removed,
}

impl fmt::Display for GameDayEnd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Until => "its end has come",
            Self::Removed => "the settings have ended it",
        })
    }
}

/// The result of a game day: which breakers opened after how many calls, and what callers got.
///
/// It prints as one line; the example is at [`inject`](crate::inject).
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct GameDayReport {
    /// The time at which settings began it.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::since_epoch"))]
    pub began: SystemTime,
    /// The time at which it ended.
    #[cfg_attr(feature = "serde", serde(serialize_with = "crate::time::seconds::since_epoch"))]
    pub ended: SystemTime,
    /// The reason for the end.
    pub end: GameDayEnd,
    /// The breakers with injected faults, and the others that opened meanwhile, by name. Those of keys
    /// are part of their function's.
    pub breakers: Vec<BreakerReport>,
}

/// The part of a [`GameDayReport`] about one breaker. All counts are those of the game day.
///
/// ```
/// use breaker_runtime::inject::{self, BreakerReport};
///
/// fn surprises(breakers: &[BreakerReport]) -> impl Iterator<Item = &BreakerReport> {
///     breakers.iter().filter(|breaker| breaker.injection.is_none())
/// }
///
/// let report = inject::last_report();
/// assert_eq!(report.iter().flat_map(|report| surprises(&report.breakers)).count(), 0);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct BreakerReport {
    /// The breaker's name.
    pub name: &'static str,
    /// The faults; `None` for a breaker that opened although none were injected into its calls.
    pub injection: Option<Injection>,
    /// The calls into which faults were injected.
    pub injected: InjectedCounts,
    /// The number of trips, over all keys.
    pub trips: u64,
    /// The first trips: at most 8 of a breaker, and of at most 64 keys.
    pub opened: Vec<GameDayTrip>,
    /// The calls and what became of them.
    pub totals: Totals,
    /// The errors that the breaker gave in place of an answer, to a fallback or to the caller: the
    /// number of each kind that there was. Errors of the calls themselves are failures in `totals`.
    pub errors: Vec<(ErrorKind, u64)>,
}

/// A trip during a game day.
///
/// ```
/// use breaker_runtime::inject::GameDayTrip;
///
/// fn line(trip: &GameDayTrip) -> String {
///     format!("{} ({})", trip.after_calls, trip.reason)
/// }
/// # let _ = line;
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct GameDayTrip {
    /// The key of the breaker; `None` without keys.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub key: Option<Key>,
    /// The number of calls that had ended since the game day began, the one that tripped included.
    pub after_calls: u64,
    /// The cause.
    pub reason: Reason,
}

impl fmt::Display for GameDayReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let length = self.ended.duration_since(self.began).unwrap_or_default();
        write!(f, "game day over after {:.1}: {}", shown_length(length), self.end)?;
        self.breakers.iter().try_for_each(|breaker| write!(f, "; {breaker}"))
    }
}

/// `payments: 12 failed, 0 waited, 0 hung; opened after 5 calls (too many failures in a row); callers
/// got: 40 success, 12 failure, 30 rejected; errors: 30 open`
impl fmt::Display for BreakerReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let InjectedCounts { failed, delayed, hung } = self.injected;
        write!(f, "{}: ", escaped(self.name))?;
        match self.injection {
            Some(_) => write!(f, "{failed} failed, {delayed} waited, {hung} hung")?,
            None => f.write_str("nothing injected")?,
        }
        match &self.opened[..] {
            [] if self.trips == 0 => f.write_str("; did not open")?,
            [] => write!(f, "; opened {} times", self.trips)?,
            [first, ..] => {
                f.write_str("; opened")?;
                if let Some(key) = &first.key {
                    write!(f, " for {key}")?;
                }
                let plural = if first.after_calls == 1 { "" } else { "s" };
                write!(f, " after {} call{plural} ({})", first.after_calls, first.reason)?;
                if self.trips > 1 {
                    write!(f, " and {} times more", self.trips - 1)?;
                }
            }
        }
        write!(f, "; callers got: {}", self.totals)?;
        for (index, (kind, count)) in self.errors.iter().enumerate() {
            write!(f, "{}{count} {kind}", if index == 0 { "; errors: " } else { ", " })?;
        }
        Ok(())
    }
}
