//! The state machine in shared memory: one atomic word, the probe table and the windows, driven by the rules of
//! [`super::machine`]. Every change is one compare-and-swap; losing one is normal and means looking again.

use super::lanes::{LaneId, Lanes, Quick, SharedLane};
use super::machine::{self, Arrival, Control, Reason, Rejection, Settlement, Step};
use super::past::Past;
use super::policy::Policy;
use super::probes::ProbeTable;
use super::ramp::Ramp;
use super::watch::{Ended, Held, Moment, Verdict, Watch};
use super::word::{Flags, Ticks, Token, Word};
use super::world::World;
use crate::error::ErrorKind;
use crate::outcome::Outcome;
use crate::snapshot::State;
use crate::sync::{AtomicU64, Ordering};
use crate::window::Tally;

/// A change of state that this caller, and nobody else, has made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Change {
    pub(crate) before: Word,
    pub(crate) after: Word,
    pub(crate) reason: Reason,
    pub(crate) at: Ticks,
}

/// How a call ended. A byte, so that it is passed on in a register.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Success,
    Failure,
    Ignored,
    /// It was dropped before it had an outcome.
    Cancelled,
}

impl From<Outcome> for End {
    #[inline(always)]
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Success => Self::Success,
            Outcome::Failure => Self::Failure,
            Outcome::Ignored => Self::Ignored,
        }
    }
}

/// What became of a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// It counts.
    Counted,
    /// It counts, and is counted already.
    Passed,
    /// It came too late to count.
    Late,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settled {
    pub(crate) fate: Fate,
    pub(crate) outcome: Outcome,
    pub(crate) slow: bool,
    pub(crate) change: Option<Change>,
}

/// What a snapshot shows of the windows.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(crate) struct Counts {
    pub(crate) tally: Option<Tally>,
    pub(crate) throttle: Option<f64>,
}

#[derive(Debug)]
pub(crate) struct StateCell {
    hot: Hot,
    shared: SharedLane,
    probes: ProbeTable,
    past: Past,
    ramp: Ramp,
    watch: Watch,
}

/// All that a successful call touches while closed, in one cache line that nothing else is in.
#[derive(Debug)]
#[repr(align(64))]
struct Hot {
    word: AtomicU64,
    lanes: Lanes,
}

impl StateCell {
    #[cfg(not(breaker_loom))]
    pub(crate) const fn new(flags: Flags) -> Self {
        Self {
            hot: Hot { word: AtomicU64::new(Word::initial(flags).0), lanes: Lanes::new() },
            shared: SharedLane::new(),
            probes: ProbeTable::new(),
            past: Past::new(),
            ramp: Ramp::new(),
            watch: Watch::new(),
        }
    }

    #[cfg(breaker_loom)]
    pub(crate) fn new(flags: Flags) -> Self {
        Self {
            hot: Hot { word: AtomicU64::new(Word::initial(flags).0), lanes: Lanes::new() },
            shared: SharedLane::new(),
            probes: ProbeTable::new(),
            past: Past::new(),
            ramp: Ramp::new(),
            watch: Watch::new(),
        }
    }

    #[inline(always)]
    pub(crate) fn word(&self) -> Word {
        Word(self.hot.word.load(Ordering::Acquire))
    }

    /// The common case of [`StateCell::admit`]: a state that lets every call run.
    #[inline(always)]
    pub(crate) fn admit_closed(&self) -> Option<Token> {
        self.word().admit_on_sight()
    }

    /// The common case of [`StateCell::settle`]: a success that has nothing to change, as the state is the
    /// same and the streak is empty. Whether it was one. The second look at the word is needed,
    /// because a success ends a streak that grew while its call ran.
    #[inline(always)]
    pub(crate) fn pass(&self, token: Token, lane: LaneId) -> bool {
        token.is_untouched(self.word()) && self.hot.lanes.add(lane, Quick::Success)
    }

    /// The next most common case of [`StateCell::settle`]: a result that begins, goes on with or ends a streak
    /// and does not trip, where the word is all there is. Whether it was one; then it is counted.
    #[inline]
    pub(crate) fn settle_plainly(&self, policy: &Policy, token: Token, end: End, lane: LaneId) -> bool {
        let word = self.word();
        let threshold = policy.failure_threshold.map_or(u64::MAX, u64::from);
        let (streak, what) = match end {
            End::Success => (0, Quick::Success),
            End::Failure => (word.streak() + 1, Quick::Failure),
            End::Ignored | End::Cancelled => return false,
        };
        let plain = token.is_of_plain_closed(word) && policy.is_plain() && streak < threshold;
        plain && self.swap(word, word.with_streak(streak)) && {
            self.count(what, lane);
            true
        }
    }

