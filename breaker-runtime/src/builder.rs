//! Makes breakers: [`Builder`], and [`ConfigError`] for what it refuses.

use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::clock::{Clock, Time};
use crate::config::{BadValue, Config, Throttle, Window, list};
use crate::engine::Engine;
use crate::registry;

/// Makes a [`CircuitBreaker`]; from [`CircuitBreaker::builder`].
///
/// What opens it:
///
/// | option | default | range | for a dependency that |
/// |---|---|---|---|
/// | [`failure_threshold`](Self::failure_threshold) | 5; off if `failure_rate`, `slow_call_rate` or `throttle` is set | 1 to `u32::MAX` | is down |
/// | [`failure_rate`](Self::failure_rate) | off | above 0.0, at most 1.0 | fails some of its calls |
/// | [`window`](Self::window) | 100 calls | 1 to 1,000,000 calls, or a span from 1 ms | |
/// | [`min_calls`](Self::min_calls) | 20, or the window if it is smaller | 1 to the calls in the window | is seldom called |
/// | [`slow_call`](Self::slow_call) | off | longer than zero | hangs rather than failing |
/// | [`slow_call_rate`](Self::slow_call_rate) | 1.0 with `slow_call` | above 0.0, at most 1.0 | is slow some of the time |
///
/// For how long:
///
/// | option | default | range | for a dependency that |
/// |---|---|---|---|
/// | [`timeout`](Self::timeout) | 60 s | longer than zero | |
/// | [`timeout_factor`](Self::timeout_factor) | 1.0 | 1.0 to 1000.0 | stays down for long |
/// | [`max_timeout`](Self::max_timeout) | none | at least `timeout` | comes back some time |
/// | [`timeout_jitter`](Self::timeout_jitter) | 0.0 | 0.0 to 1.0 | many processes probe |
/// | [`honour_retry_after`](Self::honour_retry_after) | `false` | | says when to come back |
///
/// How it closes, and what it does instead of opening:
///
/// | option | default | range | for a dependency that |
/// |---|---|---|---|
/// | [`success_threshold`](Self::success_threshold) | 2 | 1 to `u32::MAX` | |
/// | [`max_probes`](Self::max_probes) | `success_threshold`, at most 1024 | 1 to 1024 | |
/// | [`probe_timeout`](Self::probe_timeout) | `timeout` | longer than zero | |
/// | [`ramp`](Self::ramp) | off | longer than zero | full load would bring down again |
/// | [`throttle`](Self::throttle) | off | `k` 1.0 to 1000.0, a span from 1 s | is overloaded |
///
/// Where it gets the time and its luck: [`clock`](Self::clock), by default a
/// [`MonotonicClock`](crate::MonotonicClock), and [`random`](Self::random).
///
/// Several policies may stand side by side: the first one that is met opens the breaker. An option that could
/// have no effect is refused, such as a `window` that no rate is taken of.
///
/// Lengths of time have a resolution of one microsecond and are rounded up; what is longer than four
/// years and five months counts as that.
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct Builder {
    name: String,
    config: Config,
    time: Time,
    pub(crate) random: Option<Random>,
}

/// A source of chance. See [`Builder::random`].
#[derive(Clone)]
pub(crate) struct Random(#[expect(dead_code, reason = "no policy asks it yet")] pub(crate) RandomFn);

type RandomFn = Arc<dyn Fn() -> f64 + Send + Sync>;

impl fmt::Debug for Random {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("custom source of chance")
    }
}

impl Builder {
    pub(crate) fn new(name: String) -> Self {
        Self { name, config: Config::DEFAULT, time: Time::DEFAULT, random: None }
    }

    /// Consecutive failures that open the breaker: at least 1. Default: 5, or no number of them if
    /// [`failure_rate`](Self::failure_rate), [`slow_call_rate`](Self::slow_call_rate) or
    /// [`throttle`](Self::throttle) is set.
    ///
    /// For a dependency that is down: a few calls tell, at any load. Failures that come between successes
    /// never add up to a streak; that is what a rate is for.
    pub fn failure_threshold(mut self, failures: u32) -> Self {
        self.config.failure_threshold = Some(failures);
        self
    }

