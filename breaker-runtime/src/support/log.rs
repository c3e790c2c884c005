//! Warnings for the operator: events of the crate `tracing` with the target `breaker`, by the feature
//! `tracing`; without that feature, or without a subscriber, lines on standard error. So no warning is
//! lost by default.
//!
//! A subscriber is the user's code: callers hold no lock, and a panic in it ends here.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use crate::support::text::escaped;

#[cfg(feature = "tracing")]
macro_rules! warn_operator {
    ($name:literal, $($field:ident = $value:expr),* ; $($message:tt)*) => {
        let _ = $crate::support::contain::contained(|| if $crate::support::log::has_subscriber() {
            tracing::warn!(name: $name, target: "breaker", $($field = %$crate::support::text::escaped($value),)* $($message)*);
        } else {
            $crate::support::log::print_once(format_args!($($message)*));
        });
    };
}

#[cfg(not(feature = "tracing"))]
macro_rules! warn_operator {
    ($name:literal, $($field:ident = $value:expr),* ; $($message:tt)*) => {
        let _ = $crate::support::contain::contained(|| $crate::support::log::print_once(format_args!($($message)*)));
    };
}

/// Returns whether the current thread has a subscriber.
#[cfg(feature = "tracing")]
pub(crate) fn has_subscriber() -> bool {
    use tracing::{dispatcher, subscriber::NoSubscriber};
    dispatcher::get_default(|subscriber| !subscriber.is::<NoSubscriber>())
}

pub(crate) use warn_operator;

/// The number of lines that are remembered. A limit, so that names made at run time cannot fill the
/// memory.
const MOST_REMEMBERED: usize = 256;

/// Prints a warning on standard error, on one line, unless it was printed before: a file of settings may
/// be read every minute.
pub(crate) fn print_once(message: fmt::Arguments<'_>) {
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
