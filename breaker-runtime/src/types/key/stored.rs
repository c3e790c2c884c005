//! A key as it is stored.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

use crate::support::text::escaped;
use crate::types::key::digest::Long;
use crate::types::key::{BreakerKey, KeyRef, Other, Ref};

/// The key of a breaker, from [`CircuitBreaker::key`](crate::CircuitBreaker::key).
///
/// It prints as the value that it was made from: `eu-1`, `7`, and `eu, 7` for a tuple, with control
/// characters escaped. A text of more than 256 bytes prints as its first 64 bytes, its length, and a
/// number that differs between texts and between processes. Cloning takes no allocation.
///
/// Keys can be keys of a `HashMap` or a `BTreeMap`. Numbers come before texts, and both before tuples;
/// keys of [any other type](KeyRef::value) come last, ordered by type and then by their `Debug` text and
/// `Hash`.
///
/// ```
/// use std::collections::BTreeMap;
/// use breaker_runtime::{CircuitBreaker, Key};
///
/// let hosts = CircuitBreaker::builder("hosts").keyed().build()?;
/// hosts.get("eu-1").trip();
/// let trips: BTreeMap<Key, u64> = hosts
///     .iter()
///     .filter_map(|breaker| Some((breaker.key()?.clone(), breaker.snapshot().trips)))
///     .collect();
/// assert_eq!(format!("{trips:?}"), "{Key(eu-1): 1}");
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone)]
pub struct Key(pub(super) StoredKey);

#[derive(Clone)]
pub(super) enum StoredKey {
    Nothing,
    Short(Short),
    Text(Arc<str>),
    Long(Arc<Long>),
    Whole(u64),
    Negative(i64),
    Parts(Arc<[Key]>),
    Other(Arc<dyn Other>),
}

const SHORT: usize = 23;

/// A text stored inline, so that comparing it touches no other cache line.
#[derive(Clone)]
pub(super) struct Short {
    len: ShortLen,
    bytes: [u8; SHORT],
}

macro_rules! lengths {
    ($($name:ident)*) => {
        /// The length of a text of at most [`SHORT`] bytes. Of a type with few values, as the kind of a
        /// key is stored in the others: a byte of its own would be one less for the text.
        #[derive(Clone, Copy)]
        #[repr(u8)]
        enum ShortLen { $($name),* }

        impl ShortLen {
            const ALL: [Self; SHORT + 1] = [$(Self::$name),*];
        }
    };
}

lengths!(L0 L1 L2 L3 L4 L5 L6 L7 L8 L9 L10 L11 L12 L13 L14 L15 L16 L17 L18 L19 L20 L21 L22 L23);

const _: () = assert!(size_of::<Option<Key>>() == 24);

impl Short {
    pub(super) fn new(text: &str) -> Option<Self> {
        let mut bytes = [0; SHORT];
        bytes.get_mut(..text.len())?.copy_from_slice(text.as_bytes());
        Some(Self { len: *ShortLen::ALL.get(text.len())?, bytes })
    }

    #[inline(always)]
    pub(super) fn bytes(&self) -> &[u8] {
        self.bytes.get(..self.len as usize).unwrap_or_default()
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
        prints_as(&Unescaped(self), text) || prints_as(self, text)
    }
}

/// Returns whether a value prints as `text`. Compares piece by piece, and allocates nothing.
fn prints_as(value: &impl fmt::Display, text: &str) -> bool {
    /// The text that is still to be printed; `None` after a difference, also for a value that ignores
    /// the error.
    struct Unprinted<'t>(Option<&'t str>);

    impl fmt::Write for Unprinted<'_> {
        fn write_str(&mut self, printed: &str) -> fmt::Result {
            self.0 = self.0.and_then(|rest| rest.strip_prefix(printed));
            self.0.map(drop).ok_or(fmt::Error)
        }
    }

    let mut rest = Unprinted(Some(text));
    fmt::write(&mut rest, format_args!("{value}")).is_ok() && rest.0 == Some("")
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        escaped(Unescaped(self)).fmt(f)
    }
}

/// A key printed without escapes, including characters that could forge a log line.
pub(super) struct Unescaped<'k>(pub(super) &'k Key);

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
