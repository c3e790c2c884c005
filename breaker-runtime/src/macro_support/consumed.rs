//! Arguments that the body consumes: whether they can be used after it.
//!
//! `(&&argument(&user)).after_the_body()` finds the first of three traits that fits the type, in the
//! order in which a method call removes references. The expansion has a trait of its own that [`Left`]
//! implements and [`Consumed`] does not, so that the message can name the argument.

use std::marker::PhantomData;

/// The type of an argument.
#[derive(Debug)]
pub struct Argument<T>(PhantomData<fn(&T)>);

/// Returns the type of an argument that the body consumes, as a value.
#[inline(always)]
pub const fn argument<T>(_: &T) -> Argument<T> {
    Argument(PhantomData)
}

/// The marker of an argument that can be used after the body.
#[derive(Clone, Copy, Debug)]
pub struct Left;

/// The marker of an argument that the body has consumed.
#[derive(Clone, Copy, Debug)]
pub struct Consumed;

/// First: a type that is `Copy`; the body gets a copy.
pub trait Stays {
    #[doc(hidden)]
    #[inline(always)]
    fn after_the_body(&self) -> Left {
        Left
    }
}

impl<T: Copy> Stays for &Argument<T> {}

/// Second: a mutable reference, which is reborrowed.
pub trait StaysBorrowed {
    #[doc(hidden)]
    #[inline(always)]
    fn after_the_body(&self) -> Left {
        Left
    }
}

impl<T: ?Sized> StaysBorrowed for &Argument<&mut T> {}

/// Last: every other type.
pub trait Taken {
    #[doc(hidden)]
    #[inline(always)]
    fn after_the_body(&self) -> Consumed {
        Consumed
    }
}

impl<T> Taken for Argument<T> {}
