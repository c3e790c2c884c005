//! The user's own `static` that functions name by `breaker = DB`, for a listing.
//!
//! A listing builds it, by code of the user that may panic, never end, or call the listing, perhaps on a
//! thread that is building it already: on that thread a `LazyLock` would wait for itself. So it is built
//! on a thread of its own, and the listing waits for a moment.

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::ptr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::breaker::CircuitBreaker;
use crate::breaker::scope;
use crate::registry::Registration;
use crate::registry::warnings;

/// The time that a listing waits for an initialiser that does not end, once for each breaker.
const PATIENCE: Duration = Duration::from_secs(1);

/// A user's `static` breaker, with the progress of its initialiser.
pub(super) struct SharedBreaker {
    registration: &'static Registration,
    stage: Mutex<InitStage>,
    ended: Condvar,
}

/// The progress of an initialiser.
#[derive(Clone, Copy)]
enum InitStage {
    Untried,
    Building,
    /// Listings no longer wait for it.
    Slow,
    Panicked,
    Built(&'static CircuitBreaker),
}

thread_local! {
    /// The address of the registration of the breaker that this thread builds for a listing; 0 for none.
    static BUILDING: Cell<usize> = const { Cell::new(0) };
}

impl SharedBreaker {
    pub(super) fn new(registration: &'static Registration) -> Self {
        Self { registration, stage: Mutex::new(InitStage::Untried), ended: Condvar::new() }
    }

    /// Returns the breaker, and builds it before if necessary; `None` if it cannot be built, or not in
    /// time.
    pub(super) fn get(self: &Arc<Self>) -> Option<&'static CircuitBreaker> {
        let mut stage = self.stage();
        let is_first = matches!(*stage, InitStage::Untried);
        if is_first {
            *stage = InitStage::Building;
            drop(stage);
            self.build_elsewhere();
            stage = self.stage();
        }
        let is_mine = BUILDING.get() == self.address();
        if matches!(*stage, InitStage::Building) && !is_mine {
            let is_building = |stage: &mut InitStage| matches!(stage, InitStage::Building);
            let waited = self.ended.wait_timeout_while(stage, PATIENCE, is_building);
            stage = waited.unwrap_or_else(PoisonError::into_inner).0;
            if matches!(*stage, InitStage::Building) {
                *stage = InitStage::Slow;
                drop(stage);
                warnings::initialiser_is_slow(&self.registration.position());
                return None;
            }
        }
        let found = *stage;
        drop(stage);
        if is_first && matches!(found, InitStage::Panicked) {
            warnings::initialiser_panicked(&self.registration.position());
        }
        match found {
            InitStage::Built(breaker) => Some(breaker),
            InitStage::Untried | InitStage::Building | InitStage::Slow | InitStage::Panicked => None,
        }
    }

    fn build_elsewhere(self: &Arc<Self>) {
        let this = Arc::clone(self);
        let build = scope::in_current_scope(move || this.build());
        if thread::Builder::new().name("breaker-registry".into()).spawn(build).is_err() {
            // Without threads no other one can be building it.
            self.build();
        }
    }

    fn build(&self) {
        let outer = BUILDING.replace(self.address());
        let built = catch_unwind(AssertUnwindSafe(|| self.registration.breaker()));
        BUILDING.set(outer);
        let ended = built.map_or_else(
            |panic| {
                // Dropping the payload could panic in turn.
                std::mem::forget(panic);
                InitStage::Panicked
            },
            InitStage::Built,
        );
        *self.stage() = ended;
        self.ended.notify_all();
    }

    fn address(&self) -> usize {
        ptr::from_ref(self.registration).addr()
    }

    fn stage(&self) -> MutexGuard<'_, InitStage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
