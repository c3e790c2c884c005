//! The link of a breaker to the task that probes it: [`BackgroundLink`].

use std::fmt;
use std::ptr;
use std::sync::atomic::{AtomicBool, AtomicU8, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use once_cell::race::OnceBox;
use tokio::runtime::Handle;

use crate::breaker::background::home::{PingHome, PingMessage};
use crate::breaker::background::{BackgroundProbe, PingFuture};
use crate::breaker::cold::Cold;
use crate::breaker::handle::WeakBreaker;
use crate::breaker::inner::Inner;
#[cfg(feature = "test-util")]
use crate::breaker::scope;
use crate::state::ping_gate::{PingGate, PingTicket, PingWatch};
use crate::state::transition;
use crate::state::word::StateWord;
use crate::support::log::warn_operator;
use crate::time::Ticks;
use crate::time::clock::duration;
use crate::types::outcome::Outcome;
use crate::types::ping_status::PingStatus;
use crate::types::snapshot::Mode;

/// The link of a breaker to the task that probes it.
pub(crate) struct BackgroundLink {
    probe: BackgroundProbe,
    /// The breaker itself. That of a key is found when it is first needed, as it is not yet in its
    /// group when it is made.
    breaker: OnceBox<WeakBreaker>,
    gate: PingGate,
    /// The task that it enlisted with last, and its runtime.
    home: Mutex<Option<(Handle, Arc<PingHome>)>>,
    /// The end of the open period that calls or commands last began.
    pub(super) idle_from: AtomicU64,
    pub(super) seen: SeenPings,
}

/// The facts that a snapshot shows about the pings. No decision reads them.
#[derive(Debug, Default)]
pub(super) struct SeenPings {
    pub(super) running: AtomicBool,
    /// The outcome of the last one plus 1, or 0.
    last: AtomicU8,
}

impl BackgroundLink {
    pub(crate) fn new(probe: BackgroundProbe, breaker: Option<WeakBreaker>) -> Self {
        Self {
            probe,
            breaker: breaker.map_or_else(OnceBox::new, |it| OnceBox::with_value(Box::new(it))),
            gate: PingGate::new(),
            home: Mutex::new(None),
            idle_from: AtomicU64::new(0),
            seen: SeenPings::default(),
        }
    }

    /// Returns the function that makes a ping.
    pub(crate) fn probe(&self) -> &BackgroundProbe {
        &self.probe
    }

    /// Makes a ping. Runs code of the user's.
    pub(crate) fn ping(&self, breaker: &Inner) -> PingFuture {
        self.probe.call(breaker.key())
    }

    pub(super) fn gate(&self) -> &PingGate {
        &self.gate
    }

    /// Returns whether a call of a user may probe, which has read `now`. If no task does, and there is a
    /// runtime, a task is found.
    fn lets_call_probe(&self, now: Ticks) -> bool {
        match self.gate.watch(now) {
            PingWatch::Owned => false,
            PingWatch::Overdue => {
                self.look_again();
                false
            }
            // This call probes, or a task that cannot run would be asked for ever.
            PingWatch::Abandoned => true,
            PingWatch::Free => !self.enlist(now, Handle::try_current().ok()),
        }
    }

    /// Finds a task that acts by `due`, on a runtime. Returns whether the breaker has one.
    fn enlist(&self, due: Ticks, runtime: Option<Handle>) -> bool {
        let Some(breaker) = self.breaker.get() else { return false };
        let Some(runtime) = runtime else {
            warn_operator!(
                "probe_without_runtime", ;
                "a breaker with `probe` is open and was called outside of a tokio runtime: calls of users probe it; \
                 call it in a runtime once"
            );
            return false;
        };
        // Another thread may have found one.
        let Some(ticket) = self.gate.claim(due) else { return true };
        let home = PingHome::send_on(&runtime, PingMessage::new(breaker, Some(ticket)));
        *self.home() = Some((runtime, home));
        // A runtime that shuts down drops its task at once, and the task frees the gate.
        self.gate.is_owner(ticket)
    }

    /// Asks the task that owns the gate to look at the breaker. Returns whether it will.
    fn look_again(&self) -> bool {
        let home = self.home().as_ref().map(|(_, home)| Arc::clone(home));
        let message = self.breaker.get().map(|breaker| PingMessage::new(breaker, None));
        home.zip(message).is_some_and(|(home, message)| home.send(message).is_ok())
    }

    fn home(&self) -> MutexGuard<'_, Option<(Handle, Arc<PingHome>)>> {
        self.home.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl SeenPings {
    pub(super) fn note(&self, result: Outcome) {
        self.last.store(result as u8 + 1, Ordering::Relaxed);
    }

    fn last(&self) -> Option<Outcome> {
        let last = self.last.load(Ordering::Relaxed);
        let all = [Outcome::Success, Outcome::Failure, Outcome::Ignored];
        all.into_iter().find(|outcome| *outcome as u8 + 1 == last)
    }
}

impl Drop for BackgroundLink {
    fn drop(&mut self) {
        // The task forgets the breaker, and ends if it was the last one.
        if self.gate.is_owned() {
            self.look_again();
        }
    }
}

impl fmt::Debug for BackgroundLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackgroundLink").field("gate", &self.gate).finish_non_exhaustive()
    }
}

