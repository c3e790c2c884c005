//! Keys of breakers: [`BreakerKey`] and [`KeyRef`] while one is looked up, [`Key`] as it is stored.

mod digest;
mod impls;
#[cfg(feature = "serde")]
mod serde;
mod stored;
#[cfg(test)]
mod tests;

use std::any::{Any, TypeId};
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::support::text::escaped;
use crate::types::key::digest::{Digest, Long, MAX_TEXT};
pub use crate::types::key::stored::Key;
use crate::types::key::stored::{Short, StoredKey};

/// A type that can be the key of a breaker: a text, a number, or a tuple of these.
///
/// The value of a key counts, not its type: `"eu"` and `String::from("eu")` are the same key, and so are
/// `7_u8` and `7_i64`, and a reference and what it refers to. `None` is a key too, and `Some(key)` is
/// `key`.
///
/// # For a type of your own
///
/// The attribute takes every type that is `Hash`, `Eq`, `Clone`, `Debug`, `Send`, `Sync` and `'static`
/// as it is. Implement this trait for [`KeyedBreakers`](crate::KeyedBreakers), or to choose how the key
/// is printed:
///
/// ```
/// use breaker_runtime::{BreakerKey, CircuitBreaker, KeyRef};
///
/// struct Region {
///     code: String,
/// }
///
/// impl BreakerKey for Region {
///     fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
///         look(KeyRef::text(&self.code))
///     }
/// }
///
/// let breakers = CircuitBreaker::builder("regions").keyed().build()?;
/// let breaker = breakers.get(&Region { code: "eu-1".to_owned() });
/// assert_eq!(breaker.key().unwrap().to_string(), "eu-1");
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be the key of a circuit breaker",
    label = "neither a text, nor a number, nor a tuple of them",
    note = "a key is a text, a number, a tuple of keys, a reference to one, or a type that is `Hash`, `Eq`, `Clone`, \
            `Debug`, `Send`, `Sync` and `'static`",
    note = "write a part of it that is one, such as `key = request.host()`, or implement \
            `breaker_runtime::BreakerKey` for `{Self}`"
)]
pub trait BreakerKey {
    /// Lends the key to `look`, and returns the result of `look`.
    fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R;
}

/// A borrowed key, for looking one up without an allocation.
///
/// ```
/// use breaker_runtime::{BreakerKey, CircuitBreaker, KeyRef};
///
/// struct Shard {
///     region: &'static str,
///     number: u64,
/// }
///
/// impl BreakerKey for Shard {
///     fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
///         look(KeyRef::parts(&[KeyRef::text(self.region), KeyRef::number(self.number)]))
///     }
/// }
///
/// let shards = CircuitBreaker::builder("shards").keyed().build()?;
/// shards.get(&Shard { region: "eu", number: 7 }).trip();
/// assert_eq!(shards.get(&("eu", 7)).snapshot().trips, 1);
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Copy)]
pub struct KeyRef<'k>(Ref<'k>);

