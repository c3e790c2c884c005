//! For tests of code that uses breakers; with the feature `test-util`.
//!
//! Breakers of annotated functions are statics, so tests of one process share them. [`isolate`] gives a
//! test fresh ones of its own. And with this feature breakers follow tokio's time, so that paused time
//! drives them:
//!
//! ```
//! use std::time::Duration;
//! use breaker_runtime::{BreakerError, State, breaker_of, circuit_breaker, testing};
//!
//! #[circuit_breaker(failure_threshold = 1, timeout = "30s")]
//! async fn fetch(works: bool) -> Result<u32, BoxError> {
//!     if works { Ok(7) } else { Err("no route".into()) }
//! }
//! # type BoxError = Box<dyn std::error::Error + Send + Sync>;
//!
//! # tokio::runtime::Builder::new_current_thread().enable_time().start_paused(true).build().unwrap().block_on(async {
//! // in a #[tokio::test(start_paused = true)]
//! let _fresh = testing::isolate();
//! assert!(fetch(false).await.is_err());
//! assert_eq!(breaker_of(fetch).state(), State::Open);
//! tokio::time::advance(Duration::from_secs(30)).await;
//! assert_eq!(fetch(true).await.unwrap(), 7);
//! # });
//! ```

use std::cell::RefCell;
use std::collections::HashMap;
use std::fmt;
use std::marker::PhantomData;
use std::ptr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::breaker::CircuitBreaker;
use crate::breaker::inner::Inner;
use crate::breaker::scope::ScopeId;
use crate::registry::settings::{InForce, adopt_shadow};

thread_local! {
    static CURRENT: RefCell<Option<Isolation>> = const { RefCell::new(None) };
}

/// A set of fresh breakers; from [`isolate`]. Clones are the same set, and may go to other threads.
#[derive(Clone, Default)]
pub struct Isolation(Arc<Set>);

struct Set {
    scope: ScopeId,
    shadows: Mutex<Shadows>,
    settings: InForce,
    #[cfg(feature = "last-good")]
    memories: Mutex<HashMap<usize, Arc<crate::layers::last_good::Store>>>,
}

impl Default for Set {
    fn default() -> Self {
        Self {
            scope: ScopeId::fresh(),
            shadows: Mutex::default(),
            settings: InForce::new(),
            #[cfg(feature = "last-good")]
            memories: Mutex::default(),
        }
    }
}

#[derive(Default)]
struct Shadows(HashMap<usize, Shadow>);

struct Shadow {
    engine: &'static Inner,
    /// Keeps the address that is the key from being used again.
    _original: CircuitBreaker,
}

/// Until this is dropped, every breaker that the current thread uses is replaced by a fresh one with the
/// same name, options and clock: those of annotated functions, and those that were built before. One that
/// is built meanwhile is the test's own already. Nests.
///
/// A fresh breaker has the options that the one it replaces has when the test first uses it, also where
/// they were changed at run time, and is not forced, nor in a dry run. What the test changes at run time, by
/// [`configure`](crate::configure) as well, is changed for its own breakers alone.
///
/// It holds for the current thread, and so for all tasks of a `#[tokio::test]` with its default flavour.
/// For threads that the test starts, and for runtimes with several, take the set along:
///
/// ```
/// use breaker_runtime::testing;
///
/// let fresh = testing::isolate();
/// let set = fresh.set();
/// std::thread::spawn(move || {
///     let _fresh = set.enter();
///     // the same fresh breakers as in the test
/// })
/// # .join().unwrap();
/// ```
///
/// The fresh breakers are never freed, as annotated functions hold theirs for ever; that is a few hundred
/// bytes for each breaker that a test touches.
#[must_use = "the isolation ends when this is dropped"]
pub fn isolate() -> Isolated {
    Isolation::default().enter()
}

impl Isolation {
    /// Uses this set on the current thread until the guard is dropped.
    pub fn enter(self) -> Isolated {
        let outer = CURRENT.with(|current| current.replace(Some(self)));
        Isolated { outer, not_send: PhantomData }
    }

    fn shadow_of(&self, own: &Inner, original: impl FnOnce() -> CircuitBreaker) -> &'static Inner {
        let address = ptr::from_ref(own).addr();
        if let Some(shadow) = self.shadows().0.get(&address) {
            return shadow.engine;
        }
        // Made before the lock is taken again: it asks the user's clock.
        let engine: &'static Inner = Box::leak(Box::new(own.shadow()));
        adopt_shadow(engine, &self.0.settings);
        let shadow = Shadow { engine, _original: original() };
        self.shadows().0.entry(address).or_insert(shadow).engine
    }

    fn shadows(&self) -> MutexGuard<'_, Shadows> {
        self.0.shadows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Isolation").finish_non_exhaustive()
    }
}

/// Ends an isolation when dropped.
#[derive(Debug)]
pub struct Isolated {
    outer: Option<Isolation>,
    /// The set is that of the thread that made this.
    not_send: PhantomData<*const ()>,
}

impl Isolated {
    /// The set, to [enter](Isolation::enter) on another thread.
    pub fn set(&self) -> Isolation {
        CURRENT.with(|current| current.borrow().clone()).unwrap_or_default()
    }
}

impl Drop for Isolated {
    fn drop(&mut self) {
        CURRENT.with(|current| current.replace(self.outer.take()));
    }
}

pub(crate) fn current() -> Option<Isolation> {
    CURRENT.try_with(|current| current.borrow().clone()).ok().flatten()
}

/// Whose breakers the current thread builds.
pub(crate) fn scope() -> ScopeId {
    current().map_or(ScopeId::PROCESS, |isolation| isolation.0.scope)
}

/// The settings in force for the current thread: those of its isolation, or of the process.
pub(crate) fn in_force<R>(process: &InForce, with: impl FnOnce(&InForce) -> R) -> R {
    match current() {
        Some(isolation) => with(&isolation.0.settings),
        None => with(process),
    }
}

/// The engine that stands for this one on the current thread.
pub(crate) fn shadow(own: &Inner, original: impl FnOnce() -> CircuitBreaker) -> Option<&'static Inner> {
    if own.scope() != ScopeId::PROCESS {
        return None;
    }
    Some(current()?.shadow_of(own, original))
}

/// What stands for this memory on the current thread.
#[cfg(feature = "last-good")]
pub(crate) fn memory_of(
    own: &'static crate::layers::last_good::LastGood,
    make: impl FnOnce() -> crate::layers::last_good::Store,
) -> Option<Arc<crate::layers::last_good::Store>> {
    let isolation = current()?;
    let mut memories = isolation.0.memories.lock().unwrap_or_else(PoisonError::into_inner);
    let memory = memories.entry(ptr::from_ref(own).addr()).or_insert_with(|| Arc::new(make()));
    Some(Arc::clone(memory))
}
