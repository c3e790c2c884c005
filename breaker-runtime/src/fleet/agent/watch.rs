//! The subscription to changes of groups, and its renewal.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::fleet::store::{GroupName, GroupStore};

/// The pause before a lost subscription is renewed: at first, and at most. A share of it is random, so
/// that processes do not come back all at once.
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A change that the store has reported.
pub(super) enum Notice {
    /// This group has changed.
    Group(GroupName),
    /// Any group may have changed: the subscription is new.
    All,
}

/// A task that ends with its owner.
pub(super) struct AbortOnDrop(pub(super) JoinHandle<()>);

impl Drop for AbortOnDrop {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Passes on what the store reports, and renews a subscription that is lost.
pub(super) async fn watch(store: Arc<dyn GroupStore>, notices: mpsc::UnboundedSender<Notice>) {
    let mut pause = FIRST_PAUSE;
    loop {
        if let Ok(mut watch) = store.watch().await {
            pause = FIRST_PAUSE;
            if notices.send(Notice::All).is_err() {
                return;
            }
            while let Ok(names) = watch.next().await {
                if names.into_iter().any(|name| notices.send(Notice::Group(name)).is_err()) {
                    return;
                }
            }
        }
        tokio::time::sleep(pause.mul_f64(0.5 + fastrand::f64())).await;
        pause = (pause * 2).min(LONGEST_PAUSE);
    }
}
