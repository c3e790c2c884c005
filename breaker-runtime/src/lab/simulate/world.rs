//! A run: requests of users, their calls through the breaker, and the dependency.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::breaker::inner::Inner;
use crate::config::Config;
use crate::lab::chance::float;
use crate::lab::simulate::agenda::{Agenda, Occurrence};
use crate::lab::simulate::dependency::{LookAsideCache, Offered, WorkerQueue};
use crate::lab::simulate::recovery::{Aftermath, RecoveryWatch, TimeSlice, in_nanos};
use crate::lab::simulate::scenario::{Scenario, TriggerKind};
use crate::lab::simulate::service::{ServiceTime, exponential, nanos, part_seed};
use crate::lab::simulate::slots::NumberedSlots;
use crate::state::token::CallToken;
use crate::time::clock::ManualClock;

/// The longest pause before a retry: an hour.
const MAX_PAUSE: f64 = 3.6e12;

/// The counts of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub(crate) struct RunCounts {
    pub(crate) requests: u64,
    pub(crate) answered: u64,
    pub(crate) failed: u64,
    /// Requests that the breaker rejected before any call of theirs ran.
    pub(crate) rejected: u64,
    /// Answers of the cache, which are no calls.
    pub(crate) hits: u64,
    /// Calls to the dependency.
    pub(crate) calls: u64,
    /// Calls that the dependency refused, or lost in a crash.
    pub(crate) refused: u64,
    /// Calls that were given up.
    pub(crate) given_up: u64,
    /// Calls on which a worker ended after they were given up.
    pub(crate) wasted: u64,
    /// The time that calls waited in the queue, in ns.
    pub(crate) waited: u64,
    /// Requests, and calls, that were under way at the end.
    pub(crate) under_way: u64,
}

/// The result of a run.
#[derive(Debug)]
pub(crate) struct RunResult {
    pub(crate) aftermath: Aftermath,
    pub(crate) counts: RunCounts,
    pub(crate) slices: Vec<TimeSlice>,
    /// The length of a slice in ns.
    pub(crate) slice_length: u64,
}

/// A request of a user.
#[derive(Clone, Copy, Debug)]
struct UserRequest {
    started: u64,
    slice: u32,
    /// The calls that it made.
    tried: u32,
    /// The entry of the cache that the answer fills.
    key: Option<u32>,
    process: usize,
}

/// A call to the dependency.
#[derive(Clone, Copy, Debug)]
struct SimulatedCall {
    request: u32,
    /// The admission by the breaker, if there is one.
    token: Option<CallToken>,
    offered: u64,
    /// Whether its caller waits for it.
    is_wanted: bool,
    at: CallAt,
    /// The deadline, and the dependency or a worker that has the call: the number is free without both.
    holders: u8,
}

/// Where a call is.
#[derive(Clone, Copy, Debug, PartialEq)]
enum CallAt {
    Queue,
    Worker,
    /// It has ended, or was refused or lost.
    End,
}

/// Runs a scenario with a policy, or without one. With `until_known` the run ends as soon as it is known
/// what came of the system.
pub(crate) fn run(
    scenario: &Scenario,
    policy: Option<Config>,
    seed: u64,
    until_known: bool,
) -> RunResult {
    let mut system = SimulatedSystem::new(scenario, policy, seed);
    let (begin, end) = (in_nanos(scenario.recovery.before), system.watch.end());
    system.agenda.add(begin, Occurrence::TriggerBegins);
    system.agenda.add(begin + in_nanos(scenario.trigger.length()), Occurrence::TriggerEnds);
    system.plan_arrival();
    let (mut known, mut judged) = (None, 0);
    while let Some((at, occurrence)) = system.agenda.next() {
        system.move_to(at);
        let slice = at / system.watch.length;
        if known.is_none() && slice > judged {
            judged = slice;
            known = system.watch.judge(at);
            if until_known && known.is_some() {
                break;
            }
        }
        if occurrence == Occurrence::Arrival && at >= end {
            continue;
        }
        system.step(occurrence);
    }
    let aftermath = known.or_else(|| system.watch.judge(u64::MAX)).unwrap_or(Aftermath::Down);
    let under_way = (system.requests.len() + system.calls.len()) as u64;
    RunResult {
        aftermath,
        counts: RunCounts { under_way, ..system.counts },
        slice_length: system.watch.length,
        slices: system.watch.slices,
    }
}

struct SimulatedSystem<'s> {
    scenario: &'s Scenario,
    now: u64,
    clock: ManualClock,
    agenda: Agenda,
    /// Each process has a breaker; without a policy there is none.
    breakers: Vec<Arc<Inner>>,
    /// How long a caller waits for a call, and for a whole request.
    limits: (u64, u64),
    requests: NumberedSlots<UserRequest>,
    calls: NumberedSlots<SimulatedCall>,
    dependency: WorkerQueue,
    cache: LookAsideCache,
    service: ServiceTime,
    /// The crashes so far: what workers did before one is lost.
    crashes: u32,
    is_triggered: bool,
    /// The generators of arrivals, of service times, and of pauses.
    random: [fastrand::Rng; 3],
    watch: RecoveryWatch,
    counts: RunCounts,
}

