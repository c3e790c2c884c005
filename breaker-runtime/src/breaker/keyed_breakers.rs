//! A breaker for each key: for each host, tenant or shard behind one function, or under one name.
//!
//! [`types::key`](crate::types::key) says what can be one, `table` finds the breaker of a key, `make` makes it, `book` keeps when it was used last,
//! `room` lets breakers go, `group` leads them, `role` says what a breaker is among others, `limits` has the options.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::breaker::role::Template;
use crate::config::ConfigError;
use crate::config::keyed::Limits;
use crate::keyed::group::KeyedGroup;
use crate::registry::build::CircuitBreakerBuilder;
use crate::registry::{find_breaker_of, missing};
use crate::types::key::BreakerKey;

/// Breakers of one name and with the same options, one for each key: a host, a tenant, a shard.
///
/// This is a handle: clones are the same breakers. It comes from [`CircuitBreakerBuilder::keyed`](crate::CircuitBreakerBuilder::keyed), and for an
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
/// A key has a breaker of its own from its first use on, always. There are at most `max_keys` of them.
///
/// An **idle** one goes: one that was not called for `key_idle`, and if it is not closed, not for `key_idle` after its open
/// period ended. One with another mode or other options than the [template](Self::template) does not, nor one in
/// use: with a call in flight, or with a [`CircuitBreaker`] that is held for it.
///
/// Where a new key finds `max_keys` breakers, one is **evicted**: of those that are not in use
///
/// 1. one that is closed and as a new one would be,
/// 2. then one that is closed with failures or slow calls that count towards opening,
/// 3. then one that is not closed,
/// 4. then one with a mode or options of its own.
///
/// Each time it is the one that was called longest ago, of a sample of 128 of the first kind and of all of the others.
/// If all are in use it is the one that was called longest ago, in the same order; its calls in flight go on, and
/// may be as many as before beside those of a breaker that is made for the same key again.
/// [`Snapshot::keys`](crate::Snapshot::keys) counts evictions. What a breaker that went has counted stays in the sum of the
/// template.
///
/// Calls of a closed breaker are not timed. What is known is whether there were any between two looks at it: they
/// count as calls at the second one. There is a look when a key is new, when the breakers are counted or listed
/// here, and at a snapshot of the template, four times in `key_idle` at most. So where there are such looks, idle breakers
/// go between `key_idle` and 1.5 times as long after their last call, with a look; where there are none, the
/// first look finds them called, and a look `key_idle` later lets them go. Of an open breaker the last call is known.
///
/// # Long keys
///
/// A text of more than 256 bytes is not kept. What is kept is its beginning, to be read, and its length and 128 bits of a hash
/// with a random seed, to be found by: unequal texts do not share a breaker, and cannot be made to. A value of a
/// type of your own is kept as its clone, whatever that takes.
#[derive(Clone)]
pub struct KeyedBreakers {
    template: CircuitBreaker,
}

impl KeyedBreakers {
    /// `None` if the breaker is no template.
    pub(crate) fn of(template: CircuitBreaker) -> Option<Self> {
        template.engine().group()?;
        Some(Self { template })
    }

    /// Returns the breaker of a key, which is made if there is none.
    ///
    /// Allocates nothing for a key that has a breaker.
    pub fn get(&self, key: &(impl BreakerKey + ?Sized)) -> CircuitBreaker {
        let engine = self.template.engine();
        let of_key =
            engine.group().and_then(|group| key.with_key(|key| group.get_or_insert(engine, key)));
        of_key.map_or_else(|| self.template.clone(), CircuitBreaker::from_shared)
    }

    /// The breaker of a key, if there is one. To ask does not keep it from being idle, to hold it does.
    pub fn find(&self, key: &(impl BreakerKey + ?Sized)) -> Option<CircuitBreaker> {
        let found = key.with_key(|key| self.template.engine().group()?.peek(key));
        found.map(CircuitBreaker::from_shared)
    }

    /// Removes the breaker of a key, and returns it. The next call of the key has a new one.
    ///
    /// For a host or tenant that is gone for good. Calls in flight go on with the breaker that they have, as does a handle
    /// to it, and what they count stays in the totals of the [template](Self::template).
    ///
    /// ```
    /// use breaker_runtime::{CircuitBreaker, State};
    ///
    /// let hosts = CircuitBreaker::builder("hosts").keyed().build()?;
    /// hosts.get("eu-1").trip();
    /// hosts.get("us-1").trip();
    ///
    /// hosts.remove("eu-1");
    /// assert_eq!(hosts.get("eu-1").state(), State::Closed);
    ///
    /// hosts.retain(|breaker| breaker.state() == State::Closed);
    /// assert!(hosts.find("us-1").is_none());
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    ///
    /// Those of an annotated function are at `keyed_breakers_of(function)`, or `breaker.keyed()` of its breaker.
    pub fn remove(&self, key: &(impl BreakerKey + ?Sized)) -> Option<CircuitBreaker> {
        let removed = key.with_key(|key| self.template.engine().group()?.remove(key));
        removed.map(CircuitBreaker::from_shared)
    }

    /// Removes all breakers for which `keep` returns `false`, as [`remove`](Self::remove) does.
    ///
    /// `keep` may call any method of any breaker, and is called in no order. A panic in it passes through; the
    /// breakers that it was called for before are removed or kept by then.
    pub fn retain(&self, mut keep: impl FnMut(&CircuitBreaker) -> bool) {
        if let Some(group) = self.template.engine().group() {
            group.retain(|engine| keep(&CircuitBreaker::from_shared(Arc::clone(engine))));
        }
    }

