//! The messages of breakers to the background task that probes them: [`PingInbox`].
//!
//! A task ends when it has nothing to do. A breaker that opens at this moment must not send to a task
//! that no longer reads: one lock decides which of the two came first.

use std::sync::PoisonError;

use crate::sync::{Mutex, MutexGuard};

/// The messages to a task.
#[derive(Debug)]
pub(crate) struct PingInbox<M>(Mutex<Received<M>>);

#[derive(Debug)]
struct Received<M> {
    messages: Vec<M>,
    closed: bool,
}

impl<M> PingInbox<M> {
    /// Makes an inbox with a first message.
    pub(crate) fn new(first: M) -> Self {
        Self(Mutex::new(Received { messages: vec![first], closed: false }))
    }

    /// Adds a message.
    ///
    /// # Errors
    ///
    /// Returns the message if the task has ended.
    pub(crate) fn send(&self, message: M) -> Result<(), M> {
        let mut received = self.received();
        if received.closed {
            return Err(message);
        }
        received.messages.push(message);
        Ok(())
    }

    /// Takes all messages.
    pub(crate) fn take(&self) -> Vec<M> {
        std::mem::take(&mut self.received().messages)
    }

    /// Closes the inbox if it is empty. Returns whether it is closed.
    pub(crate) fn close_if_empty(&self) -> bool {
        let mut received = self.received();
        received.closed |= received.messages.is_empty();
        received.closed
    }

    /// Closes the inbox and takes what is left in it.
    pub(crate) fn close(&self) -> Vec<M> {
        let mut received = self.received();
        received.closed = true;
        std::mem::take(&mut received.messages)
    }

    fn received(&self) -> MutexGuard<'_, Received<M>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
