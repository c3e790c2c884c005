//! The store in memory, with faults that a test plants.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::mem;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use tokio::time::{Instant, sleep, timeout};

use crate::fleet::protocol::group::Group;
use crate::fleet::protocol::message::{Millis, Request, View};
use crate::fleet::store::notices::Notices;
use crate::fleet::store::{
    GroupName, GroupStore, StoreAnswers, StoreError, StoreErrorKind, StoreFuture, Watch,
};

/// A fault of one exchange.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreFault {
    /// The requests do not arrive.
    LoseRequests,
    /// The requests are carried out, and the answers do not arrive.
    LoseAnswers,
    /// The requests arrive twice.
    Double,
    /// The requests arrive after those of the next exchange, and the sender has given up by then.
    Reorder,
    /// The answers need this long.
    Delay(Duration),
    /// The server closes the connection.
    Break,
}

/// A store in memory. It is shared by its clones, so that each of several processes of a test has one.
#[derive(Clone, Debug)]
pub(crate) struct MemoryStore(Arc<SharedMemory>);

#[derive(Debug)]
struct SharedMemory {
    state: Mutex<MemoryState>,
    clock: WallClock,
    deadline: Duration,
}

#[derive(Debug, Default)]
struct MemoryState {
    groups: BTreeMap<GroupName, Group>,
    saved: BTreeMap<GroupName, Group>,
    faults: VecDeque<StoreFault>,
    /// Requests that arrive late.
    late: Vec<(GroupName, Request)>,
    down: bool,
    watches: Vec<Weak<Notices>>,
    exchanges: u64,
}

#[derive(Debug)]
enum WallClock {
    /// Follows tokio's clock, also a paused one.
    Tokio(Instant),
    Set(Arc<AtomicU64>),
}

/// Some time in 2026, as stores have it.
const BEGIN: Millis = 1_790_000_000_000;

impl MemoryStore {
    /// Returns an empty store with the clock of tokio.
    pub(crate) fn new(deadline: Duration) -> Self {
        Self::with_clock(WallClock::Tokio(Instant::now()), deadline)
    }

    /// Returns an empty store with a clock that a test sets, in milliseconds.
    pub(crate) fn with_wall(wall: Arc<AtomicU64>) -> Self {
        Self::with_clock(WallClock::Set(wall), Duration::from_millis(500))
    }

    fn with_clock(clock: WallClock, deadline: Duration) -> Self {
        Self(Arc::new(SharedMemory { state: Mutex::default(), clock, deadline }))
    }

    /// Plants a fault for the next exchange that has none.
    pub(crate) fn plant(&self, fault: StoreFault) {
        self.state().faults.push_back(fault);
    }

    /// Stops the store, or starts it again with what it had.
    pub(crate) fn set_down(&self, down: bool) {
        let mut state = self.state();
        state.down = down;
        if down {
            state.end_watches();
        }
    }

    /// Forgets all groups.
    pub(crate) fn empty(&self) {
        self.state().groups.clear();
    }

    /// Remembers all groups for [`roll_back`](Self::roll_back).
    pub(crate) fn save(&self) {
        let mut state = self.state();
        state.saved = state.groups.clone();
    }

    /// Restores the groups that were saved last: later writes are lost.
    pub(crate) fn roll_back(&self) {
        let mut state = self.state();
        state.groups = state.saved.clone();
    }

    /// Returns how many exchanges have arrived.
    pub(crate) fn exchanges(&self) -> u64 {
        self.state().exchanges
    }

    fn wall(&self) -> Millis {
        match &self.0.clock {
            WallClock::Tokio(start) => BEGIN + start.elapsed().as_millis() as u64,
            WallClock::Set(wall) => wall.load(Ordering::SeqCst),
        }
    }

    fn state(&self) -> MutexGuard<'_, MemoryState> {
        self.0.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn answer(&self, requests: &[(GroupName, Request)]) -> Result<StoreAnswers, StoreError> {
        let unreachable = || Err(StoreError::new(StoreErrorKind::Unreachable, "planted"));
        let fault = {
            let mut state = self.state();
            if state.down {
                return unreachable();
            }
            state.exchanges += 1;
            state.faults.pop_front()
        };
        match fault {
            Some(StoreFault::LoseRequests) => return std::future::pending().await,
            Some(StoreFault::Reorder) => {
                self.state().late.extend_from_slice(requests);
                return std::future::pending().await;
            }
            Some(StoreFault::LoseAnswers) => {
                self.state().step_all(self.wall(), requests);
                return std::future::pending().await;
            }
            Some(StoreFault::Break) => {
                self.state().end_watches();
                return unreachable();
            }
            Some(StoreFault::Delay(length)) => sleep(length).await,
            Some(StoreFault::Double) => drop(self.state().step_all(self.wall(), requests)),
            None => {}
        }
        let mut state = self.state();
        let views = state.step_all(self.wall(), requests);
        let late = mem::take(&mut state.late);
        state.step_all(self.wall(), &late);
        Ok(views.into_iter().map(Ok).collect())
    }
}

impl MemoryState {
    fn step_all(&mut self, wall: Millis, requests: &[(GroupName, Request)]) -> Vec<View> {
        requests.iter().map(|(name, request)| self.step(wall, name, request)).collect()
    }

    fn step(&mut self, wall: Millis, name: &GroupName, request: &Request) -> View {
        let group = self.groups.get(name).cloned().unwrap_or_default();
        let stepped = group.step(wall, request);
        if stepped.wrote {
            self.groups.insert(name.clone(), stepped.group);
        }
        if stepped.changed {
            self.watches.retain(|watch| watch.upgrade().is_some_and(|notices| !notices.has_ended()));
            self.watches.iter().filter_map(Weak::upgrade).for_each(|notices| notices.add(name.as_str()));
        }
        stepped.view
    }

    fn end_watches(&mut self) {
        self.watches.drain(..).filter_map(|watch| watch.upgrade()).for_each(|notices| notices.end());
    }
}

impl GroupStore for MemoryStore {
    fn exchange<'a>(&'a self, requests: &'a [(GroupName, Request)]) -> StoreFuture<'a, StoreAnswers> {
        Box::pin(async move {
            let answers = timeout(self.0.deadline, self.answer(requests)).await;
            answers.unwrap_or_else(|_| Err(StoreError::new(StoreErrorKind::TimedOut, "planted")))
        })
    }

    fn address(&self) -> String {
        "memory".to_owned()
    }

    fn watch(&self) -> StoreFuture<'_, Box<dyn Watch>> {
        Box::pin(async move {
            let mut state = self.state();
            if state.down {
                return Err(StoreError::new(StoreErrorKind::Unreachable, "planted"));
            }
            let notices = Arc::new(Notices::default());
            state.watches.push(Arc::downgrade(&notices));
            Ok(Box::new(MemoryWatch(notices)) as Box<dyn Watch>)
        })
    }
}

struct MemoryWatch(Arc<Notices>);

impl Watch for MemoryWatch {
    fn next(&mut self) -> StoreFuture<'_, BTreeSet<GroupName>> {
        Box::pin(async move {
            self.0.next().await.ok_or_else(|| StoreError::new(StoreErrorKind::Unreachable, "planted"))
        })
    }
}