impl<'s> SimulatedSystem<'s> {
    fn new(scenario: &'s Scenario, policy: Option<Config>, seed: u64) -> Self {
        let (clock, dependency) = (ManualClock::new(), &scenario.dependency);
        let limit = |limit: Option<Duration>| limit.map_or(u64::MAX, in_nanos);
        let call = limit(policy.and_then(|policy| policy.call_timeout()));
        let total = limit(policy.and_then(|policy| policy.total_timeout()));
        let breakers = policy.map(|policy| {
            let processes = 0..u64::from(scenario.clients.processes);
            processes
                .map(|process| breaker(policy, clock.clone(), part_seed(seed, 3 + process)))
                .collect()
        });
        Self {
            scenario,
            now: 0,
            agenda: Agenda::default(),
            breakers: breakers.unwrap_or_default(),
            clock,
            limits: (call.min(in_nanos(scenario.clients.deadline)), total),
            requests: NumberedSlots::new(),
            calls: NumberedSlots::new(),
            dependency: WorkerQueue::new(dependency.workers, dependency.queue),
            cache: LookAsideCache::new(dependency.cache_entries, dependency.hit_rate),
            service: dependency.service_time(),
            crashes: 0,
            is_triggered: false,
            random: [0, 1, 2].map(|part| fastrand::Rng::with_seed(part_seed(seed, part))),
            watch: RecoveryWatch::new(scenario),
            counts: RunCounts::default(),
        }
    }

    fn move_to(&mut self, at: u64) {
        self.clock.advance(Duration::from_nanos(at - self.now));
        self.now = at;
    }

    fn step(&mut self, occurrence: Occurrence) {
        match occurrence {
            Occurrence::Arrival => {
                self.plan_arrival();
                self.arrive();
            }
            Occurrence::Done { call, crashes } => self.done(call, crashes),
            Occurrence::Deadline { call } => {
                if self.calls.get(call).is_wanted {
                    self.counts.given_up += 1;
                    self.fail(call, "deadline");
                }
                self.release(call);
            }
            Occurrence::Retry { request } => self.attempt(request),
            Occurrence::TriggerBegins => self.begin_trigger(),
            Occurrence::TriggerEnds => {
                self.is_triggered = false;
                self.dependency.set_workers(self.scenario.dependency.workers);
                self.begin_waiting();
            }
        }
    }

    fn plan_arrival(&mut self) {
        let surge = match self.scenario.trigger.kind {
            TriggerKind::Surge if self.is_triggered => self.scenario.trigger.size(),
            _ => 1.0,
        };
        let pause = exponential(1e9 / (self.scenario.clients.rate * surge), &mut self.random[0]);
        self.agenda.add(self.now.saturating_add(nanos(pause)), Occurrence::Arrival);
    }

    fn arrive(&mut self) {
        let process = self.counts.requests % u64::from(self.scenario.clients.processes);
        self.counts.requests += 1;
        let found = self.cache.look_up(&mut self.random[0]);
        let (slice, counts) = self.watch.slice_at(self.now);
        counts.started += 1;
        match found {
            Ok(()) => {
                counts.answered += 1;
                self.counts.answered += 1;
                self.counts.hits += 1;
            }
            Err(key) => {
                let process = usize::try_from(process).unwrap_or_default();
                let request = UserRequest { started: self.now, slice, tried: 0, key, process };
                let request = self.requests.add(request);
                self.attempt(request);
            }
        }
    }

    /// Makes a call of a request, if the breaker admits it.
    fn attempt(&mut self, number: u32) {
        let request = *self.requests.get(number);
        let Some(token) = self.admit(request.process) else {
            // A rejection is not retried. After a call it is that call's failure.
            let ended = if request.tried > 0 { Ended::Failed } else { Ended::Rejected };
            return self.end_request(number, ended);
        };
        self.requests.get(number).tried += 1;
        self.counts.calls += 1;
        self.watch.slice_at(self.now).1.calls += 1;
        let call = self.calls.add(SimulatedCall {
            request: number,
            token,
            offered: self.now,
            is_wanted: true,
            at: CallAt::Queue,
            holders: 2,
        });
        let left = self.limits.1.saturating_sub(self.now - request.started);
        self.agenda.add(self.now.saturating_add(self.limits.0.min(left)), Occurrence::Deadline { call });
        match self.dependency.offer(call) {
            Offered::Begins => self.begin(call),
            Offered::Waits => {}
            Offered::Refused => self.refuse(call),
        }
    }

    /// Asks the breaker of a process; returns `None` for a rejection.
    fn admit(&self, process: usize) -> Option<Option<CallToken>> {
        let Some(breaker) = self.breakers.get(process) else { return Some(None) };
        breaker.try_acquire().ok().map(|permit| Some(permit.into_token()))
    }

    /// Lets a worker begin a call.
    fn begin(&mut self, call: u32) {
        let slower = match self.scenario.trigger.kind {
            TriggerKind::BrownOut if self.is_triggered => self.scenario.trigger.size(),
            _ => 1.0,
        };
        self.calls.get(call).at = CallAt::Worker;
        self.counts.waited += self.now - self.calls.get(call).offered;
        let takes = nanos(float(self.service.draw(&mut self.random[1])) * slower);
        let done = Occurrence::Done { call, crashes: self.crashes };
        self.agenda.add(self.now.saturating_add(takes), done);
    }

