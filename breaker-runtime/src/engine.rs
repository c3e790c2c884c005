//! One breaker, put together: the state machine, its clock, its counters and its journal. A
//! [`CircuitBreaker`](crate::CircuitBreaker) is a handle to one of these.

use std::time::Duration;

use once_cell::sync::OnceCell;

use crate::clock::{Time, duration, ticks};
use crate::config::Config;
use crate::error::BreakerError;
use crate::journal::Journal;
use crate::outcome::Outcome;
use crate::snapshot::{Snapshot, State};
use crate::state::cell::{Change, Fate, StateCell};
use crate::state::machine::{self, Control, Policy, Rejection};
use crate::state::word::{Ticks, Token};
use crate::sync::{AtomicU64, Ordering};
use crate::totals::{Count, Counters};

/// The longest that a dependency is taken at its word.
const MAX_WAIT: Duration = Duration::from_secs(24 * 60 * 60);

#[derive(Debug)]
pub(crate) struct Engine {
    cell: StateCell,
    policy: Policy,
    /// The longest open period that a failure has asked for, if that is longer than the policy's.
    longest_wait: AtomicU64,
    counters: Counters,
    time: Time,
    config: Config,
    /// Unset until it is first needed, for an annotated function: its name depends on all the others.
    name: OnceCell<&'static str>,
    find_name: fn(&Engine) -> &'static str,
    /// When this breaker was made; `None` for one that the linker made.
    born: Option<Ticks>,
    journal: Journal,
    /// Made inside a `testing::isolate`, so that it needs no replacement there.
    #[cfg(feature = "test-util")]
    of_a_test: bool,
}

/// How a call ended, for the counters: an [`Outcome`], or dropped before it had one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    Outcome(Outcome),
    Cancelled,
}

impl Engine {
    /// For a `static`.
    pub(crate) const fn unnamed(config: Config, find_name: fn(&Engine) -> &'static str) -> Self {
        Self {
            cell: StateCell::new(),
            policy: config.policy(),
            longest_wait: AtomicU64::new(0),
            counters: Counters::new(),
            time: Time::DEFAULT,
            config,
            name: OnceCell::new(),
            find_name,
            born: None,
            journal: Journal::new(),
            #[cfg(feature = "test-util")]
            of_a_test: false,
        }
    }

    pub(crate) fn named(name: &'static str, config: Config, time: Time, born: Ticks) -> Self {
        Self {
            name: OnceCell::with_value(name),
            born: Some(born),
            time,
            #[cfg(feature = "test-util")]
            of_a_test: crate::testing::is_isolated(),
            ..Self::unnamed(config, |_| "")
        }
    }

    /// A fresh breaker with this one's name, options and clock.
    #[cfg(feature = "test-util")]
    pub(crate) fn twin(&self) -> Self {
        Self::named(self.name(), self.config, self.time.clone(), self.now())
    }

    #[cfg(feature = "test-util")]
    pub(crate) fn is_of_a_test(&self) -> bool {
        self.of_a_test
    }

