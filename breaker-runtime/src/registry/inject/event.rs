//! The beginning and end of a game day, as listeners receive them: [`GameDayEvent`].

use std::fmt;

use crate::registry::inject::report::{GameDay, GameDayReport};
use crate::support::log::warn_operator;
use crate::support::subscribers::{Subscriber, Subscribers};

/// A change of the game day, from [`on_event`](crate::inject::on_event).
///
/// It prints as one line.
///
/// ```
/// use breaker_runtime::inject::{self, GameDayEvent, GameDaySubscription};
///
/// let subscription: GameDaySubscription = inject::on_event(|event| match event {
///     GameDayEvent::Ended(report) => println!("{report}"),
///     other => eprintln!("{other}"),
/// });
/// # drop(subscription);
/// ```
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "kind", rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum GameDayEvent {
    /// Settings have begun a game day.
    Started(GameDay),
    /// Settings have changed the faults or the breakers of the game day that is under way.
    Changed(GameDay),
    /// The game day is over.
    Ended(GameDayReport),
}

impl fmt::Display for GameDayEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Started(day) => write!(f, "game day begins: {day}"),
            Self::Changed(day) => write!(f, "game day changes: {day}"),
            Self::Ended(report) => report.fmt(f),
        }
    }
}

/// A guard that keeps a listener to game days subscribed. Dropping it unsubscribes, and that is final:
/// when the drop returns, the listener is not running on any other thread and is not called again. So do
/// not drop it while holding a lock that the listener takes.
#[must_use = "dropping a subscription unsubscribes"]
pub struct GameDaySubscription(
    #[expect(dead_code, reason = "its drop unsubscribes")] pub(super) Subscriber<GameDayEvent>,
);

/// Logs an event and calls the listeners.
pub(super) fn publish(event: &GameDayEvent, listeners: &Subscribers<GameDayEvent>) {
    log(event);
    listeners.notify(event);
}

impl fmt::Debug for GameDaySubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GameDaySubscription").finish_non_exhaustive()
    }
}

/// Warns of each change: an operator who sees injected errors has to find the reason in the log.
fn log(event: &GameDayEvent) {
    match event {
        GameDayEvent::Started(_) => {
            warn_operator!("game_day_started",; "{event}");
        }
        GameDayEvent::Changed(_) => {
            warn_operator!("game_day_changed",; "{event}");
        }
        GameDayEvent::Ended(_) => {
            warn_operator!("game_day_ended",; "{event}");
        }
    }
}
