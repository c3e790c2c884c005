//! The breaker that stands for another one in the scope of a test; with the feature `test-util`.

use std::sync::Arc;

use crate::breaker::CircuitBreaker;
use crate::breaker::cold::{Cold, ColdRest};
use crate::breaker::inner::Inner;
use crate::breaker::role::Role;
use crate::breaker::scope::{self, ScopeId};

/// The shadow of a breaker. Leaked, as an annotated function holds its breaker for ever.
struct BreakerShadow {
    inner: &'static Inner,
    /// Keeps the address of the original, which is the key, from being used again.
    _original: CircuitBreaker,
}

/// Returns the breaker that stands for `own` on the current thread; `None` if it stands for itself.
pub(crate) fn shadow(own: &Inner, handle: impl FnOnce() -> CircuitBreaker) -> Option<&'static Inner> {
    if own.scope() != ScopeId::PROCESS {
        return None;
    }
    let shadow = scope::shadow(own, |scope| {
        let inner: &'static Inner = Box::leak(Box::new(own.shadow()));
        #[cfg(feature = "tokio")]
        if let Some(link) = own.background_link() {
            inner.attach_probe(link.probe().clone(), CircuitBreaker::from_static(inner).downgrade());
        }
        scope.complete(inner);
        BreakerShadow { inner, _original: handle() }
    });
    Some(shadow?.inner)
}

impl Inner {
    /// Makes a new breaker with the name, clock and random source of this one, and its present options.
    fn shadow(&self) -> Self {
        let (time, chance) = (self.time.clone(), self.chance.clone());
        let role = match &self.role {
            Role::Single => Role::Single,
            Role::Template(template) => Role::Template(template.shadow()),
            Role::KeyedMember(member) => Role::KeyedMember(member.shadow()),
        };
        let (scope, created_at) = (ScopeId::current(), Some(self.now()));
        let rest = ColdRest { chance, scope, created_at, ..ColdRest::new(role) };
        let cold = Cold::named(self.name(), Arc::clone(&self.own), time, rest);
        let shadow = Self::with_cold(cold, self.key().cloned());
        let current = self.config();
        if current != self.own.config {
            shadow.replace(current, None, |_| true);
        }
        shadow.external().named = self.external().named;
        shadow
    }
}
