//! The breakers of one function or name, one for each key: [`KeyedBreakers`].

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::breaker::inner::Inner;
use crate::config::keyed::{Limits, Outlier};
use crate::keyed::group::KeyedGroup;
use crate::types::key::BreakerKey;

/// The breakers of one function or name, one for each key: each host, tenant or shard.
///
/// All have the same name and the same options. This is a handle: clones refer to the same breakers.
/// [`CircuitBreakerBuilder::keyed`](crate::CircuitBreakerBuilder::keyed) builds one, and
/// [`keyed_breakers_of`](crate::keyed_breakers_of) returns that of an annotated function with a `key`.
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
/// # Number of breakers
///
/// A key always has its own breaker, made at the first call of the key. There are at most
/// [`max_keys`](Self::max_keys) of them. A breaker is **in use** while a call is in flight, and while a
/// [`CircuitBreaker`] handle to it exists.
///
/// An **idle** breaker is removed: one that is closed and was not called for
/// [`key_idle`](Self::key_idle), or one that is not closed and was not called for `key_idle` after its
/// open period ended. A breaker that is in use is not removed, nor one with a mode or options other than
/// those of the [template](Self::template).
///
/// When a new key finds `max_keys` breakers, one of those that are not in use is **evicted**, in this
/// order:
///
/// 1. a closed one that differs in nothing from a new one,
/// 2. a closed one with failures or slow calls that count towards opening,
/// 3. one that is not closed,
/// 4. one with its own mode or options.
///
/// Among equals it is the least recently called: of a sample of 128 in the first case, and of all in the
/// others. If all breakers are in use, the least recently called one in the same order is evicted.
/// Its calls in flight continue, and its limits on concurrent calls and probes do not apply to the
/// breaker that is made when the same key is called again. [`Snapshot::keys`](crate::Snapshot::keys)
/// counts the evictions. What a removed breaker has counted stays in the totals of the template.
///
/// # Accuracy of the last call
///
/// Calls of a closed breaker are not timed. A sweep finds whether there were any since the previous
/// sweep, and counts them as calls at its own time. There is a sweep when a key is new, when
/// [`len`](Self::len) or [`iter`](Self::iter) is called, and at a snapshot of the template, at most four
/// times per `key_idle`. Where sweeps are frequent, an idle breaker is removed between 1.0 and 1.5 times
/// `key_idle` after its last call. Where they are rare, the first sweep marks it as called, and a sweep
/// `key_idle` later removes it. The last call of an open breaker is known exactly.
///
/// # Long keys
///
/// A text of more than 256 bytes is not stored whole. The breaker stores its beginning, for display, and
/// its length and a 128-bit hash with a random seed, for lookups: unequal texts do not share a breaker,
/// and an attacker cannot make them. A value of your own type is stored as its clone, however large that
/// is.
#[derive(Clone)]
pub struct KeyedBreakers {
    template: CircuitBreaker,
}

impl KeyedBreakers {
    /// Returns the breakers that a template leads; `None` if the breaker is no template.
    pub(crate) fn of(template: CircuitBreaker) -> Option<Self> {
        template.inner().group()?;
        Some(Self { template })
    }

    /// Returns the handle to the breakers that `template` leads.
    pub(crate) fn from_template(template: CircuitBreaker) -> Self {
        Self { template }
    }

    /// Returns the breaker of a key, and makes one if there is none.
    ///
    /// Counts as a call of the key, and keeps the breaker in use while the handle exists. Allocates
    /// nothing for a key that has a breaker.
    pub fn get(&self, key: &(impl BreakerKey + ?Sized)) -> CircuitBreaker {
        let inner = self.template.inner();
        let borrow = |group: &KeyedGroup<Inner>| key.with_key(|key| group.borrow_or_insert(inner, key));
        let of_key = inner.group().map(borrow).and_then(CircuitBreaker::from_borrowed);
        of_key.unwrap_or_else(|| self.template.clone())
    }

    /// Returns the breaker of a key, or `None` if there is none. Does not count as a call.
    pub fn find(&self, key: &(impl BreakerKey + ?Sized)) -> Option<CircuitBreaker> {
        let found = key.with_key(|key| self.template.inner().group()?.peek(key));
        found.map(CircuitBreaker::from_shared)
    }