    /// Returns all breakers of keys that there are, in no order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = CircuitBreaker> + use<> {
        let members = self.swept().map(KeyedGroup::members).unwrap_or_default();
        members.into_iter().map(CircuitBreaker::from_shared)
    }

    /// Returns how many keys have a breaker.
    pub fn len(&self) -> usize {
        self.swept().map_or(0, KeyedGroup::len)
    }

    /// The group, of which idle breakers have gone.
    fn swept(&self) -> Option<&KeyedGroup> {
        let engine = self.template.engine();
        engine.group().inspect(|group| group.sweep(engine, engine.present()))
    }

    /// Whether no key has one.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The breaker that stands for all of them, as [`breaker_of`](crate::breaker_of) finds it for an annotated function.
    ///
    /// - What it is told to do, all do: [`trip`](CircuitBreaker::trip), [`reset`](CircuitBreaker::reset),
    ///   [`reconfigure`](CircuitBreaker::reconfigure), and the modes, in which those of further keys begin as well. What
    ///   [settings](crate::Settings#keys) give to a single key holds over the template's options; if the two do not go
    ///   together, the breaker of that key keeps the options that it has.
    /// - Who [listens](CircuitBreaker::on_event) to it, listens to all.
    /// - The totals and trips of its snapshot are the sum over all, those included that have gone, and `keys` has their
    ///   number. Whoever adds up several breakers leaves out the keys' own: [`CircuitBreaker::is_template`].
    /// - Its own state is that of calls through itself, of which an annotated function makes none.
    ///
    /// An order reaches every breaker, those included that are made meanwhile, and of several orders at once the last one
    /// wins everywhere, whichever threads or listeners give them.
    pub fn template(&self) -> &CircuitBreaker {
        &self.template
    }

    /// The most keys that have a breaker at once.
    pub fn max_keys(&self) -> u32 {
        self.limits().max_keys()
    }

    /// The time after which a breaker that is not called goes.
    pub fn key_idle(&self) -> Duration {
        crate::time::clock::duration(self.limits().key_idle())
    }

    /// The largest share of the keys called within `key_idle` that open by themselves; `None` if all may.
    pub fn max_open_keys(&self) -> Option<f64> {
        self.limits().max_open_keys()
    }

    fn limits(&self) -> Limits {
        self.template.engine().group().map_or(Limits::DEFAULT, KeyedGroup::limits)
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
#[track_caller]
pub fn keyed_breakers_of<F>(function: F) -> KeyedBreakers {
    let name = std::any::type_name::<F>();
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

/// As [`keyed_breakers_of`], or `None` if there are none.
pub fn find_keyed_breakers_of<F>(function: F) -> Option<KeyedBreakers> {
    find_breaker_of(function)?.keyed()
}

/// Makes [`KeyedBreakers`]; from [`CircuitBreakerBuilder::keyed`](crate::CircuitBreakerBuilder::keyed).
///
/// | option | default | range |
/// |---|---|---|
/// | [`max_keys`](Self::max_keys) | 10,000 | 1 to 10,000,000 |
/// | [`key_idle`](Self::key_idle) | 10 min | longer than zero |
/// | [`max_open_keys`](Self::max_open_keys) | off | above 0.0, at most 1.0 |
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `build` is called"]
pub struct KeyedBuilder {
    template: CircuitBreakerBuilder,
    limits: Limits,
}

impl KeyedBuilder {
    pub(crate) fn new(template: CircuitBreakerBuilder) -> Self {
        Self { template, limits: Limits::DEFAULT }
    }

    /// The most keys that have a breaker at once: 1 to 10,000,000. Default: 10,000.
    ///
    /// A breaker takes about one kilobyte, and more with a window. Where so many are there, a new key has another one's
    /// [evicted](KeyedBreakers#which-breakers-there-are).
    pub fn max_keys(mut self, keys: u32) -> Self {
        self.limits.set_max_keys(keys);
        self
    }

    /// How long a breaker is kept that is not called: longer than zero. Default: 10 minutes. One that is not closed is
    /// kept for as long after its open period has ended.
    pub fn key_idle(mut self, length: Duration) -> Self {
        self.limits.set_key_idle(length);
        self
    }

    /// The largest share of the keys called within `key_idle` that may be open: above 0.0, at most 1.0. Default: all.
    ///
    /// So that a rule which is wrong, or a fault on this side, does not shut everything out. It is Envoy's
    /// `max_ejection_percent`: a breaker opens if with it no more than this share of them are open, and one may
    /// always be. One that may not stays closed, and asks again at the next failure.
    ///
    /// Open are those that are not closed: half-open ones too, in a dry run as well, and those that were tripped or forced
    /// open, which needs no room. A breaker that was not called for `key_idle` does not count on either side, so
    /// that hosts which are gone do not keep those that fail from opening.
    pub fn max_open_keys(mut self, share: f64) -> Self {
        self.limits.set_max_open_keys(share);
        self
    }

    /// Makes the breakers, and lists them in the registry until the last handle to them is dropped.
    ///
    /// # Errors
    ///
    /// As [`CircuitBreakerBuilder::build`](crate::CircuitBreakerBuilder::build).
    pub fn build(self) -> Result<KeyedBreakers, ConfigError> {
        let Self { template, limits } = self;
        let template =
            template.build_as(&limits.check(), |engine| engine.with_keys(Template::new(limits)))?;
        Ok(KeyedBreakers { template })
    }
}
