//! The option `shadow`: options of a second policy, over those of the breaker.
//!
//! [`ShadowOptions`] holds what differs, and not a whole configuration: a change of the breaker's
//! options is one of the shadow's as well.

use std::fmt;
use std::mem;
use std::sync::{Mutex, PoisonError};

use crate::config::check::ShownValue;
use crate::config::kind::value_type;
use crate::config::table::policy_options;
use crate::config::{Config, ConfigChange, ConfigUpdate, Fault, InvalidOption, ThrottleChange};
use crate::support::intern::intern;

/// The options of a shadow that differ from those of its breaker, for
/// [`CircuitBreakerBuilder::shadow`](crate::CircuitBreakerBuilder::shadow).
///
/// Its methods have the names, values and ranges of the
/// [builder's](crate::CircuitBreakerBuilder). There are those of the options that decide when a breaker
/// opens, how long it stays open and how it closes. Others, such as `call_timeout`, `max_concurrent`,
/// `retry` and `shared`, change the calls themselves, and cannot be tried on calls that have run.
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::{CircuitBreaker, ShadowOptions};
///
/// let shadow = ShadowOptions::new().failure_rate(0.3).window(Duration::from_secs(10));
/// let builder = CircuitBreaker::builder("payments").timeout(Duration::from_secs(30));
/// let breaker = builder.shadow(shadow).build()?;
/// let shadow = breaker.config().shadow().expect("it has one");
/// assert_eq!(shadow.failure_rate(), Some(0.3));
/// assert_eq!(shadow.timeout(), Duration::from_secs(30), "that of the breaker");
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Default, PartialEq)]
#[must_use = "it has an effect once a builder has it"]
pub struct ShadowOptions(Vec<ConfigChange>);

/// The shadow of a breaker: options that are kept for the life of the process.
pub(crate) type Shadow = &'static ShadowOptions;

/// The options of the policy that a shadow cannot have.
const OF_CALLS: [&str; 12] = [
    "call_timeout",
    "first_item",
    "fleet_failures",
    "honour_retry_after",
    "idle",
    "max_concurrent",
    "max_pending",
    "max_wait",
    "probe_every",
    "quorum",
    "shared",
    "total_timeout",
];

impl ShadowOptions {
    /// Creates options that differ in nothing. A builder refuses them as long as they do.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns whether an option of the policy can be that of a shadow.
    pub(crate) fn takes(option: &str) -> bool {
        !OF_CALLS.contains(&option)
    }

    /// Sets an option, in place of an earlier value.
    pub(crate) fn set(&mut self, change: ConfigChange) {
        self.0.retain(|other| mem::discriminant(other) != mem::discriminant(&change));
        self.0.push(change);
    }

    /// Returns these options, and over them others.
    pub(crate) fn merged(&self, over: &Self) -> Self {
        let mut merged = self.clone();
        over.0.iter().for_each(|change| merged.set(*change));
        merged
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns a copy that is kept for the life of the process, one of equal ones, so that a
    /// configuration stays a plain value.
    pub(crate) fn kept(self) -> Shadow {
        static KEPT: Mutex<Vec<Shadow>> = Mutex::new(Vec::new());
        let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = kept.iter().find(|known| ***known == self) {
            return known;
        }
        let leaked: Shadow = Box::leak(Box::new(self));
        kept.push(leaked);
        leaked
    }
}

macro_rules! shadow_setter {
    ($name:ident (optional throttle in $range:ident)) => {
        /// Sets [`throttle`](crate::CircuitBreakerBuilder::throttle) of the shadow.
        pub fn $name(mut self, k: f64, window: ::std::time::Duration) -> Self {
            let change = ThrottleChange { k: Some(k), window: Some(window) };
            self.set(ConfigChange::$name(Some(change)));
            self
        }
    };
    ($name:ident (optional window in $range:ident)) => {
        /// Sets [`window`](crate::CircuitBreakerBuilder::window) of the shadow.
        pub fn $name(mut self, window: impl Into<crate::config::Window>) -> Self {
            self.set(ConfigChange::$name(Some(window.into())));
            self
        }
    };
    ($name:ident (switchable $kind:ident in $range:ident)) => {
        #[doc = shadow_doc!($name)]
        pub fn $name(mut self, value: impl Into<Option<value_type!($kind)>>) -> Self {
            self.set(ConfigChange::$name(value.into()));
            self
        }
    };
    ($name:ident (optional $kind:ident in $range:ident)) => {
        #[doc = shadow_doc!($name)]
        pub fn $name(mut self, value: value_type!($kind)) -> Self {
            self.set(ConfigChange::$name(Some(value)));
            self
        }
    };
    ($name:ident (fixed $kind:ident in $range:ident)) => {
        #[doc = shadow_doc!($name)]
        pub fn $name(mut self, value: value_type!($kind)) -> Self {
            self.set(ConfigChange::$name(value));
            self
        }
    };
}

macro_rules! shadow_doc {
    ($name:ident) => {
        concat!(
            "Sets [`",
            stringify!($name),
            "`](crate::CircuitBreakerBuilder::",
            stringify!($name),
            ") of the shadow."
        )
    };
}

/// Expands to the setter of an option that a shadow can have.
macro_rules! shadow_setter_if_taken {
    (call_timeout $value:tt) => {};
    (first_item $value:tt) => {};
    (fleet_failures $value:tt) => {};
    (honour_retry_after $value:tt) => {};
    (idle $value:tt) => {};
    (max_concurrent $value:tt) => {};
    (max_pending $value:tt) => {};
    (max_wait $value:tt) => {};
    (probe_every $value:tt) => {};
    (quorum $value:tt) => {};
    (shared $value:tt) => {};
    (total_timeout $value:tt) => {};
    ($name:ident $value:tt) => {
        shadow_setter! { $name $value }
    };
}

macro_rules! without {
    ($name:ident ()) => {};
    ($name:ident ($without:ident, $doc:literal)) => {
        without_if_taken! { $name $without }
    };
}

/// Expands to the method that switches an option off which a shadow can have.
macro_rules! without_if_taken {
    (call_timeout $without:ident) => {};
    (first_item $without:ident) => {};
    (fleet_failures $without:ident) => {};
    (honour_retry_after $without:ident) => {};
    (idle $without:ident) => {};
    (max_concurrent $without:ident) => {};
    (max_pending $without:ident) => {};
    (max_wait $without:ident) => {};
    (probe_every $without:ident) => {};
    (quorum $without:ident) => {};
    (shared $without:ident) => {};
    (total_timeout $without:ident) => {};
    ($name:ident $without:ident) => {
        #[doc = concat!("Switches `", stringify!($name), "` off in the shadow, where the breaker has it.")]
        pub fn $without(mut self) -> Self {
            self.set(ConfigChange::$name(None));
            self
        }
    };
}

macro_rules! shown {
    ($change:ident throttle) => {
        match $change {
            None => "off".to_owned(),
            Some(ThrottleChange { k, window }) => {
                let k = k.map(|k| format!("k {}", k.shown()));
                let window = window.map(|window| format!("window {}", window.shown()));
                k.into_iter().chain(window).collect::<Vec<_>>().join(", ")
            }
        }
    };
    ($change:ident $kind:ident) => {{
        let value: Option<value_type!($kind)> = $change.into();
        value.map_or_else(|| "off".to_owned(), |value| value.shown())
    }};
}

macro_rules! define_shadow {
    ($($(#[$doc:meta])* $name:ident {
        with: $with:tt, value: ($storage:ident $kind:ident in $range:ident), default: $default:tt, get: $get:tt,
        off: $off:tt, needs: $needs:tt, fits: $fits:tt, feature: $feature:tt, aliases: $aliases:tt,
    })*) => {
        /// Each sets the option of its name.
        impl ShadowOptions {
            $(shadow_setter_if_taken! { $name ($storage $kind in $range) })*
            $(without! { $name $off })*
        }

        /// Returns the name and the value of a change, as texts.
        fn shown_change(change: ConfigChange) -> (&'static str, String) {
            match change {
                $(ConfigChange::$name(value) => (stringify!($name), shown!(value $kind)),)*
            }
        }
    };
}

policy_options! { [define_shadow] }

/// The options as in settings: `failure_rate 0.3, window 10 s`.
impl fmt::Display for ShadowOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, change) in self.0.iter().enumerate() {
            let (name, value) = shown_change(*change);
            write!(f, "{}{name} {value}", if index > 0 { ", " } else { "" })?;
        }
        Ok(())
    }
}

