//! A breaker for each key: for each host, tenant or shard behind one function, or under one name.
//!
//! [`key`] says what can be one, `table` finds the breaker of a key, `book` keeps when it was used last, `family` makes
//! breakers and lets them go, `limits` has the options.

mod book;
mod family;
mod key;
mod limits;
mod table;
#[cfg(test)]
mod tests;

use std::fmt;
use std::time::Duration;

pub(crate) use self::family::{Family, Held, Listeners, Member, Past, Role, Template};
pub use self::key::{BreakerKey, Key, KeyRef};
pub use self::limits::Limits;
use crate::breaker::CircuitBreaker;
use crate::builder::{Builder, ConfigError};
use crate::registry::find_breaker_of;

/// Breakers of one name and with the same options, one for each key: a host, a tenant, a shard.
///
/// This is a handle: clones are the same breakers. It comes from [`Builder::keyed`](crate::Builder::keyed), and for an
/// annotated function with a `key` from [`keyed_breakers_of`].
///
/// ```
/// use breaker_runtime::{CircuitBreaker, State};
///
/// let hosts = CircuitBreaker::builder("hosts").failure_threshold(3).keyed().max_keys(1_000).build()?;
/// let _ = hosts.get("eu.example.com").call(|| Err::<(), _>("connection refused"));
/// hosts.get("us.example.com").trip();
/// assert_eq!(hosts.get("us.example.com").state(), State::Open);
/// assert_eq!(hosts.get("eu.example.com").state(), State::Closed);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
///
/// # Which breakers there are
///
/// A key has a breaker from its first use on. There are at most `max_keys` of them. One that is idle for `key_idle` goes
/// when further keys come, and where all `max_keys` are there, one of those that have been idle for longest, of a sample
/// of them. One never goes
///
/// - while it is open or half-open, or in another mode or with other options than the [template](Self::template),
/// - while a call is in flight, or somebody holds a [`CircuitBreaker`] for it.
///
/// If that leaves no room, further keys share one breaker, the template. Idle time is measured coarsely: what is told
/// to be idle for `key_idle` has been so for that long, and may have been for half as long again, or until
/// the next new key comes.
#[derive(Clone)]
pub struct KeyedBreakers {
    template: CircuitBreaker,
}

impl KeyedBreakers {
    /// `None` if the breaker is no template.
    pub(crate) fn of(template: CircuitBreaker) -> Option<Self> {
        template.engine().family()?;
        Some(Self { template })
    }

    /// The breaker of a key, which is made if there is none. For a key that there is no room for it is the
    /// [template](Self::template), whose [`key`](CircuitBreaker::key) is `None`.
    ///
    /// Allocates nothing for a key that has a breaker.
    pub fn get(&self, key: &(impl BreakerKey + ?Sized)) -> CircuitBreaker {
        let engine = self.template.engine();
        let of_key = engine.family().and_then(|family| key.with_key(|key| family.get(engine, key)));
        of_key.map_or_else(|| self.template.clone(), CircuitBreaker::from_shared)
    }

    /// The breaker of a key, if there is one. To ask does not keep it from being idle, to hold it does.
    pub fn find(&self, key: &(impl BreakerKey + ?Sized)) -> Option<CircuitBreaker> {
        let found = key.with_key(|key| self.template.engine().family()?.find(key));
        found.map(CircuitBreaker::from_shared)
    }

