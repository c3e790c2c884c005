//! Long texts as keys: stored by a digest, so that a caller who chooses long keys cannot fill the
//! memory.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use once_cell::sync::Lazy;

/// The longest text, in bytes, that is stored whole. A host name has at most 253.
pub(crate) const MAX_TEXT: usize = 256;
/// The number of bytes of a longer text that are stored for printing.
const BEGINNING: usize = 64;

/// A text of more than [`MAX_TEXT`] bytes: its beginning, its length, and its digest.
#[derive(Clone, Debug)]
pub(crate) struct Long {
    beginning: Box<str>,
    len: usize,
    digest: Digest,
}

/// 128 bits from two keyed hashes with random seeds. A collision is practically impossible, also for a
/// caller who searches for one, because no message shows the seeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest([u64; 2]);

impl Digest {
    /// Computes the digest of a text.
    #[cold]
    pub(crate) fn of(text: &str) -> Self {
        static SEEDS: Lazy<[RandomState; 2]> = Lazy::new(|| [RandomState::new(), RandomState::new()]);
        Self([SEEDS[0].hash_one(text), SEEDS[1].hash_one(text)])
    }

    /// Returns the 128 bits.
    pub(crate) const fn bits(self) -> [u64; 2] {
        self.0
    }
}

impl Long {
    /// Creates the stored form of a text.
    pub(crate) fn new(text: &str) -> Self {
        let end = (0..=BEGINNING).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        Self { beginning: text[..end].into(), len: text.len(), digest: Digest::of(text) }
    }

    /// Returns whether this is the stored form of `text`.
    pub(crate) fn is(&self, text: &str) -> bool {
        self.len == text.len() && self.digest == Digest::of(text)
    }

    /// Returns what the text is ordered by.
    pub(super) fn order(&self) -> (&str, usize, [u64; 2]) {
        (&self.beginning, self.len, self.digest.0)
    }

    /// Returns the digest of the text.
    pub(crate) const fn digest(&self) -> Digest {
        self.digest
    }
}

impl PartialEq for Long {
    fn eq(&self, other: &Self) -> bool {
        (self.len, self.digest) == (other.len, other.digest)
    }
}

/// Prints half of the digest, so that texts with the same beginning print differently; the other half
/// stays unknown.
impl fmt::Display for Long {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..({} bytes, {:016x})", self.beginning, self.len, self.digest.0[0])
    }
}
