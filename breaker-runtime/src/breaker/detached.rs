//! A breaker that no registry lists, with a clock of its own: for the replay of recorded calls.

use std::sync::Arc;

use crate::breaker::cold::{Cold, ColdRest};
use crate::breaker::inner::Inner;
use crate::breaker::role::Role;
use crate::breaker::scope::ScopeId;
use crate::breaker::shared_options;
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
        let (chance, scope) = (Rng::from_source(Arc::new(random)), ScopeId::current());
        let rest = ColdRest { chance, scope, ..ColdRest::new(Role::Single) };
        let created_at = time.now();
        let cold = Cold::named(intern(name), shared_options::shared(config), time, rest);
        Arc::new(Self::with_cold(cold, key.map(|key| KeyRef::text(key).to_key()), created_at))
    }
}
