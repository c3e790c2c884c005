//! Options that breakers share which were built alike: [`shared`].

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::breaker::cold_source::SharedSource;
use crate::breaker::reconfigure::ActiveOptions;
use crate::config::Config;

/// The number of options that are kept for breakers built later.
const KEPT: usize = 8;

/// The options of the breakers that were built last, each once, in the source of those breakers.
struct RecentOptions {
    kept: [Option<SharedSource>; KEPT],
    /// The index of the oldest.
    oldest: usize,
}

static RECENT: Mutex<RecentOptions> =
    Mutex::new(RecentOptions { kept: [const { None }; KEPT], oldest: 0 });

fn recent() -> MutexGuard<'static, RecentOptions> {
    RECENT.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Returns the source with these options if a breaker was built with the same lately. They were checked
/// then.
pub(crate) fn known(config: &Config) -> Option<SharedSource> {
    let recent = recent();
    // Equal options may differ in whether there is a ping.
    let is_same = |kept: &Config| kept == config && kept.has_probe() == config.has_probe();
    recent.kept.iter().flatten().find(|kept| is_same(&kept.options().config)).cloned()
}

/// Returns the source with these options, which have been checked: that of a breaker that was built with
/// the same lately, or one for breakers that are built next.
pub(crate) fn source(config: Config) -> SharedSource {
    if let Some(known) = known(&config) {
        return known;
    }
    let source = SharedSource::of_options(Arc::new(ActiveOptions::new(config)));
    let mut recent = recent();
    let index = recent.oldest;
    let before = recent.kept[index].replace(source.clone());
    recent.oldest = (index + 1) % KEPT;
    drop(recent);
    drop(before);
    source
}

/// Returns the options, which have been checked, with their policy, as [`source`] does.
pub(crate) fn shared(config: Config) -> Arc<ActiveOptions> {
    Arc::clone(source(config).options())
}
