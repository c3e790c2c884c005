//! The background task of a process: [`Agent`].
//!
//! - It pulls: calls only count as they do in any breaker, and the task reads the totals. A change of
//!   state, and a call that would probe, wake it before its next regular reading.
//! - Exchanges with the store run beside it. While one is under way the task goes on reading, so that a
//!   store that does not answer is noticed in time.
//! - It holds no lock while listeners and clocks run, which are code of the user's, and no handle that
//!   keeps a breaker alive.
//! - When it ends, whatever the reason, each breaker decides by itself again.

mod group;
mod reach;
mod reading;
#[cfg(test)]
mod tests;
mod watch;

#[cfg(feature = "dashboard")]
pub(crate) use self::reading::shared_group;
use std::collections::{BTreeMap, HashSet};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::time::Duration;

use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};
use tokio::time::{Instant, sleep_until};

use crate::breaker::CircuitBreaker;
use crate::fleet::agent::group::TrackedGroup;
use crate::fleet::agent::reach::Reach;
use crate::fleet::agent::watch::{AbortOnDrop, Notice, watch};
use crate::fleet::connect::{FindBreakers, FleetConnection, draw};
use crate::fleet::event::publish;
use crate::fleet::protocol::membership::{Input, Output};
use crate::fleet::protocol::message::{Millis, Request};
use crate::fleet::store::{GroupName, StoreAnswers, StoreError};
use crate::support::contain::contained;

/// The shortest and the longest time between two regular readings, in milliseconds. Drawn anew each
/// time, so that processes that started together do not stay together.
const FLUSH: std::ops::RangeInclusive<u64> = 100..=250;

/// The shortest time between two readings: calls that would probe may come without pause.
const SHORTEST: Duration = Duration::from_millis(10);

/// An order to the agent.
pub(super) enum AgentOrder {
    /// A group has changed.
    Look(GroupName),
    /// The process leaves its fleet.
    Leave(oneshot::Sender<()>),
}

/// The background task of a process.
pub(super) struct Agent {
    connection: Arc<FleetConnection>,
    find: FindBreakers,
    /// Whether `find` may block its thread for a moment.
    blocking: bool,
    groups: BTreeMap<GroupName, TrackedGroup>,
    exchanges: JoinSet<EndedExchange>,
    listing: Option<JoinHandle<Vec<CircuitBreaker>>>,
    /// Whether the breakers were listed once: later ones are new.
    listed: bool,
    reach: Reach,
    /// The calls of reports that groups without a breaker left had given up.
    dropped: u64,
    start: Instant,
}

/// An exchange that has ended.
struct EndedExchange {
    sent: Vec<(GroupName, u64)>,
    answers: Result<StoreAnswers, StoreError>,
}

/// The reason why the agent goes on.
enum Woken {
    Flush,
    Changed,
    Answered(EndedExchange),
    Listed(Vec<CircuitBreaker>),
    Noticed(Notice),
    Ordered(AgentOrder),
    /// The other ends are gone.
    Ended,
}

impl Agent {
    pub(super) fn new(connection: Arc<FleetConnection>, find: FindBreakers, blocking: bool) -> Self {
        Self {
            connection,
            find,
            blocking,
            groups: BTreeMap::new(),
            exchanges: JoinSet::new(),
            listing: None,
            listed: false,
            reach: Reach::default(),
            dropped: 0,
            start: Instant::now(),
        }
    }

    /// Runs until the process leaves, or the runtime ends.
    pub(super) async fn run(mut self, mut orders: mpsc::UnboundedReceiver<AgentOrder>) {
        let (names, mut notices) = mpsc::unbounded_channel();
        let store = Arc::clone(&self.connection.store);
        let _watch = AbortOnDrop(tokio::spawn(watch(store, names)));
        let mut flush = Instant::now();
        loop {
            match self.wait(flush, &mut notices, &mut orders).await {
                Woken::Flush => {
                    flush = Instant::now() + Duration::from_millis(fastrand::u64(FLUSH));
                    self.list();
                }
                Woken::Changed => tokio::time::sleep(SHORTEST).await,
                Woken::Answered(exchange) => self.answer(exchange),
                Woken::Listed(breakers) => self.attach(breakers),
                Woken::Noticed(notice) => {
                    self.notice(notice);
                    while let Ok(notice) = notices.try_recv() {
                        self.notice(notice);
                    }
                }
                Woken::Ordered(AgentOrder::Look(group)) => self.notice(Notice::Group(group)),
                Woken::Ordered(AgentOrder::Leave(done)) => {
                    self.leave().await;
                    drop(self);
                    // An error means that the caller no longer waits.
                    let _ = done.send(());
                    return;
                }
                Woken::Ended => return,
            }
            self.tick();
        }
    }

