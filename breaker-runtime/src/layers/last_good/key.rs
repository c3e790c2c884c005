//! Keys: what can be one, and how one is made of an expression that may borrow.

use std::hash::Hash;

/// The key of a stored answer.
#[diagnostic::on_unimplemented(
    message = "`last_good` cannot use a `{Self}` as a key",
    label = "keys of this type cannot be compared, or not be kept",
    note = "a key needs `Hash`, `Eq`, `Send` and `Sync`, and no borrowed parts: write \
            `#[derive(Clone, PartialEq, Eq, Hash)]`, or use a part that identifies it, such as `key = user.id`",
    note = "for a number with a fraction write `key = price.to_bits()`"
)]
pub trait LastGoodKey: Hash + Eq + Send + Sync + 'static {}

#[diagnostic::do_not_recommend]
impl<T: Hash + Eq + Send + Sync + 'static> LastGoodKey for T {}
