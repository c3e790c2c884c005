//! Warnings for the operator: events of the crate `tracing` with the target `breaker`, by the feature `tracing`; without
//! that feature, or where no subscriber is set, lines on standard error. Either way none is lost by default.
//!
//! A subscriber is the user's code: no lock may be held here, and a panic in it stays here.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use crate::registry::NameClash;
use crate::support::contain::contained;
use crate::support::text::escaped;

#[cfg(feature = "tracing")]
macro_rules! warn {
    ($name:literal, $($field:ident = $value:expr),* ; $($message:tt)*) => {
        let _ = contained(|| if has_subscriber() {
            tracing::warn!(name: $name, target: "breaker", $($field = %escaped($value),)* $($message)*);
        } else {
            print_once(format_args!($($message)*));
        });
    };
}

#[cfg(not(feature = "tracing"))]
macro_rules! warn {
    ($name:literal, $($field:ident = $value:expr),* ; $($message:tt)*) => {
        let _ = contained(|| print_once(format_args!($($message)*)));
    };
}

#[cfg(feature = "tracing")]
fn has_subscriber() -> bool {
    use tracing::{dispatcher, subscriber::NoSubscriber};
    dispatcher::get_default(|subscriber| !subscriber.is::<NoSubscriber>())
}

/// The most lines that are remembered, so that names made at run time cannot fill the memory.
const MOST_REMEMBERED: usize = 256;

/// Prints a warning on standard error, on one line, unless it is there already: a file of settings may be read again
/// every minute.
fn print_once(message: fmt::Arguments<'_>) {
    static PRINTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());
    let line = format!("warning: breaker: {}\n", escaped(message.to_string()));
    let mut printed = PRINTED.lock().unwrap_or_else(PoisonError::into_inner);
    if printed.len() >= MOST_REMEMBERED {
        printed.clear();
    }
    let is_new = printed.insert(line.clone());
    drop(printed);
    if is_new {
        // `eprintln!` panics where standard error is closed.
        let _ = io::stderr().write_all(line.as_bytes());
    }
}

/// Warns of a breaker that has another name than it was given.
pub(crate) fn name_clash(clash: &NameClash) {
    warn!("name_clash", wanted = clash.wanted, given = clash.given; "{clash}");
}

/// Warns of entries of settings that match no breaker.
pub(crate) fn unmatched_settings(entries: &str) {
    let shown = escaped(entries);
    warn!(
        "unmatched_settings", entries = entries;
        "entries of the settings match no circuit breaker: {shown}; correct their names, unless it is built later"
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
