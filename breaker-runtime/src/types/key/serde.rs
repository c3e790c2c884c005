//! Keys as serde has them.

use std::fmt;

use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor};
use serde::{Serialize, Serializer};

use crate::types::key::stored::{StoredKey, Unescaped};
use crate::types::key::{Key, KeyRef};

/// A text, a number, a list of the parts of a tuple, and the empty list for `None`; any other value as
/// the text that it reads as. Without escapes: formats have their own.
impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            StoredKey::Whole(number) => serializer.serialize_u64(*number),
            StoredKey::Negative(number) => serializer.serialize_i64(*number),
            StoredKey::Parts(parts) => serializer.collect_seq(parts.iter()),
            StoredKey::Nothing => serializer.collect_seq::<[Key; 0]>([]),
            _ => serializer.collect_str(&Unescaped(self)),
        }
    }
}

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyKey;

        impl<'de> Visitor<'de> for AnyKey {
            type Value = Key;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the key of a breaker: a text, a whole number, or a list of keys")
            }

            fn visit_str<E>(self, text: &str) -> Result<Key, E> {
                Ok(KeyRef::text(text).to_key())
            }

            fn visit_u64<E>(self, number: u64) -> Result<Key, E> {
                Ok(Key(StoredKey::Whole(number)))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Key, E> {
                Ok(Key(u64::try_from(number).map_or(StoredKey::Negative(number), StoredKey::Whole)))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Key, A::Error> {
                let mut parts = Vec::new();
                while let Some(part) = list.next_element::<Key>()? {
                    parts.push(part);
                }
                Ok(Key(if parts.is_empty() {
                    StoredKey::Nothing
                } else {
                    StoredKey::Parts(parts.into())
                }))
            }
        }

        deserializer.deserialize_any(AnyKey)
    }
}
