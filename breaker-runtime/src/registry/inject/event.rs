//! The beginning and end of a game day, as listeners receive them: [`GameDayEvent`].

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::registry::inject::report::{GameDay, GameDayReport};
use crate::support::contain::contained;
use crate::support::log::warn_operator;

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

type GameDayListener = dyn Fn(&GameDayEvent) + Send + Sync;

/// The listeners to game days.
#[derive(Default)]
pub(super) struct GameDayListeners(Mutex<Vec<Arc<GameDayListener>>>);

/// A guard that keeps a listener to game days subscribed. Dropping it unsubscribes; a call of the
/// listener that has begun still ends.
#[must_use = "dropping a subscription unsubscribes"]
pub struct GameDaySubscription {
    listeners: Weak<GameDayListeners>,
    listener: Arc<GameDayListener>,
}

// A panic in a listener ends in `notify`.
impl UnwindSafe for GameDaySubscription {}
impl RefUnwindSafe for GameDaySubscription {}

impl GameDayListeners {
    pub(super) fn subscribe(
        self: &Arc<Self>,
        listener: impl Fn(&GameDayEvent) + Send + Sync + 'static,
    ) -> GameDaySubscription {
        let listener: Arc<GameDayListener> = Arc::new(listener);
        self.all().push(Arc::clone(&listener));
        GameDaySubscription { listeners: Arc::downgrade(self), listener }
    }

    /// Logs an event and calls the listeners, without a lock. A panic in one ends there.
    pub(super) fn notify(&self, event: &GameDayEvent) {
        log(event);
        let all = self.all().clone();
        for listener in &all {
            let _ = contained(|| listener(event));
        }
        // The last handle to a listener is dropped without the lock.
        let _ = contained(|| drop(all));
    }

    fn all(&self) -> MutexGuard<'_, Vec<Arc<GameDayListener>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for GameDaySubscription {
    fn drop(&mut self) {
        let Some(listeners) = self.listeners.upgrade() else { return };
        let mut all = listeners.all();
        let index = all.iter().position(|other| Arc::ptr_eq(other, &self.listener));
        let removed = index.map(|index| all.swap_remove(index));
        drop(all);
        drop(removed);
    }
}

impl fmt::Debug for GameDaySubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GameDaySubscription").finish_non_exhaustive()
    }
}

impl fmt::Debug for GameDayListeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GameDayListeners").finish_non_exhaustive()
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
