//! Breakers that no registry lists, with a clock of their own: for the replay of recorded calls.

use std::sync::Arc;

use crate::breaker::CircuitBreaker;
use crate::breaker::cold::{Cold, ColdRest};
use crate::breaker::inner::Inner;
use crate::breaker::keyed_breakers::KeyedBreakers;
use crate::breaker::role::{KeySettings, Role, Template};
use crate::breaker::scope::ScopeId;
use crate::breaker::shared_options;
use crate::config::Config;
#[cfg(feature = "shadow")]
use crate::config::ConfigUpdate;
use crate::config::keyed::Limits;
use crate::state::rng::Rng;
use crate::support::intern::intern;
use crate::time::clock::{Clock, TimeSource};
use crate::types::key::KeyRef;

/// No settings for single keys: the replay applies them itself.
static NO_SETTINGS: KeySettings =
    KeySettings { apply: |_| (), options: |_, config| config, version: || None };

impl Inner {
    /// Makes a breaker for a name, and for a key if there is one. The options must be in range.
    pub(crate) fn detached(
        (name, key): (&str, Option<&str>),
        config: Config,
        clock: impl Clock + 'static,
        random: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> Arc<Self> {
        let time = TimeSource::from_clock(clock);
        let cold = Self::detached_cold(name, config, time, random, Role::Single);
        Arc::new(Self::with_cold(cold, key.map(|key| KeyRef::text(key).to_key())))
    }

    /// Makes the breakers of keys, in a group with these limits. The options must be in range.
    pub(crate) fn detached_group(
        name: &str,
        (config, limits): (Config, Limits),
        clock: impl Clock + 'static,
        random: impl Fn() -> f64 + Send + Sync + 'static,
    ) -> KeyedBreakers {
        let time = TimeSource::from_clock(clock);
        let role = Role::Template(Template::new(limits, &NO_SETTINGS));
        let cold = Self::detached_cold(name, config, time, random, role);
        let template = Arc::new(Self::with_cold(cold, None));
        KeyedBreakers::from_template(CircuitBreaker::from_shared(template))
    }

    fn detached_cold(
        name: &str,
        config: Config,
        time: TimeSource,
        random: impl Fn() -> f64 + Send + Sync + 'static,
        role: Role,
    ) -> Cold {
        // A replay is of one policy.
        #[cfg(feature = "shadow")]
        let config = ConfigUpdate::new(config).without_shadow().config();
        let (chance, scope) = (Rng::from_source(Arc::new(random)), ScopeId::current());
        let created_at = Some(time.now());
        let rest = ColdRest { chance, scope, created_at, ..ColdRest::new(role) };
        Cold::named(intern(name), shared_options::shared(config), time, rest)
    }
}
