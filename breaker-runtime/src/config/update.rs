//! The options of a breaker that exists, while they are being changed: [`ConfigUpdate`].

use crate::config::table::policy_options;
use crate::config::{Config, ConfigChange, Fault, InvalidOption, policy_setters};

/// The options of a breaker while they are being changed; from
/// [`CircuitBreaker::reconfigure`](crate::CircuitBreaker::reconfigure).
///
/// The setters are those of the [`CircuitBreakerBuilder`](crate::CircuitBreakerBuilder), which has the
/// table of options with their ranges. Methods that switch a policy off begin with `without_`.
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
    /// Whether the threshold was switched off, rather than left to its default.
    no_threshold: bool,
}

policy_setters!(ConfigUpdate);

macro_rules! without {
    ($name:ident ()) => {};
    ($name:ident ($without:ident, $doc:literal)) => {
        impl ConfigUpdate {
            #[doc = $doc]
            ///
            /// Options that only served this one, such as the `window` of a rate, stay without effect
            /// until it is set again.
            pub fn $without(mut self) -> Self {
                self.apply(ConfigChange::$name(None));
                self
            }
        }
    };
}

macro_rules! define_without {
    ($($(#[$doc:meta])* $name:ident {
        with: $with:tt, value: $value:tt, default: $default:tt, get: $get:tt, off: $off:tt, needs: $needs:tt,
        fits: $fits:tt, feature: $feature:tt, aliases: $aliases:tt,
    })*) => {
        $(without! { $name $off })*

        impl ConfigUpdate {
            /// Returns whether an option is another one than before.
            #[expect(clippy::float_cmp, reason = "any other value is a change")]
            fn changes(&self, option: &str, before: &Config) -> bool {
                $(if option == stringify!($name) {
                    return self.config.$name != before.$name;
                })*
                #[cfg(feature = "shadow")]
                if let Some(option) = option.strip_prefix("shadow") {
                    return option.is_empty() || self.config.shadow != before.shadow;
                }
                true
            }
        }
    };
}

policy_options! { [define_without] }

impl ConfigUpdate {
    pub(crate) fn new(config: Config) -> Self {
        Self { config, no_threshold: false }
    }

    /// Returns the options as changed so far.
    pub fn config(&self) -> Config {
        self.config
    }

    /// Applies one change.
    pub(crate) fn apply(&mut self, change: ConfigChange) {
        if change == ConfigChange::failure_threshold(None) {
            self.no_threshold = true;
        }
        change.apply(&mut self.config);
    }

    /// Returns everything that is wrong with these options.
    pub(crate) fn check(&self) -> Vec<InvalidOption> {
        let mut issues = self.config.check();
        let none_given = self.config.failure_threshold.is_none();
        if self.no_threshold && none_given && self.config.failure_threshold().is_some() {
            let must_be =
                "left on where there is no failure_rate, slow_call_rate or throttle".to_owned();
            let (option, fault) = ("failure_threshold", Fault::Conflict { with: "failure_rate" });
            issues.insert(0, InvalidOption { option, value: "off".to_owned(), must_be, fault });
        }
        issues
    }

    /// Returns the changed options. An option that was set before may have no effect.
    ///
    /// # Errors
    ///
    /// With all issues, if the options are out of range or do not go together.
    pub(crate) fn finish(self, before: &Config) -> Result<Config, Vec<InvalidOption>> {
        let mut issues = self.check();
        issues.retain(|issue| issue.fault != Fault::Inert || self.changes(issue.option, before));
        if issues.is_empty() { Ok(self.config) } else { Err(issues) }
    }
}
