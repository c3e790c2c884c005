//! Keys of breakers: [`BreakerKey`] and [`KeyRef`] while one is looked up, [`Key`] as it is stored.

mod digest;
mod impls;
#[cfg(feature = "serde")]
mod serde;

use std::any::{Any, TypeId};
use std::cmp::Ordering;
use std::fmt;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use crate::support::text::escaped;
use crate::types::key::digest::{Digest, Long, MAX_TEXT};

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
    #[inline(always)]
    pub const fn value<T: Hash + Eq + Clone + fmt::Debug + Send + Sync + 'static>(value: &'k T) -> Self {
        Self(Ref::Other(value))
    }

    /// Feeds the key into a hasher; equal keys feed the same bytes.
    #[inline(always)]
    pub(crate) fn hash(self, state: &mut impl Hasher) {
        match self.0 {
            Ref::Text(text) if text.len() <= MAX_TEXT => state.write(text.as_bytes()),
            Ref::Whole(number) => state.write_u64(number),
            _ => self.hash_seldom(state),
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
            _ => self.is_seldom(key),
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

/// The key of a breaker, from [`CircuitBreaker::key`](crate::CircuitBreaker::key).
///
/// It prints as the value that it was made from: `eu-1`, `7`, and `eu, 7` for a tuple, with control
/// characters escaped. A text of more than 256 bytes prints as its first 64 bytes, its length, and a
/// number that differs between texts and between processes. Cloning takes no allocation.
///
/// Keys can be keys of a `HashMap` or a `BTreeMap`. Numbers come before texts, and both before tuples;
/// keys of [any other type](KeyRef::value) come last, ordered by type and then by their `Debug` text and
/// `Hash`.
#[derive(Clone)]
pub struct Key(StoredKey);

#[derive(Clone)]
enum StoredKey {
    Nothing,
    Short(Short),
    Text(Arc<str>),
    Long(Arc<Long>),
    Whole(u64),
    Negative(i64),
    Parts(Arc<[Key]>),
    Other(Arc<dyn Other>),
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

const SHORT: usize = 22;

/// A text stored inline, so that comparing it touches no other cache line.
#[derive(Clone)]
struct Short {
    len: u8,
    bytes: [u8; SHORT],
}

impl Short {
    fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; SHORT];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { len: text.len() as u8, bytes })
    }

    #[inline(always)]
    fn bytes(&self) -> &[u8] {
        self.bytes.get(..usize::from(self.len)).unwrap_or_default()
    }

    fn text(&self) -> &str {
        std::str::from_utf8(self.bytes()).unwrap_or_default()
    }
}

impl BreakerKey for Key {
    fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
        fn lend<R>(key: &Key, look: &mut dyn FnMut(KeyRef<'_>) -> R) -> R {
            match &key.0 {
                StoredKey::Nothing => look(KeyRef(Ref::Nothing)),
                StoredKey::Short(text) => look(KeyRef(Ref::Text(text.text()))),
                StoredKey::Text(text) => look(KeyRef(Ref::Text(text))),
                StoredKey::Long(text) => look(KeyRef(Ref::Long(text))),
                StoredKey::Whole(number) => look(KeyRef(Ref::Whole(*number))),
                StoredKey::Negative(number) => look(KeyRef(Ref::Negative(*number))),
                StoredKey::Parts(parts) => lend_parts(parts, &[], look),
                StoredKey::Other(value) => look(KeyRef(Ref::Other(&**value))),
            }
        }
        fn lend_parts<R>(rest: &[Key], lent: &[KeyRef<'_>], look: &mut dyn FnMut(KeyRef<'_>) -> R) -> R {
            let Some((first, rest)) = rest.split_first() else { return look(KeyRef(Ref::Parts(lent))) };
            lend(first, &mut |first| {
                let lent: Vec<_> = lent.iter().copied().chain([first]).collect();
                lend_parts(rest, &lent, look)
            })
        }
        let mut look = Some(look);
        // `lend` calls each closure once, which the types do not show.
        lend(self, &mut |key| look.take().map(|look| look(key)))
            .unwrap_or_else(|| unreachable!("lent once"))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.with_key(|key| key.is_seldom(other))
    }
}

impl Eq for Key {}