    async fn wait(
        &mut self,
        flush: Instant,
        notices: &mut mpsc::UnboundedReceiver<Notice>,
        orders: &mut mpsc::UnboundedReceiver<AgentOrder>,
    ) -> Woken {
        let listing = async {
            match &mut self.listing {
                Some(listing) => Pin::new(listing).await.unwrap_or_default(),
                None => std::future::pending().await,
            }
        };
        tokio::select! {
            // StoreAnswers first: the gate of a lease depends on them.
            Some(done) = self.exchanges.join_next() => match done {
                Ok(exchange) => Woken::Answered(exchange),
                // It was aborted, which only the end of the runtime does.
                Err(_) => Woken::Changed,
            },
            notice = notices.recv() => notice.map_or(Woken::Ended, Woken::Noticed),
            order = orders.recv() => order.map_or(Woken::Ended, Woken::Ordered),
            () = self.connection.waker.changed() => Woken::Changed,
            breakers = listing => {
                self.listing = None;
                Woken::Listed(breakers)
            }
            () = sleep_until(flush) => Woken::Flush,
        }
    }

    /// Returns the time of the process's clock, as the protocol counts it.
    fn now(&self) -> Millis {
        millis(self.start.elapsed())
    }

    /// Looks for breakers that are shared.
    fn list(&mut self) {
        if !self.blocking {
            let breakers = contained(|| (self.find)()).unwrap_or_default();
            self.attach(breakers);
        } else if self.listing.is_none() {
            let find = Arc::clone(&self.find);
            self.listing =
                Some(tokio::task::spawn_blocking(move || contained(|| find()).unwrap_or_default()));
        }
    }

    /// Adds breakers to their groups, and removes those that are gone or no longer shared.
    fn attach(&mut self, breakers: Vec<CircuitBreaker>) {
        let (now, is_new) = (self.now(), self.listed);
        self.listed = true;
        let mut present = HashSet::new();
        for breaker in breakers {
            let Some(name) = reading::group_of(&breaker) else { continue };
            present.insert((name.clone(), group::address(&breaker)));
            let FleetConnection { process, name: process_name, waker, .. } = &*self.connection;
            let group = self.groups.entry(name).or_insert_with_key(|name| {
                TrackedGroup::new(name.clone(), *process, Arc::clone(process_name), now)
            });
            group.add(&breaker, waker, is_new, &|| millis(self.start.elapsed()));
        }
        for group in self.groups.values_mut() {
            group.retain(|name, address| present.contains(&(name.clone(), address)));
        }
        let empty: Vec<_> = self
            .groups
            .iter()
            .filter(|(_, group)| group.is_empty())
            .map(|(name, _)| name.clone())
            .collect();
        for name in empty {
            if let Some(group) = self.groups.remove(&name) {
                self.dropped = self.dropped.saturating_add(group.dropped());
                self.send(vec![(name, 0, group.leave(draw()))]);
            }
        }
    }

    fn notice(&mut self, notice: Notice) {
        match notice {
            Notice::Group(name) => {
                if self.groups.contains_key(&name) {
                    self.step(&name, Input::Notified);
                }
            }
            Notice::All => {
                let names: Vec<_> = self.groups.keys().cloned().collect();
                for name in names {
                    self.step(&name, Input::Notified);
                }
            }
        }
    }

