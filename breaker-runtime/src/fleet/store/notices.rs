//! Names of groups that changed, between the task that receives them and the one that reads them.

use std::collections::BTreeSet;
use std::mem;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::fleet::store::GroupName;

/// More names than these are dropped until some are taken: a reader that misses one sees the change with
/// its next report.
const MOST: usize = 4096;

/// The names that were published and not yet taken, each once.
#[derive(Debug, Default)]
pub(super) struct Notices {
    pending: Mutex<PendingNotices>,
    changed: Notify,
}

#[derive(Debug, Default)]
struct PendingNotices {
    names: BTreeSet<GroupName>,
    ended: bool,
}

impl Notices {
    pub(super) fn add(&self, name: &str) {
        let mut pending = self.lock();
        if pending.names.len() < MOST {
            pending.names.insert(GroupName::new(name));
        }
        drop(pending);
        self.changed.notify_one();
    }

    /// Ends the stream: the connection is lost.
    pub(super) fn end(&self) {
        self.lock().ended = true;
        self.changed.notify_one();
    }

    pub(super) fn has_ended(&self) -> bool {
        self.lock().ended
    }

    /// Waits for the next names. `None` after the end.
    pub(super) async fn next(&self) -> Option<BTreeSet<GroupName>> {
        loop {
            {
                let mut pending = self.lock();
                if !pending.names.is_empty() {
                    return Some(mem::take(&mut pending.names));
                }
                if pending.ended {
                    return None;
                }
            }
            self.changed.notified().await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, PendingNotices> {
        self.pending.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
