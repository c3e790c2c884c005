//! The drop guard of a breaker: [`OnDrop`].

/// A function that runs on `id` when this is dropped.
///
/// The registry lists a breaker until it is dropped; the breaker knows this guard alone, and not the
/// registry.
#[derive(Debug)]
pub(crate) struct OnDrop {
    id: u64,
    run: Option<fn(u64)>,
}

impl OnDrop {
    pub(crate) const NOTHING: Self = Self { id: 0, run: None };

    pub(crate) const fn new(id: u64, run: fn(u64)) -> Self {
        Self { id, run: Some(run) }
    }
}

impl Drop for OnDrop {
    fn drop(&mut self) {
        if let Some(run) = self.run {
            run(self.id);
        }
    }
}