    pub(crate) fn name(&self) -> &'static str {
        self.name.get_or_init(|| (self.find_name)(self))
    }

    pub(crate) fn config(&self) -> Config {
        self.config
    }

    /// Admits a call. While closed this is a load and a comparison.
    #[inline(always)]
    pub(crate) fn admit(&self) -> Result<Token, BreakerError> {
        match self.cell.admit_closed() {
            Some(token) => Ok(token),
            None => self.admit_slowly(),
        }
    }

    #[cold]
    #[inline(never)]
    fn admit_slowly(&self) -> Result<Token, BreakerError> {
        match self.cell.admit(&self.longest_policy(), || self.now(), |change| self.enter(change)) {
            Ok(token) => {
                if token.is_unfenced() {
                    self.counters.add(Count::WouldReject);
                }
                Ok(token)
            }
            Err(Rejection { kind, retry_after }) => {
                self.counters.add(Count::Rejected);
                Err(BreakerError::new(self.name(), kind, retry_after))
            }
        }
    }

    #[inline(always)]
    pub(crate) fn succeed(&self, token: Token) {
        if self.cell.is_untouched(token) {
            self.counters.add(Count::Success);
        } else {
            self.settle(token, End::Outcome(Outcome::Success));
        }
    }

    #[inline(never)]
    pub(crate) fn settle(&self, token: Token, end: End) {
        self.settle_under(&self.policy, token, end);
    }

    /// A failure that opens the breaker, if it does, for `wait` at least.
    #[cold]
    pub(crate) fn fail_until(&self, token: Token, wait: Duration) {
        if !self.config.honour_retry_after() {
            return self.settle(token, End::Outcome(Outcome::Failure));
        }
        let longest = self.config.max_timeout().unwrap_or(MAX_WAIT).min(MAX_WAIT);
        let open_for = ticks(wait.min(longest)).max(self.policy.open_for);
        // Before the deadline that it explains.
        self.longest_wait.fetch_max(open_for, Ordering::Relaxed);
        self.settle_under(&Policy { open_for, ..self.policy }, token, End::Outcome(Outcome::Failure));
    }

    fn settle_under(&self, policy: &Policy, token: Token, end: End) {
        let (outcome, count) = match end {
            End::Outcome(Outcome::Success) => (Outcome::Success, Count::Success),
            End::Outcome(Outcome::Failure) => (Outcome::Failure, Count::Failure),
            End::Outcome(Outcome::Ignored) => (Outcome::Ignored, Count::Ignored),
            End::Cancelled => (Outcome::Ignored, Count::Cancelled),
        };
        let mut changed = None;
        let fate =
            self.cell.settle(policy, token, outcome, || self.now(), |change| changed = Some(change));
        // Counted before listeners run: one that looks at the totals sees the call that woke it.
        self.counters.add(if fate == Fate::Late { Count::Late } else { count });
        if let Some(change) = changed {
            self.enter(change);
        }
    }

    /// The policy with the longest period that can be running: what is left of one that is longer than that
    /// is a clock's step back.
    fn longest_policy(&self) -> Policy {
        let waited = self.longest_wait.load(Ordering::Relaxed);
        Policy { open_for: self.policy.open_for.max(waited), ..self.policy }
    }

    pub(crate) fn control(&self, order: Control) {
        if let Some(change) = self.cell.control(&self.policy, order, self.now()) {
            self.enter(change);
        }
    }

    pub(crate) fn count(&self, what: Count) {
        self.counters.add(what);
    }

    pub(crate) fn state(&self) -> State {
        self.cell.state(self.now())
    }

    pub(crate) fn journal(&self) -> &Journal {
        &self.journal
    }

    pub(crate) fn snapshot(&self) -> Snapshot {
        let (now, word) = (self.now(), self.cell.word());
        let history = self.journal.history();
        let state = machine::effective(word, now);
        let in_state = match history.since.or(self.born) {
            // Half-open by the clock alone: since the open period ended.
            _ if state == State::HalfOpen && !word.is_half_open() => now.saturating_sub(word.payload()),
            Some(since) => now.saturating_sub(since),
            None => now.saturating_sub(Time::start()),
        };
        Snapshot {
            name: self.name(),
            state,
            mode: machine::mode(word),
            in_state: duration(in_state),
            retry_after: machine::retry_after(word, &self.longest_policy(), now).map(duration),
            streak: machine::streak(word),
            in_flight: self.cell.probes_in_flight(word, &self.policy, now),
            trips: history.trips,
            totals: self.counters.read(),
        }
    }

    #[cold]
    fn enter(&self, change: Change) {
        self.journal.enter(self.name(), &self.time, change);
    }

    fn now(&self) -> Ticks {
        self.time.now()
    }
}
