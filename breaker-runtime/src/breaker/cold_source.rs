//! The data that the cold part of a breaker is made from, once a call needs it: [`ColdSource`].
//!
//! A breaker that was built, or that is that of a key, and that only succeeds has no cold part: it is
//! the part that a call touches while closed, and a pointer to its source. The breakers of one group
//! share their source, and so do those that were built alike.
//!
//! The compiler does not see the type of a source, as it does not see that of
//! [`ColdRest`]: it proves for each `static` that threads can share it.

use std::fmt::Debug;
use std::ops::Deref;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, PoisonError};

use arc_swap::ArcSwap;
use once_cell::race::OnceBox;

#[cfg(feature = "tokio")]
use crate::breaker::background::{BackgroundLink, BackgroundProbe};
use crate::breaker::cold::{Cold, ColdRest};
use crate::breaker::inner::Inner;
use crate::breaker::member::Inherited;
use crate::breaker::reconfigure::{ActiveOptions, ChangedOptions};
use crate::breaker::role::{GroupShared, KeyedMember, Role};
use crate::breaker::scope::ScopeId;
use crate::state::failure_gate::FailureGate;
use crate::state::gate::CurrentGate;
use crate::state::policy::Policy;
use crate::state::rng::Rng;
use crate::time::clock::TimeSource;

/// A value that the cold part of a breaker is made from.
pub(crate) trait ColdSource: Debug + Send + Sync + UnwindSafe + RefUnwindSafe {
    /// Makes the cold part of the breaker with this name. Runs no code of the user's.
    fn make(&self, name: &'static str) -> Cold;

    /// Returns the name that all its breakers have; `None` if each has its own.
    fn name(&self) -> Option<&'static str>;

    fn scope(&self) -> ScopeId;

    /// Returns the policy that a new breaker begins with.
    fn policy(&self) -> &Policy;

    /// Returns the options in the code.
    fn options(&self) -> &Arc<ActiveOptions>;

    /// Returns a cold part that nothing has used, for readers of a breaker that has none. `None` if its
    /// breakers have names of their own.
    fn unused(&self) -> Option<&Cold> {
        None
    }
}

/// A handle to a source, of one pointer: a breaker has no room for the two of an `Arc<dyn ColdSource>`.
#[derive(Clone, Debug)]
pub(crate) struct SharedSource(Arc<AnySource>);

/// The source of breakers that were built, or that of the breakers of keys, of which the compiler does
/// not see the type.
#[derive(Debug)]
enum AnySource {
    /// Without a pointer, which would be an allocation more for a breaker with a clock of its own.
    Built(BuiltSource),
    Keys(Arc<dyn ColdSource>),
}

impl SharedSource {
    /// Creates the source of breakers with these options that are built outside of tests.
    pub(super) fn of_options(own: Arc<ActiveOptions>) -> Self {
        Self::of_built(BuiltSource { own, sources: None, scope: ScopeId::PROCESS })
    }

    /// Returns the source of a breaker that is built in the scope of the current thread: this one, if
    /// the clock and the random numbers are the default ones.
    pub(crate) fn with(self, time: TimeSource, chance: Rng) -> Self {
        let is_custom = !(time.is_default() && chance.is_default());
        let scope = ScopeId::current();
        if !is_custom && scope == ScopeId::PROCESS {
            return self;
        }
        let sources = is_custom.then(|| Box::new((time, chance)));
        Self::of_built(BuiltSource { own: Arc::clone(self.options()), sources, scope })
    }

    fn of_built(source: BuiltSource) -> Self {
        Self(Arc::new(AnySource::Built(source)))
    }

    fn of_keys(source: Arc<KeySource>) -> Self {
        Self(Arc::new(AnySource::Keys(source)))
    }

    /// Makes the cold part of a breaker that was built with this role.
    pub(super) fn make_as(&self, name: &'static str, role: Role) -> Cold {
        match &*self.0 {
            AnySource::Built(source) => source.make_as(name, role),
            AnySource::Keys(source) => source.make(name),
        }
    }
}

impl Deref for SharedSource {
    type Target = dyn ColdSource;

    fn deref(&self) -> &Self::Target {
        match &*self.0 {
            AnySource::Built(source) => source,
            AnySource::Keys(source) => &**source,
        }
    }
}

/// The source of breakers that were built.
#[derive(Debug)]
struct BuiltSource {
    own: Arc<ActiveOptions>,
    /// `None` for those of the system, which most breakers have.
    sources: Option<Box<(TimeSource, Rng)>>,
    scope: ScopeId,
}

impl BuiltSource {
    /// Makes the cold part of a breaker with this role.
    fn make_as(&self, name: &'static str, role: Role) -> Cold {
        let defaults = || (TimeSource::DEFAULT, Rng::DEFAULT);
        let (time, chance) = self.sources.as_deref().cloned().unwrap_or_else(defaults);
        let rest = ColdRest { chance, scope: self.scope, ..ColdRest::new(role) };
        Cold::named(name, Arc::clone(&self.own), time, rest)
    }
}

impl ColdSource for BuiltSource {
    fn make(&self, name: &'static str) -> Cold {
        self.make_as(name, Role::Single)
    }

    fn name(&self) -> Option<&'static str> {
        None
    }

    fn scope(&self) -> ScopeId {
        self.scope
    }

    fn policy(&self) -> &Policy {
        &self.own.policy
    }

    fn options(&self) -> &Arc<ActiveOptions> {
        &self.own
    }
}

