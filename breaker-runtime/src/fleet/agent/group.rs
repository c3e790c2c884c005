//! The breakers of one process in one group: [`TrackedGroup`].
//!
//! A process is one member of a group, whatever the number of its breakers in it: otherwise a bad
//! process with two breakers would be a quorum. Orders of the group are for all of them.

mod counts;
mod shown;

use std::ptr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use crate::breaker::CircuitBreaker;
use crate::breaker::fleet_link::{FleetReading, FleetWaker};
use crate::breaker::handle::WeakBreaker;
use crate::breaker::inner::Inner;
use crate::config::Config;
use crate::fleet::agent::group::counts::MemberCounts;
use crate::fleet::agent::reading::{fingerprint, length, rules, window};
use crate::fleet::event::FleetEvent;
use crate::fleet::protocol::membership::{Input, Local, MayProbe, Membership, Output};
use crate::fleet::protocol::message::{Author, CommandView, Millis, ProcessId, Request, Rules, View};
use crate::fleet::store::GroupName;
use crate::support::contain::contained;
use crate::time::Ticks;
use crate::time::clock::system_time;
use crate::types::operator::{ModeOverride, Operator};
use crate::types::snapshot::{Mode, State};

/// The longest lease of a process that seldom makes a call.
const LONGEST_LEASE: Millis = 60 * 60 * 1_000;

/// A group in which this process has breakers.
pub(super) struct TrackedGroup {
    name: GroupName,
    breakers: Vec<TrackedBreaker>,
    membership: Membership,
    gate: MayProbe,
    /// The end of the open period that the group has ordered.
    open_until: Option<Millis>,
    /// The command in force, and its end.
    command: Option<(ModeOverride, Millis)>,
    view: View,
    /// When the view arrived.
    viewed: Millis,
    /// When the first view of this epoch arrived.
    since: Option<SystemTime>,
    /// The counts of breakers that are gone.
    retired: MemberCounts,
    /// The counts when the gate opened for a lease.
    counted_at_lease: Option<MemberCounts>,
    /// The number of leases since the group opened that ended without a call.
    unused_leases: u32,
}

/// A breaker of this process.
struct TrackedBreaker {
    breaker: WeakBreaker,
    address: usize,
    label: String,
    /// The totals at the last reading.
    seen: MemberCounts,
    /// The counts of the time in which it decided by itself.
    counted: MemberCounts,
    last_failure: Option<Millis>,
}

/// Returns what identifies a breaker while a reference to it exists.
pub(super) fn address(breaker: &CircuitBreaker) -> usize {
    ptr::from_ref(breaker.own_inner()).addr()
}

impl TrackedGroup {
    pub(super) fn new(name: GroupName, process: ProcessId, process_name: Arc<str>, now: Millis) -> Self {
        Self {
            name,
            breakers: Vec::new(),
            membership: Membership::new(process, process_name, now),
            gate: MayProbe::Free,
            open_until: None,
            command: None,
            view: View::default(),
            viewed: now,
            since: None,
            retired: MemberCounts::default(),
            counted_at_lease: None,
            unused_leases: 0,
        }
    }

    pub(super) fn name(&self) -> &GroupName {
        &self.name
    }

    pub(super) fn is_empty(&self) -> bool {
        self.breakers.is_empty()
    }

    /// Adds a breaker, unless it is there. It gets the orders that are in force. The calls that a
    /// breaker has made before the process connected are not reported; those of a new one are.
    pub(super) fn add(
        &mut self,
        breaker: &CircuitBreaker,
        waker: &Arc<FleetWaker>,
        is_new: bool,
        clock: &dyn Fn() -> Millis,
    ) {
        let address = address(breaker);
        if self.breakers.iter().any(|tracked| tracked.address == address) {
            return;
        }
        let inner = breaker.own_inner();
        let link = inner.fleet_link(waker);
        link.set_waker(waker);
        let seen = MemberCounts::new(&inner.totals(), link.own_trips(), link.refused_pings());
        let seen = if is_new { MemberCounts::default() } else { seen };
        let (label, weak) = (breaker.label(), breaker.downgrade());
        let counted = MemberCounts::default();
        self.breakers.push(TrackedBreaker {
            breaker: weak,
            address,
            label,
            seen,
            counted,
            last_failure: None,
        });
        set_gate(inner, self.gate, clock);
        let now = clock();
        if let Some(until) = self.open_until {
            open(inner, until.saturating_sub(now));
        }
        if let Some((command, until)) = &self.command {
            if *until > now {
                set_mode(breaker, command.mode, command.operator.as_deref(), until - now);
            }
        }
    }

    /// Removes the breakers that `stays` does not know.
    pub(super) fn retain(&mut self, stays: impl Fn(&GroupName, usize) -> bool) {
        let (name, retired) = (&self.name, &mut self.retired);
        self.breakers.retain(|tracked| {
            let stays = stays(name, tracked.address);
            if !stays {
                *retired = retired.plus(tracked.counted);
                tracked.free();
            }
            stays
        });
    }

