//! The link of a shared breaker to the agent of its process: [`FleetLink`].

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use arc_swap::ArcSwap;
use tokio::sync::Notify;

use crate::breaker::inner::Inner;
use crate::state::cell::Transition;
use crate::state::commands::IssuedCommand;
use crate::state::policy::share;
use crate::state::probe_gate::ProbeGate;
use crate::state::transition;
use crate::state::transition::Command;
use crate::time::Ticks;
use crate::types::operator::Operator;
use crate::types::reason::Reason;
use crate::types::snapshot::{Mode, State};
use crate::types::totals::Totals;

/// The link of a shared breaker to the agent of its process. The call path reads the gate where an open
/// breaker would probe, and no call waits for the agent.
#[derive(Debug)]
pub(crate) struct FleetLink {
    gate: ProbeGate,
    /// The agent that was last connected.
    waker: ArcSwap<FleetWaker>,
    /// Whether the last open state began because the fleet was open.
    opened_by_fleet: AtomicBool,
    /// How often the breaker has opened by its own decision.
    own_trips: AtomicU64,
    /// The failures in a row at the last such trip.
    streak_at_trip: AtomicU64,
    /// How often a ping was due and might not begin.
    refused_pings: AtomicU64,
}

/// Wakes the agent before its next regular exchange.
#[derive(Debug, Default)]
pub(crate) struct FleetWaker {
    /// Whether a change waits for the agent. Only the first one notifies it.
    pending: AtomicBool,
    notify: Notify,
}

impl FleetWaker {
    /// Wakes the agent.
    pub(crate) fn wake(&self) {
        if !self.pending.swap(true, Ordering::AcqRel) {
            self.notify.notify_one();
        }
    }

    /// Waits until a breaker has changed.
    pub(crate) async fn changed(&self) {
        self.notify.notified().await;
    }

    /// Begins a reading of all breakers: a change from here on wakes the agent again.
    pub(crate) fn begin_reading(&self) {
        self.pending.store(false, Ordering::Release);
    }
}

impl FleetLink {
    pub(crate) fn new(waker: Arc<FleetWaker>) -> Self {
        Self {
            gate: ProbeGate::new(),
            waker: ArcSwap::new(waker),
            opened_by_fleet: AtomicBool::new(false),
            own_trips: AtomicU64::new(0),
            streak_at_trip: AtomicU64::new(0),
            refused_pings: AtomicU64::new(0),
        }
    }

    /// Notes a change of state. Called in the order of the changes.
    pub(crate) fn note(&self, change: &Transition) {
        let Transition { after, reason, streak, .. } = *change;
        if !after.is_open() {
            return;
        }
        let by_fleet = reason == Reason::FleetOpened;
        self.opened_by_fleet.store(by_fleet, Ordering::Release);
        if !by_fleet {
            self.streak_at_trip.store(streak, Ordering::Release);
            self.own_trips.fetch_add(1, Ordering::AcqRel);
        }
    }

    /// Wakes another agent from now on.
    pub(crate) fn set_waker(&self, waker: &Arc<FleetWaker>) {
        self.waker.store(Arc::clone(waker));
    }

    /// Returns how often the breaker has opened by its own decision.
    pub(crate) fn own_trips(&self) -> u64 {
        self.own_trips.load(Ordering::Acquire)
    }

    /// Returns the gate.
    pub(crate) fn gate(&self) -> &ProbeGate {
        &self.gate
    }

    /// Returns whether a call may probe. One that may not wakes the agent, which asks for the lease.
    pub(crate) fn may_probe(&self, now: Ticks) -> bool {
        let may = self.gate.admits(now);
        if !may {
            self.wake();
        }
        may
    }

    /// Counts a ping that may not begin: the process wants the lease, as it does after a rejected call.
    #[cfg(feature = "tokio")]
    pub(crate) fn refuse_ping(&self) {
        self.refused_pings.fetch_add(1, Ordering::AcqRel);
        self.wake();
    }