#[derive(Clone, Copy)]
enum Ref<'k> {
    Nothing,
    Text(&'k str),
    Long(&'k Long),
    Whole(u64),
    Negative(i64),
    Parts(&'k [KeyRef<'k>]),
    Other(&'k dyn Other),
}

impl<'k> KeyRef<'k> {
    /// Creates a key from a text.
    #[inline(always)]
    pub const fn text(text: &'k str) -> Self {
        Self(Ref::Text(text))
    }

    /// Creates a key from a number.
    #[inline(always)]
    pub const fn number(number: u64) -> Self {
        Self(Ref::Whole(number))
    }

    /// Creates a key from several keys.
    #[inline(always)]
    pub const fn parts(parts: &'k [KeyRef<'k>]) -> Self {
        Self(Ref::Parts(parts))
    }

    /// Creates a key from any other value. The breaker made for it keeps a clone, and prints it by its
    /// `Debug`.
    ///
    /// ```
    /// use breaker_runtime::{BreakerKey, CircuitBreaker, KeyRef};
    ///
    /// #[derive(Clone, Debug, PartialEq, Eq, Hash)]
    /// enum Region {
    ///     Europe,
    /// }
    ///
    /// impl BreakerKey for Region {
    ///     fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
    ///         look(KeyRef::value(self))
    ///     }
    /// }
    ///
    /// let regions = CircuitBreaker::builder("regions").keyed().build()?;
    /// regions.get(&Region::Europe).trip();
    /// assert_eq!(regions.get(&Region::Europe).label(), "regions[Europe]");
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    #[inline(always)]
    pub const fn value<T: Hash + Eq + Clone + fmt::Debug + Send + Sync + 'static>(value: &'k T) -> Self {
        Self(Ref::Other(value))
    }

    /// Returns the same key in other memory, for a function out of line. That takes a key by its
    /// address, and the compiler follows no value of which the address is known elsewhere: it would
    /// look at the kind of the key in each look-up.
    #[inline(always)]
    pub(crate) const fn rebuilt(self) -> Self {
        Self(match self.0 {
            Ref::Nothing => Ref::Nothing,
            Ref::Text(text) => Ref::Text(text),
            Ref::Long(text) => Ref::Long(text),
            Ref::Whole(number) => Ref::Whole(number),
            Ref::Negative(number) => Ref::Negative(number),
            Ref::Parts(parts) => Ref::Parts(parts),
            Ref::Other(value) => Ref::Other(value),
        })
    }

    /// Feeds the key into a hasher; equal keys feed the same bytes.
    #[inline(always)]
    pub(crate) fn hash(self, state: &mut impl Hasher) {
        match self.0 {
            Ref::Text(text) if text.len() <= MAX_TEXT => state.write(text.as_bytes()),
            Ref::Whole(number) => state.write_u64(number),
            _ => self.rebuilt().hash_seldom(state),
        }
    }

    #[inline(never)]
    fn hash_seldom(self, state: &mut impl Hasher) {
        match self.0 {
            Ref::Nothing => state.write_u8(0),
            Ref::Text(text) if text.len() <= MAX_TEXT => state.write(text.as_bytes()),
            Ref::Text(text) => hash_digest(Digest::of(text), state),
            Ref::Long(text) => hash_digest(text.digest(), state),
            Ref::Whole(number) => state.write_u64(number),
            Ref::Negative(number) => state.write_i64(number),
            Ref::Parts(parts) => {
                state.write_usize(parts.len());
                for part in parts {
                    part.hash_seldom(state);
                }
            }
            Ref::Other(value) => value.hash_into(state),
        }
    }

    /// Returns whether a stored key equals this one.
    #[inline(always)]
    pub(crate) fn is(self, key: &Key) -> bool {
        match (self.0, &key.0) {
            (Ref::Text(text), StoredKey::Short(kept)) => *text.as_bytes() == *kept.bytes(),
            (Ref::Text(text), StoredKey::Text(kept)) => *text == **kept,
            (Ref::Text(text), StoredKey::Long(kept)) => kept.is(text),
            (Ref::Whole(number), StoredKey::Whole(kept)) => number == *kept,
            (Ref::Text(_) | Ref::Whole(_), _) => false,
            _ => self.rebuilt().is_seldom(key),
        }
    }

    #[inline(never)]
    fn is_seldom(self, key: &Key) -> bool {
        match (self.0, &key.0) {
            (Ref::Nothing, StoredKey::Nothing) => true,
            (Ref::Text(text), StoredKey::Short(kept)) => *text.as_bytes() == *kept.bytes(),
            (Ref::Text(text), StoredKey::Text(kept)) => *text == **kept,
            (Ref::Text(text), StoredKey::Long(kept)) => kept.is(text),
            (Ref::Long(text), StoredKey::Long(kept)) => *text == **kept,
            (Ref::Whole(number), StoredKey::Whole(kept)) => number == *kept,
            (Ref::Negative(number), StoredKey::Negative(kept)) => number == *kept,
            (Ref::Parts(parts), StoredKey::Parts(kept)) => {
                parts.len() == kept.len()
                    && parts.iter().zip(&**kept).all(|(part, kept)| part.is_seldom(kept))
            }
            (Ref::Other(value), StoredKey::Other(kept)) => value.is(kept.as_any()),
            _ => false,
        }
    }

    /// Returns the key for storing.
    pub(crate) fn to_key(self) -> Key {
        Key(match self.0 {
            Ref::Nothing => StoredKey::Nothing,
            Ref::Text(text) if text.len() > MAX_TEXT => StoredKey::Long(Arc::new(Long::new(text))),
            Ref::Text(text) => {
                Short::new(text).map_or_else(|| StoredKey::Text(text.into()), StoredKey::Short)
            }
            Ref::Long(text) => StoredKey::Long(Arc::new(text.clone())),
            Ref::Whole(number) => StoredKey::Whole(number),
            Ref::Negative(number) => StoredKey::Negative(number),
            Ref::Parts(parts) => StoredKey::Parts(parts.iter().map(|part| part.to_key()).collect()),
            Ref::Other(value) => StoredKey::Other(value.to_shared()),
        })
    }
}

impl fmt::Debug for KeyRef<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_key().fmt(f)
    }
}

fn hash_digest(digest: Digest, state: &mut impl Hasher) {
    digest.bits().into_iter().for_each(|bits| state.write_u64(bits));
}

/// Returns the name of a breaker, with its key if it has one.
pub(crate) fn label(name: &str, key: Option<&Key>) -> String {
    match key {
        Some(key) => format!("{}[{key}]", escaped(name)),
        None => escaped(name).to_string(),
    }
}

/// A key of any other type.
trait Other: fmt::Debug + Send + Sync {
    fn hash_into(&self, state: &mut dyn Hasher);
    fn is(&self, other: &dyn Any) -> bool;
    fn as_any(&self) -> &dyn Any;
    fn to_shared(&self) -> Arc<dyn Other>;
    /// Returns what the key is ordered by.
    fn order(&self) -> (TypeId, String, u64);
}

impl<T: Hash + Eq + Clone + fmt::Debug + Send + Sync + 'static> Other for T {
    fn hash_into(&self, mut state: &mut dyn Hasher) {
        self.hash(&mut state);
    }

    fn is(&self, other: &dyn Any) -> bool {
        other.downcast_ref::<T>().is_some_and(|other| self == other)
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn to_shared(&self) -> Arc<dyn Other> {
        Arc::new(self.clone())
    }

    fn order(&self) -> (TypeId, String, u64) {
        let mut hasher = DefaultHasher::new();
        self.hash(&mut hasher);
        (TypeId::of::<T>(), format!("{self:?}"), hasher.finish())
    }
}
