//! An optional value that is seldom there when it is dropped: [`DropApart`].

use std::mem::{self, ManuallyDrop};
use std::ops::{Deref, DerefMut};

/// An optional value. Where there is none, its drop is a comparison. A function of its own drops one.
///
/// The compiler may put the code that drops the value of an `Option` into the owner's, which then saves
/// registers for it, also where there is no value.
#[derive(Debug)]
pub(crate) struct DropApart<T>(ManuallyDrop<Option<T>>);

impl<T> DropApart<T> {
    #[inline(always)]
    pub(crate) const fn new(value: Option<T>) -> Self {
        Self(ManuallyDrop::new(value))
    }

    /// Returns an owner of this value.
    #[inline(always)]
    pub(crate) const fn of(value: T) -> Self {
        Self::new(Some(value))
    }

    /// Returns an empty one.
    #[inline(always)]
    pub(crate) const fn empty() -> Self {
        Self::new(None)
    }
}

impl<T> Deref for DropApart<T> {
    type Target = Option<T>;

    #[inline(always)]
    fn deref(&self) -> &Option<T> {
        &self.0
    }
}

impl<T> DerefMut for DropApart<T> {
    #[inline(always)]
    fn deref_mut(&mut self) -> &mut Option<T> {
        &mut self.0
    }
}

impl<T> Drop for DropApart<T> {
    #[inline(always)]
    fn drop(&mut self) {
        if self.0.is_some() {
            drop_value(&mut self.0);
        }
    }
}

#[cold]
#[inline(never)]
fn drop_value<T>(value: &mut ManuallyDrop<Option<T>>) {
    drop(ManuallyDrop::into_inner(mem::replace(value, ManuallyDrop::new(None))));
}

#[cfg(test)]
mod tests {
    use std::rc::Rc;

    use super::DropApart;

    #[test]
    fn value_is_dropped_once_with_its_owner() {
        let value = Rc::new(());
        let owner = DropApart::of(Rc::clone(&value));
        assert_eq!(Rc::strong_count(&value), 2);
        drop(owner);
        assert_eq!(Rc::strong_count(&value), 1);
    }

    #[test]
    fn value_that_was_taken_outlives_its_owner() {
        let value = Rc::new(());
        let mut owner = DropApart::of(Rc::clone(&value));
        let taken = owner.take();
        drop(owner);
        assert_eq!((taken, Rc::strong_count(&value)), (Some(Rc::new(())), 2));
    }

    #[test]
    fn value_that_is_replaced_is_dropped() {
        let value = Rc::new(());
        let mut owner = DropApart::new(Some(Rc::clone(&value)));
        *owner = None;
        assert_eq!(Rc::strong_count(&value), 1);
        assert!(owner.is_none() && DropApart::<()>::empty().is_none());
    }
}
