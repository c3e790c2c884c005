//! The options of a breaker that exists, while they are being changed: [`ConfigUpdate`].

use crate::config::{Config, Fault, InvalidOption, policy_setters};

/// The options of a breaker while they are being changed; from
/// [`CircuitBreaker::reconfigure`](crate::CircuitBreaker::reconfigure).
///
/// The setters are those of the [`CircuitBreakerBuilder`](crate::CircuitBreakerBuilder), which has the table of options with their ranges.
/// What switches a policy off again begins with `without_`.
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::CircuitBreaker;
///
/// let breaker = CircuitBreaker::builder("payments").failure_rate(0.5).window(50).build()?;
/// breaker.reconfigure(|options| {
///     let timeout = options.config().timeout();
///     options.without_failure_rate().failure_threshold(3).timeout(timeout * 2)
/// })?;
/// assert_eq!(breaker.config().failure_rate(), None);
/// assert_eq!(breaker.config().timeout(), Duration::from_secs(120));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "the options are changed by what the closure returns"]
pub struct ConfigUpdate {
    pub(crate) config: Config,
    /// Whether failures in a row are to open the breaker no more, whatever is the default.
    pub(crate) no_threshold: bool,
}

policy_setters!(ConfigUpdate);

/// Switching policies off. An option that was there for the policy's sake, such as the `window` of a rate, stays
/// without effect until the policy comes back.
impl ConfigUpdate {
    pub(crate) fn new(config: Config) -> Self {
        Self { config, no_threshold: false }
    }

    /// The options as they are so far.
    pub fn config(&self) -> Config {
        self.config
    }

    /// Failures in a row open the breaker no more. Something else has to: `failure_rate`, `slow_call_rate`
    /// or `throttle`.
    pub fn without_failure_threshold(mut self) -> Self {
        self.config.failure_threshold = None;
        self.no_threshold = true;
        self
    }

    /// No share of failures opens the breaker any more.
    pub fn without_failure_rate(mut self) -> Self {
        self.config.failure_rate = None;
        self
    }

    /// No call is slow any more.
    pub fn without_slow_call(mut self) -> Self {
        self.config.slow_call = None;
        self
    }

    /// The open period has no limit any more.
    pub fn without_max_timeout(mut self) -> Self {
        self.config.max_timeout = None;
        self
    }

    /// Calls may take their time.
    pub fn without_call_timeout(mut self) -> Self {
        self.config.call_timeout = None;
        self
    }

    /// Readers wait for the first item of a stream for any time.
    pub fn without_first_item(mut self) -> Self {
        self.config.first_item = None;
        self
    }

    /// Readers wait for the further items of a stream for any time.
    pub fn without_idle(mut self) -> Self {
        self.config.idle = None;
        self
    }

    /// A breaker that closes admits every call at once. One that is closing at this moment does so from now
    /// on.
    pub fn without_ramp(mut self) -> Self {
        self.config.ramp = None;
        self
    }

    /// No call is rejected any more because the dependency is overloaded.
    pub fn without_throttle(mut self) -> Self {
        self.config.throttle = None;
        self
    }

    /// Any number of calls may run at once. Those that wait for a place run now.
    pub fn without_max_concurrent(mut self) -> Self {
        self.config.max_concurrent = None;
        self
    }

    /// A call that finds no place is rejected at once. Those that wait already go on waiting.
    pub fn without_max_wait(mut self) -> Self {
        self.config.max_wait = None;
        self
    }

    /// Any number of calls may wait for a place.
    pub fn without_max_pending(mut self) -> Self {
        self.config.max_pending = None;
        self
    }

    /// Everything that is wrong with these options.
    pub(crate) fn check(&self) -> Vec<InvalidOption> {
        let mut problems = self.config.check();
        let none_given = self.config.failure_threshold.is_none();
        if self.no_threshold && none_given && self.config.failure_threshold().is_some() {
            let must_be =
                "left on where there is no failure_rate, slow_call_rate or throttle".to_owned();
            let (option, fault) = ("failure_threshold", Fault::Conflict { with: "failure_rate" });
            problems.insert(0, InvalidOption { option, value: "off".to_owned(), must_be, fault });
        }
        problems
    }

    /// The changed options. Of those that were there before, none needs to have an effect.
    pub(crate) fn finish(self, before: &Config) -> Result<Config, Vec<InvalidOption>> {
        let mut problems = self.check();
        problems.retain(|problem| problem.fault != Fault::Inert || self.changes(problem.option, before));
        if problems.is_empty() { Ok(self.config) } else { Err(problems) }
    }

    /// Of the options that can be without effect.
    fn changes(&self, option: &str, before: &Config) -> bool {
        let after = &self.config;
        match option {
            "window" => after.window != before.window,
            "min_calls" => after.min_calls != before.min_calls,
            "slow_call_rate" => after.slow_call_rate != before.slow_call_rate,
            "max_timeout" => after.max_timeout != before.max_timeout,
            "max_wait" => after.max_wait != before.max_wait,
            "max_pending" => after.max_pending != before.max_pending,
            _ => true,
        }
    }
}