    /// Lets each breaker decide by itself.
    pub(super) fn free(&self) {
        self.breakers.iter().for_each(TrackedBreaker::free);
    }

    pub(super) fn leave(&self, draw: u64) -> Request {
        self.membership.leave(draw)
    }

    pub(super) fn dropped(&self) -> u64 {
        self.membership.dropped()
    }

    /// Takes a step of the protocol.
    pub(super) fn step(&mut self, now: Millis, input: Input) -> Vec<Output> {
        let (membership, outputs) = self.membership.clone().step(now, input);
        self.membership = membership;
        outputs
    }

    /// Reads the breakers as one.
    pub(super) fn read(&mut self, now: Millis) -> Local {
        let mut config = None;
        let mut readings = Vec::new();
        for tracked in &mut self.breakers {
            let Some(breaker) = tracked.breaker.upgrade() else { continue };
            let inner = breaker.own_inner();
            let of_breaker = inner.config();
            // The clock may be code of the user's, which panics.
            let read = || {
                inner.end_expired_mode();
                inner.fleet.get().map(|link| inner.read_for_fleet(link))
            };
            if let Some(reading) = contained(read).flatten() {
                let failing = tracked.note(&reading, &of_breaker, now);
                config.get_or_insert(of_breaker);
                readings.push((reading, failing));
            }
        }
        self.local(&config.unwrap_or_default(), &readings)
    }

    /// Returns what the process reports. While the group is open, one breaker that has closed shows that
    /// the dependency has recovered; otherwise one that is open shows that it fails.
    fn local(&self, config: &Config, readings: &[(FleetReading, bool)]) -> Local {
        let counts = self.counts();
        let deciding =
            || readings.iter().filter(|(reading, _)| reading.decides).map(|(reading, _)| reading);
        let any = |state| deciding().any(|reading| reading.state == state);
        let own = deciding().any(|reading| reading.own);
        let own_open = deciding().any(|reading| reading.own && reading.state == State::Open);
        let is_ordered = self.open_until.is_some();
        let state = if deciding().next().is_none() || is_ordered && any(State::Closed) {
            State::Closed
        } else if any(State::Open) && (own_open || !any(State::HalfOpen)) {
            State::Open
        } else if any(State::HalfOpen) {
            State::HalfOpen
        } else {
            State::Closed
        };
        let remaining = deciding().filter_map(|reading| reading.remaining).max();
        Local {
            state,
            own,
            probing: deciding().any(|reading| reading.probing),
            remaining: remaining.map_or(0, |ticks: Ticks| (ticks / 1_000).max(1)),
            trips: counts.trips,
            successes: counts.successes,
            failures: counts.failures,
            rejected: counts.rejected,
            streak: deciding().map(|reading| reading.streak).max().unwrap_or(0),
            failing: readings.iter().any(|(reading, failing)| reading.decides && *failing),
            call: config.call_timeout().map_or(0, length),
            settings: fingerprint(config),
            rules: self.rules(config),
        }
    }

    /// Returns the rules, with a longer lease after leases that ended without a call: a process that
    /// makes a call less often than a lease lasts would never probe.
    fn rules(&self, config: &Config) -> Rules {
        let rules = rules(config);
        let lease = rules.lease.saturating_mul(1 << self.unused_leases.min(12));
        Rules { lease: lease.min(LONGEST_LEASE).max(rules.lease), ..rules }
    }

    fn counts(&self) -> MemberCounts {
        self.breakers.iter().fold(self.retired, |sum, tracked| sum.plus(tracked.counted))
    }

    /// Carries out an order of the group.
    pub(super) fn carry_out(&mut self, order: Output, clock: &dyn Fn() -> Millis) {
        match order {
            Output::Send { .. } => {}
            Output::OpenFor { remaining, .. } => {
                self.open_until = Some(clock().saturating_add(remaining));
                self.unused_leases = 0;
                self.counted_at_lease = None;
                self.each(|breaker| {
                    // Before the breaker opens: no call may probe in between.
                    set_gate(breaker.own_inner(), MayProbe::Held, clock);
                    open(breaker.own_inner(), remaining);
                });
                self.gate = MayProbe::Held;
            }
            Output::Close { by, .. } => {
                self.open_until = None;
                self.unused_leases = 0;
                self.counted_at_lease = None;
                let operator = by.as_ref().map(|author| Arc::new(operator(author)));
                self.each(|breaker| {
                    let operator = operator.clone();
                    let _ = contained(|| breaker.own_inner().close_by_fleet(operator));
                });
            }
            Output::Gate(gate) => self.change_gate(gate, clock),
            Output::SetMode { command, .. } => self.obey(&command, clock),
        }
    }

