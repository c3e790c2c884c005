//! The tasks of the runtimes, as breakers find them: [`PingHome`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::runtime::{Handle, Id};
use tokio::sync::Notify;

use crate::breaker::background::task::PingTask;
use crate::breaker::handle::WeakBreaker;
#[cfg(feature = "test-util")]
use crate::breaker::scope::Scope;
use crate::state::ping_gate::PingTicket;
use crate::state::ping_inbox::PingInbox;

/// The task of one runtime, as breakers see it.
pub(crate) struct PingHome {
    pub(super) inbox: PingInbox<PingMessage>,
    pub(super) news: Notify,
}

/// A message to a task: a breaker to look at.
pub(crate) struct PingMessage {
    pub(super) breaker: WeakBreaker,
    /// The gate that the task owns from now on; `None` if something else about the breaker has changed.
    pub(super) ticket: Option<PingTicket>,
    /// The scope in which pings run: that of the test that opened the breaker.
    #[cfg(feature = "test-util")]
    pub(super) scope: Option<Scope>,
}

/// The tasks that run, by their runtimes.
static HOMES: Mutex<Vec<(Id, Arc<PingHome>)>> = Mutex::new(Vec::new());

fn homes() -> MutexGuard<'static, Vec<(Id, Arc<PingHome>)>> {
    HOMES.lock().unwrap_or_else(PoisonError::into_inner)
}

impl PingHome {
    /// Sends a message to the task of a runtime, and starts the task if there is none.
    pub(super) fn send_on(runtime: &Handle, message: PingMessage) -> Arc<Self> {
        let id = runtime.id();
        let mut homes = homes();
        let present = homes.iter().find(|(of, _)| *of == id).map(|(_, home)| Arc::clone(home));
        let message = match present {
            Some(home) => match home.send(message) {
                Ok(()) => return home,
                // It has ended, or it was that of an earlier runtime with the same number.
                Err(message) => message,
            },
            None => message,
        };
        let home = Arc::new(Self { inbox: PingInbox::new(message), news: Notify::new() });
        homes.retain(|(of, _)| *of != id);
        homes.push((id, Arc::clone(&home)));
        // A runtime that shuts down drops the task at once, and the task then leaves the list.
        drop(homes);
        drop(runtime.spawn(PingTask::new(Arc::clone(&home)).run()));
        home
    }

    /// Sends a message.
    ///
    /// # Errors
    ///
    /// Returns the message if the task has ended.
    pub(super) fn send(&self, message: PingMessage) -> Result<(), PingMessage> {
        self.inbox.send(message)?;
        self.news.notify_one();
        Ok(())
    }

    /// Leaves the list of tasks.
    pub(super) fn leave(self: &Arc<Self>) {
        homes().retain(|(_, home)| !Arc::ptr_eq(home, self));
    }
}
