//! The drop guard of a breaker: [`OnDrop`].

use std::sync::OnceLock;

/// A guard that runs a function on its number when it is dropped.
///
/// The registry lists a breaker until it is dropped; the breaker knows only this guard, and not the
/// registry. The function stands once in the process, because a breaker has no room for it: its size is
/// a multiple of a cache line.
#[derive(Debug)]
pub(crate) struct OnDrop {
    /// 0 for a guard that does nothing.
    id: u64,
}

static RUN: OnceLock<fn(u64)> = OnceLock::new();

impl OnDrop {
    pub(crate) const NOTHING: Self = Self { id: 0 };

    /// Creates a guard that calls `run(id)`. All guards have the same `run`, and `id` is not 0.
    pub(crate) fn new(id: u64, run: fn(u64)) -> Self {
        RUN.get_or_init(|| run);
        Self { id }
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let (1.., Some(run)) = (self.id, RUN.get()) {
            run(self.id);
        }
    }
}
