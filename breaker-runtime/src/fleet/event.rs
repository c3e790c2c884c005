//! Changes of the fleet as a whole, as listeners receive them: [`FleetEvent`].

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use crate::support::contain::contained;
use crate::support::text::escaped;

/// A change of the fleet that is no change of one breaker's state. From
/// [`Fleet::on_event`](crate::fleet::Fleet::on_event).
///
/// It prints as one line.
///
/// ```
/// use breaker_runtime::fleet::{Fleet, FleetEvent, FleetSubscription};
///
/// fn watch(fleet: &Fleet) -> FleetSubscription {
///     fleet.on_event(|event| match event {
///         FleetEvent::StoreLost { error } => eprintln!("page the operator: {error}"),
///         other => println!("{other}"),
///     })
/// }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[cfg_attr(feature = "serde", serde(tag = "kind", rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum FleetEvent {
    /// The store answers, for the first time or again.
    StoreReached,
    /// The store has not answered for a second: each breaker decides by itself.
    StoreLost {
        /// The last error, on one line, without secrets.
        error: String,
    },
    /// Live processes of a group have different versions or options.
    SettingsMixed {
        /// The name of the group.
        group: String,
    },
    /// All live processes of a group have the same version and options again.
    SettingsAgree {
        /// The name of the group.
        group: String,
    },
}

impl fmt::Display for FleetEvent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::StoreReached => f.write_str("fleet: the store answers; shared breakers follow it"),
            Self::StoreLost { error } => {
                write!(f, "fleet: {}; each breaker decides by itself until it answers", escaped(error))
            }
            Self::SettingsMixed { group } => write!(
                f,
                "fleet: the processes of {} have different versions or options; the most sensitive one \
                 decides when the group opens",
                escaped(group)
            ),
            Self::SettingsAgree { group } => {
                write!(f, "fleet: the processes of {} have the same options again", escaped(group))
            }
        }
    }
}

type FleetListener = dyn Fn(&FleetEvent) + Send + Sync;

/// The listeners to the fleet.
#[derive(Default)]
pub(super) struct FleetListeners(Mutex<Vec<Arc<FleetListener>>>);

/// A guard that keeps a listener to the fleet subscribed. Dropping it unsubscribes; a call of the
/// listener that has begun still ends.
#[must_use = "dropping a subscription unsubscribes"]
pub struct FleetSubscription {
    listeners: Weak<FleetListeners>,
    listener: Arc<FleetListener>,
}

impl FleetListeners {
    pub(super) fn subscribe(
        self: &Arc<Self>,
        listener: impl Fn(&FleetEvent) + Send + Sync + 'static,
    ) -> FleetSubscription {
        let listener: Arc<FleetListener> = Arc::new(listener);
        self.all().push(Arc::clone(&listener));
        FleetSubscription { listeners: Arc::downgrade(self), listener }
    }

    /// Logs an event and calls the listeners, without a lock. A panic in one ends there.
    pub(super) fn notify(&self, event: &FleetEvent) {
        log(event);
        let all = self.all().clone();
        for listener in &all {
            let _ = contained(|| listener(event));
        }
        // The last handle to a listener is dropped without the lock.
        let _ = contained(|| drop(all));
    }

    fn all(&self) -> MutexGuard<'_, Vec<Arc<FleetListener>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for FleetSubscription {
    fn drop(&mut self) {
        let Some(listeners) = self.listeners.upgrade() else { return };
        let mut all = listeners.all();
        let index = all.iter().position(|other| Arc::ptr_eq(other, &self.listener));
        let removed = index.map(|index| all.swap_remove(index));
        drop(all);
        drop(removed);
    }
}

impl fmt::Debug for FleetSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FleetSubscription").finish_non_exhaustive()
    }
}

impl fmt::Debug for FleetListeners {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FleetListeners").finish_non_exhaustive()
    }
}

#[cfg(feature = "tracing")]
fn log(event: &FleetEvent) {
    let _ = contained(|| match event {
        FleetEvent::StoreReached => {
            tracing::info!(name: "breaker.fleet.store_reached", target: "breaker", "{event}");
        }
        FleetEvent::StoreLost { error } => {
            tracing::warn!(name: "breaker.fleet.store_lost", target: "breaker", error = error.as_str(), "{event}");
        }
        FleetEvent::SettingsMixed { group } => {
            tracing::warn!(name: "breaker.fleet.settings_mixed", target: "breaker", group = group.as_str(), "{event}");
        }
        FleetEvent::SettingsAgree { group } => {
            tracing::info!(name: "breaker.fleet.settings_agree", target: "breaker", group = group.as_str(), "{event}");
        }
    });
}

#[cfg(not(feature = "tracing"))]
fn log(_: &FleetEvent) {}