    /// Returns how often a ping was due and might not begin.
    pub(crate) fn refused_pings(&self) -> u64 {
        self.refused_pings.load(Ordering::Acquire)
    }

    /// Returns whether no call may probe.
    pub(crate) fn is_held(&self, now: Ticks) -> bool {
        !self.gate.admits(now)
    }

    /// Wakes the agent: the state has changed, or a call would probe.
    pub(crate) fn wake(&self) {
        self.waker.load().wake();
    }
}

/// The state of a breaker, as the agent reports it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FleetReading {
    pub(crate) state: State,
    /// Whether it decides by itself, in automatic mode.
    pub(crate) decides: bool,
    /// Whether it is open by its own decision, and its open period is not over or a probe is under way.
    pub(crate) own: bool,
    /// Whether a probe is under way.
    pub(crate) probing: bool,
    /// The rest of its open period.
    pub(crate) remaining: Option<Ticks>,
    /// How often it has opened by its own decision.
    pub(crate) trips: u64,
    /// Failures since the last success, also those that opened it.
    pub(crate) streak: u64,
    /// The share of failures in its window, from the first call on.
    pub(crate) failure_rate: Option<f64>,
    pub(crate) totals: Totals,
    /// How often a ping was due and might not begin.
    pub(crate) refused_pings: u64,
}

impl Inner {
    /// Reads what the agent reports.
    pub(crate) fn read_for_fleet(&self, link: &FleetLink) -> FleetReading {
        // Before the word: a trip that the word shows is then counted here or seen by the next reading.
        let (trips, totals) = (link.own_trips.load(Ordering::Acquire), self.totals());
        let (now, word) = (self.now(), self.cell.word());
        let policy = self.settings().policy;
        let remaining = self.cell.retry_after(word, &policy, now);
        let by_fleet = link.opened_by_fleet.load(Ordering::Acquire);
        let tally = self.cell.counts(word, &policy, now).tally.filter(|tally| tally.calls > 0);
        let state = transition::effective(word, 0);
        let probing = state == State::HalfOpen && self.cell.probes_in_flight(word, &policy, now) > 0;
        let own = !by_fleet && (probing || word.is_open() && remaining.is_some());
        FleetReading {
            state,
            decides: transition::mode(word) == Mode::Automatic,
            own,
            probing,
            remaining,
            trips,
            streak: if own {
                link.streak_at_trip.load(Ordering::Acquire)
            } else {
                self.cell.streak_of(word)
            },
            failure_rate: tally.map(|tally| share(tally.failures, tally.calls)),
            totals,
            refused_pings: link.refused_pings(),
        }
    }

    /// Returns the link to the fleet, which is made at the first call.
    pub(crate) fn fleet_link(&self, waker: &Arc<FleetWaker>) -> &FleetLink {
        self.fleet.get_or_init(|| Box::new(FleetLink::new(Arc::clone(waker))))
    }

    /// Opens the breaker because its fleet is open, for the rest of the open period. The gate is set
    /// before.
    pub(crate) fn open_by_fleet(&self, remaining: Ticks) -> bool {
        self.control(Command::FleetOpen(remaining))
    }

