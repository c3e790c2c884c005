//! The options of a breaker that is shared between processes: [`SharedGroup`] and [`Quorum`].

use crate::support::intern::intern;

/// The group of a breaker that is shared between processes: the option
/// [`shared`](crate::CircuitBreakerBuilder::shared).
///
/// ```
/// use breaker_runtime::SharedGroup;
///
/// assert_eq!(SharedGroup::from("payments"), SharedGroup::Named("payments"));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SharedGroup {
    /// The group has the name of the breaker.
    OfName,
    /// The group has this name, which is not blank. Breakers of different names may share it.
    Named(&'static str),
}

/// Keeps a copy of the text for the life of the process, one of each text.
impl From<&str> for SharedGroup {
    fn from(name: &str) -> Self {
        Self::Named(intern(name))
    }
}

impl From<String> for SharedGroup {
    fn from(name: String) -> Self {
        name.as_str().into()
    }
}

/// The processes that must see the dependency fail before the whole group opens: the option
/// [`quorum`](crate::CircuitBreakerBuilder::quorum).
///
/// ```
/// use breaker_runtime::Quorum;
///
/// assert_eq!(Quorum::from(3), Quorum::Processes(3));
/// assert_eq!(Quorum::from(0.1), Quorum::Share(0.1));
/// ```
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum Quorum {
    /// So many processes: 1 to 10,000.
    Processes(u32),
    /// This share of the processes that are alive: above 0.0, at most 1.0. Two of them at least.
    Share(f64),
}

impl From<u32> for Quorum {
    fn from(processes: u32) -> Self {
        Self::Processes(processes)
    }
}

impl From<f64> for Quorum {
    fn from(share: f64) -> Self {
        Self::Share(share)
    }
}
