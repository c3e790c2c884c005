//! Calls of the user's code with panics that must not reach the caller: [`contained`].

use std::panic::{AssertUnwindSafe, catch_unwind};

/// Runs the user's code and returns its result, or `None` if it panicked.
///
/// For code that belongs to another call than the current one, such as a waker or a listener: a panic in
/// it must not become the result of this call.
pub(crate) fn contained<T>(run: impl FnOnce() -> T) -> Option<T> {
    catch_unwind(AssertUnwindSafe(run))
        // Dropping the payload could panic in turn.
        .map_err(std::mem::forget)
        .ok()
}