/// Equal keys have equal hashes. A key and the value that it was made from need not.
impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.with_key(|key| key.hash(state));
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        match (&self.0, &other.0) {
            (StoredKey::Whole(one), StoredKey::Whole(two)) => one.cmp(two),
            (StoredKey::Negative(one), StoredKey::Negative(two)) => one.cmp(two),
            (StoredKey::Parts(one), StoredKey::Parts(two)) => one.cmp(two),
            (StoredKey::Long(one), StoredKey::Long(two)) => one.order().cmp(&two.order()),
            (StoredKey::Other(one), StoredKey::Other(two)) => one.order().cmp(&two.order()),
            (one, two) => one.rank().cmp(&two.rank()).then_with(|| one.text().cmp(&two.text())),
        }
    }
}

impl StoredKey {
    /// Returns the place of this kind of key in the order of all keys.
    fn rank(&self) -> u8 {
        match self {
            Self::Nothing => 0,
            Self::Negative(_) => 1,
            Self::Whole(_) => 2,
            Self::Short(_) | Self::Text(_) => 3,
            Self::Long(_) => 4,
            Self::Parts(_) => 5,
            Self::Other(_) => 6,
        }
    }

    /// Returns the text of a key that is one.
    fn text(&self) -> Option<&str> {
        match self {
            Self::Short(text) => Some(text.text()),
            Self::Text(text) => Some(text),
            _ => None,
        }
    }
}

impl Key {
    /// Returns the text of the key, without escapes.
    pub(crate) fn text(&self) -> String {
        Unescaped(self).to_string()
    }

    /// Returns whether `text` is the key, without or with escapes.
    pub(crate) fn reads(&self, text: &str) -> bool {
        Unescaped(self).to_string() == text || self.to_string() == text
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escaped(Unescaped(self)).fmt(f)
    }
}

/// A key printed without escapes, including characters that could forge a log line.
struct Unescaped<'k>(&'k Key);

impl fmt::Display for Unescaped<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0.0 {
            StoredKey::Nothing => f.write_str("-"),
            StoredKey::Short(text) => f.write_str(text.text()),
            StoredKey::Text(text) => f.write_str(text),
            StoredKey::Long(text) => text.fmt(f),
            StoredKey::Whole(number) => number.fmt(f),
            StoredKey::Negative(number) => number.fmt(f),
            StoredKey::Other(value) => value.fmt(f),
            StoredKey::Parts(parts) => parts.iter().enumerate().try_for_each(|(index, part)| {
                f.write_str(if index > 0 { ", " } else { "" })?;
                Unescaped(part).fmt(f)
            }),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({self})")
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

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::hash::{BuildHasher, RandomState};
    use std::net::IpAddr;

    use super::*;

    #[expect(clippy::redundant_closure_for_method_calls, reason = "the method is for one lifetime only")]
    fn kept(key: &(impl BreakerKey + ?Sized)) -> Key {
        key.with_key(|key| key.to_key())
    }

    fn hash(key: &(impl BreakerKey + ?Sized)) -> u64 {
        let mut state = std::hash::DefaultHasher::new();
        key.with_key(|key| key.hash(&mut state));
        state.finish()
    }

    fn same(one: &(impl BreakerKey + ?Sized), other: &(impl BreakerKey + ?Sized)) -> bool {
        let same = one.with_key(|key| key.is(&kept(other)));
        assert_eq!(same, kept(one) == kept(other));
        assert_eq!(same, other.with_key(|key| key.is(&kept(one))));
        if same {
            assert_eq!(hash(one), hash(other));
        }
        same
    }

    #[test]
    fn a_key_is_what_it_says_whatever_its_type() {
        assert!(same("eu", &"eu".to_owned()) && same(&&"eu", &Some("eu")));
        assert!(same(&7_u8, &7_i64) && same(&7_u128, &7_usize) && same(&-7_i8, &-7_i128));
        assert!(same(&("eu", 7_u8), &("eu".to_owned(), 7_u64)));
        assert!(same(&kept(&("eu", (7, None::<u8>))), &("eu", (7, None::<u8>))));
        assert!(same(&u128::MAX, &u128::MAX) && same(&'x', &'x') && same(&true, &true));
        assert!(!same("7", &7) && !same("eu", "us") && !same(&7, &8) && !same(&'x', "x"));
        assert!(
            !same(&("eu", 7), &("eu", 8)) && !same(&("eu", 7), &(7, "eu")) && !same(&None::<u8>, &0)
        );
        assert!(!same(&("a", "b", "c"), &("a", ("b", "c"))));
        let texts = [0, 21, 22, 23, 40].map(|len| "x".repeat(len));
        for (index, text) in texts.iter().enumerate() {
            assert!(same(text, text.as_str()) && !same(text, &texts[(index + 1) % texts.len()]));
            assert_eq!(kept(text).to_string(), *text);
        }
    }