    fn change_gate(&mut self, gate: MayProbe, clock: &dyn Fn() -> Millis) {
        let counts = self.counts();
        if self.counted_at_lease.take().is_some_and(|before| before.calls() == counts.calls()) {
            self.unused_leases = self.unused_leases.saturating_add(1);
        }
        if let MayProbe::Until(_) = gate {
            self.counted_at_lease = Some(counts);
        }
        self.gate = gate;
        self.each(|breaker| set_gate(breaker.own_inner(), gate, clock));
    }

    fn obey(&mut self, command: &CommandView, clock: &dyn Fn() -> Millis) {
        let CommandView { mode, author, remaining } = command;
        let operator = operator(author);
        self.each(|breaker| set_mode(breaker, *mode, Some(&operator), *remaining));
        let until = system_time() + Duration::from_millis(*remaining);
        let command = ModeOverride {
            mode: *mode,
            operator: Some(Arc::new(operator)),
            since: system_time(),
            until: Some(until),
        };
        let end = clock().saturating_add(*remaining);
        self.command = (*mode != Mode::Automatic).then_some((command, end));
    }

    fn each(&self, mut apply: impl FnMut(&CircuitBreaker)) {
        for tracked in &self.breakers {
            if let Some(breaker) = tracked.breaker.upgrade() {
                apply(&breaker);
            }
        }
    }

    /// Keeps an answer for the status, and returns the event that it is.
    pub(super) fn see(&mut self, view: View, now: Millis) -> Option<FleetEvent> {
        let before = std::mem::replace(&mut self.view, view);
        self.viewed = now;
        let epoch = |view: &View| (view.incarnation, view.epoch);
        if self.since.is_none() || epoch(&before) != epoch(&self.view) {
            self.since = Some(system_time());
        }
        let group = || self.name.as_str().to_owned();
        match (before.mixed_settings, self.view.mixed_settings) {
            (false, true) => Some(FleetEvent::SettingsMixed { group: group() }),
            (true, false) => Some(FleetEvent::SettingsAgree { group: group() }),
            _ => None,
        }
    }
}

impl TrackedBreaker {
    /// Notes a reading, and returns whether the breaker sees the dependency fail: its last call has
    /// failed, or the share of failures in its window is at the threshold, no longer ago than an open
    /// period; or, where the group counts failures, one of them is in the group's window. An old failure
    /// of a process without calls is no evidence.
    fn note(&mut self, reading: &FleetReading, config: &Config, now: Millis) -> bool {
        let counts = MemberCounts::new(&reading.totals, reading.trips, reading.refused_pings);
        let new = counts.minus(self.seen);
        self.seen = counts;
        if reading.decides {
            self.counted = self.counted.plus(new);
        }
        if new.failures > 0 {
            self.last_failure = Some(now);
        }
        let within = |span: Millis| self.last_failure.is_some_and(|at| now.saturating_sub(at) <= span);
        let recent = within(length(config.timeout()));
        let in_a_row = config.failure_threshold().is_some() && reading.streak > 0;
        let rate = config.failure_rate().zip(reading.failure_rate);
        let at_rate = rate.is_some_and(|(threshold, rate)| rate >= threshold);
        let counts_for_all = config.fleet_failures().is_some() && within(window(config));
        reading.state == State::Closed && (recent && (in_a_row || at_rate) || counts_for_all)
    }

    fn free(&self) {
        if let Some(breaker) = self.breaker.upgrade() {
            if let Some(link) = breaker.own_inner().fleet.get() {
                link.gate().free();
            }
        }
    }
}

fn operator(author: &Author) -> Operator {
    let operator = Operator::new(author.name.to_string());
    match &author.reason {
        Some(reason) => operator.reason(reason.to_string()),
        None => operator,
    }
}

fn open(inner: &Inner, remaining: Millis) {
    let ticks = remaining.saturating_mul(1_000);
    let _ = contained(|| inner.open_by_fleet(ticks));
}

/// Sets a mode until the command ends. Automatic mode has no end.
fn set_mode(breaker: &CircuitBreaker, mode: Mode, operator: Option<&Operator>, remaining: Millis) {
    let operator = operator.cloned().unwrap_or_else(|| Operator::new("the fleet"));
    let operator = match mode {
        Mode::Automatic => operator,
        _ => operator.expires_after(Duration::from_millis(remaining)),
    };
    let _ = contained(|| breaker.set_mode_by(mode, operator));
}

fn set_gate(inner: &Inner, gate: MayProbe, clock: &dyn Fn() -> Millis) {
    let Some(link) = inner.fleet.get() else { return };
    match gate {
        MayProbe::Free => link.gate().free(),
        MayProbe::Held => link.gate().hold(),
        MayProbe::Until(deadline) => {
            // The breaker's clock first: a pause between the two readings then shortens the lease.
            let end = contained(|| {
                let now = inner.now();
                now.saturating_add(deadline.saturating_sub(clock()).saturating_mul(1_000))
            });
            match end {
                Some(end) => link.gate().admit_until(end),
                None => link.gate().hold(),
            }
            // A ping that was refused need not wait until it asks again.
            inner.look_at_background();
        }
    }
}
