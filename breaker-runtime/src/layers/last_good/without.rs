//! The cache without the feature: enough for the attribute's output to compile except for one error,
//! which names the feature.

use std::marker::PhantomData;

use crate::breaker::inner::Inner;
use crate::layers::last_good::{LastGoodKey, LastGoodLimits, Remembers};

/// The last good answers of one function; for a `static` in it.
#[derive(Debug)]
pub struct LastGood(());

impl LastGood {
    /// Fails at compile time, because it initialises a `static`.
    ///
    /// # Panics
    ///
    /// Always.
    pub const fn new(_: LastGoodLimits) -> Self {
        panic!("last_good needs the feature `last-good` of breaker-runtime; add it in Cargo.toml")
    }

    #[allow(clippy::unused_self, clippy::extra_unused_type_parameters)]
    pub(crate) fn memory<'e, Output: Remembers<Via>, K: LastGoodKey, Via, Instance>(
        &'static self,
        _: &'e Inner,
        _: K,
    ) -> Memory<'e, K, Output> {
        Memory { key: PhantomData, output: PhantomData }
    }
}

/// The place of one call's answer.
#[derive(Debug)]
pub struct Memory<'e, K, Output> {
    key: PhantomData<(&'e (), K)>,
    output: PhantomData<fn() -> Output>,
}

#[allow(clippy::unused_self, missing_docs)]
impl<K, Output> Memory<'_, K, Output> {
    pub fn learn(self, _: &Output) {}

    pub fn recall(self) -> Option<Output> {
        None
    }
}