    /// Counts what is counted often.
    #[inline(always)]
    pub(crate) fn count(&self, what: Quick, lane: LaneId) {
        if !self.hot.lanes.add(lane, what) {
            self.hot.lanes.add_slowly(lane, what, &self.shared);
        }
    }

    pub(crate) fn counted(&self, what: Quick) -> u64 {
        self.hot.lanes.read(what, &self.shared)
    }

    /// Admits a call or rejects it. `told` hears of a change of state that this brought about.
    ///
    /// The clock is read after the word, each time: a reading older than the word would look as if the
    /// clock had stepped back, and would shorten the open period.
    pub(crate) fn admit(
        &self,
        policy: &Policy,
        world: &impl World,
        mut told: impl FnMut(Change),
    ) -> Result<Token, Rejection> {
        let mut word = self.word();
        loop {
            let now = world.now();
            match machine::arrive(word, self.longest(word, policy), now) {
                Arrival::Run(token) => return Ok(token),
                Arrival::Rejected(rejection) => return Err(rejection),
                Arrival::Spared => return Ok(self.spared(word, policy, world)),
                Arrival::AtGate => return self.pass_gate(word, policy, world),
                Arrival::First(step) => {
                    if let Some(change) = self.store(word, step, now) {
                        told(change);
                    }
                    word = self.word();
                }
                Arrival::NeedsSlot => {
                    if let Some(token) = self.take_slot(word, policy, now) {
                        return Ok(token);
                    }
                    let seen = word;
                    word = self.word();
                    if word == seen {
                        return self.spare(word, policy, world, ErrorKind::HalfOpen);
                    }
                }
            }
        }
    }

    /// An open breaker that has a while to go rejects without a precise look at the clock.
    #[inline]
    pub(crate) fn reject_early(
        &self,
        policy: &Policy,
        coarse: impl FnOnce() -> Ticks,
    ) -> Option<Rejection> {
        let word = self.word();
        machine::reject_early(word, self.longest(word, policy), coarse)
    }

    /// Closed, and not every call runs on sight.
    fn pass_gate(&self, word: Word, policy: &Policy, world: &impl World) -> Result<Token, Rejection> {
        let (ramping, shedding) = (self.ramping(word, policy, world), self.watch.is_shedding());
        let shedding = shedding && policy.throttle.is_some() && word.is_closed();
        if let Some(share) = ramping {
            if !self.ramp.admits(share) {
                return self.spare(word, policy, world, ErrorKind::Saturated);
            }
        }
        if shedding {
            let (chance, now) = (world.chance(), world.now());
            let admitted = self.hold_for(word).is_none_or(|mut held| {
                let at = Moment { passed: self.passed(), now };
                held.admit(word.generation(), policy, chance, at)
            });
            if !admitted {
                return self.spare(word, policy, world, ErrorKind::Saturated);
            }
        }
        if ramping.is_none() && !shedding && policy.slow_call.is_none() {
            // Nothing is left to look at. Where this is lost, the next call will do it.
            let flags = Flags { gate: false, ..word.flags() };
            self.swap(word, word.with_flags(flags));
        }
        Ok(self.timed(word, policy, world))
    }

    fn ramping(&self, word: Word, policy: &Policy, world: &impl World) -> Option<super::ramp::Share> {
        if policy.ramp == 0 {
            return None;
        }
        self.ramp.share(word.generation(), policy.ramp, || world.now())
    }

    fn timed(&self, word: Word, policy: &Policy, world: &impl World) -> Token {
        match policy.slow_call {
            Some(_) => Token::timed(word, policy.reading(world)),
            None => word.token(),
        }
    }

    /// A rejection, unless this is a dry run.
    fn spare(
        &self,
        word: Word,
        policy: &Policy,
        world: &impl World,
        kind: ErrorKind,
    ) -> Result<Token, Rejection> {
        if machine::is_dry_run(word) {
            Ok(self.spared(word, policy, world))
        } else {
            Err(Rejection { kind, retry_after: None })
        }
    }

