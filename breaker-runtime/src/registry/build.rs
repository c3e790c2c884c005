//! The builder of breakers: [`CircuitBreakerBuilder`].

use std::sync::Arc;

use crate::breaker::CircuitBreaker;
#[cfg(feature = "tokio")]
use crate::breaker::background::BackgroundProbe;
#[cfg(feature = "tokio")]
use crate::breaker::handle::WeakBreaker;
use crate::breaker::inner::Inner;
use crate::breaker::role::Role;
use crate::breaker::shared_options;

use crate::config::ConfigError;
#[cfg(feature = "shadow")]
use crate::config::shadow::ShadowOptions;
use crate::config::{Config, Fault, InvalidOption, policy_setters};
use crate::registry::keyed::KeyedBuilder;
use crate::registry::{self, settings};
use crate::state::rng::Rng;
use crate::time::clock::{Clock, TimeSource};
#[cfg(feature = "tokio")]
use crate::types::key::Key;
#[cfg(feature = "tokio")]
use crate::types::probe_result::ProbeResult;

/// A builder of a [`CircuitBreaker`]; from [`CircuitBreaker::builder`].
///
/// Options that open the breaker:
///
/// | option | default | range | for a dependency that |
/// |---|---|---|---|
/// | [`failure_threshold`](Self::failure_threshold) | 5; off if `failure_rate`, `slow_call_rate` or `throttle` is set | 1 to `u32::MAX` | is down |
/// | [`failure_rate`](Self::failure_rate) | off | above 0.0, at most 1.0 | fails some of its calls |
/// | [`window`](Self::window) | 100 calls | 1 to 1,000,000 calls, or a span from 1 ms | |
/// | [`min_calls`](Self::min_calls) | 20, or the window if it is smaller | 1 to the calls in the window | is seldom called |
/// | [`slow_call`](Self::slow_call) | off | longer than zero | hangs rather than failing |
/// | [`slow_call_rate`](Self::slow_call_rate) | 1.0 with `slow_call` | above 0.0, at most 1.0 | is slow some of the time |
/// | [`abandoned_threshold`](Self::abandoned_threshold) | 10 | 1 to 1,000,000, or `None` | hangs, while callers give up |
///
/// Options of the open period:
///
/// | option | default | range | for a dependency that |
/// |---|---|---|---|
/// | [`timeout`](Self::timeout) | 60 s | longer than zero | |
/// | [`timeout_factor`](Self::timeout_factor) | 1.0 | 1.0 to 1000.0 | stays down for long |
/// | [`max_timeout`](Self::max_timeout) | none | at least `timeout` | comes back some time |
/// | [`timeout_jitter`](Self::timeout_jitter) | 0.0 | 0.0 to 1.0 | many processes probe |
/// | [`honour_retry_after`](Self::honour_retry_after) | `false` | | says when to come back |
///
/// Options of the recovery, and of throttling instead of opening:
///
/// | option | default | range | for a dependency that |
/// |---|---|---|---|
/// | [`success_threshold`](Self::success_threshold) | 2 | 1 to `u32::MAX` | |
/// | [`max_probes`](Self::max_probes) | `success_threshold`, at most 1024 | 1 to 1024 | |
/// | [`probe_timeout`](Self::probe_timeout) | `timeout`, or twice `call_timeout` or `total_timeout` if that is longer | longer than zero | |
/// | [`probe_every`](Self::probe_every) | the open period | longer than zero | has a ping, by [`probe`](crate::circuit_breaker#probe) |
/// | [`ramp`](Self::ramp) | off | longer than zero | full load would bring down again |
/// | [`throttle`](Self::throttle) | off | `k` 1.0 to 1000.0, a span from 1 s | is overloaded |
///
/// Limits of the calls, in every state:
///
/// | option | default | range | for a dependency that |
/// |---|---|---|---|
/// | [`max_concurrent`](Self::max_concurrent) | any number | 1 to 1,000,000 | hangs, and must not take up everything |
/// | [`max_wait`](Self::max_wait) | not at all | longer than zero | is called in bursts |
/// | [`max_pending`](Self::max_pending) | any number | 1 to 1,000,000 | |
/// | [`total_timeout`](Self::total_timeout) | off | longer than zero | is retried or waited for, by callers with a deadline |
/// | [`call_timeout`](Self::call_timeout) | off | longer than zero | hangs, and is called by futures |
/// | [`first_item`](Self::first_item) | off | longer than zero | streams its answers, and may never begin one |
/// | [`idle`](Self::idle) | off | longer than zero | streams its answers, and may stop in the middle |
///
/// The state that processes share:
///
/// | option | default | range | for a dependency that |
/// |---|---|---|---|
/// | [`shared`](Self::shared) | off | a text that is not blank | fails for all processes at once |
/// | [`quorum`](Self::quorum) | 2 processes | 1 to 10,000 processes, or a share above 0.0, at most 1.0 | some processes may fail to reach |
/// | [`fleet_failures`](Self::fleet_failures) | off | at least 1 | fails some of the calls of many processes |
///
/// [`keyed`](Self::keyed) builds a breaker with these options for each key. Retries, answers from memory
/// and fallbacks are about what a function returns, and are options of
/// [`circuit_breaker`](crate::circuit_breaker) alone. How to choose the numbers is in
/// [`guide::numbers`](crate::guide::numbers).
///
/// [`clock`](Self::clock) sets the source of time, by default a
/// [`MonotonicClock`](crate::MonotonicClock), and [`random`](Self::random) that of random numbers.
///
/// Several policies can be combined: the first one that is met opens the breaker. An option that can
/// have no effect is refused, such as a `window` without a rate.
///
/// # Limits
///
/// - Lengths of time have a resolution of one microsecond and are rounded up; one longer than four years
///   and five months counts as that.
/// - A breaker keeps time for four years and two months from when it was built, or in a `static` from
///   the first reading of the clock in the process: see [`Clock::now`].
/// - The result of a call counts in the state alone that admitted it. States are numbered, and the
///   numbers start again after 8,192 changes: the result of a call during which the state changed
///   exactly so often, or a multiple of it, counts as if the state were the same, if the breaker is
///   closed again, or half-open again.
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::{CircuitBreaker, CircuitBreakerBuilder};
///
/// fn policy(name: &str) -> CircuitBreakerBuilder {
///     CircuitBreaker::builder(name).failure_threshold(3).timeout(Duration::from_secs(30))
/// }
///
/// let orders = policy("orders").build()?;
/// let prices = policy("prices").max_concurrent(64).build()?;
/// assert_eq!(orders.config().timeout(), prices.config().timeout());
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct CircuitBreakerBuilder {
    name: String,
    config: Config,
    time: TimeSource,
    rng: Rng,
    #[cfg(feature = "tokio")]
    probe: Option<BackgroundProbe>,
}