impl Cold {
    /// Returns whether a call of a user may probe this breaker. Called where one would, and for a
    /// breaker with `probe` alone.
    #[cold]
    pub(crate) fn background_lets_probe(&self, now: Ticks) -> bool {
        let Some(link) = self.background.get() else { return true };
        if let Some(member) = self.membership() {
            member.record_call_while_open(now);
        }
        link.lets_call_probe(now)
    }

    /// Finds a task for an open breaker that has none, as a call that is rejected may be the first one
    /// in a runtime.
    #[cold]
    pub(crate) fn enlist_if_free(&self, due: Ticks) {
        if let Some(link) = self.background.get().filter(|link| !link.gate.is_owned()) {
            if let Ok(runtime) = Handle::try_current() {
                link.enlist(due, Some(runtime));
            }
        }
    }
}

impl Inner {
    /// Sets the probe of a breaker that was built.
    pub(crate) fn attach_probe(&self, probe: BackgroundProbe, breaker: WeakBreaker) {
        self.background.get_or_init(|| Box::new(BackgroundLink::new(probe, Some(breaker))));
    }

    /// Returns the link of a breaker with `probe`. That of an annotated function is looked up once.
    pub(crate) fn background_link(&self) -> Option<&BackgroundLink> {
        if !self.has_probe {
            return None;
        }
        if let Some(link) = self.background.get() {
            return Some(link);
        }
        let (probe, breaker) = self.registered_probe()?;
        Some(self.background.get_or_init(|| Box::new(BackgroundLink::new(probe, Some(breaker)))))
    }

    /// Notes a change of state, after it was appended to the event log.
    #[cold]
    pub(crate) fn note_for_background(&self, after: StateWord, background: bool) {
        let Some(link) = self.background_link() else { return };
        if !after.is_open_by_itself() {
            // A task that would wait for the end of the open period has nothing to do.
            if !background && link.gate.is_owned() {
                link.look_again();
            }
            return;
        }
        if !background {
            link.idle_from.store(after.payload(), Ordering::Relaxed);
        }
        if link.breaker.get().is_none() {
            if let Some(found) = self.find_in_group() {
                link.breaker.get_or_init(|| Box::new(found));
            }
        }
        if link.gate.is_owned() && link.look_again() {
            return;
        }
        // A thread without a runtime, such as one of a pool, uses that of the last time.
        let last = || link.home().as_ref().map(|(runtime, _)| runtime.clone());
        if let Some(runtime) = Handle::try_current().ok().or_else(last) {
            link.enlist(after.payload(), Some(runtime));
        }
    }

    /// Returns a reference to this breaker of a key; `None` if the group no longer has it.
    fn find_in_group(&self) -> Option<WeakBreaker> {
        let group = self.membership()?.shared().group()?;
        let key = self.key()?.clone();
        let address = ptr::from_ref(self).addr();
        let found = WeakBreaker::Keyed { group: Arc::downgrade(&group), key, address };
        found.upgrade().map(|_| found)
    }

    /// Has the task look at this breaker again, which may have changed, or can no longer be found. Runs
    /// no code of the user's.
    pub(crate) fn look_at_background(&self) {
        if let Some(link) = self.background.get().filter(|link| link.gate.is_owned()) {
            link.look_again();
        }
    }

    /// Returns the end of the open period that calls last began, for a breaker with `probe`: those that
    /// failed pings began keep no key alive.
    pub(crate) fn idle_from(&self) -> Option<Ticks> {
        self.background.get().map(|link| link.idle_from.load(Ordering::Relaxed))
    }

    /// Returns what is known of the pings; `None` without the option `probe`. Not of a breaker that was
    /// never open: its probe is not looked up.
    pub(crate) fn ping_status(&self, now: Ticks, is_open: bool) -> Option<PingStatus> {
        if !self.cold_to_read().has_probe {
            return None;
        }
        let every = duration(self.settings().policy.open_for);
        let Some(link) = self.background.get() else {
            return Some(PingStatus { every, ..PingStatus::default() });
        };
        let running = link.seen.running.load(Ordering::Relaxed);
        let next = link.gate.next_action().filter(|_| is_open && !running);
        let next = next.map(|due| duration(due.saturating_sub(now)));
        Some(PingStatus { every, next, running, last: link.seen.last() })
    }

    /// Returns whether a task probes this breaker, so that no call of a user does.
    pub(crate) fn is_probed_in_background(&self) -> bool {
        self.has_probe && self.background.get().is_some_and(|link| link.gate.is_owned())
    }
}

impl PingMessage {
    fn new(breaker: &WeakBreaker, ticket: Option<PingTicket>) -> Self {
        Self {
            breaker: breaker.clone(),
            ticket,
            #[cfg(feature = "test-util")]
            scope: scope::current(),
        }
    }
}

/// Returns whether a word is open in automatic or observe mode.
impl StateWord {
    pub(super) fn is_open_by_itself(self) -> bool {
        transition::mode(self) != Mode::ForcedOpen
            && transition::effective(self, 0) == crate::types::snapshot::State::Open
    }
}
