//! The background task of a runtime: [`PingTask`].

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::task::yield_now;

use crate::breaker::background::home::{PingHome, PingMessage};
use crate::breaker::background::ping::PingStep;
use crate::breaker::background::running::{RunningPing, RunningPings};
use crate::breaker::handle::WeakBreaker;
#[cfg(feature = "test-util")]
use crate::breaker::scope::{self, Scope};
use crate::state::ping_gate::PingTicket;
use crate::support::contain::contained;
use crate::time::Ticks;
use crate::time::clock::duration;
use crate::time::timer::{Instant, sleep};

/// The number of breakers that are looked at before other tasks of the runtime run.
const STRIDE: usize = 128;

/// The longest sleep for a breaker with a clock of the user's: its time may run faster.
const LONGEST_SLEEP: Duration = Duration::from_secs(1);

/// The wait after a panic in a clock of the user's.
const AFTER_PANIC: Ticks = 1_000_000;

/// The background task of a runtime.
pub(super) struct PingTask {
    home: Arc<PingHome>,
    /// The breakers by their addresses, which their weak references keep from being used again.
    entries: HashMap<usize, PingEntry>,
    /// When a breaker is looked at next. An item with another number than its entry is outdated.
    queue: BinaryHeap<Reverse<(Instant, u64, usize)>>,
    last_number: u64,
    running: RunningPings,
}

/// A breaker that the task probes.
struct PingEntry {
    breaker: WeakBreaker,
    ticket: PingTicket,
    /// The number of its item in the queue; 0 while a ping is in flight.
    number: u64,
    not_before: Ticks,
    #[cfg(feature = "test-util")]
    scope: Option<Scope>,
}

impl PingTask {
    pub(super) fn new(home: Arc<PingHome>) -> Self {
        Self {
            home,
            entries: HashMap::new(),
            queue: BinaryHeap::new(),
            last_number: 0,
            running: RunningPings::new(),
        }
    }

    /// Runs until no breaker needs it, or the runtime ends.
    pub(super) async fn run(mut self) {
        loop {
            self.receive();
            let more = self.look();
            if more {
                yield_now().await;
            } else if self.entries.is_empty() && self.running.len() == 0 {
                if self.home.inbox.close_if_empty() {
                    return;
                }
            } else {
                self.wait().await;
            }
        }
    }

    /// Waits for a message, the next breaker to look at, or the end of a ping.
    async fn wait(&mut self) {
        let home = Arc::clone(&self.home);
        let mut news = pin!(home.news.notified());
        let next = if self.running.is_full() { None } else { self.queue.peek() };
        let left = next.map(|Reverse((at, ..))| at.saturating_duration_since(Instant::now()));
        let mut next = pin!(left.map(sleep));
        let mut ready = |context: &mut Context<'_>| {
            let mut ended = false;
            for end in self.running.poll(context) {
                ended = true;
                if let Some(entry) = self.entries.get_mut(&end.address) {
                    entry.not_before = end.not_before;
                    self.last_number += 1;
                    entry.number = self.last_number;
                    self.queue.push(Reverse((Instant::now(), self.last_number, end.address)));
                }
            }
            let is_due = next
                .as_mut()
                .as_pin_mut()
                .is_some_and(|next: Pin<&mut _>| next.poll(context).is_ready());
            let has_news = news.as_mut().poll(context).is_ready();
            if ended || is_due || has_news { Poll::Ready(()) } else { Poll::Pending }
        };
        poll_fn(|context| ready(context)).await;
    }

    fn receive(&mut self) {
        for message in self.home.inbox.take() {
            self.note(message);
        }
    }

    fn note(&mut self, message: PingMessage) {
        let address = message.breaker.address();
        let Some(breaker) = message.breaker.upgrade() else {
            self.entries.remove(&address);
            return;
        };
        let Some(link) = breaker.own_inner().background_link() else { return };
        let known = self.entries.get(&address).map(|entry| (entry.ticket, entry.number));
        let ticket = match (message.ticket, known) {
            (Some(ticket), _) => ticket,
            // Its ping is in flight. When that ends, the breaker is looked at anyway.
            (None, Some((ticket, 0))) if link.gate().is_owner(ticket) => return,
            (None, Some((ticket, _))) if link.gate().is_owner(ticket) => ticket,
            // It was released when the breaker opened again.
            (None, _) => match link.gate().claim(0) {
                Some(ticket) => ticket,
                None => return,
            },
        };
        let entry = PingEntry {
            breaker: message.breaker,
            ticket,
            number: 0,
            not_before: 0,
            #[cfg(feature = "test-util")]
            scope: message.scope,
        };
        self.entries.insert(address, entry);
        self.schedule(address, Duration::ZERO);
    }

    fn schedule(&mut self, address: usize, wait: Duration) {
        let Some(entry) = self.entries.get_mut(&address) else { return };
        self.last_number += 1;
        entry.number = self.last_number;
        let now = Instant::now();
        let at = now.checked_add(wait).unwrap_or(now + LONGEST_SLEEP);
        self.queue.push(Reverse((at, entry.number, address)));
    }

    /// Looks at the breakers that are due. Returns whether there may be more of them.
    fn look(&mut self) -> bool {
        let now = Instant::now();
        for _ in 0..STRIDE {
            if self.running.is_full() {
                return false;
            }
            match self.queue.peek() {
                Some(Reverse((at, ..))) if *at <= now => {}
                _ => return false,
            }
            let Some(Reverse((_, number, address))) = self.queue.pop() else { return false };
            if self.entries.get(&address).is_some_and(|entry| entry.number == number) {
                self.step(address);
            }
        }
        true
    }

    fn step(&mut self, address: usize) {
        let Some(entry) = self.entries.get_mut(&address) else { return };
        let Some(breaker) = entry.breaker.upgrade() else {
            self.entries.remove(&address);
            return;
        };
        #[cfg(feature = "test-util")]
        let _entered = entry.scope.clone().map(|scope| scope::enter(Some(scope)));
        let inner = breaker.own_inner();
        let (ticket, not_before) = (entry.ticket, entry.not_before);
        // Clocks and listeners are code of the user's.
        let step = contained(|| inner.begin_ping(ticket, not_before));
        match step.unwrap_or(PingStep::Wait(AFTER_PANIC)) {
            PingStep::Run(token, limit) => {
                entry.number = 0;
                #[cfg(feature = "test-util")]
                let scope = entry.scope.clone();
                self.running.push(RunningPing::new(
                    address,
                    breaker,
                    token,
                    duration(limit),
                    #[cfg(feature = "test-util")]
                    scope,
                ));
            }
            PingStep::Wait(left) => {
                let left = duration(left);
                let is_exact = inner.time.is_default();
                self.schedule(address, if is_exact { left } else { left.min(LONGEST_SLEEP) });
            }
            PingStep::Done => {
                self.entries.remove(&address);
            }
        }
    }
}

impl Drop for PingTask {
    fn drop(&mut self) {
        // The runtime may be ending with breakers open: calls probe them again, or find another task.
        let left = self.home.inbox.close();
        self.home.leave();
        let left = left.into_iter().filter_map(|message| Some((message.breaker, message.ticket?)));
        let owned = self.entries.drain().map(|(_, entry)| (entry.breaker, entry.ticket));
        for (breaker, ticket) in owned.chain(left) {
            if let Some(breaker) = breaker.upgrade() {
                if let Some(link) = breaker.own_inner().background_link() {
                    link.gate().release(ticket);
                }
            }
        }
    }
}
