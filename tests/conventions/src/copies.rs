//! Files that stand in both crates.
//!
//! A crate of macros exports nothing but macros, so the two crates cannot share code, and each is
//! published without the other's files. Symbolic links would break a checkout on Windows.

use std::fs;
use std::path::Path;

/// The original of each shared file, in `breaker-macros/src`, and its copy, in `breaker-runtime/src`.
pub const COPIES: [(&str, &str); 6] = [
    ("duration.rs", "time/duration.rs"),
    ("similar.rs", "support/similar.rs"),
    ("words.rs", "registry/settings/words.rs"),
    ("words/published.rs", "registry/settings/words/published.rs"),
    ("words/retry.rs", "registry/settings/words/retry.rs"),
    ("words/tables.rs", "registry/settings/words/tables.rs"),
];

/// Returns the copies below the workspace at `root` that differ from their original.
///
/// # Panics
///
/// If one of the files cannot be read.
pub fn outdated(root: &Path) -> Vec<&'static str> {
    COPIES
        .into_iter()
        .filter(|(original, copy)| {
            read(&root.join("breaker-macros/src").join(original))
                != read(&root.join("breaker-runtime/src").join(copy))
        })
        .map(|(_, copy)| copy)
        .collect()
}

/// Replaces the copies below the workspace at `root` by their originals.
///
/// # Panics
///
/// If one of the files cannot be read or written.
pub fn update(root: &Path) {
    for (original, copy) in COPIES {
        let text = read(&root.join("breaker-macros/src").join(original));
        let copy = root.join("breaker-runtime/src").join(copy);
        fs::write(&copy, text).unwrap_or_else(|error| panic!("{}: {error}", copy.display()));
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}
