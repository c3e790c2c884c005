//! The drop guard of a breaker: [`OnDrop`].

use std::sync::OnceLock;

/// A guard that runs a function on a name when it is dropped.
///
/// The registry lists a breaker until it is dropped; the breaker knows only this guard, and not the
/// registry. The function stands once in the process, so that a breaker is smaller.
#[derive(Debug)]
pub(crate) struct OnDrop {
    name: &'static str,
}

static RUN: OnceLock<fn(&'static str)> = OnceLock::new();

impl OnDrop {
    /// Creates a guard that calls `run(name)`. All guards have the same `run`.
    pub(crate) fn new(name: &'static str, run: fn(&'static str)) -> Self {
        RUN.get_or_init(|| run);
        Self { name }
    }

    /// Returns the name.
    pub(crate) fn name(&self) -> &'static str {
        self.name
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(run) = RUN.get() {
            run(self.name);
        }
    }
}
