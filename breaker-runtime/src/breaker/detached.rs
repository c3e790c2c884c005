//! A breaker that no registry lists, with a clock of its own: for the replay of recorded calls.

use std::sync::Arc;

use crate::breaker::cold::{Cold, ColdRest};
use crate::breaker::inner::Inner;
use crate::breaker::role::Role;
use crate::config::Config;
use crate::state::rng::Rng;
use crate::support::intern::intern;
use crate::time::clock::{Clock, TimeSource};
use crate::types::key::KeyRef;

impl Inner {
    /// Makes a breaker for a name, and for a key if there is one. The options must be in range.
    pub(crate) fn detached(
        (name, key): (&str, Option<&str>),
        config: Config,
        clock: impl Clock + 'static,
        random: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> Arc<Self> {
        let time = TimeSource::from_clock(clock);
        let rest = ColdRest::in_scope(Role::Single, Rng::from_source(Arc::new(random)), time.now());
        let cold = Cold::named(intern(name), config, time, rest);
        Arc::new(Self::with_key(cold, key.map(|key| KeyRef::text(key).to_key())))
    }
}