/// The source of the breakers of keys that were made after their template while it had the same options
/// and mode.
#[derive(Debug)]
pub(crate) struct KeySource {
    shared: Arc<GroupShared>,
    name: &'static str,
    own: Arc<ActiveOptions>,
    time: TimeSource,
    chance: Rng,
    scope: ScopeId,
    #[cfg(feature = "tokio")]
    probe: Option<BackgroundProbe>,
    pub(super) inherited: Inherited,
    unused: OnceBox<Cold>,
}

/// A handle to the source of breakers of keys, and the handle that each of them keeps.
#[derive(Clone, Debug)]
pub(crate) struct KeySourceHandle {
    source: Arc<KeySource>,
    pub(super) shared: SharedSource,
}

/// The newest source of a group.
#[derive(Debug)]
pub(super) struct NewestSource(Mutex<Option<KeySourceHandle>>);

impl KeySource {
    /// Creates the source of the breakers that are made after a template.
    pub(super) fn new(template: &Inner, shared: &Arc<GroupShared>, inherited: Inherited) -> Self {
        Self {
            shared: Arc::clone(shared),
            name: template.name(),
            own: Arc::clone(&template.own),
            time: template.time.clone(),
            chance: template.chance.clone(),
            scope: template.scope,
            #[cfg(feature = "tokio")]
            probe: template.background_link().map(|link| link.probe().clone()),
            inherited,
            unused: OnceBox::new(),
        }
    }
}

impl KeySourceHandle {
    pub(super) fn new(source: KeySource) -> Self {
        let source = Arc::new(source);
        let shared = SharedSource::of_keys(Arc::clone(&source));
        Self { source, shared }
    }
}

impl Deref for KeySourceHandle {
    type Target = KeySource;

    fn deref(&self) -> &KeySource {
        &self.source
    }
}

impl PartialEq for KeySourceHandle {
    fn eq(&self, other: &Self) -> bool {
        self.inherited == other.inherited
    }
}

impl ColdSource for KeySource {
    fn make(&self, name: &'static str) -> Cold {
        let Inherited { settings, external, commands, .. } = &self.inherited;
        let role = Role::KeyedMember(KeyedMember::new(Arc::clone(&self.shared), *commands));
        let rest = ColdRest {
            external: Mutex::new(*external),
            chance: self.chance.clone(),
            scope: self.scope,
            #[cfg(feature = "tokio")]
            background: self.probe.as_ref().map_or_else(OnceBox::new, |probe| {
                OnceBox::with_value(Box::new(BackgroundLink::new(probe.clone(), None)))
            }),
            ..ColdRest::new(role)
        };
        let changed = (*settings != ChangedOptions::new(&self.own))
            .then(|| Box::new(ArcSwap::from_pointee(settings.clone())));
        Cold {
            changed: changed.map_or_else(OnceBox::new, OnceBox::with_value),
            gate: CurrentGate::new(settings.gate(), self.time.coarse_origin()),
            failure_gate: FailureGate::new(&settings.settings.policy),
            // A rejection records that the key was called.
            rejects_early: AtomicBool::new(false),
            ..Cold::named(name, Arc::clone(&self.own), self.time.clone(), rest)
        }
    }

    fn name(&self) -> Option<&'static str> {
        Some(self.name)
    }

    fn scope(&self) -> ScopeId {
        self.scope
    }

    fn policy(&self) -> &Policy {
        &self.inherited.settings.settings.policy
    }

    fn options(&self) -> &Arc<ActiveOptions> {
        &self.own
    }

    fn unused(&self) -> Option<&Cold> {
        Some(self.unused.get_or_init(|| Box::new(self.make(self.name))))
    }
}

impl NewestSource {
    pub(super) const fn new() -> Self {
        Self(Mutex::new(None))
    }

    /// Returns the source of breakers that inherit this from their template: the newest one if it is
    /// the same.
    pub(super) fn get_or_make(
        &self,
        template: &Inner,
        shared: &Arc<GroupShared>,
        inherited: Inherited,
    ) -> KeySourceHandle {
        let lock = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let newest = lock().clone();
        if let Some(newest) = newest.filter(|newest| newest.inherited == inherited) {
            return newest;
        }
        let made = KeySourceHandle::new(KeySource::new(template, shared, inherited));
        let before = lock().replace(made.clone());
        // Outside the lock: it may hold the last handle to a clock of the user's.
        drop(before);
        made
    }
}

#[cfg(test)]
mod tests {
    use std::ptr;
    use std::sync::Barrier;
    use std::thread;

    use super::*;
    use crate::breaker::CircuitBreaker;
    use crate::state::counters::rare::Count;

    /// A part that lost the race must not be used: what is counted in it would be lost.
    #[test]
    fn threads_that_make_the_cold_part_at_once_use_the_same_one() {
        const THREADS: usize = 3;
        let keyed = CircuitBreaker::builder("cold source: keys").keyed().build().expect("in range");
        for round in 0..300_u64 {
            let built = CircuitBreaker::builder("cold source: built").build().expect("in range");
            for breaker in [built, keyed.get(&round)] {
                let (inner, barrier) = (breaker.own_inner(), Barrier::new(THREADS));
                let count = || {
                    barrier.wait();
                    inner.count(Count::Ignored);
                    ptr::from_ref::<Cold>(inner).addr()
                };
                let parts: Vec<_> = thread::scope(|scope| {
                    let threads: Vec<_> = (0..THREADS).map(|_| scope.spawn(count)).collect();
                    threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
                });
                assert!(parts.iter().all(|part| *part == parts[0]));
                assert_eq!(inner.counters.get(Count::Ignored), THREADS as u64);
            }
        }
    }
}
