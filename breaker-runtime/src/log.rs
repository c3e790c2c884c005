//! Warnings for the operator: events of the crate `tracing` with the target `breaker`, by the feature `tracing`. Without
//! it they go nowhere.
//!
//! A subscriber is the user's code: no lock may be held here, and a panic in it stays here.

use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::registry::NameClash;

#[cfg(feature = "tracing")]
macro_rules! warn {
    ($name:literal, $($field:ident = $value:expr),* ; $($message:tt)*) => {
        guarded(|| tracing::warn!(name: $name, target: "breaker", $($field = %$crate::text::escaped($value),)* $($message)*))
    };
}

/// The values are looked at all the same, so that they are used.
#[cfg(not(feature = "tracing"))]
macro_rules! warn {
    ($name:literal, $($field:ident = $value:expr),* ; $($message:tt)*) => {
        guarded(|| { let _ = ($($value,)*); })
    };
}

fn guarded(log: impl FnOnce()) {
    if let Err(panic) = catch_unwind(AssertUnwindSafe(log)) {
        // Dropping the payload could panic in turn.
        std::mem::forget(panic);
    }
}

/// Warns of a breaker that has another name than it was given.
pub(crate) fn name_clash(clash: &NameClash) {
    warn!("name_clash", wanted = clash.wanted, given = clash.given; "{clash}");
}

/// Warns of entries of settings that match no breaker.
pub(crate) fn unmatched_settings(entries: &str) {
    warn!(
        "unmatched_settings", entries = entries;
        "entries of the settings match no circuit breaker; correct their names, unless it is built later"
    );
}

/// Warns of a `static` breaker that no listing has, as its initialiser panicked.
pub(crate) fn initialiser_panicked(place: &str) {
    warn!(
        "initialiser_panicked", place = place;
        "the initialiser of the breaker of the function at {place} panicked: it is not listed; correct the initialiser"
    );
}

/// Warns of a `static` breaker that a listing does not have, as its initialiser has not ended.
pub(crate) fn initialiser_is_slow(place: &str) {
    warn!(
        "initialiser_is_slow", place = place;
        "the initialiser of the breaker of the function at {place} has not ended: it is not listed yet; do not wait \
         or ask for breakers in it"
    );
}