    /// The share of failures among the successes and failures in the [`window`](Self::window) that opens the
    /// breaker: above 0.0, at most 1.0. Default: off.
    ///
    /// For a dependency that fails some of its calls, or is called by many at once, whose successes and
    /// failures mix. It is judged at every result once the window holds [`min_calls`](Self::min_calls), and
    /// met if the share is the rate or more.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use breaker_runtime::CircuitBreaker;
    /// let breaker = CircuitBreaker::builder("payments")
    ///     .failure_rate(0.5)
    ///     .window(Duration::from_secs(10))
    ///     .build()?;
    /// assert_eq!(breaker.config().failure_threshold(), None);
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn failure_rate(mut self, share: f64) -> Self {
        self.config.failure_rate = Some(share);
        self
    }

    /// Which calls the rates are taken of: the last 1 to 1,000,000 calls (a `u32`), or those of a span of at
    /// least 1 ms (a [`Duration`]). Default: 100 calls.
    ///
    /// A span forgets old failures where calls are few; a number of calls weighs the same at any load. Either
    /// needs [`failure_rate`](Self::failure_rate) or [`slow_call`](Self::slow_call).
    pub fn window(mut self, window: impl Into<Window>) -> Self {
        self.config.window = Some(window.into());
        self
    }

    /// How many calls the window must hold before a rate is judged: at least 1, at most the calls in the
    /// window. Default: 20, or all the calls of a smaller window.
    ///
    /// So that the first failure after a start, or at night, is not a rate of 100 percent.
    pub fn min_calls(mut self, calls: u32) -> Self {
        self.config.min_calls = Some(calls);
        self
    }

    /// A call that took longer than this is slow: longer than zero. Default: off.
    ///
    /// For a dependency that hangs: its calls hold threads and connections long before they fail. The breaker
    /// opens at [`slow_call_rate`](Self::slow_call_rate), and a slow probe opens it again. Whether a slow call
    /// failed as well makes no difference. This is not a deadline: the call runs to its end.
    pub fn slow_call(mut self, longer_than: Duration) -> Self {
        self.config.slow_call = Some(longer_than);
        self
    }

    /// The share of slow calls in the [`window`](Self::window) that opens the breaker: above 0.0, at most
    /// 1.0. Default: 1.0, once [`slow_call`](Self::slow_call) says what is slow.
    pub fn slow_call_rate(mut self, share: f64) -> Self {
        self.config.slow_call_rate = Some(share);
        self
    }

    /// How long the breaker stays open; at exactly this time the next call probes. Default: 60 s.
    ///
    /// This is not a deadline for calls.
    pub fn timeout(mut self, open_for: Duration) -> Self {
        self.config.timeout = open_for;
        self
    }

    /// By what each failed probe multiplies the open period, until the breaker closes: 1.0 to 1000.0.
    /// Default: 1.0.
    ///
    /// For a dependency that stays down for long: 2.0 probes it after one `timeout`, then after two, then after
    /// four. Without [`max_timeout`](Self::max_timeout) there is no end to that.
    pub fn timeout_factor(mut self, factor: f64) -> Self {
        self.config.timeout_factor = factor;
        self
    }

    /// The longest open period, whatever makes it longer than `timeout`: at least `timeout`. Default: none.
    ///
    /// It needs something to limit: [`timeout_factor`](Self::timeout_factor),
    /// [`timeout_jitter`](Self::timeout_jitter) or [`honour_retry_after`](Self::honour_retry_after).
    pub fn max_timeout(mut self, longest: Duration) -> Self {
        self.config.max_timeout = Some(longest);
        self
    }

    /// The share of an open period that is left to chance: 0.0 to 1.0. Default: 0.0.
    ///
    /// For many processes that call the same dependency: what opened their breakers at the same moment must
    /// not make all of them probe at the same moment.
    pub fn timeout_jitter(mut self, share: f64) -> Self {
        self.config.timeout_jitter = share;
        self
    }

