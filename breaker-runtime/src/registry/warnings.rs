//! The warnings of the registry and of the settings.

use crate::registry::NameClash;
use crate::support::log::warn_operator;
use crate::support::text::escaped;

/// Warns of a breaker that has another name than it was given.
pub(crate) fn name_clash(clash: &NameClash) {
    warn_operator!("name_clash", wanted = clash.wanted, given = clash.given; "{clash}");
}

/// Warns of entries of settings that match no breaker.
pub(crate) fn unmatched_settings(entries: &str) {
    let shown = escaped(entries);
    warn_operator!(
        "unmatched_settings", entries = entries;
        "entries of the settings match no circuit breaker: {shown}; correct their names, unless it is built later"
    );
}

/// Warns of a `static` breaker that no listing has, as its initialiser panicked.
pub(crate) fn initialiser_panicked(place: &str) {
    warn_operator!(
        "initialiser_panicked", place = place;
        "the initialiser of the breaker of the function at {place} panicked: it is not listed; correct the initialiser"
    );
}

/// Warns of a `static` breaker that a listing does not have, as its initialiser has not ended.
pub(crate) fn initialiser_is_slow(place: &str) {
    warn_operator!(
        "initialiser_is_slow", place = place;
        "the initialiser of the breaker of the function at {place} has not ended: it is not listed yet; do not wait \
         or ask for breakers in it"
    );
}