    /// Closes the breaker because its fleet has recovered.
    pub(crate) fn close_by_fleet(&self, operator: Option<Arc<Operator>>) -> bool {
        self.control(IssuedCommand { command: Command::FleetClose, operator })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{CircuitBreaker, ErrorKind, ManualClock, Operator, Reason, State, TripCondition};

    const SECOND: Ticks = 1_000_000;

    fn shared(name: &str) -> (CircuitBreaker, ManualClock) {
        let clock = ManualClock::new();
        let builder = CircuitBreaker::builder(name).clock(clock.clone()).shared(name);
        let breaker = builder.success_threshold(3).build().expect("valid options");
        breaker.inner().fleet_link(&Arc::default());
        (breaker, clock)
    }

    fn gate(breaker: &CircuitBreaker) -> &ProbeGate {
        breaker.inner().fleet.get().expect("it is shared").gate()
    }

    fn open(breaker: &CircuitBreaker) {
        gate(breaker).hold();
        assert!(breaker.inner().open_by_fleet(10 * SECOND));
    }

    #[test]
    fn breaker_opened_by_the_fleet_stays_open_after_its_period_without_a_lease() {
        let (breaker, clock) = shared("held");
        open(&breaker);
        clock.advance(Duration::from_secs(4));
        let rejection = breaker.try_acquire().expect_err("open");
        assert_eq!(rejection.retry_after(), Some(Duration::from_secs(6)));
        clock.advance(Duration::from_secs(60));
        let rejection = breaker.try_acquire().expect_err("another process may probe");
        assert_eq!((rejection.kind(), rejection.retry_after()), (ErrorKind::Open, None));
        assert_eq!((breaker.state(), breaker.snapshot().state), (State::Open, State::Open));
        assert_eq!(breaker.snapshot().totals.rejected, 2);
    }

    #[test]
    fn holder_of_the_lease_probes_until_its_deadline() {
        let (breaker, clock) = shared("holder");
        open(&breaker);
        clock.advance(Duration::from_secs(10));
        let inner = breaker.inner();
        gate(&breaker).admit_until(inner.now() + 5 * SECOND);
        assert_eq!(breaker.state(), State::HalfOpen);
        breaker.try_acquire().expect("the first probe").success();
        clock.advance(Duration::from_micros(4_999_999));
        breaker.try_acquire().expect("the second one").success();
        clock.advance(Duration::from_micros(1));
        let rejection = breaker.try_acquire().expect_err("the lease is over");
        assert_eq!(rejection.kind(), ErrorKind::HalfOpen);
    }

    #[test]
    fn orders_of_the_fleet_are_events_and_reports_with_their_reason() {
        let (breaker, _clock) = shared("ordered");
        let log = Arc::new(std::sync::Mutex::new(Vec::new()));
        let _subscription = breaker.on_event({
            let log = Arc::clone(&log);
            move |event| log.lock().unwrap().push((event.reason, event.to, event.operator.clone()))
        });
        open(&breaker);
        assert!(!breaker.inner().open_by_fleet(10 * SECOND), "it is open");
        let report = breaker.last_trip().expect("a trip");
        assert_eq!(report.condition, TripCondition::Fleet);
        assert_eq!(report.summary().to_string(), "ordered opened: opened by the fleet");
        let ada = Arc::new(Operator::new("ada"));
        assert!(breaker.inner().close_by_fleet(Some(Arc::clone(&ada))));
        assert!(!breaker.inner().close_by_fleet(None), "it is closed");
        let expected =
            [(Reason::FleetOpened, State::Open, None), (Reason::FleetClosed, State::Closed, Some(ada))];
        assert_eq!(*log.lock().unwrap(), expected);
        assert_eq!(breaker.last_trip().and_then(|trip| trip.end), Some(Reason::FleetClosed));
    }

    #[test]
    fn forced_breaker_ignores_orders_of_the_fleet() {
        let (breaker, _clock) = shared("forced by its process");
        breaker.force_closed();
        gate(&breaker).hold();
        assert!(!breaker.inner().open_by_fleet(SECOND) && breaker.try_acquire().is_ok());
        breaker.force_open();
        assert!(!breaker.inner().close_by_fleet(None) && breaker.try_acquire().is_err());
    }

    #[tokio::test(start_paused = true)]
    async fn change_of_state_wakes_the_agent() {
        let waker = Arc::new(FleetWaker::default());
        let breaker = CircuitBreaker::builder("waking").shared("waking").build().expect("valid");
        breaker.inner().fleet_link(&waker);
        let woken = || tokio::time::timeout(Duration::from_secs(1), waker.changed());
        assert!(woken().await.is_err(), "nothing has changed");
        breaker.trip();
        assert!(woken().await.is_ok());
        breaker.reset();
        assert!(woken().await.is_err(), "the agent has not begun to read");
        waker.begin_reading();
        breaker.trip();
        assert!(woken().await.is_ok());
    }
}