    /// Keys of 100 kB each would hold 100 MB at a thousand keys.
    #[test]
    fn long_text_is_kept_by_its_digest_and_equal_to_itself_alone() {
        let long = "x".repeat(100_000);
        let others = [format!("{long}y"), format!("y{}", &long[1..]), "x".repeat(257), "x".repeat(256)];
        let key = kept(&long);
        let StoredKey::Long(text) = &key.0 else { panic!("{key:?} is kept whole") };
        assert!(text.to_string().len() < 128, "{text}");
        assert!(same(&long, &long.clone()) && same(&key, &long) && same(&key, &key.clone()));
        assert!(same(&(&long, 7), &(&long, 7)) && same(&kept(&(&long, 7)), &(&long, 7)));
        for (index, other) in others.iter().enumerate() {
            assert!(!same(&long, other) && !same(&key, other) && !same(&(other, 7), &(&long, 7)));
            assert!(others[..index].iter().all(|before| !same(before, other)));
            assert_ne!(hash(other), hash(&long), "all of them in one bucket would make look-ups slow");
            assert_ne!(kept(other).to_string(), key.to_string());
        }
        assert!(matches!(kept(&others[3]).0, StoredKey::Text(_)), "256 bytes are kept");
        let umlauts = kept(&"\u{e4}".repeat(200)).to_string();
        assert!(umlauts.starts_with("\u{e4}\u{e4}") && umlauts.contains("(400 bytes, "), "{umlauts}");
    }

    #[test]
    fn a_key_reads_as_what_it_was_made_of() {
        let read = [
            kept("eu-1"),
            kept(&7),
            kept(&-7),
            kept(&("eu", 7)),
            kept(&None::<u8>),
            kept(&[1; 4].map(u8::from).map(|_| 1_u8)[0]),
        ];
        assert_eq!(read.map(|key| key.to_string()), ["eu-1", "7", "-7", "eu, 7", "-", "1"]);
        assert_eq!(kept(&IpAddr::from([127, 0, 0, 1])).to_string(), "127.0.0.1");
        assert_eq!(format!("{:?}", kept("eu")), "Key(eu)");
    }
    /// Keys that share a hash share a chain, and a long chain makes each look-up slow.
    #[test]
    fn keys_that_differ_have_hashes_that_differ() {
        let hashes = [
            hash(&7),
            hash(&8),
            hash(&-7),
            hash(&"eu"),
            hash(&None::<u8>),
            hash(&("eu", 7)),
            hash(&("eu", 8)),
            hash(&(u128::MAX)),
            hash(&(u128::MAX - 1)),
        ];
        let different: HashSet<_> = hashes.into_iter().collect();
        assert_eq!(different.len(), hashes.len());
        assert!(!same(&u128::MAX, &(u128::MAX - 1)));
        let of_a_map = RandomState::new();
        assert_ne!(of_a_map.hash_one(kept(&7)), of_a_map.hash_one(kept(&8)));
    }

    #[test]
    fn key_is_found_by_its_text_as_it_is_and_as_it_is_printed() {
        let key = kept("eu\n1");
        assert_eq!(key.text(), "eu\n1");
        assert_eq!(["eu\n1", "eu\\n1", "eu"].map(|text| key.reads(text)), [true, true, false]);
        assert_eq!(label("fetch", Some(&key)), "fetch[eu\\n1]");
        assert_eq!(label("fetch", None), "fetch");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn serialised_key_has_the_types_of_its_parts() {
        for (key, text) in [
            (kept(&7), "7"),
            (kept(&-7), "-7"),
            (kept("eu\n1"), r#""eu\n1""#),
            (kept(&("eu", (7, None::<u8>))), r#"["eu",[7,[]]]"#),
        ] {
            assert_eq!(serde_json::to_string(&key).expect("a key"), text);
            assert_eq!(serde_json::from_str::<Key>(text).expect("a key"), key);
        }
        let error = serde_json::from_str::<Key>("true").expect_err("not a key").to_string();
        assert!(error.contains("expected the key of a breaker: a text"), "{error}");
    }
}
