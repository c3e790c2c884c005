//! Tools for tests of code that uses breakers; with the feature `test-util`.
//!
//! Breakers of annotated functions are statics, so tests of one process share them. [`isolate`] gives a
//! test fresh ones of its own. With this feature breakers follow tokio's time, so that paused time
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
//! # let mut runtime = tokio::runtime::Builder::new_current_thread();
//! # runtime.enable_time().start_paused(true).build()?.block_on(async {
//! // in a #[tokio::test(start_paused = true)]
//! let _fresh = testing::isolate();
//! assert!(fetch(false).await.is_err());
//! assert_eq!(breaker_of(fetch).state(), State::Open);
//! tokio::time::advance(Duration::from_secs(30)).await;
//! assert_eq!(fetch(true).await?, 7);
//! # Ok::<(), BoxError>(())
//! # })?;
//! # Ok::<(), BoxError>(())
//! ```

use std::fmt;

use crate::breaker::scope::{self, Entered, Scope};
use crate::registry::settings::apply_active_to_shadow;

/// A set of fresh breakers; from [`isolate`]. Clones are the same set, and may go to other threads.
///
/// ```
/// use std::thread;
/// use breaker_runtime::testing::{Isolated, Isolation, isolate};
///
/// let fresh: Isolated = isolate();
/// let set: Isolation = fresh.set();
/// let other_thread = thread::spawn(move || {
///     let _fresh = set.enter();
///     // the same fresh breakers as in the test
/// });
/// assert!(other_thread.join().is_ok());
/// ```
#[derive(Clone)]
pub struct Isolation(Scope);

impl Default for Isolation {
    fn default() -> Self {
        Self(Scope::new(apply_active_to_shadow))
    }
}

/// Replaces every breaker that the current thread uses by a fresh one with the same name, options and
/// clock, until the guard is dropped: those of annotated functions, and those that were built before. A
/// breaker that is built meanwhile belongs to the test. Isolations nest.
///
/// A fresh breaker has the options that the one it replaces has when the test first uses it, with
/// changes at run time, and is not forced, nor in a dry run. Changes that the test makes at run time,
/// also by [`configure`](crate::configure), apply to its own breakers alone.
///
/// It applies to the current thread, and so to all tasks of a `#[tokio::test]` with its default flavour.
/// Threads that the test starts, and those of a runtime with several, enter the set:
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
/// The fresh breakers are never freed, as annotated functions hold theirs for the life of the process;
/// that is a few hundred bytes for each breaker that a test uses.
#[must_use = "the isolation ends when this is dropped"]
pub fn isolate() -> Isolated {
    Isolation::default().enter()
}

impl Isolation {
    /// Uses this set on the current thread until the guard is dropped.
    pub fn enter(self) -> Isolated {
        Isolated { _entered: scope::enter(Some(self.0)) }
    }
}

impl fmt::Debug for Isolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Isolation").finish_non_exhaustive()
    }
}

/// A guard of an isolation, which ends when this is dropped.
#[derive(Debug)]
pub struct Isolated {
    _entered: Entered,
}

impl Isolated {
    /// Returns the set, to [enter](Isolation::enter) it on another thread.
    pub fn set(&self) -> Isolation {
        scope::current().map(Isolation).unwrap_or_default()
    }
}
