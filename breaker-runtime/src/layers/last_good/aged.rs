//! [`Aged`]: an answer that says whether it is from memory, and how old.

use std::ops::{Deref, DerefMut};
use std::time::Duration;

/// An answer that may be an old one, from the option `last_good` of
/// [`circuit_breaker`](crate::circuit_breaker).
///
/// A function that returns `Result<Aged<T>, E>` shows its callers the age. Its body makes fresh answers,
/// by `into()` or [`Aged::fresh`]; an answer from memory has an [`age`](Aged::age). A function that
/// returns `Result<T, E>` answers from memory as well, and its callers do not see the difference.
///
/// ```
/// use std::time::Duration;
/// use breaker_runtime::Aged;
///
/// fn show(price: &Aged<u32>) -> String {
///     match price.age() {
///         None => format!("{} cents", **price),
///         Some(age) => format!("{} cents, {} s ago", **price, age.as_secs()),
///     }
/// }
///
/// assert_eq!(show(&Aged::fresh(99)), "99 cents");
/// assert_eq!(show(&Aged::with_age(99, Duration::from_secs(30))), "99 cents, 30 s ago");
/// ```
///
/// With the feature `serde` it is serialised as the answer alone, and deserialised as a fresh one: a
/// response does not change its form when it is an old one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(transparent))]
pub struct Aged<T> {
    answer: T,
    #[cfg_attr(feature = "serde", serde(skip))]
    age: Option<Duration>,
}

impl<T> Aged<T> {
    /// Creates a fresh answer.
    pub const fn fresh(answer: T) -> Self {
        Self { answer, age: None }
    }

    /// Creates an answer of a given age. For tests, and for a function that has an old answer from
    /// elsewhere: `last_good` adds this age.
    pub const fn with_age(answer: T, age: Duration) -> Self {
        Self { answer, age: Some(age) }
    }

    /// Returns the age by the breaker's clock; `None` for a fresh answer. With a `max_age` of 1 s or
    /// more it may be 20 ms too high.
    pub const fn age(&self) -> Option<Duration> {
        self.age
    }

    /// Returns whether the function itself made the answer, in this call.
    ///
    /// ```
    /// use std::time::Duration;
    /// use breaker_runtime::Aged;
    ///
    /// assert!(Aged::fresh(99).is_fresh());
    /// assert!(!Aged::with_age(99, Duration::ZERO).is_fresh());
    /// ```
    pub const fn is_fresh(&self) -> bool {
        self.age.is_none()
    }

    /// Returns the answer without its age.
    ///
    /// ```
    /// use breaker_runtime::Aged;
    ///
    /// assert_eq!(Aged::fresh("tea".to_owned()).into_inner(), "tea");
    /// ```
    pub fn into_inner(self) -> T {
        self.answer
    }

    /// Returns another answer of the same age. Not a method, because the answer may have one of this
    /// name.
    ///
    /// ```
    /// use std::time::Duration;
    /// use breaker_runtime::Aged;
    ///
    /// let cents = Aged::with_age(99, Duration::from_secs(30));
    /// let text = Aged::map(cents, |cents| format!("{cents} cents"));
    /// assert_eq!((text.as_str(), text.age()), ("99 cents", Some(Duration::from_secs(30))));
    /// ```
    pub fn map<U>(this: Self, make: impl FnOnce(T) -> U) -> Aged<U> {
        Aged { answer: make(this.answer), age: this.age }
    }
}

impl<T> From<T> for Aged<T> {
    fn from(answer: T) -> Self {
        Self::fresh(answer)
    }
}

impl<T> Deref for Aged<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.answer
    }
}

impl<T> DerefMut for Aged<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.answer
    }
}

impl<T> AsRef<T> for Aged<T> {
    fn as_ref(&self) -> &T {
        &self.answer
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_answer_has_no_age_and_an_old_one_keeps_its_own() {
        let fresh: Aged<u32> = 7.into();
        assert_eq!((fresh.age(), fresh.is_fresh(), *fresh), (None, true, 7));
        let old = Aged::map(Aged::with_age(7, Duration::from_secs(3)), |number| number.to_string());
        assert_eq!((old.age(), old.is_fresh()), (Some(Duration::from_secs(3)), false));
        assert_eq!((old.len(), old.as_ref().as_str()), (1, "7"));
        assert_eq!(old.into_inner(), "7");
    }

    #[cfg(feature = "serde")]
    #[test]
    fn as_json_it_is_the_answer_alone() {
        let old = Aged::with_age(vec![1, 2], Duration::from_secs(3));
        let text = serde_json::to_string(&old).unwrap();
        assert_eq!(text, "[1,2]");
        assert_eq!(serde_json::from_str::<Aged<Vec<u32>>>(&text).unwrap(), Aged::fresh(vec![1, 2]));
    }
}