policy_setters!(CircuitBreakerBuilder);

impl CircuitBreaker {
    /// Returns a builder of a breaker with this name.
    pub fn builder(name: impl Into<String>) -> CircuitBreakerBuilder {
        CircuitBreakerBuilder::new(name.into())
    }
}

impl CircuitBreakerBuilder {
    pub(crate) fn new(name: String) -> Self {
        Self {
            name,
            config: Config::DEFAULT,
            time: TimeSource::DEFAULT,
            rng: Rng::DEFAULT,
            #[cfg(feature = "tokio")]
            probe: None,
        }
    }

    /// Sets the source of the breaker's time.
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.time = TimeSource::from_clock(clock);
        self
    }

    /// Sets the source of random numbers for [`timeout_jitter`](Self::timeout_jitter),
    /// [`throttle`](Self::throttle) and the attribute's `retry`: each call returns a number from 0.0 to
    /// below 1.0. For tests that must not depend on chance. Default: a pseudo-random generator.
    pub fn random(mut self, random: impl Fn() -> f64 + Send + Sync + 'static) -> Self {
        self.rng = Rng::from_source(Arc::new(random));
        self
    }

    /// Sets a ping that recovers the breaker at no user's cost. Default: none, calls of users probe.
    ///
    /// While the breaker is open, calls are rejected, and a background task calls the ping: first at the
    /// end of the open period, then again after each [`probe_every`](Self::probe_every), until
    /// [`success_threshold`](Self::success_threshold) pings have succeeded. Recovery is noticed without
    /// traffic. A ping is a probe to all other options: one that fails opens the breaker again, one that
    /// is slower than [`slow_call`](Self::slow_call), panics, or is not ready within
    /// [`probe_timeout`](Self::probe_timeout) has failed. [`ProbeResult`](crate::ProbeResult) says which
    /// outputs succeed. It takes no concurrency permit, and counts in
    /// [`Totals::pings`](crate::Totals::pings) alone.
    ///
    /// The task runs on the tokio runtime in which a call opened the breaker, or found it open: one task
    /// for all breakers of the runtime, and none while no breaker is open. Until there is a runtime, and
    /// after it has ended, calls of users probe as they do without this option. It needs the feature
    /// `tokio`, which is on by default.
    ///
    /// Not for a dependency without a request that is cheap, changes nothing and fails when real ones
    /// do: a ping that succeeds while calls fail closes the breaker at each period.
    ///
    /// ```
    /// # use std::time::Duration;
    /// # use breaker_runtime::{CircuitBreaker, State};
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// async fn ping() -> Result<(), std::io::Error> {
    ///     Ok(()) // such as `client.get("https://payments.example/health").send()`
    /// }
    ///
    /// let builder = CircuitBreaker::builder("payments").probe(ping).success_threshold(1);
    /// let breaker = builder.probe_every(Duration::from_millis(20)).build()?;
    /// breaker.trip();
    /// assert!(breaker.try_acquire().is_err(), "no user's call probes");
    /// while breaker.state() != State::Closed {
    ///     tokio::time::sleep(Duration::from_millis(10)).await;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[cfg(feature = "tokio")]
    #[doc(alias("health_check", "health_checks"))]
    pub fn probe<F, Fut>(self, probe: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output: ProbeResult> + Send + 'static,
    {
        self.with_probe(BackgroundProbe::new(probe))
    }

    /// Sets a ping as [`probe`](Self::probe) does, which gets the key of the breaker that is open.
    ///
    /// A key that was not called for [`key_idle`](KeyedBuilder::key_idle) is pinged no longer.
    ///
    /// ```
    /// # use breaker_runtime::{CircuitBreaker, Key};
    /// async fn ping(host: Key) -> bool {
    ///     !host.to_string().is_empty() // such as a request to `https://{host}/health`
    /// }
    ///
    /// let hosts = CircuitBreaker::builder("hosts").probe_key(ping).keyed().build()?;
    /// assert!(hosts.is_empty());
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    #[cfg(feature = "tokio")]
    pub fn probe_key<F, Fut>(self, probe: F) -> Self
    where
        F: Fn(Key) -> Fut + Send + Sync + 'static,
        Fut: Future<Output: ProbeResult> + Send + 'static,
    {
        self.with_probe(BackgroundProbe::of_key(probe))
    }

    #[cfg(feature = "tokio")]
    fn with_probe(mut self, probe: BackgroundProbe) -> Self {
        self.config.set_probe();
        self.probe = Some(probe);
        self
    }

    /// Sets a second policy, which sees the calls of the breaker and decides nothing. Default: none.
    ///
    /// For numbers to try on real traffic before they decide. `options` are those that
    /// differ from the breaker's. [`Snapshot::shadow`](crate::Snapshot::shadow) counts the calls on
    /// which the two differ: those that the shadow would have rejected, by how they ended, and those
    /// that it would have let through. Metrics and the dashboard show them as well. The guide's page
    /// [`lab`](crate::guide::lab#shadow) has the details.
    ///
    /// - While the breaker is open, no calls run, and the shadow learns nothing from them.
    /// - Nothing feeds back: a call that the shadow would have rejected runs, and loads the dependency.
    /// - Pings of `probe` are not calls, and the shadow probes by calls. It is in no fleet, and no
    ///   outlier among keys.
    ///
    /// A breaker with a shadow is slower: each call reads the clock twice more and takes a lock twice.
    /// Each key has a shadow of its own. It needs the feature `shadow`.
    ///
    /// ```
    /// # use breaker_runtime::{CircuitBreaker, ShadowOptions, State};
    /// let shadow = ShadowOptions::new().failure_threshold(2);
    /// let breaker = CircuitBreaker::builder("payments").shadow(shadow).build()?;
    /// for _ in 0..3 {
    ///     let _ = breaker.call(|| "seven".parse::<u32>());
    /// }
    /// let snapshot = breaker.snapshot();
    /// assert_eq!(snapshot.state, State::Closed, "5 failures would open it");
    /// assert_eq!(snapshot.shadow().map(|shadow| shadow.rejected_failures), Some(1));
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    #[cfg(feature = "shadow")]
    pub fn shadow(mut self, options: ShadowOptions) -> Self {
        self.config.shadow = Some(options.kept());
        self
    }

    /// Builds the breaker and lists it in the registry until the last handle to it is dropped.
    ///
    /// If another breaker has that name, this one is called `name#2`, then `name#3`, and so on.
    /// The text of a name is kept for the life of the process; using it again costs nothing.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every value that is out of range, or has no effect without another option.
    pub fn build(self) -> Result<CircuitBreaker, ConfigError> {
        self.build_as(&[], Role::Single)
    }

    /// Returns a builder of a breaker for each key: for each host, tenant or shard. All have the options
    /// of this builder; for options about keys see [`KeyedBuilder`].
    pub fn keyed(self) -> KeyedBuilder {
        KeyedBuilder::new(self)
    }

    pub(crate) fn build_as(
        self,
        more_issues: &[InvalidOption],
        role: Role,
    ) -> Result<CircuitBreaker, ConfigError> {
        let known = shared_options::known(&self.config);
        let mut issues = if known.is_some() { Vec::new() } else { self.config.check() };
        if !more_issues.is_empty() {
            issues.extend_from_slice(more_issues);
        }
        // Without a search for the end of the text.
        if self.name.chars().all(char::is_whitespace) {
            let (value, must_be) = (format!("{:?}", self.name), "a text that is not blank".to_owned());
            issues.insert(0, InvalidOption { option: "name", value, must_be, fault: Fault::Range });
        }
        #[cfg(feature = "tokio")]
        if matches!(role, Role::Single) && self.probe.as_ref().is_some_and(BackgroundProbe::needs_key) {
            issues.push(InvalidOption {
                option: "probe_key",
                value: "given".to_owned(),
                must_be: "`probe`, or the breaker must have keys: build it with `keyed()`".to_owned(),
                fault: Fault::Inert,
            });
        }
        if !issues.is_empty() {
            return Err(ConfigError::of_builder(self.name, issues));
        }
        let known = known.unwrap_or_else(|| shared_options::source(self.config));
        let created_at = self.time.coarse();
        #[cfg(feature = "tokio")]
        let probe = self.probe;
        let source = known.with(self.time, self.rng);
        let make = |name| Inner::built(name, source, role, created_at);
        let inner = registry::add(&self.name, make);
        #[cfg(feature = "tokio")]
        if let Some(probe) = probe {
            inner.attach_probe(probe, WeakBreaker::Shared(Arc::downgrade(&inner)));
        }
        settings::apply_active(&inner);
        Ok(CircuitBreaker::from_shared(inner))
    }
}
