//! Texts that are kept for the life of the process.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use foldhash::fast::RandomState;
use once_cell::sync::Lazy;

/// Returns a copy of a text that is kept for the life of the process, one of each text, so that errors
/// can carry a name without allocation.
pub(crate) fn intern(text: &str) -> &'static str {
    static TEXTS: Lazy<Mutex<HashSet<&'static str, RandomState>>> = Lazy::new(Mutex::default);
    let mut texts = TEXTS.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(kept) = texts.get(text) {
        return kept;
    }
    let kept = Box::leak(text.to_owned().into_boxed_str());
    texts.insert(kept);
    kept
}
