//! The part of an output that is stored, found from its type, and how an output is made of it again.

use std::time::Duration;

use crate::breaker::inner::Inner;
use crate::layers::last_good::Aged;

/// A value that can be stored.
#[diagnostic::on_unimplemented(
    message = "`last_good` cannot remember `{Self}`",
    label = "`{Self}` would have to be cloned, kept, and given to other threads",
    note = "`last_good` keeps a clone of each good answer: the type needs `Clone` (write `#[derive(Clone)]`), \
            `Send` and `Sync`, and no borrowed parts",
    note = "for what is large or cannot be cloned, return an `Arc` of it"
)]
pub trait Remembered: Clone + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Clone + Send + Sync + 'static> Remembered for T {}

/// An output that is remembered, or a part of which is; `Via` says which.
#[diagnostic::on_unimplemented(
    message = "`last_good` cannot remember `{Self}`",
    label = "`{Self}` would have to be cloned, kept, and given to other threads",
    note = "`last_good` keeps a clone of each good answer: the type needs `Clone` (write `#[derive(Clone)]`), \
            `Send` and `Sync`, and no borrowed parts",
    note = "for what is large or cannot be cloned, return an `Arc` of it"
)]
pub trait Remembers<Via> {
    /// The remembered part.
    type Answer: Remembered;

    /// Returns the part, and its age when the body returned it; `None` for an `Err`, which is not
    /// stored.
    #[doc(hidden)]
    fn answer(&self) -> Option<(&Self::Answer, Duration)>;

    #[doc(hidden)]
    fn from_memory(answer: Self::Answer, age: Duration) -> Self;
}

/// The `Ok`.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "it has no value")]
pub enum TheOk {}

/// The content of an [`Aged`], which shows its age.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "it has no value")]
pub enum InAged {}

/// The whole output.
#[derive(Debug)]
#[allow(clippy::exhaustive_enums, reason = "it has no value")]
pub enum WholeOutput {}

impl<T: Remembered, E> Remembers<TheOk> for Result<T, E> {
    type Answer = T;

    fn answer(&self) -> Option<(&T, Duration)> {
        self.as_ref().ok().map(|answer| (answer, Duration::ZERO))
    }

    fn from_memory(answer: T, _age: Duration) -> Self {
        Ok(answer)
    }
}

impl<T: Remembered> Remembers<WholeOutput> for T {
    type Answer = T;

    fn answer(&self) -> Option<(&T, Duration)> {
        Some((self, Duration::ZERO))
    }

    fn from_memory(answer: T, _age: Duration) -> Self {
        answer
    }
}

impl<T: Remembered> Remembers<InAged> for Aged<T> {
    type Answer = T;

    fn answer(&self) -> Option<(&T, Duration)> {
        Some(aged(self))
    }

    fn from_memory(answer: T, age: Duration) -> Self {
        Self::with_age(answer, age)
    }
}

impl<T: Remembered, E> Remembers<InAged> for Result<Aged<T>, E> {
    type Answer = T;

    fn answer(&self) -> Option<(&T, Duration)> {
        self.as_ref().ok().map(aged)
    }

    fn from_memory(answer: T, age: Duration) -> Self {
        Ok(Aged::with_age(answer, age))
    }
}

impl<T: Remembered> Remembers<InAged> for Option<Aged<T>> {
    type Answer = T;

    fn answer(&self) -> Option<(&T, Duration)> {
        self.as_ref().map(aged)
    }

    fn from_memory(answer: T, age: Duration) -> Self {
        Some(Aged::with_age(answer, age))
    }
}

fn aged<T>(answer: &Aged<T>) -> (&T, Duration) {
    (answer, answer.age().unwrap_or_default())
}

/// The breaker of a call: answers age by its clock, and its totals count them.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'e>(pub(crate) &'e Inner);