    /// Returns the breaker of the key that is printed as `text`. Does not count as a call.
    pub(crate) fn find_printed(&self, text: &str) -> Option<CircuitBreaker> {
        let reads = |breaker: &CircuitBreaker| breaker.key().is_some_and(|key| key.reads(text));
        let number = || match text.parse::<u64>() {
            Ok(number) => self.find(&number),
            Err(_) => self.find(&text.parse::<i128>().ok()?),
        };
        let found = self.find(text).or_else(number).filter(reads);
        found.or_else(|| self.iter().find(reads))
    }

    /// Removes the breaker of a key and returns it. The next call of the key gets a new one.
    ///
    /// For a host or tenant that is gone for good. Calls in flight and other handles keep the removed
    /// breaker, and what they count stays in the totals of the [template](Self::template).
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
    /// For an annotated function use `keyed_breakers_of(function)`, or `breaker.keyed()` of its breaker.
    pub fn remove(&self, key: &(impl BreakerKey + ?Sized)) -> Option<CircuitBreaker> {
        let removed = key.with_key(|key| self.template.inner().group()?.remove(key));
        removed.map(CircuitBreaker::from_shared)
    }

    /// Removes all breakers for which `keep` returns `false`, as [`remove`](Self::remove) does.
    ///
    /// `keep` may call any method of any breaker. The order of its calls is not specified. If it panics,
    /// the panic passes through, and the breakers that it rejected before are removed.
    pub fn retain(&self, mut keep: impl FnMut(&CircuitBreaker) -> bool) {
        if let Some(group) = self.template.inner().group() {
            group.retain(|member| keep(&CircuitBreaker::from_shared(Arc::clone(member))));
        }
    }

    /// Returns the breakers of all keys, in no specified order, after removing idle ones.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = CircuitBreaker> + use<> {
        let members = self.swept().map(KeyedGroup::members).unwrap_or_default();
        members.into_iter().map(CircuitBreaker::from_shared)
    }

    /// Returns the number of keys that have a breaker, after removing idle ones.
    pub fn len(&self) -> usize {
        self.swept().map_or(0, KeyedGroup::len)
    }

    /// Removes idle breakers and returns the group.
    fn swept(&self) -> Option<&KeyedGroup<Inner>> {
        let inner = self.template.inner();
        inner.group().inspect(|group| group.sweep(inner, inner.now()))
    }

    /// Returns whether no key has a breaker.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the breaker that stands for all keys. For an annotated function it is the one that
    /// [`breaker_of`](crate::breaker_of) returns.
    ///
    /// - Commands to it apply to the breakers of all keys: [`trip`](CircuitBreaker::trip),
    ///   [`reset`](CircuitBreaker::reset), [`reconfigure`](CircuitBreaker::reconfigure), and the modes,
    ///   which breakers of later keys start with as well. What [settings](crate::Settings#keys) say
    ///   about a single key takes precedence over the template's options; if the two conflict, that
    ///   breaker keeps its options.
    /// - A [listener](CircuitBreaker::on_event) to it receives the events of all keys.
    /// - The totals and trips of its snapshot are the sum over all keys, removed ones included, and
    ///   [`keys`](crate::Snapshot::keys) is their number. A sum over several breakers must leave out
    ///   those of the keys: see [`CircuitBreaker::is_template`].
    /// - Its own state is that of calls through itself. An annotated function makes no such calls.
    ///
    /// A command reaches every breaker, including those made meanwhile. Of several concurrent commands
    /// the last one applies to all breakers, whichever threads or listeners send them.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// let hosts = CircuitBreaker::builder("hosts").keyed().build()?;
    /// hosts.get("eu-1").trip();
    /// hosts.get("us-1").trip();
    /// assert_eq!(hosts.template().snapshot().trips, 2);
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn template(&self) -> &CircuitBreaker {
        &self.template
    }

    /// Returns the largest number of keys that have a breaker at once.
    pub fn max_keys(&self) -> u32 {
        self.limits().max_keys()
    }

    /// Returns the time without calls after which a breaker is removed.
    pub fn key_idle(&self) -> Duration {
        crate::time::clock::duration(self.limits().key_idle())
    }

    /// Returns the largest share of the keys called within `key_idle` that may open by themselves, above
    /// 0.0 and at most 1.0; `None` if all may.
    pub fn max_open_keys(&self) -> Option<f64> {
        self.limits().max_open_keys()
    }

    /// Returns which keys open as outliers among their siblings; `None` if none do.
    pub fn outlier(&self) -> Option<Outlier> {
        self.limits().outlier()
    }

    fn limits(&self) -> Limits {
        self.template.inner().group().map_or(Limits::DEFAULT, KeyedGroup::limits)
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
