//! Events in the order of their time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::fleet::protocol::message::{Millis, Request, View};

/// Something that happens to a process, by its index.
#[derive(Debug)]
pub(super) enum Event {
    Call(usize),
    ProbeEnds(usize),
    Tick(usize),
    Notice(usize),
    Request(usize, u64, Request),
    Reply(usize, u64, View),
}

/// Events that are due. Those of one time come in an order that is the same in each run.
#[derive(Debug, Default)]
pub(super) struct Events {
    heap: BinaryHeap<Reverse<(Millis, usize)>>,
    slots: Vec<Option<Event>>,
    free: Vec<usize>,
}

impl Events {
    pub(super) fn add(&mut self, time: Millis, event: Event) {
        let slot = self.free.pop().unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.slots[slot] = Some(event);
        self.heap.push(Reverse((time, slot)));
    }

    /// Removes the next event, with its time.
    pub(super) fn next(&mut self) -> Option<(Millis, Event)> {
        let Reverse((time, slot)) = self.heap.pop()?;
        self.free.push(slot);
        self.slots[slot].take().map(|event| (time, event))
    }
}
