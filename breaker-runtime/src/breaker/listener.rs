//! A listener to one breaker or to all breakers of a scope: [`Listener`].

use crate::breaker::scope::ScopeId;
use crate::support::callback::Callback;
use crate::types::event::Event;

/// A callback for events, and which breakers it listens to.
pub(crate) struct Listener {
    callback: Callback<Event>,
    /// The breakers that it listens to, if they are all those of a scope.
    scope: Option<ScopeId>,
}

impl Listener {
    /// Creates an enabled listener.
    pub(crate) fn new(run: Box<dyn Fn(&Event) + Send + Sync>) -> Self {
        Self { callback: Callback::new(run), scope: None }
    }

    /// Creates an enabled listener to all breakers of a scope.
    pub(crate) fn to_scope(scope: ScopeId, run: Box<dyn Fn(&Event) + Send + Sync>) -> Self {
        Self { scope: Some(scope), ..Self::new(run) }
    }

    /// Returns whether the breakers of a scope are among those that it listens to.
    pub(crate) fn includes(&self, scope: ScopeId) -> bool {
        self.scope.is_none_or(|own| own == scope)
    }

    /// Calls the listener with no lock held. A panic in it ends there.
    pub(crate) fn notify(&self, event: &Event) {
        self.callback.notify(event);
    }

    /// Disables the listener and waits for other threads that run it.
    pub(crate) fn close(&self) {
        self.callback.close();
    }
}