    fn begin_waiting(&mut self) {
        while let Some(call) = self.dependency.next() {
            if self.scenario.dependency.drops_abandoned && !self.calls.get(call).is_wanted {
                self.dependency.done();
                self.leave(call);
            } else {
                self.begin(call);
            }
        }
    }

    fn done(&mut self, number: u32, crashes: u32) {
        if crashes == self.crashes {
            let call = *self.calls.get(number);
            if call.is_wanted {
                self.succeed(number);
            } else {
                self.counts.wasted += 1;
            }
            self.dependency.done();
            self.begin_waiting();
        }
        self.leave(number);
    }

    /// Fails a call that the dependency does not take.
    fn refuse(&mut self, call: u32) {
        self.counts.refused += 1;
        self.fail(call, "refused");
        self.leave(call);
    }

    /// Ends the hold of the dependency on a call.
    fn leave(&mut self, call: u32) {
        self.calls.get(call).at = CallAt::End;
        self.release(call);
    }

    fn succeed(&mut self, number: u32) {
        let call = *self.calls.get(number);
        self.calls.get(number).is_wanted = false;
        let request = *self.requests.get(call.request);
        if let Some((breaker, token)) = self.breakers.get(request.process).zip(call.token) {
            breaker.succeed(token);
        }
        if let Some(key) = request.key {
            self.cache.fill(key);
        }
        self.end_request(call.request, Ended::Answered);
    }

    /// Ends a call as a failure, and plans the next one of the request.
    fn fail(&mut self, number: u32, cause: &'static str) {
        let call = *self.calls.get(number);
        self.calls.get(number).is_wanted = false;
        let request = *self.requests.get(call.request);
        if let Some((breaker, token)) = self.breakers.get(request.process).zip(call.token) {
            breaker.fail(token, cause);
        }
        let clients = &self.scenario.clients;
        let exponent = i32::try_from(request.tried).unwrap_or(i32::MAX) - 1;
        let pause = float(in_nanos(clients.backoff)) * clients.backoff_factor.powi(exponent);
        let shorter = 1.0 - clients.jitter * self.random[2].f64();
        let retry = self.now.saturating_add(nanos(pause.min(MAX_PAUSE) * shorter));
        let is_in_time = retry < request.started.saturating_add(self.limits.1);
        if request.tried <= clients.retries && is_in_time {
            self.agenda.add(retry, Occurrence::Retry { request: call.request });
        } else {
            self.end_request(call.request, Ended::Failed);
        }
    }

    fn end_request(&mut self, number: u32, ended: Ended) {
        let request = *self.requests.get(number);
        let slice = self.watch.slice(request.slice);
        let (in_slice, in_all) = match ended {
            Ended::Answered => (&mut slice.answered, &mut self.counts.answered),
            Ended::Failed => (&mut slice.failed, &mut self.counts.failed),
            Ended::Rejected => (&mut slice.rejected, &mut self.counts.rejected),
        };
        *in_slice += 1;
        *in_all += 1;
        self.requests.remove(number);
    }

    /// Gives up one hold of a call.
    fn release(&mut self, number: u32) {
        let call = self.calls.get(number);
        call.holders -= 1;
        if call.holders == 0 {
            self.calls.remove(number);
        }
    }

    fn begin_trigger(&mut self) {
        self.is_triggered = true;
        let (trigger, workers) = (&self.scenario.trigger, f64::from(self.scenario.dependency.workers));
        match trigger.kind {
            TriggerKind::BrownOut | TriggerKind::Surge => {}
            TriggerKind::ColdCache => self.cache.empty(trigger.size()),
            TriggerKind::Crash => self.crash(workers * (1.0 - trigger.size())),
        }
    }

    /// Loses all calls at the dependency, and all workers but these, rounded down.
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of the workers")]
    fn crash(&mut self, left: f64) {
        self.crashes += 1;
        self.dependency.crash(left.max(0.0) as u32);
        for number in self.calls.numbers() {
            let call = *self.calls.get(number);
            if call.at == CallAt::End {
                continue;
            }
            if call.is_wanted {
                self.counts.refused += 1;
                self.fail(number, "lost in a crash");
            }
            // The worker's end is still on the agenda, and gives its hold up.
            match call.at {
                CallAt::Queue => self.leave(number),
                _ => self.calls.get(number).at = CallAt::End,
            }
        }
    }
}

/// The end of a request.
#[derive(Clone, Copy)]
enum Ended {
    Answered,
    Failed,
    Rejected,
}

/// Creates a breaker on the clock of the run.
fn breaker(policy: Config, clock: ManualClock, seed: u64) -> Arc<Inner> {
    let random = Mutex::new(fastrand::Rng::with_seed(seed));
    let draw = move || random.lock().unwrap_or_else(PoisonError::into_inner).f64();
    Inner::detached(("simulated", None), policy, clock, draw)
}
