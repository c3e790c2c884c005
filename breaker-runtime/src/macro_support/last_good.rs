//! The part of an output that `last_good` stores, and the form of its key: found from the types, by
//! method calls that fit more than one trait.

use std::marker::PhantomData;

use crate::__private::Of;
use crate::layers::last_good::{
    Aged, InAged, LastGood, LastGoodKey, Memory, Owner, Remembers, TheOk, WholeOutput,
};

/// The way to store a type. `(&&&of::<Output>()).remembers()` finds it with the three traits below in
/// scope: the first that fits the type, in the order in which a method call removes references.
#[derive(Debug)]
pub struct OutputForm<Via>(PhantomData<fn() -> Via>);

impl<Via> OutputForm<Via> {
    /// Returns the slot of one call. Its key is made before the body consumes its arguments. `Instance`
    /// is a type that no two instantiations of a generic function share, such as that of a closure in
    /// it.
    #[inline]
    pub fn memory<'e, Output: Remembers<Via>, K: LastGoodKey, Instance>(
        self,
        (last_good, _): (&'static LastGood, Instance),
        owner: Owner<'e>,
        key: K,
    ) -> Memory<'e, K, Output> {
        last_good.memory::<Output, K, Via, Instance>(owner.0, key)
    }
}

/// First: a [`Aged`], or a `Result` or an `Option` of one.
pub trait AskAged {
    #[doc(hidden)]
    fn remembers(&self) -> OutputForm<InAged> {
        OutputForm(PhantomData)
    }
}

impl<T> AskAged for &&Of<Aged<T>> {}

impl<T, E> AskAged for &&Of<Result<Aged<T>, E>> {}

impl<T> AskAged for &&Of<Option<Aged<T>>> {}

/// Second: any `Result`.
pub trait AskOk {
    #[doc(hidden)]
    fn remembers(&self) -> OutputForm<TheOk> {
        OutputForm(PhantomData)
    }
}

impl<T, E> AskOk for &Of<Result<T, E>> {}

/// Last: any type.
pub trait AskAll {
    #[doc(hidden)]
    fn remembers(&self) -> OutputForm<WholeOutput> {
        OutputForm(PhantomData)
    }
}

impl<Output> AskAll for Of<Output> {}

/// Returns the way to make a key of an expression's value. A variable such as `user` is given by
/// reference, so that it is not consumed. `(&&&key_form(&value)).key_form()` finds it, with the three
/// traits below in scope.
pub const fn key_form<T>(_: &T) -> KeyForm<T> {
    KeyForm(PhantomData)
}

/// See [`key_form`].
#[derive(Debug)]
pub struct KeyForm<T>(PhantomData<fn() -> T>);

/// First: an argument that is a reference itself, such as `url: &str`.
pub trait AskLentTwice {
    #[doc(hidden)]
    fn key_form(&self) -> LentTwice {
        LentTwice
    }
}

impl<Q: ?Sized> AskLentTwice for &&KeyForm<&&Q> {}

/// Second: an argument, a part of one, or a reference that an expression yields.
pub trait AskLent {
    #[doc(hidden)]
    fn key_form(&self) -> Lent {
        Lent
    }
}

impl<Q: ?Sized> AskLent for &KeyForm<&Q> {}

/// Last: a value that is owned.
pub trait AskOwned {
    #[doc(hidden)]
    fn key_form(&self) -> Owned {
        Owned
    }
}

impl<T> AskOwned for KeyForm<T> {}

/// See [`AskLentTwice`].
#[derive(Clone, Copy, Debug)]
pub struct LentTwice;

/// See [`AskLent`].
#[derive(Clone, Copy, Debug)]
pub struct Lent;

/// See [`AskOwned`].
#[derive(Clone, Copy, Debug)]
pub struct Owned;

#[allow(clippy::unused_self, missing_docs)]
impl LentTwice {
    pub fn key<Q: ToOwned + ?Sized>(self, value: &&Q) -> Q::Owned {
        Q::to_owned(value)
    }
}

#[allow(clippy::unused_self, missing_docs)]
impl Lent {
    pub fn key<Q: ToOwned + ?Sized>(self, value: &Q) -> Q::Owned {
        value.to_owned()
    }
}

#[allow(clippy::unused_self, missing_docs)]
impl Owned {
    pub fn key<T>(self, value: T) -> T {
        value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    macro_rules! key {
        ($value:expr) => {
            match $value {
                value => (&&&key_form(&value)).key_form().key(value),
            }
        };
    }

    #[derive(Clone, Debug, PartialEq)]
    struct User {
        name: String,
    }

    #[test]
    fn a_key_is_owned_and_leaves_the_arguments_to_the_call() {
        fn of_borrowed(url: &str, parts: &[u32], user: &User) -> (String, Vec<u32>, User, String) {
            (key!(&url), key!(&parts), key!(&user), key!(&user.name))
        }
        let user = User { name: "Ada".to_owned() };
        let (url, parts, of_user, of_name) = of_borrowed("/a", &[1, 2], &user);
        assert_eq!((url.as_str(), parts, of_name.as_str()), ("/a", vec![1, 2], "Ada"));
        assert_eq!(of_user, user);

        let owned: User = key!(&user);
        let made: String = key!(format!("{}!", user.name));
        let lent: String = key!(user.name.as_str());
        let number: i32 = key!(7);
        assert_eq!((owned, made.as_str(), lent.as_str(), number), (user, "Ada!", "Ada", 7));
    }

    #[test]
    fn a_generic_argument_is_a_key() {
        fn of<T: Clone>(one: T, other: &T) -> (T, T) {
            let keys = (key!(&one), key!(&other));
            drop(one);
            keys
        }
        assert_eq!(of(String::from("a"), &String::from("b")), ("a".to_owned(), "b".to_owned()));
    }
}
