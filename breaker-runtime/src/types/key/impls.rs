//! The types that are keys as they are.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6};
use std::rc::Rc;
use std::sync::Arc;

use crate::types::key::{BreakerKey, KeyRef, Ref};

macro_rules! texts {
    ($($text:ty),*) => {$(
        impl BreakerKey for $text {
            #[inline(always)]
            fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
                look(KeyRef::text(self))
            }
        }
    )*};
}

texts!(str, String, Box<str>, Rc<str>, Arc<str>, std::borrow::Cow<'_, str>);

macro_rules! whole_numbers {
    ($($number:ty),*) => {$(
        impl BreakerKey for $number {
            #[inline(always)]
            fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
                look(match u64::try_from(*self) {
                    Ok(number) => KeyRef::number(number),
                    Err(_) => KeyRef::value(self),
                })
            }
        }
    )*};
}

macro_rules! signed_numbers {
    ($($number:ty),*) => {$(
        impl BreakerKey for $number {
            #[inline(always)]
            fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
                look(match (u64::try_from(*self), i64::try_from(*self)) {
                    (Ok(number), _) => KeyRef::number(number),
                    (_, Ok(number)) => KeyRef(Ref::Negative(number)),
                    _ => KeyRef::value(self),
                })
            }
        }
    )*};
}

whole_numbers!(u8, u16, u32, u64, u128, usize);
signed_numbers!(i8, i16, i32, i64, i128, isize);

macro_rules! values {
    ($($value:ty),*) => {$(
        impl BreakerKey for $value {
            #[inline(always)]
            fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
                look(KeyRef::value(self))
            }
        }
    )*};
}

values!(bool, char, IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, SocketAddrV4, SocketAddrV6);

macro_rules! pointers {
    ($($pointer:ty),*) => {$(
        impl<K: BreakerKey + ?Sized> BreakerKey for $pointer {
            #[inline(always)]
            fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
                (**self).with_key(look)
            }
        }
    )*};
}

pointers!(&K, &mut K);

impl<K: BreakerKey> BreakerKey for Option<K> {
    #[inline(always)]
    fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
        match self {
            Some(key) => key.with_key(look),
            None => look(KeyRef(Ref::Nothing)),
        }
    }
}

macro_rules! tuples {
    ($($key:ident $index:tt),* $(,)?) => {
        impl<$($key: BreakerKey),*> BreakerKey for ($($key,)*) {
            #[inline]
            fn with_key<R>(&self, look: impl FnOnce(KeyRef<'_>) -> R) -> R {
                tuples!(lend self look [] $($index)*)
            }
        }
    };
    (lend $this:ident $look:ident [$($lent:ident)*]) => { $look(KeyRef::parts(&[$($lent),*])) };
    (lend $this:ident $look:ident [$($lent:ident)*] $first:tt $($rest:tt)*) => {
        $this.$first.with_key(|part| tuples!(lend $this $look [$($lent)* part] $($rest)*))
    };
}

tuples!(A 0, B 1);
tuples!(A 0, B 1, C 2);
tuples!(A 0, B 1, C 2, D 3);
tuples!(A 0, B 1, C 2, D 3, E 4);
tuples!(A 0, B 1, C 2, D 3, E 4, F 5);
