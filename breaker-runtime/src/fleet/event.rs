//! Changes of the fleet as a whole, as listeners receive them: [`FleetEvent`].

use std::fmt;

#[cfg(feature = "tracing")]
use crate::support::contain::contained;
use crate::support::subscribers::{Subscriber, Subscribers};
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

/// A guard that keeps a listener to the fleet subscribed. Dropping it unsubscribes, and that is final:
/// when the drop returns, the listener is not running on any other thread and is not called again. So do
/// not drop it while holding a lock that the listener takes.
#[must_use = "dropping a subscription unsubscribes"]
pub struct FleetSubscription(
    #[expect(dead_code, reason = "its drop unsubscribes")] pub(super) Subscriber<FleetEvent>,
);

/// Logs an event and calls the listeners.
pub(super) fn publish(event: &FleetEvent, listeners: &Subscribers<FleetEvent>) {
    log(event);
    listeners.notify(event);
}

impl fmt::Debug for FleetSubscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FleetSubscription").finish_non_exhaustive()
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