    /// Whether a failure that says when to come back, as HTTP's `Retry-After` does, decides how long the
    /// breaker stays open. Default: `false`.
    ///
    /// For a dependency that knows better. [`max_timeout`](Self::max_timeout) is as long as it is believed.
    pub fn honour_retry_after(mut self, honour: bool) -> Self {
        self.config.honour_retry_after = honour;
        self
    }

    /// Successful probes that close the breaker: at least 1. Default: 2.
    pub fn success_threshold(mut self, successes: u32) -> Self {
        self.config.success_threshold = successes;
        self
    }

    /// Probes that may be in flight at once: 1 to 1024. Default: `success_threshold`, but at most 1024.
    pub fn max_probes(mut self, probes: u32) -> Self {
        self.config.max_probes = Some(probes);
        self
    }

    /// After how long a probe that has not ended loses its place, and its result is late. Default:
    /// `timeout`.
    pub fn probe_timeout(mut self, lease: Duration) -> Self {
        self.config.probe_timeout = Some(lease);
        self
    }

    /// How long a breaker that closes takes until it admits every call again: longer than zero. Default: it
    /// admits all of them at once.
    ///
    /// For a dependency with cold caches or a queue to work off: full load would bring it down again. The
    /// share of calls that are admitted grows over this time.
    pub fn ramp(mut self, length: Duration) -> Self {
        self.config.ramp = Some(length);
        self
    }

    /// Admits only about `k` calls for each one that succeeds, counted over `window`; the others are rejected
    /// at random, without opening the breaker. `k` is 1.0 to 1000.0, `window` at least 1 s. Default: off.
    ///
    /// For a dependency that is overloaded rather than broken: it goes on being called as much as it can
    /// bear, where an open breaker would leave it idle and then fall upon it. With 2.0 the calls are thinned
    /// out once fewer than half of them succeed; a `k` near 1.0 rejects sooner, a large one later.
    pub fn throttle(mut self, k: f64, window: Duration) -> Self {
        self.config.throttle = Some(Throttle { k, window });
        self
    }

    /// Where the breaker gets the time.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.time = Time::from_clock(clock);
        self
    }

    /// Where chance comes from, for [`timeout_jitter`](Self::timeout_jitter) and [`throttle`](Self::throttle):
    /// each call returns a number from 0.0 to below 1.0. For tests that must not depend on luck. Default: a
    /// pseudo-random generator.
    pub fn random(mut self, random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.random = Some(Random(Arc::new(random)));
        self
    }

    /// Makes the breaker and lists it in the registry until the last handle to it is dropped.
    ///
    /// Where another breaker of that name lives, this one is called `name#2`, then `name#3`, and so on.
    /// The text of a name is kept for the life of the process; using it again costs nothing.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every value that is out of range, or is no use without another option.
    pub fn build(self) -> Result<CircuitBreaker, ConfigError> {
        let mut problems = self.config.check();
        if self.name.trim().is_empty() {
            let must_be = Cow::Borrowed("a text that is not blank");
            problems.insert(0, BadValue { option: "name", value: format!("{:?}", self.name), must_be });
        }
        if !problems.is_empty() {
            return Err(ConfigError { breaker: self.name, problems });
        }
        let born = self.time.now();
        Ok(registry::add(&self.name, |name| Engine::named(name, self.config, self.time, born)))
    }
}

/// A builder was given values that it can't use; tells all of them.
///
/// ```
/// use breaker_runtime::CircuitBreaker;
///
/// let error = CircuitBreaker::builder("payments").failure_threshold(0).build().unwrap_err();
/// assert_eq!(
///     error.to_string(),
///     "circuit breaker `payments` cannot be built: failure_threshold is 0 and must be at least 1"
/// );
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    breaker: String,
    problems: Vec<BadValue>,
}

impl ConfigError {
    /// The name that the breaker was to have.
    pub fn breaker(&self) -> &str {
        &self.breaker
    }

    /// The options that were refused, in the order of the builder's table.
    pub fn options(&self) -> impl Iterator<Item = &'static str> + '_ {
        self.problems.iter().map(|problem| problem.option)
    }
}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "circuit breaker `{}` cannot be built: {}", self.breaker, list(&self.problems))
    }
}

impl Error for ConfigError {}
