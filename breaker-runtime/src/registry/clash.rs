//! Breakers that want the same name.

use std::fmt;

use crate::breaker::CircuitBreaker;
use crate::registry::built;
use crate::registry::declared::declared;
use crate::support::text::escaped;

/// Two breakers that want the same name; from [`name_clashes`] and
/// [`CircuitBreaker::name_clash`](crate::CircuitBreaker::name_clash).
///
/// ```
/// use breaker_runtime::{CircuitBreaker, NameClash};
///
/// let first = CircuitBreaker::builder("prices").build()?;
/// let second = CircuitBreaker::builder("prices").build()?;
/// if let Some(NameClash { wanted, given, .. }) = second.name_clash() {
///     assert_eq!((wanted, given), ("prices", "prices#2"));
/// }
/// # Ok::<(), breaker_runtime::ConfigError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct NameClash {
    /// The name that both want.
    pub wanted: &'static str,
    /// The name of the second one, with a number.
    pub given: &'static str,
    /// The file, line and column of the first one, or that it was built at run time.
    pub first: String,
    /// The file, line and column of the second one, or that it was built at run time.
    pub second: String,
}

impl fmt::Display for NameClash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [wanted, given] = [self.wanted, self.given].map(escaped);
        let [first, second] = [&self.first, &self.second].map(escaped);
        write!(
            f,
            "two circuit breakers want the name `{wanted}`: the one at {first} has it, the one at \
             {second} is called `{given}`; give one of them another `name`, or declare one breaker for both and \
             use it by `breaker = ..`"
        )
    }
}

/// Returns the clashes of annotated functions and [declared](crate::declare) breakers that lost their
/// `name` to another one.
///
/// Breakers of one name are never merged: each is a breaker of its own, under a name with a number. Each
/// clash is also a [warning](crate#warnings). A test that asserts that this is empty keeps names unique.
/// To go through one breaker on purpose, [declare](crate::declare) it and name it in both functions:
/// `breaker = DB`.
///
/// ```
/// use breaker_runtime::name_clashes;
///
/// for clash in name_clashes() {
///     eprintln!("{clash}");
/// }
/// ```
pub fn name_clashes() -> impl ExactSizeIterator<Item = NameClash> {
    declared().clashes().to_vec().into_iter()
}

impl CircuitBreaker {
    /// Returns the clash in which this breaker lost the name that it wants; `None` if it has that name.
    ///
    /// [`name_clashes`](crate::name_clashes) lists those of all annotated functions and declared
    /// breakers.
    ///
    /// ```
    /// use breaker_runtime::CircuitBreaker;
    ///
    /// let first = CircuitBreaker::builder("stock").build()?;
    /// let second = CircuitBreaker::builder("stock").build()?;
    /// assert_eq!(first.name_clash(), None);
    /// assert_eq!(second.name_clash().unwrap().given, "stock#2");
    /// # Ok::<(), breaker_runtime::ConfigError>(())
    /// ```
    pub fn name_clash(&self) -> Option<NameClash> {
        let name = self.name();
        let of_function = declared().clashes().iter().find(|clash| clash.given == name).cloned();
        of_function.or_else(|| Some(built::clash_of(self.own_inner().lost_name()?, name)))
    }
}
