//! Warnings for the operator: events of the crate `tracing` with the target `breaker`, by the feature `tracing`; without
//! that feature, or where no subscriber is set, lines on standard error. Either way none is lost by default.
//!
//! A subscriber is the user's code: no lock may be held here, and a panic in it stays here.

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

#[cfg(feature = "tracing")]
pub(crate) fn has_subscriber() -> bool {
    use tracing::{dispatcher, subscriber::NoSubscriber};
    dispatcher::get_default(|subscriber| !subscriber.is::<NoSubscriber>())
}

pub(crate) use warn_operator;

/// The most lines that are remembered, so that names made at run time cannot fill the memory.
const MOST_REMEMBERED: usize = 256;

/// Prints a warning on standard error, on one line, unless it is there already: a file of settings may be read again
/// every minute.
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
