//! Changes of state on their way into the event stream.
//!
//! A listener runs on the thread of a call, so it only takes a copy. At most [`MAX_WAITING`] changes
//! wait for the next frame; of more only the number is kept, as the frame shows the states all the same.

use std::mem;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::Serialize;

use crate::breaker::subscription::{Subscription, on_event};
use crate::observe::dashboard::frames::json;
use crate::observe::dashboard::{epoch_millis, why};
use crate::types::event::Event;
use crate::types::snapshot::State;

/// The number of changes that wait for the next frame.
const MAX_WAITING: usize = 256;

/// The body of the event `transition`.
#[derive(Debug, Serialize)]
struct TransitionView<'e> {
    time: u64,
    breaker: &'static str,
    key: Option<String>,
    #[serde(serialize_with = "crate::observe::dashboard::views::state_word")]
    from: State,
    #[serde(serialize_with = "crate::observe::dashboard::views::state_word")]
    to: State,
    reason: String,
    author: Option<&'e str>,
    note: Option<&'e str>,
}

/// Changes that wait for the next frame.
#[derive(Debug, Default)]
pub(super) struct TransitionQueue(Mutex<WaitingTransitions>);

#[derive(Debug, Default)]
struct WaitingTransitions {
    events: Vec<Event>,
    lost: u64,
}

/// The changes since the last frame.
#[derive(Debug, Default)]
pub(super) struct TakenTransitions {
    /// The body of each, in order.
    pub(super) bodies: Vec<Vec<u8>>,
    /// The number of those that were too many.
    pub(super) lost: u64,
}

impl TransitionQueue {
    /// Adds a change, unless too many wait.
    fn add(&self, event: &Event) {
        // A clone may run code of the user's only in a key, which is shared and so is not cloned.
        let event = event.clone();
        let mut waiting = self.waiting();
        waiting.lost += event.dropped;
        if waiting.events.len() < MAX_WAITING {
            waiting.events.push(event);
            return;
        }
        waiting.lost += 1;
        drop(waiting);
        drop(event);
    }

    /// Takes the changes that wait.
    pub(super) fn take(&self) -> TakenTransitions {
        let WaitingTransitions { events, lost } = mem::take(&mut *self.waiting());
        TakenTransitions { bodies: events.iter().map(body).collect(), lost }
    }

    fn waiting(&self) -> MutexGuard<'_, WaitingTransitions> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The queue of all breakers, which fills until this is dropped.
pub(super) struct TransitionListener {
    pub(super) queue: Arc<TransitionQueue>,
    _subscription: Subscription,
}

impl TransitionListener {
    /// Subscribes to all breakers.
    pub(super) fn new() -> Self {
        let queue = Arc::<TransitionQueue>::default();
        let filled = Arc::clone(&queue);
        Self { queue, _subscription: on_event(move |event| filled.add(event)) }
    }
}

fn body(event: &Event) -> Vec<u8> {
    let operator = event.operator.as_deref();
    let reason = match &event.trip {
        Some(trip) if event.to == State::Open && event.reason.is_trip() => why::sentence(trip),
        _ => event.reason.to_string(),
    };
    json(&TransitionView {
        time: epoch_millis(event.time),
        breaker: event.breaker,
        key: event.key.as_ref().map(ToString::to_string),
        from: event.from,
        to: event.to,
        reason,
        author: operator.map(|operator| operator.author.as_ref()),
        note: operator.and_then(|operator| operator.reason.as_deref()),
    })
}
