//! How keyed breakers are built and found: [`KeyedBuilder`] and [`keyed_breakers_of`].

use std::any::type_name;

use crate::breaker::CircuitBreaker;
use crate::breaker::keyed_breakers::KeyedBreakers;
use crate::breaker::role::{Role, Template};
use crate::config::ConfigError;
use crate::config::keyed::{Limits, keyed_options};
use crate::config::kind::{to_field, value_type};
use crate::registry::build::CircuitBreakerBuilder;
use crate::registry::settings::KEY_SETTINGS;
use crate::registry::{find_breaker_of, missing};

/// Returns the breakers of an annotated function with a `key`. For a function without use
/// [`breaker_of`](crate::breaker_of).
///
/// ```
/// use breaker_runtime::{BreakerError, circuit_breaker, keyed_breakers_of};
///
/// #[circuit_breaker(key = host)]
/// fn fetch(host: &str) -> Result<String, BreakerError> {
///     Ok(format!("the page of {host}"))
/// }
///
/// fetch("eu.example.com")?;
/// assert_eq!(keyed_breakers_of(fetch).find("eu.example.com").unwrap().snapshot().totals.success, 1);
/// # Ok::<(), BreakerError>(())
/// ```
///
/// # Panics
///
/// If the function is not annotated, or has no `key`. [`find_keyed_breakers_of`] does not panic.
#[track_caller]
pub fn keyed_breakers_of<F>(function: F) -> KeyedBreakers {
    let name = type_name::<F>();
    match find_breaker_of(function).map(CircuitBreaker::keyed) {
        Some(Some(breakers)) => breakers,
        Some(None) => panic!(
            "`{name}` has one circuit breaker for all calls; add `key = ..`, or call `breaker_of`"
        ),
        None => {
            panic!("{}", missing::message(name, "keyed_breakers_of", "#[circuit_breaker(key = ..)]"))
        }
    }
}

/// Returns the breakers of an annotated function with a `key`, or `None` if it is not annotated or has
/// no `key`.
///
/// ```
/// use breaker_runtime::{BreakerError, circuit_breaker, find_keyed_breakers_of};
///
/// #[circuit_breaker]
/// fn stock(item: u32) -> Result<u32, BreakerError> {
///     Ok(item)
/// }
///
/// assert!(find_keyed_breakers_of(stock).is_none(), "one breaker for all calls");
/// ```
pub fn find_keyed_breakers_of<F>(function: F) -> Option<KeyedBreakers> {
    find_breaker_of(function)?.keyed()
}

/// A builder of [`KeyedBreakers`], from [`CircuitBreakerBuilder::keyed`].
///
/// | option | default | range |
/// |---|---|---|
/// | [`max_keys`](Self::max_keys) | 10,000 | 1 to 10,000,000 |
/// | [`key_idle`](Self::key_idle) | 10 min | longer than zero |
/// | [`max_open_keys`](Self::max_open_keys) | all | above 0.0, at most 1.0 |
/// | [`outlier`](Self::outlier) | off | see [`Outlier`](crate::Outlier) |
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::CircuitBreaker;
///
/// let builder = CircuitBreaker::builder("shards").failure_threshold(3).keyed();
/// let shards = builder.max_keys(500).key_idle(Duration::from_secs(60)).max_open_keys(0.5).build()?;
/// assert_eq!(shards.max_keys(), 500);
/// assert_eq!(shards.max_open_keys(), Some(0.5));
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct KeyedBuilder {
    template: CircuitBreakerBuilder,
    limits: Limits,
}

macro_rules! define_setters {
    ($($(#[$doc:meta])* $name:ident {
        with: ($with:ident, $arg:ident), value: ($storage:ident $kind:ident in $range:ident),
        default: $default:tt, off: $off:tt,
    })*) => {
        $(
            impl KeyedBuilder {
                $(#[$doc])*
                pub fn $name(mut self, $arg: value_type!($kind)) -> Self {
                    self.limits.$name = to_field!(($storage $kind in $range), $arg);
                    self
                }
            }
        )*
    };
}

keyed_options! { [define_setters] }

impl KeyedBuilder {
    pub(crate) fn new(template: CircuitBreakerBuilder) -> Self {
        Self { template, limits: Limits::DEFAULT }
    }

    /// Builds the breakers, and lists them in the registry until the last handle to them is dropped.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] with every value that is out of range or has no effect without
    /// another option, as [`CircuitBreakerBuilder::build`].
    pub fn build(self) -> Result<KeyedBreakers, ConfigError> {
        let Self { template, limits } = self;
        let template =
            template.build_as(&limits.check(), Role::Template(Template::new(limits, &KEY_SETTINGS)))?;
        Ok(KeyedBreakers::from_template(template))
    }
}
