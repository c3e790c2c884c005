//! Where the state of groups is kept, and how processes reach it: [`GroupStore`].
//!
//! The store in Redis is [`redis`]; the one in memory is for tests and for the simulation. Both pass the
//! same tests.

#[cfg(test)]
mod conformance;
mod error;
#[cfg(test)]
pub(crate) mod memory;
#[cfg(test)]
mod memory_tests;
mod notices;
pub(crate) mod redis;
#[cfg(test)]
mod samples;

use std::collections::BTreeSet;
use std::fmt::{self, Debug, Display, Formatter};
use std::pin::Pin;
use std::sync::Arc;

pub(crate) use self::error::{StoreError, StoreErrorKind};
use crate::fleet::protocol::message::{Request, View};

/// A future of a store. It ends by itself within the deadline of the store, and can be
/// dropped at any time. A request of a future that was dropped may have been carried out.
pub(crate) type StoreFuture<'a, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 'a>>;

/// The answer to one request: a fault of one group is an error for that group alone. A fault that all
/// groups of an exchange have is an error of the exchange.
pub(crate) type StoreAnswer = Result<View, StoreError>;

/// The answers to the requests of one exchange, in their order.
pub(crate) type StoreAnswers = Vec<StoreAnswer>;

/// A keeper of groups.
pub(crate) trait GroupStore: Debug + Send + Sync {
    /// Sends requests, and returns their answers in the same order. Requests for one group are carried
    /// out in the order given, each at once, and any of them may be lost when the result is an error.
    fn exchange<'a>(&'a self, requests: &'a [(GroupName, Request)]) -> StoreFuture<'a, StoreAnswers>;

    /// Returns where the store is, for people, without secrets.
    fn address(&self) -> String;

    /// Subscribes to changes of groups.
    fn watch(&self) -> StoreFuture<'_, Box<dyn Watch>>;
}

/// A subscription to changes. Notices may be lost or come twice: a reader asks the store for the state,
/// and also without a notice from time to time.
pub(crate) trait Watch: Send {
    /// Waits for changes, and returns the names of the groups that changed: those of this process and
    /// others. Ends with an error when the connection is lost, after which a new subscription is needed.
    /// A dropped future loses nothing. Unlike the futures of [`GroupStore`], it has no deadline.
    fn next(&mut self) -> StoreFuture<'_, BTreeSet<GroupName>>;
}

/// The name of a group of breakers.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct GroupName(Arc<str>);

impl GroupName {
    pub(crate) fn new(name: impl AsRef<str>) -> Self {
        Self(name.as_ref().into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl Debug for GroupName {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        Debug::fmt(&self.0, f)
    }
}

impl Display for GroupName {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        Display::fmt(&self.0, f)
    }
}