impl fmt::Debug for ShadowOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ShadowOptions({self})")
    }
}

impl Config {
    /// Returns the options of the shadow, those of the breaker where it has no own; `None` without one.
    ///
    /// Options that a shadow cannot have are off in them, but for `call_timeout` and `total_timeout`:
    /// the default of `probe_timeout` depends on these.
    pub fn shadow(&self) -> Option<Self> {
        Some(self.update_of_shadow(self.shadow?).config)
    }

    fn update_of_shadow(&self, shadow: Shadow) -> ConfigUpdate {
        let own = Self {
            shadow: None,
            shared: None,
            quorum: None,
            fleet_failures: None,
            max_concurrent: None,
            max_wait: None,
            max_pending: None,
            probe_every: None,
            ..*self
        };
        let mut update = ConfigUpdate::new(own);
        shadow.0.iter().for_each(|change| update.apply(*change));
        update
    }

    /// Returns what is wrong with the options of the shadow, beside what is wrong with the breaker's.
    pub(super) fn check_shadow(&self, of_breaker: &[InvalidOption]) -> Vec<InvalidOption> {
        let Some(shadow) = self.shadow else { return Vec::new() };
        if shadow.is_empty() {
            let must_be = "given an option that differs, such as failure_rate".to_owned();
            let value = "empty".to_owned();
            return vec![InvalidOption { option: "shadow", value, must_be, fault: Fault::Inert }];
        }
        let mut issues = self.update_of_shadow(shadow).check();
        let sets = |option: &str| shadow.0.iter().any(|change| shown_change(*change).0 == option);
        issues.retain(|issue| {
            let is_known = of_breaker.iter().any(|other| other.option == issue.option);
            !is_known && (issue.fault != Fault::Inert || sets(issue.option))
        });
        for issue in &mut issues {
            issue.option = intern(&format!("shadow.{}", issue.option));
        }
        issues
    }
}

impl ConfigUpdate {
    /// Sets the shadow, as [`CircuitBreakerBuilder::shadow`](crate::CircuitBreakerBuilder::shadow) does.
    pub fn shadow(mut self, options: ShadowOptions) -> Self {
        self.config.shadow = Some(options.kept());
        self
    }

    /// Removes the shadow, with its figures.
    ///
    /// ```
    /// use breaker_runtime::{CircuitBreaker, ShadowOptions};
    ///
    /// let breaker = CircuitBreaker::builder("payments").build()?;
    /// let shadow = ShadowOptions::new().failure_rate(0.3);
    /// breaker.reconfigure(|options| options.shadow(shadow.clone()))?;
    /// assert!(breaker.snapshot().shadow().is_some());
    /// breaker.reconfigure(|options| options.without_shadow())?;
    /// assert!(breaker.snapshot().shadow().is_none());
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn without_shadow(mut self) -> Self {
        self.config.shadow = None;
        self
    }
}
