//! Why a store could not answer.

use std::borrow::Cow;
use std::fmt::{self, Display, Formatter};

use crate::support::text::escaped;

/// Why a store could not answer. Its text is one line, and holds no user name and no password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct StoreError {
    kind: StoreErrorKind,
    detail: Cow<'static, str>,
}

/// The kinds of [`StoreError`], by what an operator can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StoreErrorKind {
    /// The address cannot be used at all.
    Address,
    /// There is no connection, or it broke.
    Unreachable,
    /// No answer within the deadline.
    TimedOut,
    /// A wrong user or password, or none where the server asks for one.
    Refused,
    /// The user may not do this.
    NotPermitted,
    /// The server still reads its data.
    Loading,
    /// The server is a replica, or cannot save and therefore takes no writes.
    ReadOnly,
    /// The memory of the server is full.
    OutOfMemory,
    /// The server runs another script or lacks replicas; it answers later.
    Busy,
    /// No node of the cluster keeps the group at the moment: its slot moves, or the cluster is down.
    Cluster,
    /// An answer that is none of this protocol.
    Unreadable,
    /// Any other error of the server.
    Failed,
}

impl StoreError {
    pub(crate) fn new(kind: StoreErrorKind, detail: impl Into<Cow<'static, str>>) -> Self {
        Self { kind, detail: detail.into() }
    }

    pub(crate) fn kind(&self) -> StoreErrorKind {
        self.kind
    }
}

impl StoreErrorKind {
    fn sentence(self) -> [&'static str; 2] {
        match self {
            Self::Address => ["its address cannot be used", "correct the address"],
            Self::Unreachable => ["there is no connection", "see whether it runs and can be reached"],
            Self::TimedOut => ["it did not answer in time", "see whether it is overloaded"],
            Self::Refused => ["it refused the user or the password", "correct them in the address"],
            Self::NotPermitted => {
                ["the user may not do this", "give it the commands, keys and channels of the guide"]
            }
            Self::Loading => ["it still loads its data", "wait until it is ready"],
            Self::ReadOnly => ["it takes no writes", "use the address of the primary, and see its disk"],
            Self::OutOfMemory => ["its memory is full", "raise `maxmemory`"],
            Self::Busy => ["it is busy with something else", "see which script runs on it"],
            Self::Cluster => ["no node of the cluster keeps the group", "see whether the cluster is up"],
            Self::Unreadable => ["its answer cannot be read", "see whether it is a Redis server"],
            Self::Failed => ["it answered with an error", "see its log"],
        }
    }
}

impl Display for StoreError {
    fn fmt(&self, f: &mut Formatter) -> fmt::Result {
        let [state, advice] = self.kind.sentence();
        write!(f, "store of the fleet: {state}")?;
        if !self.detail.is_empty() {
            write!(f, " ({})", escaped(&self.detail))?;
        }
        write!(f, "; {advice}")
    }
}

impl std::error::Error for StoreError {}