    /// Reads all breakers, and sends what is due.
    fn tick(&mut self) {
        // Before the readings: a change from here on wakes the agent again.
        self.connection.waker.begin_reading();
        let names: Vec<_> = self.groups.keys().cloned().collect();
        let mut due = Vec::new();
        for name in names {
            let now = self.now();
            let Some(group) = self.groups.get_mut(&name) else { continue };
            let local = group.read(now);
            due.extend(self.step(&name, Input::Tick { local, draw: draw() }));
        }
        self.send(due);
        if let Some(event) = self.reach.tick(Instant::now()) {
            publish(&event, &self.connection.listeners);
        }
        self.show();
    }

    /// Lets a group take a step, carries out what it demands, and returns the request that is due.
    fn step(&mut self, name: &GroupName, input: Input) -> Option<(GroupName, u64, Request)> {
        let start = self.start;
        let group = self.groups.get_mut(name)?;
        let outputs = group.step(millis(start.elapsed()), input);
        let mut due = None;
        for output in outputs {
            match output {
                Output::Send { number, request } => due = Some((name.clone(), number, request)),
                order => group.carry_out(order, &|| millis(start.elapsed())),
            }
        }
        due
    }

    /// Starts one exchange for all requests.
    fn send(&mut self, due: Vec<(GroupName, u64, Request)>) {
        if due.is_empty() {
            return;
        }
        let store = Arc::clone(&self.connection.store);
        let (mut sent, mut requests) = (Vec::new(), Vec::new());
        for (name, number, request) in due {
            sent.push((name.clone(), number));
            requests.push((name, request));
        }
        self.exchanges.spawn(async move {
            let answers = store.exchange(&requests).await;
            EndedExchange { sent, answers }
        });
    }

    /// Applies the answers of an exchange.
    fn answer(&mut self, exchange: EndedExchange) {
        let EndedExchange { sent, answers } = exchange;
        let count = sent.len();
        let (answers, error) = match answers {
            Ok(answers) => (answers, None),
            Err(error) => (Vec::new(), Some(error)),
        };
        let mut error = error;
        let mut reached = false;
        let mut answers = answers.into_iter();
        let now = self.now();
        for (name, number) in sent {
            match answers.next() {
                Some(Ok(view)) => {
                    reached = true;
                    self.step(&name, Input::Reply { number, view: view.clone() });
                    let event = self.groups.get_mut(&name).and_then(|group| group.see(view, now));
                    if let Some(event) = event {
                        publish(&event, &self.connection.listeners);
                    }
                }
                failed => {
                    error = failed.and_then(Result::err).or(error);
                    self.step(&name, Input::Failed { number });
                }
            }
        }
        let event = match error {
            Some(error) if !reached && count > 0 => self.reach.failed(Instant::now(), &error),
            _ => self.reach.answered(),
        };
        if let Some(event) = event {
            publish(&event, &self.connection.listeners);
        }
    }

    /// Publishes what is known.
    fn show(&self) {
        let now = self.now();
        let groups: Vec<_> = self.groups.values().map(|group| group.status(now)).collect();
        let dropped = self.groups.values().map(TrackedGroup::dropped);
        let dropped = dropped.fold(self.dropped, u64::saturating_add);
        let mut status = self.connection.status.lock().unwrap_or_else(PoisonError::into_inner);
        self.reach.show(&mut status);
        status.dropped = dropped;
        status.groups = groups;
    }

    /// Leaves all groups.
    async fn leave(&mut self) {
        let requests: Vec<_> =
            self.groups.values().map(|group| (group.name().clone(), group.leave(draw()))).collect();
        // If it fails the store forgets this process by itself.
        let _ = self.connection.store.exchange(&requests).await;
    }
}

/// Without an agent nothing would close a gate or open it.
impl Drop for Agent {
    fn drop(&mut self) {
        self.connection.alive.store(false, Ordering::Release);
        self.groups.values().for_each(TrackedGroup::free);
        let mut status = self.connection.status.lock().unwrap_or_else(PoisonError::into_inner);
        status.groups.clear();
    }
}

fn millis(length: Duration) -> Millis {
    u64::try_from(length.as_millis()).unwrap_or(u64::MAX)
}
