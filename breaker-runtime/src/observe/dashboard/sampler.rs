//! The task that reads all breakers once a second and publishes a frame.
//!
//! It starts with the first request, or with the router if that is made inside of a tokio runtime, and
//! ends when the router is dropped. It reads on a thread for blocking work, as a thousand breakers take
//! longer than a task should hold a thread of the runtime.

use std::fmt;
use std::future::pending;
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;

use tokio::runtime::Handle;
use tokio::sync::{mpsc, oneshot, watch};
use tokio::task::spawn_blocking;

use crate::breaker::CircuitBreaker;
use crate::observe::dashboard::board::{Board, FrameTime};
use crate::observe::dashboard::fleet::FleetLook;
use crate::observe::dashboard::frames::BoardFrame;
use crate::observe::dashboard::game_day;
use crate::observe::dashboard::hub::Hub;
use crate::observe::dashboard::reading::BoardReading;
use crate::observe::dashboard::transitions::TransitionListener;
use crate::observe::dashboard::views::KeyView;
use crate::observe::dashboard::watched::WatchedKeys;
use crate::observe::dashboard::{Shutdown, epoch_millis};
use crate::time::clock::{TimeSource, duration};
use crate::time::timer::sleep;

/// The time between two frames.
pub(super) const INTERVAL: Duration = Duration::from_secs(1);
/// The number of requests that may wait for a frame to be made at once; others wait for these.
const MAX_REFRESHES: usize = 64;

type Refresh = oneshot::Sender<()>;

/// The number that is published when no event comes any more.
pub(super) const ENDED: u64 = u64::MAX;

/// The handle to the task.
pub(super) struct Sampler {
    pub(super) hub: Arc<Hub>,
    pub(super) fleet: Arc<FleetLook>,
    transitions: TransitionListener,
    newest: watch::Sender<u64>,
    near: f64,
    began: Duration,
    watched: WatchedKeys,
    task: Mutex<Option<mpsc::Sender<Refresh>>>,
    shutdown: Mutex<Option<Shutdown>>,
}

impl Sampler {
    /// Creates the handle; the task is not started.
    pub(super) fn new(hub: Arc<Hub>, near: f64, shutdown: Mutex<Option<Shutdown>>) -> Arc<Self> {
        Arc::new(Self {
            hub,
            fleet: Arc::default(),
            transitions: TransitionListener::new(),
            newest: watch::Sender::new(0),
            near,
            began: monotonic(),
            watched: WatchedKeys::new(near),
            task: Mutex::new(None),
            shutdown,
        })
    }

    /// Starts the task if it does not run and there is a runtime.
    pub(super) fn start(self: &Arc<Self>) -> Option<mpsc::Sender<Refresh>> {
        let mut task = self.task.lock().unwrap_or_else(PoisonError::into_inner);
        // The runtime that it ran on may have ended.
        if let Some(running) = task.as_ref().filter(|running| !running.is_closed()) {
            return Some(running.clone());
        }
        let runtime = Handle::try_current().ok()?;
        let (sender, refreshes) = mpsc::channel(MAX_REFRESHES);
        runtime.spawn(run(Arc::downgrade(self), refreshes));
        *task = Some(sender.clone());
        Some(sender)
    }

    /// Makes a frame of the present moment.
    pub(super) async fn refresh(self: &Arc<Self>) {
        let (done, is_done) = oneshot::channel();
        if let Some(task) = self.start() {
            if task.send(done).await.is_ok() {
                let _ = is_done.await;
            }
        }
    }

    /// Returns what a viewer waits on for the next event.
    pub(super) fn subscribe(&self) -> watch::Receiver<u64> {
        self.newest.subscribe()
    }

    /// Returns the view of a key that is in no frame.
    pub(super) fn key_view(&self, breaker: &CircuitBreaker) -> Option<KeyView> {
        let elapsed = millis(monotonic().saturating_sub(self.began));
        self.watched.view(FrameTime { wall: wall(), elapsed }, BoardReading::of(breaker))
    }

    fn take_shutdown(&self) -> Option<Shutdown> {
        self.shutdown.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn sample(&self, board: &mut Board, began: Duration) {
        // Before the states are read: a frame is never behind the transitions in front of it.
        let taken = self.transitions.queue.take();
        let readings = BoardReading::all();
        let elapsed = millis(monotonic().saturating_sub(began));
        let time = FrameTime { wall: wall(), elapsed };
        let before = self.hub.current();
        let fleet = self.fleet.view(before.as_ref().and_then(|before| before.fleet.as_ref()));
        let mut frame = BoardFrame::new(time, board.frame(time, readings), fleet);
        frame.summary.game_day_ended = game_day::last_end();
        let frame = Arc::new(frame);
        let change = before.and_then(|before| frame.change_since(&before, taken.lost));
        let newest = self.hub.publish(frame, &taken.bodies, change.as_deref());
        self.newest.send_if_modified(|number| {
            let is_news = *number != ENDED && *number != newest;
            if is_news {
                *number = newest;
            }
            is_news
        });
    }
}

impl fmt::Debug for Sampler {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sampler").field("hub", &self.hub).finish_non_exhaustive()
    }
}

async fn run(sampler: Weak<Sampler>, mut refreshes: mpsc::Receiver<Refresh>) {
    let began = monotonic();
    let Some((near, shutdown)) =
        sampler.upgrade().map(|sampler| (sampler.near, sampler.take_shutdown()))
    else {
        return;
    };
    let mut shutdown = shutdown.unwrap_or_else(|| Box::pin(pending()));
    let mut board = Board::new(wall(), near);
    let mut waiting = Vec::<Refresh>::new();
    loop {
        let Some(current) = sampler.upgrade() else { return };
        current.fleet.follow(current.hub.is_watched());
        let sampled = spawn_blocking(move || {
            current.sample(&mut board, began);
            board
        });
        // An error only if the runtime shuts down: what is read contains panics.
        let Ok(after) = sampled.await else { return };
        board = after;
        for done in waiting.drain(..) {
            // The request may have been dropped meanwhile.
            let _ = done.send(());
        }
        tokio::select! {
            refresh = refreshes.recv() => match refresh {
                Some(refresh) => {
                    waiting.push(refresh);
                    while let Ok(refresh) = refreshes.try_recv() {
                        waiting.push(refresh);
                    }
                }
                None => return,
            },
            () = sleep(INTERVAL) => {}
            () = &mut shutdown => {
                if let Some(sampler) = sampler.upgrade() {
                    sampler.newest.send_replace(ENDED);
                }
                shutdown = Box::pin(pending());
            }
        }
    }
}

/// Returns the time on the clock of breakers, which follows tokio's paused time in tests.
fn monotonic() -> Duration {
    duration(TimeSource::DEFAULT.now())
}

/// Returns the time in milliseconds since the Unix epoch, on the clock of breakers as well.
pub(super) fn wall() -> u64 {
    let clock = TimeSource::DEFAULT;
    epoch_millis(clock.system_time(clock.reading(clock.now())))
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
#[path = "sampler_tests.rs"]
mod tests;