    /// All breakers of keys that there are now, in no order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = CircuitBreaker> + use<> {
        let members = self.template.engine().family().map(Family::members).unwrap_or_default();
        members.into_iter().map(CircuitBreaker::from_shared)
    }

    /// How many keys have a breaker.
    pub fn len(&self) -> usize {
        self.template.engine().family().map_or(0, Family::len)
    }

    /// Whether no key has one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The breaker that stands for all of them, as [`breaker_of`](crate::breaker_of) finds it for an annotated function.
    ///
    /// - What it is told to do, all do: [`trip`](CircuitBreaker::trip), [`reset`](CircuitBreaker::reset),
    ///   [`reconfigure`](CircuitBreaker::reconfigure), and the modes, in which those of further keys begin as well.
    /// - Who [listens](CircuitBreaker::on_event) to it, listens to all.
    /// - The totals and trips of its snapshot are the sum over all, those included that have gone.
    /// - Its own state is that of the calls for which there was no room, whatever their keys: unless it is forced, it
    ///   is closed as long as there is room.
    pub fn template(&self) -> &CircuitBreaker {
        &self.template
    }

    /// The most keys that have a breaker of their own at once.
    pub fn max_keys(&self) -> u32 {
        self.limits().max_keys()
    }

    /// The time after which an idle breaker may go.
    pub fn key_idle(&self) -> Duration {
        crate::clock::duration(self.limits().key_idle())
    }

    /// The largest share of the breakers that open by themselves; `None` if all may.
    pub fn max_open_keys(&self) -> Option<f64> {
        self.limits().max_open_keys()
    }

    fn limits(&self) -> Limits {
        self.template.engine().family().map_or(Limits::DEFAULT, Family::limits)
    }
}

impl fmt::Debug for KeyedBreakers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("KeyedBreakers")
            .field("name", &self.template.name())
            .field("len", &self.len())
            .finish_non_exhaustive()
    }
}

/// The breakers of an annotated function with a `key`, as [`breaker_of`](crate::breaker_of) finds the one of a function
/// without.
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
pub fn keyed_breakers_of<F>(function: F) -> KeyedBreakers {
    match find_keyed_breakers_of(function) {
        Some(breakers) => breakers,
        None => panic!(
            "`{}` has no circuit breakers by key: pass the function itself, such as `keyed_breakers_of(fetch)`, and \
             annotate it with #[circuit_breaker(key = ..)]",
            std::any::type_name::<F>()
        ),
    }
}

/// As [`keyed_breakers_of`], or `None` if there are none.
pub fn find_keyed_breakers_of<F>(function: F) -> Option<KeyedBreakers> {
    find_breaker_of(function)?.keyed()
}

/// Makes [`KeyedBreakers`]; from [`Builder::keyed`](crate::Builder::keyed).
///
/// | option | default | range |
/// |---|---|---|
/// | [`max_keys`](Self::max_keys) | 10,000 | 1 to 10,000,000 |
/// | [`key_idle`](Self::key_idle) | 10 min | longer than zero |
/// | [`max_open_keys`](Self::max_open_keys) | off | above 0.0, at most 1.0 |
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct KeyedBuilder {
    template: Builder,
    limits: Limits,
}

impl KeyedBuilder {
    pub(crate) fn new(template: Builder) -> Self {
        Self { template, limits: Limits::DEFAULT }
    }

    /// The most keys that have a breaker of their own at once: 1 to 10,000,000. Default: 10,000.
    ///
    /// A breaker takes about one kilobyte, and more with a window.
    pub fn max_keys(mut self, keys: u32) -> Self {
        self.limits.set_max_keys(keys);
        self
    }

    /// How long a breaker is kept that nobody uses: longer than zero. Default: 10 minutes.
    pub fn key_idle(mut self, length: Duration) -> Self {
        self.limits.set_key_idle(length);
        self
    }

    /// The largest share of the breakers that may open: above 0.0, at most 1.0. Default: all.
    ///
    /// So that a rule which is wrong, or a fault on this side, does not shut everything out. It is Envoy's
    /// `max_ejection_percent`: a breaker opens if with it no more than this share of them are open, and one may
    /// always be. One that may not stays closed, and asks again at the next failure.
    ///
    /// Open are those that are not closed: half-open ones too, in a dry run as well, and those that somebody has tripped
    /// or forced open, who needs no leave for that.
    pub fn max_open_keys(mut self, share: f64) -> Self {
        self.limits.set_max_open_keys(share);
        self
    }

    /// Makes the breakers, and lists them in the registry until the last handle to them is dropped.
    ///
    /// # Errors
    ///
    /// As [`Builder::build`](crate::Builder::build).
    pub fn build(self) -> Result<KeyedBreakers, ConfigError> {
        let Self { template, limits } = self;
        let template =
            template.build_as(&limits.check(), |engine| engine.with_keys(Template::new(limits)))?;
        Ok(KeyedBreakers { template })
    }
}