    fn spared(&self, word: Word, policy: &Policy, world: &impl World) -> Token {
        self.timed(word, policy, world).unfenced()
    }

    fn take_slot(&self, word: Word, policy: &Policy, now: Ticks) -> Option<Token> {
        let generation = word.generation();
        let slot = self.probes.take(generation, policy.max_probes, policy.probe_lease, now)?;
        let token = Token::probe(word, slot);
        if token.belongs_to(self.word()) {
            return Some(token);
        }
        // The breaker left half-open while the slot was being taken: the call must look again.
        self.probes.give_back(slot, generation, policy.probe_lease, now);
        None
    }

    /// Records the result of an admitted call. A token is settled once: the caller gives it up. `wait` is how
    /// long a failed dependency asked to be left alone.
    pub(crate) fn settle(
        &self,
        policy: &Policy,
        token: Token,
        end: End,
        wait: Option<Ticks>,
        world: &impl World,
    ) -> Settled {
        match token.probe_slot() {
            Some(_) => self.settle_probe(policy, token, end, wait, world),
            None => self.settle_call(policy, token, end, wait, world),
        }
    }

    fn settle_call(
        &self,
        policy: &Policy,
        token: Token,
        end: End,
        wait: Option<Ticks>,
        world: &impl World,
    ) -> Settled {
        let reading = token.began().map(|_| policy.reading(world));
        let took = token.began().zip(reading).map(|(began, now)| now.saturating_sub(began));
        let slow = took.is_some_and(|took| policy.is_slow(took));
        let outcome = outcome(end, slow);
        let settled = |fate| Settled { fate, outcome, slow, change: None };
        if token.is_unfenced() {
            return settled(Fate::Counted);
        }
        if outcome == Outcome::Success && !slow {
            let word = self.word();
            let now = || reading.unwrap_or_else(|| policy.reading(world));
            let nothing_to_do = word.is_closed()
                && word.streak() == 0
                && (!word.flags().note || self.watch.is_quiet(now));
            if token.belongs_to(word) && nothing_to_do {
                self.count(Quick::Success, world.lane());
                return settled(Fate::Passed);
            }
        }
        if policy.is_plain() || outcome == Outcome::Ignored {
            self.conclude(policy, token, settled(Fate::Counted), wait, world)
        } else {
            self.record(policy, token, settled(Fate::Counted), wait, world)
        }
    }

    fn settle_probe(
        &self,
        policy: &Policy,
        token: Token,
        end: End,
        wait: Option<Ticks>,
        world: &impl World,
    ) -> Settled {
        let now = world.now();
        let slot = token.probe_slot();
        let began = slot
            .and_then(|slot| self.probes.give_back(slot, token.generation(), policy.probe_lease, now));
        let slow = began.is_some_and(|began| policy.is_slow(now.saturating_sub(began)));
        let settled = Settled { fate: Fate::Counted, outcome: outcome(end, slow), slow, change: None };
        if began.is_none() {
            return Settled { fate: Fate::Late, ..settled };
        }
        self.conclude(policy, token, settled, wait, world)
    }

    /// Carries out what a result means by the word alone.
    fn conclude(
        &self,
        policy: &Policy,
        token: Token,
        settled: Settled,
        wait: Option<Ticks>,
        world: &impl World,
    ) -> Settled {
        let mut word = self.word();
        loop {
            // A slow probe has not shown that the dependency is well.
            let outcome = match settled {
                Settled { outcome: Outcome::Success, slow: true, .. } if word.is_half_open() => {
                    Outcome::Failure
                }
                _ => settled.outcome,
            };
            let change = match machine::settle(word, token, outcome, policy, None) {
                Settlement::Late => return Settled { fate: Fate::Late, ..settled },
                Settlement::Keep => return settled,
                Settlement::Move(step) => {
                    if self.swap(word, step.next) {
                        return settled;
                    }
                    None
                }
                Settlement::Open(reason) => {
                    let opening =
                        Opening { reason, wait, now: world.now(), chance: chance(policy, world) };
                    self.open(word, policy, opening)
                }
                Settlement::Close => self.start(word, policy, world, |word| {
                    (token.belongs_to(word) && word.is_half_open()).then(|| machine::close(word, policy))
                }),
            };
            if change.is_some() {
                return Settled { change, ..settled };
            }
            word = self.word();
        }
    }

