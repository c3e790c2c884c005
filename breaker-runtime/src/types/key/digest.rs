//! Texts that are too long to be kept: a caller who chooses long keys must not choose how much memory they take.

use std::fmt;
use std::hash::{BuildHasher, RandomState};

use once_cell::sync::Lazy;

/// The longest text, in bytes, that is kept as it is. A host name has 253 at most.
pub(crate) const MAX_TEXT: usize = 256;
/// What is kept of a longer one, to be read.
const BEGINNING: usize = 64;

/// A text of more than [`MAX_TEXT`] bytes: its beginning, its length, and what it is found by.
#[derive(Clone, Debug)]
pub(crate) struct Long {
    beginning: Box<str>,
    len: usize,
    digest: Digest,
}

/// 128 bits, by two keyed hashes with random seeds: that two texts have the same is as good as impossible, for a
/// caller as well who looks for such texts, as the seeds are in no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Digest([u64; 2]);

impl Digest {
    #[cold]
    pub(crate) fn of(text: &str) -> Self {
        static SEEDS: Lazy<[RandomState; 2]> = Lazy::new(|| [RandomState::new(), RandomState::new()]);
        Self([SEEDS[0].hash_one(text), SEEDS[1].hash_one(text)])
    }

    pub(crate) const fn bits(self) -> [u64; 2] {
        self.0
    }
}

impl Long {
    pub(crate) fn new(text: &str) -> Self {
        let end = (0..=BEGINNING).rev().find(|end| text.is_char_boundary(*end)).unwrap_or(0);
        Self { beginning: text[..end].into(), len: text.len(), digest: Digest::of(text) }
    }

    pub(crate) fn is(&self, text: &str) -> bool {
        self.len == text.len() && self.digest == Digest::of(text)
    }

    pub(crate) const fn digest(&self) -> Digest {
        self.digest
    }
}

impl PartialEq for Long {
    fn eq(&self, other: &Self) -> bool {
        (self.len, self.digest) == (other.len, other.digest)
    }
}

/// With half of the digest, so that two that begin alike read differently. It says nothing about the other half.
impl fmt::Display for Long {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..({} bytes, {:016x})", self.beginning, self.len, self.digest.0[0])
    }
}