    /// Enters a result into the windows, and carries out what it means.
    fn record(
        &self,
        policy: &Policy,
        token: Token,
        settled: Settled,
        wait: Option<Ticks>,
        world: &impl World,
    ) -> Settled {
        // Before the lock: the clock and the chance may be the user's code.
        let (now, chance, lane) = (world.now(), chance(policy, world), world.lane());
        let mut held = self.watch.hold();
        let mut word = self.word();
        if !token.belongs_to(word) {
            return Settled { fate: Fate::Late, ..settled };
        }
        if !word.is_closed() {
            return settled;
        }
        let failed = settled.outcome == Outcome::Failure;
        let ended = Ended { failed, slow: settled.slow };
        let at = Moment { passed: self.passed(), now };
        let verdict = held.record(token.generation(), policy, ended, at);
        let mut settled = settled;
        if !failed && !settled.slow {
            // Still under the lock: whoever records next must know of it.
            self.count(Quick::Success, lane);
            settled.fate = Fate::Passed;
        }
        // Once recorded it counts, also if somebody trips the breaker at this moment.
        loop {
            match machine::settle(word, token, settled.outcome, policy, verdict.exceeded) {
                Settlement::Open(reason) => {
                    let change = self.open(word, policy, Opening { reason, wait, now, chance });
                    if change.is_some() {
                        return Settled { change, ..settled };
                    }
                }
                settlement => {
                    let next = match settlement {
                        Settlement::Late => return settled,
                        Settlement::Move(step) => step.next,
                        _ => word,
                    };
                    let next = next.with_flags(flags(next, policy, verdict));
                    if next == word || self.swap(word, next) {
                        return settled;
                    }
                }
            }
            word = self.word();
        }
    }

    fn open(&self, word: Word, policy: &Policy, opening: Opening) -> Option<Change> {
        let Opening { reason, wait, now, chance } = opening;
        let failed_probes = match reason {
            Reason::ProbeFailed => self.past.failed_probes(word.generation()).saturating_add(1),
            _ => 0,
        };
        let growth = policy.growth;
        let period = match reason {
            Reason::Tripped => policy.open_for,
            _ => growth.spread(growth.period(policy.open_for, failed_probes), chance),
        };
        let period = growth.lengthened(period, wait);
        let step = machine::open(word, period, now, reason);
        if !growth.is_constant() || period != policy.open_for {
            self.past.announce(step.next.generation(), failed_probes, period);
        }
        self.store(word, step, now)
    }

    /// Starts a state that is closed, or forced: with empty windows and, after probes, with a ramp.
    fn start(
        &self,
        mut word: Word,
        policy: &Policy,
        world: &impl World,
        step: impl Fn(Word) -> Option<Step>,
    ) -> Option<Change> {
        let now = world.now();
        if policy.is_plain() && policy.ramp == 0 {
            return self.store(word, step(word)?, now);
        }
        // Everybody who starts one holds the lock: what is written here belongs to the state that the word
        // takes on.
        let mut held = self.watch.hold();
        word = self.word();
        let step = step(word)?;
        let generation = step.next.generation();
        if step.reason == Some(Reason::ProbesSucceeded) && policy.ramp > 0 {
            self.ramp.start(generation, now);
        }
        // Read before the word changes, so that no success of the new state is missed.
        let at = Moment { passed: self.passed(), now };
        let change = self.store(word, step, now)?;
        if !policy.is_plain() {
            held.restart(generation, policy, at);
        }
        Some(change)
    }

    /// Carries out an order; `None` where it has no effect.
    pub(crate) fn control(&self, policy: &Policy, order: Control, world: &impl World) -> Option<Change> {
        loop {
            let word = self.word();
            let now = world.now();
            let change = if order == Control::Trip {
                machine::control(word, order, policy, now)?;
                let opening = Opening { reason: Reason::Tripped, wait: None, now, chance: 0.5 };
                self.open(word, policy, opening)
            } else {
                machine::control(word, order, policy, now)?;
                self.start(word, policy, world, |word| machine::control(word, order, policy, now))
            };
            if change.is_some() {
                return change;
            }
        }
    }

    /// Goes over to another policy, in the same state: `change` makes everybody see it, or says that it
    /// is not to be.
    pub(crate) fn reconfigure(
        &self,
        old: &Policy,
        new: &Policy,
        world: &impl World,
        change: impl FnOnce() -> bool,
    ) {
        let now = world.now();
        let word = self.word();
        self.past.keep_period(word.generation(), self.longest(word, old));
        let held = self.watch.hold();
        if change() {
            self.adapt(held, new, now);
        }
    }

    /// Sees to it that a closed word has the flags of the policy: whoever made it may have known another one.
    pub(crate) fn refresh(&self, policy: &Policy, world: &impl World) {
        let now = world.now();
        self.adapt(self.watch.hold(), policy, now);
    }

    /// Whether calls run on sight, as far as nothing but a gate could hold them.
    pub(crate) fn has_no_gate(&self) -> bool {
        let word = self.word();
        word.is_closed_or_forced_closed() && !word.flags().gate
    }

    fn adapt(&self, mut held: Held<'_>, policy: &Policy, now: Ticks) {
        loop {
            let word = self.word();
            let at = Moment { passed: self.passed(), now };
            let verdict = held.reshape(word.generation(), policy, at);
            if !word.is_closed_or_forced_closed() {
                return;
            }
            let ramp = policy.ramp > 0 && word.flags().gate;
            let flags = policy.flags(ramp || verdict.shedding);
            let flags = Flags { note: flags.note || verdict.note, ..flags };
            let next = word.with_flags(flags);
            if next == word || self.swap(word, next) {
                return;
            }
        }
    }

    pub(crate) fn state(&self, now: Ticks) -> State {
        machine::effective(self.word(), now)
    }

    pub(crate) fn retry_after(&self, word: Word, policy: &Policy, now: Ticks) -> Option<Ticks> {
        machine::retry_after(word, self.longest(word, policy), now)
    }

    pub(crate) fn probes_in_flight(&self, word: Word, policy: &Policy, now: Ticks) -> u32 {
        self.probes.in_flight(word.generation(), policy.probe_lease, now)
    }

    pub(crate) fn counts(&self, word: Word, policy: &Policy, now: Ticks) -> Counts {
        if policy.is_plain() || !word.is_closed() {
            return Counts::default();
        }
        let Some(mut held) = self.hold_for(word) else { return Counts::default() };
        let at = Moment { passed: self.passed(), now };
        let (tally, throttle) = held.read(word.generation(), policy, at);
        Counts { tally, throttle }
    }

    /// The windows of this closed state, unless it is over: then they may be another's already.
    fn hold_for(&self, word: Word) -> Option<Held<'_>> {
        let held = self.watch.hold();
        word.token().belongs_to(self.word()).then_some(held)
    }

    /// The odometer.
    fn passed(&self) -> u64 {
        self.counted(Quick::Success)
    }

    fn longest(&self, word: Word, policy: &Policy) -> Ticks {
        self.past.period(word.generation()).unwrap_or(policy.open_for)
    }

    fn store(&self, word: Word, step: Step, now: Ticks) -> Option<Change> {
        if !self.swap(word, step.next) {
            return None;
        }
        step.reason.map(|reason| Change { before: word, after: step.next, reason, at: now })
    }

    fn swap(&self, old: Word, new: Word) -> bool {
        self.hot.word.compare_exchange(old.0, new.0, Ordering::AcqRel, Ordering::Acquire).is_ok()
    }
}

/// What an open period depends on beside the policy.
struct Opening {
    reason: Reason,
    wait: Option<Ticks>,
    now: Ticks,
    chance: f64,
}

fn chance(policy: &Policy, world: &impl World) -> f64 {
    if policy.growth.jitter > 0.0 { world.chance() } else { 0.5 }
}

/// Callers who give up early must not hide a service that hangs.
fn outcome(end: End, slow: bool) -> Outcome {
    match end {
        End::Success => Outcome::Success,
        End::Failure => Outcome::Failure,
        End::Cancelled if slow => Outcome::Failure,
        End::Ignored | End::Cancelled => Outcome::Ignored,
    }
}

/// The gate is only closed here: who passes it opens it again.
fn flags(word: Word, policy: &Policy, verdict: Verdict) -> Flags {
    let gate = word.flags().gate || verdict.shedding;
    Flags { gate, note: policy.flags(false).note || verdict.note }
}
